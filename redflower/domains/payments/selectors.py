"""Reads of payments."""

from datetime import datetime
from uuid import UUID

from redflower.kernel.ids import floor_id
from redflower.plumbing.db import fetch_all


def list_captures_by_order(provider: str, after: UUID | None, limit: int) -> list[tuple[UUID, int | None]]:
    """A provider's orders in id order, each with what was captured for it, or None. Units: fen."""
    rows = fetch_all(
        """SELECT o.id, c.amount_minor FROM payments_order o LEFT JOIN payments_capture c ON c.order_id = o.id
           WHERE o.provider = %s AND (%s::uuid IS NULL OR o.id > %s) ORDER BY o.id LIMIT %s""",
        [provider, after, after, limit],
    )
    return [(row["id"], row["amount_minor"]) for row in rows]


def list_unanswered_orders(provider: str, start: datetime, end: datetime) -> list[UUID]:
    """A provider's orders made in [start, end) about which nothing was heard yet, the oldest first."""
    rows = fetch_all(
        """SELECT o.id FROM payments_order o WHERE o.id >= %s AND o.id < %s AND o.provider = %s
           AND NOT EXISTS (SELECT 1 FROM payments_capture c WHERE c.order_id = o.id)
           AND NOT EXISTS (SELECT 1 FROM payments_end e WHERE e.order_id = o.id) ORDER BY o.id""",
        [floor_id(start), floor_id(end), provider],
    )
    return [row["id"] for row in rows]
