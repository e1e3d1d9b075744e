"""The invariants of payments."""

from redflower.kernel.text import N_
from redflower.plumbing.auditing import Invariant, differences

INVARIANTS = [
    Invariant(
        "payments.capture_matches_its_order",
        N_("每笔收款都对应一张金额、渠道一致的订单"),
        differences(
            """SELECT c.order_id FROM payments_capture c LEFT JOIN payments_order o ON o.id = c.order_id
               WHERE o.id IS NULL OR o.amount_minor <> c.amount_minor OR o.provider <> c.provider"""
        ),
    ),
    Invariant(
        "payments.transaction_pays_once",
        N_("支付方的每个流水号只入账一次"),
        differences("SELECT provider, provider_txn FROM payments_capture GROUP BY 1, 2 HAVING count(*) > 1"),
    ),
    Invariant(
        "payments.key_makes_one_order",
        N_("同一个人的同一个幂等键只有一张订单"),
        differences("SELECT request_key FROM payments_order GROUP BY 1 HAVING count(*) > 1"),
    ),
]
