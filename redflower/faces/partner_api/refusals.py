"""What the partner API's own door refuses; what rooms refuse is defined in the rooms."""

from redflower.kernel.errors import Refusal
from redflower.kernel.text import N_


class UserTokenMissing(Refusal):
    code = "user_token_missing"
    sentence = N_("请先登录，再来收小红花")
    status = 401


class OriginNotRegistered(Refusal):
    code = "origin_not_registered"
    sentence = N_("这个页面的来源没有登记，请在合作方控制台里添加")
    status = 403


class WidgetBodyInvalid(Refusal):
    code = "widget_body_invalid"
    sentence = N_("请求里的“{field}”写法不对")
    status = 422


class WidgetBodyTooLarge(Refusal):
    code = "widget_body_too_large"
    sentence = N_("请求正文最多 {limit} 字节")
    status = 413


class WidgetTooFast(Refusal):
    code = "widget_too_fast"
    sentence = N_("慢一点，小红花不会跑，{seconds} 秒后再试")
    status = 429


class PartnerMethodNotAllowed(Refusal):
    code = "partner_method_not_allowed"
    sentence = N_("这个地址只接受 {allowed}")
    status = 405


class UserTokensInvalid(Refusal):
    code = "user_tokens_invalid"
    sentence = N_("“{field}”写法不对：每个用户要有 user，还可以有 campaigns 和 deeds，一次最多 {limit} 个用户")
    status = 422


class LinkUsersInvalid(Refusal):
    code = "link_users_invalid"
    sentence = N_("“{field}”写法不对：每个用户要有 user，一次最多 {limit} 个用户")
    status = 422


class CampaignNotYours(Refusal):
    code = "campaign_not_yours"
    sentence = N_("活动“{campaign}”不存在，或不对这个合作方开放")
    status = 422
