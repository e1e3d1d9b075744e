"""Refusals of partners."""

from redflower.kernel.errors import Refusal
from redflower.kernel.text import N_


class EndpointNotFound(Refusal):
    code = "endpoint_not_found"
    sentence = N_("没有这个通知地址，或者它已经关闭")
    status = 404


class EndpointUrlInvalid(Refusal):
    code = "endpoint_url_invalid"
    sentence = N_("通知地址要以 https:// 开头，不带用户名和片段，最多 500 个字符")
    status = 422


class EndpointsTooMany(Refusal):
    code = "endpoints_too_many"
    sentence = N_("一个合作方最多 {limit} 个通知地址，先关掉一个再添加")
    status = 409


class MessageNotFound(Refusal):
    code = "message_not_found"
    sentence = N_("没有这条通知")
    status = 404
