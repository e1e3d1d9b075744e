"""The invariants of flowers."""

from django.conf import settings

from redflower.kernel.text import N_
from redflower.plumbing.auditing import Invariant, differences

INVARIANTS = [
    Invariant(
        "flowers.earning_moves_once",
        N_("每次得到的小红花在账本里恰好有一笔转账"),
        differences(
            """SELECT coalesce(e.id, t.id) FROM flowers_earning e
               FULL JOIN (SELECT id, amount, asset FROM ledger_transfer WHERE kind = 'flower') t ON t.id = e.id
               WHERE e.id IS NULL OR t.id IS NULL OR t.amount <> e.amount OR t.asset <> 2"""
        ),
    ),
    Invariant(
        "flowers.first_gift_of_day_earns_exactly_once",
        N_("每人每天的首次捐赠恰好得到一次小红花"),
        differences(
            """SELECT coalesce(g.donor_id, e.donor_id) FROM (
                   SELECT DISTINCT g.donor_id, (c.paid_at AT TIME ZONE %s)::date AS day
                   FROM payments_capture c JOIN donations_gift g ON g.id = c.order_id) g
               FULL JOIN (SELECT donor_id, earned_on, count(*) AS n FROM flowers_earning
                          WHERE deed = 'first_gift_of_day' GROUP BY 1, 2) e
                         ON e.donor_id = g.donor_id AND e.earned_on = g.day
               WHERE g.donor_id IS NULL OR e.donor_id IS NULL OR e.n <> 1""",
            settings.TIME_ZONE,
        ),
    ),
    Invariant(
        "flowers.issued_equals_circulating",
        N_("发出的小红花等于大家手里的小红花"),
        differences(
            """SELECT 1 FROM (SELECT coalesce(sum(debits_posted - credits_posted) FILTER (WHERE kind = 'mint'), 0) AS issued,
                                     coalesce(sum(credits_posted - debits_posted) FILTER (WHERE kind <> 'mint'), 0) AS held
                              FROM ledger_account WHERE asset = 2) f WHERE issued <> held"""
        ),
    ),
]
