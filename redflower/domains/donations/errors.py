"""Refusals of gifts, in the order in which a gift is checked."""

from redflower.kernel.errors import Refusal
from redflower.kernel.text import N_


class IdempotencyKeyInvalid(Refusal):
    code = "idempotency_key_invalid"
    sentence = N_("请求缺少幂等键，或幂等键过长")
    status = 422


class ShownAsUnknown(Refusal):
    code = "shown_as_unknown"
    sentence = N_("请选择一种署名方式")
    status = 422


class NameMissing(Refusal):
    code = "name_missing"
    sentence = N_("请填写想让大家看到的名字，或选择匿名")
    status = 422


class NameTooLong(Refusal):
    code = "name_too_long"
    sentence = N_("名字最多 {limit} 个字")
    status = 422


class MessageTooLong(Refusal):
    code = "message_too_long"
    sentence = N_("留言最多 {limit} 个字，现在是 {length} 个字")
    status = 422


class TextUnreadable(Refusal):
    code = "text_unreadable"
    sentence = N_("文字里有看不见的控制符，请删掉后再试")
    status = 422


class ProjectNotOpen(Refusal):
    code = "project_not_open"
    sentence = N_("“{title}”现在不接受捐赠")
    status = 409


class ConfirmationNeeded(Refusal):
    code = "confirmation_needed"
    sentence = N_("这笔捐赠需要你再确认一次")
    status = 409


class GiftNotFound(Refusal):
    code = "gift_not_found"
    sentence = N_("没有找到这笔捐赠")
    status = 404


class CodeUnreadable(Refusal):
    code = "code_unreadable"
    sentence = N_("核验码是 14 位字母和数字，请再核对一下")
    status = 422


class CodeUnknown(Refusal):
    code = "code_unknown"
    sentence = N_("没有找到这个核验码对应的、已到账的捐赠")
    status = 404
