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
    Invariant(
        "payments.refunds_within_paid",
        N_("退款不多于实付：每笔收款最多退一次，金额相同，由第二个人放行"),
        differences(
            """SELECT e.refund_order_id FROM payments_refund e
               LEFT JOIN payments_refund_order r ON r.id = e.refund_order_id
               LEFT JOIN payments_capture c ON c.order_id = e.order_id
               WHERE e.status = 'done' AND (r.order_id IS DISTINCT FROM e.order_id OR c.order_id IS NULL
                   OR e.amount_minor <> c.amount_minor OR e.amount_minor <> r.amount_minor OR e.provider <> c.provider
                   OR r.accepted_by_id = r.released_by_id)
               UNION ALL
               SELECT e.order_id FROM payments_refund e JOIN payments_capture c ON c.order_id = e.order_id
               WHERE e.status = 'done' GROUP BY e.order_id, c.amount_minor HAVING sum(e.amount_minor) > c.amount_minor"""
        ),
    ),
]
