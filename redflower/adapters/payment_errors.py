"""How any payment provider, or a notice that claims to be from one, can be refused."""

from redflower.kernel.errors import Refusal
from redflower.kernel.text import N_


class NoticeTooLarge(Refusal):
    code = "notice_too_large"
    sentence = N_("支付通知超过 {limit_bytes} 字节，没有接收")
    status = 413


class NoticeUnsigned(Refusal):
    code = "notice_unsigned"
    sentence = N_("支付通知没有签名，或签名的写法不对")
    status = 401


class NoticeStale(Refusal):
    code = "notice_stale"
    sentence = N_("支付通知的时间与现在相差太远，请重新签名后再发")
    status = 401


class NoticeForged(Refusal):
    code = "notice_forged"
    sentence = N_("支付通知的签名与内容对不上")
    status = 401


class NoticeUnreadable(Refusal):
    code = "notice_unreadable"
    sentence = N_("支付通知不是一份规范的 JSON")
    status = 400


class NoticeIncomplete(Refusal):
    code = "notice_incomplete"
    sentence = N_("支付通知里的 {field} 缺失或写法不对")
    status = 422


class NoticeForAnother(Refusal):
    code = "notice_for_another"
    sentence = N_("这份支付通知是发给别的商户的")
    status = 422


class OrderOpenedDifferently(Refusal):
    code = "order_opened_differently"
    sentence = N_("这笔订单已经以另一个金额发起过支付，请重新下单")
    status = 409


class OrderUnacceptable(Refusal):
    code = "order_unacceptable"
    sentence = N_("支付服务无法受理这笔订单（{field}）")
    status = 422


class OrderUnknown(Refusal):
    code = "order_unknown_to_provider"
    sentence = N_("支付服务没有这笔订单的记录")
    status = 404


class ProviderDown(Refusal):
    code = "provider_down"
    sentence = N_("支付服务暂时没有回应，您没有被扣款，请稍后再试")
    status = 503
