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


class RefundReasonUnknown(Refusal):
    code = "refund_reason_unknown"
    sentence = N_("请选择一个退款原因")
    status = 422


class RefundNothingChosen(Refusal):
    code = "refund_nothing_chosen"
    sentence = N_("请先选择要退回的捐赠")
    status = 422


class RefundTooMany(Refusal):
    code = "refund_too_many"
    sentence = N_("一次最多申请退回 {limit} 笔捐赠")
    status = 422


class RefundGiftNotSettled(Refusal):
    code = "refund_gift_not_settled"
    sentence = N_("这笔捐赠还没有到账，没有可退的钱")
    status = 409


class RefundTooLate(Refusal):
    code = "refund_too_late"
    sentence = N_("到账超过 {days} 天的捐赠不能在这里申请退回，请直接联系机构")
    status = 409


class RefundAskedAlready(Refusal):
    code = "refund_asked_already"
    sentence = N_("选中的捐赠里，有一笔已经在另一个退款申请里了")
    status = 409


class RefundCaseNotFound(Refusal):
    code = "refund_case_not_found"
    sentence = N_("没有找到这个退款申请")
    status = 404


class RefundDecidedAlready(Refusal):
    code = "refund_decided_already"
    sentence = N_("选中的申请里，有一笔已经有人处理过了，请刷新后再看")
    status = 409


class RefundNotDueYet(Refusal):
    code = "refund_not_due_yet"
    sentence = N_("机构答复的期限还没有到，现在还不能由平台决定")
    status = 409


class RefundNotAccepted(Refusal):
    code = "refund_not_accepted"
    sentence = N_("只有已经同意、还没有退出的申请可以放行")
    status = 409


class RefundRuleInvalid(Refusal):
    code = "refund_rule_invalid"
    sentence = N_("退款规则“{field}”的取值不对")
    status = 422


class RefundMoneySpent(Refusal):
    code = "refund_money_spent"
    sentence = N_("项目账上的钱已经用出去了，不够退回这笔捐赠，请先由机构补足")
    status = 409
