"""Refusals of people: who may do what, and who may not do both halves of it."""

from redflower.kernel.errors import Refusal
from redflower.kernel.text import N_


class OperatorNeeded(Refusal):
    code = "operator_needed"
    sentence = N_("这一步需要运营人员的权限")
    status = 403


class InstanceFounded(Refusal):
    code = "instance_founded"
    sentence = N_("这个站点已经有运营人员了，请用那个邮箱登录后继续")
    status = 409


class OperatorIsSelf(Refusal):
    code = "operator_is_self"
    sentence = N_("不能取消自己的运营人员身份，请另一位运营人员来做")
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


class ChangeReasonMissing(Refusal):
    code = "change_reason_missing"
    sentence = N_("请用中文和英文写明为什么要改，这句话会公开，各不超过 {limit} 个字")
    status = 422


class NothingChanged(Refusal):
    code = "nothing_changed"
    sentence = N_("和现在公开的内容一样，没有什么可改的")
    status = 422


class ChangeWaiting(Refusal):
    code = "change_waiting"
    sentence = N_("已经有一处修改在等复核，请先处理它，再提新的修改")
    status = 409


class ChangeNotFound(Refusal):
    code = "change_not_found"
    sentence = N_("没有找到这处修改")
    status = 404


class ChangeDecided(Refusal):
    code = "change_decided"
    sentence = N_("这处修改已经有人处理过了，请刷新后再看")
    status = 409
