"""The invariants of flowers."""

from django.conf import settings

from redflower.domains.festivals.rules.bonuses import bonus_id
from redflower.kernel.text import N_
from redflower.plumbing.auditing import Invariant, differences
from redflower.plumbing.db import fetch_all

# What scenes' deeds earned, at once or when they were released.
_DEEDS = """
SELECT d.id, d.campaign_id, d.flowers + coalesce(r.flowers, 0) AS flowers, s.code || '@' || s.version AS rule
FROM scenes_deed d JOIN scenes_campaign c ON c.id = d.campaign_id AND NOT c.is_sandbox
JOIN scenes_rule_set s ON s.id = c.rule_set_id
LEFT JOIN scenes_ruling r ON r.deed_id = d.id AND r.kind = 'released'
WHERE d.flowers + coalesce(r.flowers, 0) > 0
"""


# Flowers that went to a project in a festival; those given in a partner's app outside festivals lie on an account of the
# project's own.
_TO_BONUSES = """
SELECT t.subject_id, t.amount, t.booked_at, d.owner_id AS donor_id, c.owner_id,
       t.kind = 'flowers_given' AND count(*) OVER (PARTITION BY t.subject_id) = 1 AS is_fine
FROM ledger_transfer t JOIN ledger_account c ON c.id = t.credit_id AND c.kind = 'bonus_flowers'
JOIN ledger_account d ON d.id = t.debit_id
WHERE NOT EXISTS (SELECT 1 FROM projects_project p WHERE p.id = c.owner_id)
"""


def _count_wrong_pairs() -> int:
    """Bonuses whose flowers lie on an account of another festival or project, or have left it."""
    pairs = fetch_all(
        f"""SELECT DISTINCT b.festival_id, b.project_id, t.owner_id FROM festivals_bonus_gift b
            JOIN ({_TO_BONUSES}) t ON t.subject_id = b.id"""
    )
    left = fetch_all(
        "SELECT id FROM ledger_account WHERE kind = 'bonus_flowers' AND (debits_posted, debits_pending) <> (0, 0)"
    )
    return len(left) + sum(bonus_id(row["festival_id"], row["project_id"]) != row["owner_id"] for row in pairs)


INVARIANTS = [
    Invariant(
        "flowers.earning_has_a_donor",
        N_("每次得到小红花的人都在捐赠人之中"),
        differences(
            """SELECT e.id FROM flowers_earning e LEFT JOIN people_donor d ON d.id = e.donor_id WHERE d.id IS NULL"""
        ),
    ),
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
    Invariant(
        "flowers.bonus_gifts_move_once",
        N_("送给项目加成的每一份小红花在账本里恰好有一笔转账，从送出的第二天或更晚算起"),
        differences(
            f"""SELECT coalesce(b.id, t.subject_id) FROM festivals_bonus_gift b
                FULL JOIN ({_TO_BONUSES}) t ON t.subject_id = b.id
                WHERE b.id IS NULL OR t.subject_id IS NULL OR NOT t.is_fine OR t.amount <> b.flowers
                   OR t.donor_id <> b.donor_id OR t.booked_at <> b.given_at
                   OR b.counts_from <= (b.given_at AT TIME ZONE %s)::date""",
            settings.TIME_ZONE,
        ),
    ),
    Invariant(
        "flowers.bonus_lies_with_its_project",
        N_("项目在公益节里攒到的小红花，都在它自己的账户上，一朵也没有离开"),
        _count_wrong_pairs,
    ),
    Invariant(
        "flowers.deed_flowers_move_once",
        N_("每件善行的小红花在账本里恰好有一笔转账，规则版本一致；还在路上的，都在花圃里"),
        differences(
            f"""SELECT t.id FROM ({_DEEDS}) e RIGHT JOIN (SELECT id, amount, asset, rule FROM ledger_transfer
                                                          WHERE kind = 'deed_flower') t ON t.id = e.id
               WHERE e.id IS NULL OR t.amount <> e.flowers OR t.asset <> 2 OR t.rule <> e.rule
               UNION ALL
               SELECT coalesce(w.campaign_id, b.owner_id) FROM (
                   SELECT e.campaign_id, sum(e.flowers) AS flowers FROM ({_DEEDS}) e
                   WHERE NOT EXISTS (SELECT 1 FROM ledger_transfer t WHERE t.id = e.id) GROUP BY 1) w
               FULL JOIN (SELECT owner_id, credits_posted - debits_posted AS flowers FROM ledger_account
                          WHERE kind = 'bed' AND credits_posted <> debits_posted) b ON b.owner_id = w.campaign_id
               WHERE w.flowers IS DISTINCT FROM b.flowers"""
        ),
    ),
    Invariant(
        "flowers.reversed_deeds_are_burned",
        N_("被撤回的善行和退回的捐赠，它们的小红花被收回，收回的数目与账本一致"),
        differences(
            """SELECT coalesce(r.deed_id, b.id, t.subject_id) FROM (
                   SELECT r.deed_id, r.flowers FROM scenes_ruling r JOIN scenes_deed d ON d.id = r.deed_id
                   JOIN scenes_campaign c ON c.id = d.campaign_id AND NOT c.is_sandbox
                   WHERE r.kind = 'reversed' AND r.flowers > 0
                   UNION ALL
                   SELECT e.id, e.amount FROM payments_refund p JOIN flowers_earning e ON e.subject_id = p.order_id
                   WHERE p.status = 'done') r
               FULL JOIN flowers_burning b ON b.id = r.deed_id
               FULL JOIN (SELECT subject_id, amount FROM ledger_transfer
                          WHERE kind IN ('deed_burned', 'flower_burned')) t ON t.subject_id = b.id
               WHERE r.deed_id IS NULL OR b.id IS NULL OR b.asked <> r.flowers OR b.burned <> coalesce(t.amount, 0)"""
        ),
    ),
]
