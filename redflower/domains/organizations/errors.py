"""Refusals of charities."""

from redflower.kernel.errors import Refusal
from redflower.kernel.text import N_


class CharityNotFound(Refusal):
    code = "charity_not_found"
    sentence = N_("没有找到这家机构")
    status = 404


class CharityInvalid(Refusal):
    code = "charity_invalid"
    sentence = N_("机构资料里的“{field}”还没有填好，请检查后再提交")
    status = 422


class UsccInvalid(Refusal):
    code = "uscc_invalid"
    sentence = N_("统一社会信用代码应为 18 位，末位校验不通过，请对照证书再核对一次")
    status = 422


class UsccTaken(Refusal):
    code = "uscc_taken"
    sentence = N_("这个统一社会信用代码已经登记过")
    status = 409


class CharitySlugTaken(Refusal):
    code = "charity_slug_taken"
    sentence = N_("网址“{slug}”已经被另一家机构使用")
    status = 409


class CharityStateConflict(Refusal):
    code = "charity_state_conflict"
    sentence = N_("机构的状态已经变了，可能同事刚刚处理过，请刷新后再看")
    status = 409


class CharityFieldFixed(Refusal):
    code = "charity_field_fixed"
    sentence = N_("机构公开以后，网址和统一社会信用代码不能再改")
    status = 422
