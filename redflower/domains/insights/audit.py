"""The invariants of the roll-ups: with what the follower has still to add, they equal the facts."""

from redflower.domains.ledger.types import MATCH_SOURCES
from redflower.kernel.text import N_
from redflower.plumbing.auditing import Invariant, differences

_UNREAD = """(SELECT gift::uuid AS gift FROM plumbing_event e
              LEFT JOIN plumbing_cursor k ON k.follower = 'insights',
              LATERAL jsonb_array_elements_text(e.facts -> 'gifts') AS gift
              WHERE e.kind = 'gifts.settled' AND (k.follower IS NULL OR (e.xid, e.id) > (k.xid, k.event_id)))"""

_UNREAD_REFUNDS = _UNREAD.replace("gifts.settled", "gifts.refunded")

INVARIANTS = [
    Invariant(
        "insights.hours_equal_the_facts",
        N_("每小时汇总等于逐笔相加"),
        differences(
            f"""SELECT 1 FROM insights_hour_total r FULL JOIN (
                   SELECT date_trunc('hour', c.noticed_at) AS hour, p.region, count(*) AS gifts,
                          sum(c.amount_minor) AS amount
                   FROM payments_capture c JOIN donations_gift g ON g.id = c.order_id
                   JOIN projects_project p ON p.id = g.project_id
                   LEFT JOIN {_UNREAD} u ON u.gift = c.order_id WHERE u.gift IS NULL
                   GROUP BY 1, 2) f ON f.hour = r.hour AND f.region = r.region
               WHERE (r.gifts, r.amount_minor) IS DISTINCT FROM (f.gifts, f.amount)"""
        ),
    ),
    Invariant(
        "insights.projects_equal_the_facts",
        N_("每个项目的汇总等于逐笔相加"),
        differences(
            f"""SELECT 1 FROM (SELECT * FROM insights_project_total WHERE gifts > 0) r FULL JOIN (
                   SELECT g.project_id, count(*) AS gifts, sum(c.amount_minor) AS amount
                   FROM payments_capture c JOIN donations_gift g ON g.id = c.order_id
                   LEFT JOIN {_UNREAD} u ON u.gift = c.order_id WHERE u.gift IS NULL GROUP BY 1) f ON f.project_id = r.project_id
               WHERE (r.gifts, r.amount_minor + r.refunded_minor) IS DISTINCT FROM (f.gifts, f.amount)"""
        ),
    ),
    Invariant(
        "insights.totals_fall_only_by_refunds",
        N_("合计只因退款而减少：每个项目扣除的，等于退回的逐笔相加"),
        differences(
            f"""SELECT 1 FROM (SELECT * FROM insights_project_total WHERE refunds > 0) r FULL JOIN (
                   SELECT g.project_id, count(*) AS refunds, sum(p.amount_minor) AS amount
                   FROM payments_refund p JOIN donations_gift g ON g.id = p.order_id
                   LEFT JOIN {_UNREAD_REFUNDS} u ON u.gift = p.order_id WHERE p.status = 'done' AND u.gift IS NULL
                   GROUP BY 1) f ON f.project_id = r.project_id
               WHERE (r.refunds, r.refunded_minor) IS DISTINCT FROM (f.refunds, f.amount)"""
        ),
    ),
    Invariant(
        "insights.matches_equal_the_ledger",
        N_("每个项目收到的配捐与资助，等于账本上的"),
        # Only once the follower has added everything, and every dream that was granted is a project.
        differences(
            """SELECT 1 FROM insights_project_total r FULL JOIN (
                   SELECT a.owner_id AS project_id, a.credits_posted - coalesce(g.given, 0) - coalesce(b.back, 0) AS matched
                   FROM ledger_account a
                   LEFT JOIN (SELECT g.project_id, sum(c.amount_minor) AS given FROM donations_gift g
                              JOIN payments_capture c ON c.order_id = g.id GROUP BY 1) g ON g.project_id = a.owner_id
                   LEFT JOIN (SELECT t.debit_id, sum(t.amount) AS back FROM ledger_transfer t
                              JOIN ledger_account p ON p.id = t.debit_id AND p.kind = 'project'
                              JOIN ledger_account o ON o.id = t.credit_id AND o.kind = ANY(%s)
                              WHERE t.phase IN ('posted', 'post') GROUP BY 1) b ON b.debit_id = a.id
                   WHERE a.kind = 'project') f ON f.project_id = r.project_id
               WHERE coalesce(r.matched_minor, 0) <> coalesce(f.matched, 0)
                 AND NOT EXISTS (SELECT 1 FROM plumbing_event e LEFT JOIN plumbing_cursor k ON k.follower = 'insights'
                                 WHERE k.follower IS NULL OR (e.xid, e.id) > (k.xid, k.event_id))
                 AND NOT EXISTS (SELECT 1 FROM dreams_outcome x LEFT JOIN dreams_project j ON j.dream_id = x.dream_id
                                 WHERE x.granted AND j.dream_id IS NULL)""",
            sorted(kind.value for kind in MATCH_SOURCES),
        ),
    ),
]
