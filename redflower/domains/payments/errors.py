"""Refusals of payments."""

from redflower.kernel.errors import Refusal
from redflower.kernel.text import N_


class IdempotencyConflict(Refusal):
    code = "idempotency_conflict"
    sentence = N_("同一个幂等键已经用于另一笔不同的请求")
    status = 409


class OrderNotFound(Refusal):
    code = "order_not_found"
    sentence = N_("没有找到这笔支付")
    status = 404


class AlarmNotFound(Refusal):
    code = "alarm_not_found"
    sentence = N_("没有找到这条待核对的通知，它可能已经处理过了")
    status = 404
