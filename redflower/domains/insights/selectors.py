"""Reads of the roll-ups; they trail the ledger by about a second."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from redflower.domains.insights.types import HourTotals, ProjectTotals, SiteTotals
from redflower.plumbing.db import fetch_all, fetch_one


def find_project_totals(project_ids: Iterable[UUID]) -> dict[UUID, ProjectTotals]:
    """Totals of projects, by id; a project nobody has given to is included with zeros."""
    ids = list(project_ids)
    rows = fetch_all(
        """SELECT project_id, gifts, amount_minor, matched_minor, last_gift_at, refunds, refunded_minor
           FROM insights_project_total
           WHERE project_id = ANY(%s)""",
        [ids],
    )
    known = {row["project_id"]: ProjectTotals(**row) for row in rows}
    return {project_id: known.get(project_id) or ProjectTotals(project_id, 0, 0, 0, None) for project_id in ids}


def get_site_totals() -> SiteTotals:
    """Totals of the whole site since it opened."""
    row = fetch_one(
        """SELECT coalesce(sum(gifts), 0)::bigint AS gifts, coalesce(sum(amount_minor), 0)::bigint AS amount_minor,
                  coalesce(sum(matched_minor), 0)::bigint AS matched_minor, count(*) FILTER (WHERE gifts > 0) AS projects,
                  coalesce(sum(refunds), 0)::bigint AS refunds, coalesce(sum(refunded_minor), 0)::bigint AS refunded_minor
           FROM insights_project_total"""
    )
    return SiteTotals(**row) if row else SiteTotals(0, 0, 0, 0)


def list_hours(start: datetime, end: datetime) -> list[HourTotals]:
    """Every hour in [start, end) that had gifts, in order."""
    rows = fetch_all(
        """SELECT hour, sum(gifts)::bigint AS gifts, sum(amount_minor)::bigint AS amount_minor FROM insights_hour_total
           WHERE hour >= %s AND hour < %s GROUP BY hour ORDER BY hour""",
        [start, end],
    )
    return [HourTotals(**row) for row in rows]


def sum_by_region(start: datetime, end: datetime) -> dict[str, int]:
    """Amount given to projects of each province in [start, end). Units: fen."""
    rows = fetch_all(
        """SELECT region, sum(amount_minor)::bigint AS amount FROM insights_hour_total
           WHERE hour >= %s AND hour < %s GROUP BY region""",
        [start, end],
    )
    return {row["region"]: row["amount"] for row in rows}


def sum_between(start: datetime, end: datetime) -> tuple[int, int]:
    """How many gifts and how much money in [start, end). Units: fen."""
    row = fetch_one(
        """SELECT coalesce(sum(gifts), 0)::bigint AS gifts, coalesce(sum(amount_minor), 0)::bigint AS amount
           FROM insights_hour_total WHERE hour >= %s AND hour < %s""",
        [start, end],
    )
    return (row["gifts"], row["amount"]) if row else (0, 0)
