"""The invariants of gifts."""

from redflower.kernel.text import N_
from redflower.plumbing.auditing import Invariant, differences

INVARIANTS = [
    Invariant(
        "donations.gift_has_a_donor_and_a_project",
        N_("每笔捐赠都有它的捐赠人和项目"),
        differences(
            """SELECT g.id FROM donations_gift g LEFT JOIN people_donor d ON d.id = g.donor_id
               LEFT JOIN projects_project p ON p.id = g.project_id WHERE d.id IS NULL OR p.id IS NULL"""
        ),
    ),
    Invariant(
        "donations.gift_equals_its_order",
        N_("每笔捐赠与它的订单一一对应，金额相同"),
        differences(
            """SELECT o.id FROM payments_order o FULL JOIN donations_gift g ON g.id = o.id
               WHERE g.id IS NULL OR o.id IS NULL OR g.amount_minor <> o.amount_minor"""
        ),
    ),
    Invariant(
        "donations.settled_gift_moves_once",
        N_("每笔已到账的捐赠在账本里恰好有一笔同额转账，进入它的项目"),
        differences(
            """SELECT coalesce(c.order_id, t.subject_id) FROM payments_capture c
               JOIN donations_gift g ON g.id = c.order_id
               FULL JOIN (SELECT t.subject_id, t.amount, a.owner_id FROM ledger_transfer t
                          JOIN ledger_account a ON a.id = t.credit_id AND a.kind = 'project'
                          WHERE t.kind = 'gift') t ON t.subject_id = c.order_id
               WHERE c.order_id IS NULL OR t.subject_id IS NULL OR t.amount <> c.amount_minor OR t.owner_id <> g.project_id"""
        ),
    ),
    Invariant(
        "donations.settled_gift_is_told_once",
        N_("每笔已到账的捐赠恰好被事件通报一次"),
        differences(
            """SELECT coalesce(c.order_id, e.gift) FROM payments_capture c
               FULL JOIN (SELECT gift::uuid AS gift, count(*) AS n FROM plumbing_event,
                                 jsonb_array_elements_text(facts -> 'gifts') AS gift
                          WHERE kind = 'gifts.settled' GROUP BY 1) e ON e.gift = c.order_id
               WHERE c.order_id IS NULL OR e.gift IS NULL OR e.n <> 1"""
        ),
    ),
    Invariant(
        "donations.receipt_has_one_original",
        N_("每份回执恰好有一份正本，而且是最先发出的；每笔捐赠的回执都属于已到账的捐赠"),
        differences(
            """SELECT subject_id FROM donations_receipt GROUP BY subject_id, sha256
               HAVING count(*) FILTER (WHERE is_original) <> 1
                   OR min(issued_at) FILTER (WHERE is_original) > min(issued_at)
               UNION SELECT r.subject_id FROM donations_receipt r LEFT JOIN payments_capture c ON c.order_id = r.subject_id
               WHERE r.form = 'gift' AND c.order_id IS NULL"""
        ),
    ),
    Invariant(
        "donations.refund_reverses_its_gift_once",
        N_("每笔退回的捐赠在账本里恰好冲正一次，并通报一次；每次退款都有人同意"),
        differences(
            """SELECT coalesce(r.order_id, t.subject_id) FROM (SELECT * FROM payments_refund WHERE status = 'done') r
               FULL JOIN (SELECT t.*, g.id AS gift_transfer FROM ledger_transfer t
                          LEFT JOIN ledger_transfer g ON g.id = t.reverses_id AND g.kind = 'gift'
                                                     AND g.subject_id = t.subject_id
                          WHERE t.kind = 'gift_returned' AND t.phase = 'post') t ON t.subject_id = r.order_id
               WHERE r.order_id IS NULL OR t.id IS NULL OR t.gift_transfer IS NULL OR t.amount <> r.amount_minor
                  OR t.booked_at <> r.noticed_at
               UNION ALL
               SELECT coalesce(r.order_id, e.gift) FROM (SELECT * FROM payments_refund WHERE status = 'done') r
               FULL JOIN (SELECT gift::uuid AS gift, count(*) AS n FROM plumbing_event,
                                 jsonb_array_elements_text(facts -> 'gifts') AS gift
                          WHERE kind = 'gifts.refunded' GROUP BY 1) e ON e.gift = r.order_id
               WHERE r.order_id IS NULL OR e.gift IS NULL OR e.n <> 1
               UNION ALL
               SELECT o.order_id FROM payments_refund_order o LEFT JOIN donations_refund_decision d ON d.gift_id = o.order_id
               WHERE d.is_accepted IS NOT TRUE OR d.decided_by_id IS DISTINCT FROM o.accepted_by_id
                  OR d.side <> 'rule' AND o.released_by_id IS NULL"""
        ),
    ),
    Invariant(
        "donations.refund_on_its_way_is_set_aside",
        N_("在途的退款都已在项目账上预留，有了结果的都不再占用"),
        differences(
            """SELECT coalesce(o.order_id, t.subject_id) FROM (
                   SELECT o.* FROM payments_refund_order o LEFT JOIN payments_refund e ON e.refund_order_id = o.id
                   WHERE e.status IS NULL) o
               FULL JOIN (SELECT t.* FROM ledger_transfer t LEFT JOIN ledger_transfer e ON e.pending_id = t.id
                          WHERE t.kind = 'gift_returned' AND t.phase = 'pending' AND e.id IS NULL) t
                         ON t.subject_id = o.order_id
               WHERE o.order_id IS NULL OR t.id IS NULL OR t.amount <> o.amount_minor"""
        ),
    ),
]
