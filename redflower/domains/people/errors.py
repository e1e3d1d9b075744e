"""Refusals of people: who may do what, and who may not do both halves of it."""

from redflower.kernel.errors import Refusal
from redflower.kernel.text import N_


class OperatorNeeded(Refusal):
    code = "operator_needed"
    sentence = N_("这一步需要运营人员的权限")
    status = 403


class InstanceFounded(Refusal):
    code = "instance_founded"
    sentence = N_("这个站点已经有运营者了，请用那个邮箱登录后继续")
    status = 409


class OperatorIsSelf(Refusal):
    code = "operator_is_self"
    sentence = N_("不能取消自己的运营者身份，请另一位运营者来做")
    status = 409


class ReviewerIsSubmitter(Refusal):
    code = "reviewer_is_submitter"
    sentence = N_("提交人不能审核自己提交的内容，请换一位同事复核")
    status = 403


class ReviewNoteMissing(Refusal):
    code = "review_note_missing"
    sentence = N_("请写明原因，方便对方知道该改什么")
    status = 422


class EmailInvalid(Refusal):
    code = "email_invalid"
    sentence = N_("邮箱地址看起来不对，请再检查一下")
    status = 422


class SiteNameMissing(Refusal):
    code = "site_name_missing"
    sentence = N_("请给站点起一个名字，中文和英文都要有，各不超过 40 个字")
    status = 422


class ShownNameInvalid(Refusal):
    code = "shown_name_invalid"
    sentence = N_("名字最多 {limit} 个字，不能有换行或看不见的控制符")
    status = 422
