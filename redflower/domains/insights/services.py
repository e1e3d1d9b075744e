"""Keeping the roll-ups: called by the follower with what just happened; and what visitors chose, for the funnel."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from redflower.domains.ledger.types import MATCH_SOURCES
from redflower.plumbing.db import command, raw_connection, step
from redflower.plumbing.events import append_events

_ADD_HOURS = """
INSERT INTO insights_hour_total (hour, region, gifts, amount_minor)
SELECT date_trunc('hour', c.noticed_at), p.region, count(*), sum(c.amount_minor)
FROM payments_capture c JOIN donations_gift g ON g.id = c.order_id JOIN projects_project p ON p.id = g.project_id
WHERE c.order_id = ANY(%s) GROUP BY 1, 2 ORDER BY 1, 2
ON CONFLICT (hour, region) DO UPDATE SET gifts = insights_hour_total.gifts + excluded.gifts,
                                         amount_minor = insights_hour_total.amount_minor + excluded.amount_minor
"""
_ADD_PROJECTS = """
INSERT INTO insights_project_total (project_id, gifts, amount_minor, matched_minor, last_gift_at)
SELECT g.project_id, count(*), sum(c.amount_minor), 0, max(c.noticed_at)
FROM payments_capture c JOIN donations_gift g ON g.id = c.order_id
WHERE c.order_id = ANY(%s) GROUP BY 1 ORDER BY 1
ON CONFLICT (project_id) DO UPDATE SET gifts = insights_project_total.gifts + excluded.gifts,
    amount_minor = insights_project_total.amount_minor + excluded.amount_minor,
    last_gift_at = greatest(insights_project_total.last_gift_at, excluded.last_gift_at)
"""
_ADD_MATCHES = """
INSERT INTO insights_project_total (project_id, gifts, amount_minor, matched_minor)
SELECT t.project_id, 0, 0, sum(a.amount_minor)
FROM festivals_award a JOIN festivals_pool p ON p.id = a.pool_id
JOIN festivals_ticket t ON t.gift_id = a.gift_id AND t.festival_id = p.festival_id
WHERE p.festival_id = %s AND a.slice_no = ANY(%s) AND a.amount_minor > 0 GROUP BY 1 ORDER BY 1
ON CONFLICT (project_id) DO UPDATE SET matched_minor = insights_project_total.matched_minor + excluded.matched_minor
"""

_ADD_GRANTS = """
INSERT INTO insights_project_total (project_id, gifts, amount_minor, matched_minor)
SELECT j.project_id, 0, 0, d.grant_minor FROM dreams_project j JOIN dreams_dream d ON d.id = j.dream_id
WHERE j.dream_id = ANY(%s) ORDER BY 1
ON CONFLICT (project_id) DO UPDATE SET matched_minor = insights_project_total.matched_minor + excluded.matched_minor
"""
# What came back from projects to pools goes with its gift: the ledger has the reversals.
_TAKE_REFUNDS = """
UPDATE insights_project_total r SET amount_minor = r.amount_minor - b.given, matched_minor = r.matched_minor - b.matched,
       refunds = r.refunds + b.refunds, refunded_minor = r.refunded_minor + b.given
FROM (SELECT g.project_id, count(*) AS refunds, sum(g.amount_minor) AS given, sum(coalesce(w.matched, 0)) AS matched
      FROM donations_gift g
      LEFT JOIN LATERAL (SELECT sum(t.amount) AS matched FROM ledger_transfer t
                         WHERE t.subject_id = g.id AND t.kind = 'award_returned' AND t.phase = 'post') w ON true
      WHERE g.id = ANY(%s) GROUP BY 1 ORDER BY 1) b
WHERE r.project_id = b.project_id
"""

# Sponsors' money that deeds unlocked, and what of it went back; awards, refunds and dreams have events of their own.
_ADD_MOVES = """
INSERT INTO insights_project_total (project_id, gifts, amount_minor, matched_minor)
SELECT m.project_id, 0, 0, sum(m.minor) FROM (
    SELECT a.owner_id AS project_id, t.amount AS minor FROM ledger_transfer t
    JOIN ledger_account a ON a.id = t.credit_id JOIN ledger_account o ON o.id = t.debit_id
    WHERE t.id = ANY(%(ids)s) AND a.kind = 'project' AND t.kind <> 'dream_grant' AND o.kind <> 'donors'
    UNION ALL
    SELECT a.owner_id, -t.amount FROM ledger_transfer t
    JOIN ledger_account a ON a.id = t.debit_id JOIN ledger_account o ON o.id = t.credit_id
    WHERE t.id = ANY(%(ids)s) AND a.kind = 'project' AND o.kind = ANY(%(sources)s) AND t.kind <> 'award_returned') m
GROUP BY 1 ORDER BY 1
ON CONFLICT (project_id) DO UPDATE SET matched_minor = insights_project_total.matched_minor + excluded.matched_minor
"""


@step
def add_settled_gifts(gift_ids: Sequence[UUID]) -> None:
    """Adds newly settled gifts to the roll-ups."""
    conn = raw_connection()
    conn.execute(_ADD_HOURS, [list(gift_ids)])
    conn.execute(_ADD_PROJECTS, [list(gift_ids)])


@step
def add_drawn_slices(festival_id: UUID, slices: Sequence[int]) -> None:
    """Adds the awards of newly drawn slices to the roll-ups."""
    raw_connection().execute(_ADD_MATCHES, [festival_id, list(slices)])


@step
def take_refunded_gifts(gift_ids: Sequence[UUID]) -> None:
    """Takes gifts that were given back, and their matches, off the roll-ups of their projects.

    Hours keep what was given in them: that it was given is a fact of that hour.
    Needs: the same gifts and slices were added before.
    """
    raw_connection().execute(_TAKE_REFUNDS, [list(gift_ids)])


@step
def add_dream_grants(dream_ids: Sequence[UUID]) -> None:
    """Adds the grants of dreams that have become projects to what those projects received."""
    raw_connection().execute(_ADD_GRANTS, [list(dream_ids)])


@step
def add_moves(transfer_ids: Sequence[UUID]) -> None:
    """Adds what transfers brought to projects from others than donors, and takes off what went back."""
    sources = sorted(kind.value for kind in MATCH_SOURCES)
    raw_connection().execute(_ADD_MOVES, {"ids": list(transfer_ids), "sources": sources})


@command
def record_calm_choice(project_id: UUID, goes_on: bool, now: datetime) -> None:
    """Records that somebody read the calm-down page and went on to give, or left; who it was is not kept."""
    kind = "calm.continued" if goes_on else "calm.left"
    append_events(raw_connection(), [(kind, {"project": str(project_id)})], now)
