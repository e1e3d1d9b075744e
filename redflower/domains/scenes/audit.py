"""The invariants of scenes, each from raw rows."""

from redflower.kernel.text import N_
from redflower.plumbing.auditing import Invariant, differences

# What each deed moves for good or until it is reversed: the first answer, or the release of a held one.
_EARNED = """
SELECT d.id, d.campaign_id, d.donor_id, d.done_on, c.is_sandbox, d.flowers + coalesce(r.flowers, 0) AS flowers,
       d.money_minor + coalesce(r.money_minor, 0) AS money, coalesce(d.project_id, r.project_id) AS project_id,
       s.code || '@' || s.version AS rule, d.status < 3 OR r.id IS NOT NULL AS stands
FROM scenes_deed d JOIN scenes_campaign c ON c.id = d.campaign_id JOIN scenes_rule_set s ON s.id = c.rule_set_id
LEFT JOIN scenes_ruling r ON r.deed_id = d.id AND r.kind = 'released'
"""
_SPENT = f"""
SELECT campaign_id, sum(money)::bigint AS money FROM (
    SELECT campaign_id, money FROM ({_EARNED}) e
    UNION ALL SELECT d.campaign_id, -r.money_minor FROM scenes_ruling r JOIN scenes_deed d ON d.id = r.deed_id
              WHERE r.kind = 'reversed'
    UNION ALL SELECT campaign_id, -amount_minor FROM scenes_placement WHERE project_id IS NULL
    UNION ALL SELECT campaign_id, amount_minor FROM scenes_grant) m GROUP BY 1
"""

INVARIANTS = [
    Invariant(
        "scenes.deed_has_its_campaign_and_rule",
        N_("每件善行都属于存在的合作方和活动，规则版本有记录"),
        differences(
            """SELECT d.id FROM scenes_deed d LEFT JOIN scenes_campaign c ON c.id = d.campaign_id
               LEFT JOIN scenes_rule_set s ON s.id = c.rule_set_id AND s.kind = c.kind
               LEFT JOIN scenes_partner p ON p.id = d.partner_id
               WHERE s.id IS NULL OR (p.id IS NULL AND d.partner_id <> '00000000-0000-8000-8000-7265646c6f77')
                  OR (c.partner_id IS NOT NULL AND c.partner_id <> d.partner_id)
                  OR d.done_at < c.opens_at OR d.done_at >= c.closes_at"""
        ),
    ),
    Invariant(
        "scenes.deed_money_moves_once",
        N_("每件善行解锁的善款在账本里恰好有一笔转账，去向一致"),
        differences(
            f"""SELECT coalesce(e.id, t.subject_id) FROM (SELECT * FROM ({_EARNED}) x WHERE money > 0 AND NOT is_sandbox) e
               FULL JOIN (SELECT t.subject_id, t.amount, t.rule, a.kind, a.owner_id, b.owner_id AS campaign_id
                          FROM ledger_transfer t JOIN ledger_account a ON a.id = t.credit_id
                          JOIN ledger_account b ON b.id = t.debit_id WHERE t.kind = 'deed_money') t ON t.subject_id = e.id
               WHERE e.id IS NULL OR t.subject_id IS NULL OR t.amount <> e.money OR t.rule <> e.rule
                  OR t.campaign_id <> e.campaign_id
                  OR (t.kind, t.owner_id) IS DISTINCT FROM (CASE WHEN e.project_id IS NULL THEN 'unlocked' ELSE 'project' END,
                                                            coalesce(e.project_id, e.campaign_id))"""
        ),
    ),
    Invariant(
        "scenes.campaign_adds_up",
        N_("活动的善款：已送 + 已退 + 剩余 = 总额，且与账本余额一致"),
        differences(
            f"""SELECT c.id FROM scenes_campaign c LEFT JOIN ({_SPENT}) s ON s.campaign_id = c.id
               LEFT JOIN ledger_account a ON a.owner_id = c.id AND a.kind = 'campaign'
               WHERE c.spent_minor <> coalesce(s.money, 0)
                  OR (NOT c.is_sandbox AND c.budget_minor > 0 AND c.state IN ('published', 'paused', 'closed')
                      AND (a.id IS NULL OR a.debits_pending <> 0
                           OR a.credits_posted - a.debits_posted <> c.budget_minor - c.spent_minor - c.returned_minor))"""
        ),
    ),
    Invariant(
        "scenes.unlocked_money_waits",
        N_("已解锁未安放的善款等于账本余额"),
        differences(
            f"""SELECT coalesce(u.campaign_id, a.owner_id) FROM (
                   SELECT e.campaign_id, sum(e.money)::bigint AS money FROM ({_EARNED}) e
                   WHERE e.money > 0 AND e.project_id IS NULL AND NOT e.is_sandbox
                     AND NOT EXISTS (SELECT 1 FROM scenes_placement p WHERE p.id = e.id)
                     AND NOT EXISTS (SELECT 1 FROM scenes_ruling r WHERE r.deed_id = e.id AND r.kind = 'reversed')
                   GROUP BY 1) u
               FULL JOIN (SELECT owner_id, credits_posted - debits_posted AS held FROM ledger_account
                          WHERE kind = 'unlocked' AND credits_posted > 0) a ON a.owner_id = u.campaign_id
               WHERE coalesce(u.money, 0) <> coalesce(a.held, 0)"""
        ),
    ),
    Invariant(
        "scenes.days_add_up",
        N_("活动的每日计数等于当天善行之和"),
        differences(
            f"""SELECT 1 FROM (SELECT e.campaign_id, e.done_on, count(*) AS deeds, sum(e.flowers)::bigint AS flowers,
                                     sum(e.money)::bigint AS money FROM ({_EARNED}) e GROUP BY 1, 2) e
               FULL JOIN scenes_day d ON d.campaign_id = e.campaign_id AND d.day = e.done_on
               WHERE (d.deeds, d.flowers, d.money_minor) IS DISTINCT FROM (e.deeds, e.flowers, e.money)"""
        ),
    ),
    Invariant(
        "scenes.campaign_counts_what_stands",
        N_("活动的计数等于作数的善行：待看的与被撤回的不算"),
        differences(
            f"""SELECT c.id FROM scenes_campaign c
               LEFT JOIN (SELECT e.campaign_id, count(*) AS deeds, sum(e.flowers)::bigint AS flowers
                          FROM ({_EARNED}) e LEFT JOIN scenes_ruling v ON v.deed_id = e.id AND v.kind = 'reversed'
                          WHERE e.stands AND v.id IS NULL GROUP BY 1) n ON n.campaign_id = c.id
               WHERE (c.deeds, c.flowers) IS DISTINCT FROM (coalesce(n.deeds, 0), coalesce(n.flowers, 0))"""
        ),
    ),
    Invariant(
        "scenes.nobody_is_above_a_limit",
        N_("没有人超过每人每天、每人总数的上限"),
        differences(
            f"""SELECT e.donor_id FROM ({_EARNED}) e JOIN scenes_campaign c ON c.id = e.campaign_id
               GROUP BY c.id, e.donor_id, e.done_on
               HAVING sum(e.flowers) > c.person_day_flowers OR sum(e.money) > c.person_day_minor
               UNION ALL
               SELECT e.donor_id FROM ({_EARNED}) e JOIN scenes_campaign c ON c.id = e.campaign_id
               GROUP BY c.id, e.donor_id HAVING sum(e.money) > c.person_total_minor"""
        ),
    ),
    Invariant(
        "scenes.reversed_deeds_give_back",
        N_("被撤回的善行，退回的善款与小红花在账本里各有一笔"),
        differences(
            """SELECT coalesce(r.deed_id, t.subject_id) FROM (
                   SELECT r.deed_id, r.money_minor FROM scenes_ruling r JOIN scenes_deed d ON d.id = r.deed_id
                   JOIN scenes_campaign c ON c.id = d.campaign_id
                   WHERE r.kind = 'reversed' AND r.money_minor > 0 AND NOT c.is_sandbox) r
               FULL JOIN (SELECT subject_id, amount FROM ledger_transfer WHERE kind = 'deed_money_returned') t
                         ON t.subject_id = r.deed_id
               WHERE r.deed_id IS NULL OR t.subject_id IS NULL OR t.amount <> r.money_minor"""
        ),
    ),
    Invariant(
        "scenes.goal_is_granted_once",
        N_("共同目标的奖励在账本里恰好有一笔转账"),
        differences(
            """SELECT coalesce(g.id, t.subject_id) FROM (
                   SELECT g.id, g.amount_minor, g.project_id FROM scenes_grant g
                   JOIN scenes_campaign c ON c.id = g.campaign_id WHERE NOT c.is_sandbox) g
               FULL JOIN (SELECT t.subject_id, t.amount, a.owner_id FROM ledger_transfer t
                          JOIN ledger_account a ON a.id = t.credit_id WHERE t.kind = 'goal_granted') t ON t.subject_id = g.id
               WHERE g.id IS NULL OR t.subject_id IS NULL OR t.amount <> g.amount_minor OR t.owner_id <> g.project_id"""
        ),
    ),
]
