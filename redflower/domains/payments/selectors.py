"""Reads of payments."""

from uuid import UUID

from redflower.plumbing.db import fetch_all


def list_captures_by_order(provider: str, after: UUID | None, limit: int) -> list[tuple[UUID, int | None]]:
    """A provider's orders in id order, each with what was captured for it, or None. Units: fen."""
    rows = fetch_all(
        """SELECT o.id, c.amount_minor FROM payments_order o LEFT JOIN payments_capture c ON c.order_id = o.id
           WHERE o.provider = %s AND (%s::uuid IS NULL OR o.id > %s) ORDER BY o.id LIMIT %s""",
        [provider, after, after, limit],
    )
    return [(row["id"], row["amount_minor"]) for row in rows]
