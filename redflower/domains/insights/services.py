"""Keeping the roll-ups: called by the follower with what just happened; and what visitors chose, for the funnel."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

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
def add_dream_grants(dream_ids: Sequence[UUID]) -> None:
    """Adds the grants of dreams that have become projects to what those projects received."""
    raw_connection().execute(_ADD_GRANTS, [list(dream_ids)])


@command
def record_calm_choice(project_id: UUID, goes_on: bool, now: datetime) -> None:
    """Records that somebody read the calm-down page and went on to give, or left; who it was is not kept."""
    kind = "calm.continued" if goes_on else "calm.left"
    append_events(raw_connection(), [(kind, {"project": str(project_id)})], now)
