"""Reads of payments."""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from redflower.domains.payments.errors import OrderNotFound
from redflower.domains.payments.types import AlarmKind, AlarmView, OrderQuery, OrderState, OrderView, RefundOrder
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


_ORDER = """
SELECT * FROM (
    SELECT o.id, o.provider, o.amount_minor, o.description, o.created_at, o.expires_at, c.provider_txn, c.paid_at,
           c.noticed_at, e.ended_at,
           CASE WHEN c.order_id IS NOT NULL THEN 'settled' WHEN e.order_id IS NOT NULL THEN e.kind
                WHEN o.expires_at < %s THEN 'expired' ELSE 'pending' END AS state
    FROM payments_order o
    LEFT JOIN payments_capture c ON c.order_id = o.id
    LEFT JOIN payments_end e ON e.order_id = o.id
) AS orders
"""


def _order(row: dict[str, Any]) -> OrderView:
    return OrderView(**{**row, "state": OrderState(row["state"])})


def get_order(order_id: UUID, now: datetime) -> OrderView:
    """One order with what became of it.

    Errors: OrderNotFound.
    """
    rows = fetch_all(f"{_ORDER} WHERE id = %s", [now, order_id])
    if not rows:
        raise OrderNotFound
    return _order(rows[0])


def list_orders(query: OrderQuery, now: datetime, before: UUID | None = None, limit: int = 50) -> list[OrderView]:
    """Orders of every actor, the latest first; `before` continues behind an order."""
    where, params = ["true"], [now]
    for condition, value in (
        ("id >= %s", query.since and floor_id(query.since)),
        ("id < %s", query.until and floor_id(query.until)),
        ("id < %s", before),
        ("state = %s", query.state and query.state.value),
    ):
        if value:
            where.append(condition)
            params.append(value)
    if query.number:
        order_id = _read_id(query.number)
        where.append("id = %s" if order_id else "provider_txn = %s")
        params.append(order_id or query.number)
    sql = f"{_ORDER} WHERE {' AND '.join(where)} ORDER BY id DESC LIMIT %s"
    return [_order(row) for row in fetch_all(sql, [*params, limit])]


def _read_id(number: str) -> UUID | None:
    try:
        return UUID(number)
    except ValueError:
        return None


def count_orders_by_state(since: datetime, now: datetime) -> dict[OrderState, int]:
    """How many orders made since an instant stand where; every state is named."""
    rows = fetch_all(
        f"SELECT state, count(*) AS n FROM ({_ORDER} WHERE id >= %s) AS recent GROUP BY state",
        [now, floor_id(since)],
    )
    return dict.fromkeys(OrderState, 0) | {OrderState(row["state"]): row["n"] for row in rows}


_ALARM = (
    """SELECT id, kind, provider, order_id, facts::text AS facts, raised_at, resolved_at, note FROM payments_alarm"""
)


def _alarms(sql: str, params: list[object]) -> list[AlarmView]:
    return [
        AlarmView(**{**row, "kind": AlarmKind(row["kind"]), "facts": json.loads(row["facts"])})
        for row in fetch_all(sql, params)
    ]


def list_open_alarms(limit: int = 200) -> list[AlarmView]:
    """Parked notices that wait for an operator, the oldest first."""
    return _alarms(f"{_ALARM} WHERE resolved_at IS NULL ORDER BY raised_at, id LIMIT %s", [limit])


def list_resolved_alarms(limit: int = 100) -> list[AlarmView]:
    """Parked notices that have been dealt with, the latest first."""
    return _alarms(f"{_ALARM} WHERE resolved_at IS NOT NULL ORDER BY resolved_at DESC, id LIMIT %s", [limit])


def list_alarms_of_order(order_id: UUID) -> list[AlarmView]:
    """Every notice about an order that did not fit, in order."""
    return _alarms(f"{_ALARM} WHERE order_id = %s ORDER BY raised_at, id", [order_id])


def find_alarms_by_id(ids: Iterable[UUID]) -> list[AlarmView]:
    """Parked notices by id, the oldest first."""
    return _alarms(f"{_ALARM} WHERE id = ANY(%s) ORDER BY raised_at, id", [list(ids)])


def count_open_alarms() -> int:
    """How many parked notices wait for an operator."""
    return int(fetch_all("SELECT count(*) AS n FROM payments_alarm WHERE resolved_at IS NULL")[0]["n"])


def list_unanswered_refunds(provider: str, after: UUID | None, limit: int) -> list[RefundOrder]:
    """Refunds that were asked of a provider and have no end yet, in id order; `after` continues behind one."""
    rows = fetch_all(
        """SELECT r.* FROM payments_refund_order r
           WHERE r.provider = %s AND (%s::uuid IS NULL OR r.id > %s)
             AND NOT EXISTS (SELECT 1 FROM payments_refund e WHERE e.refund_order_id = r.id) ORDER BY r.id LIMIT %s""",
        [provider, after, after, limit],
    )
    return [RefundOrder(**row) for row in rows]


def list_refunds_by_order(provider: str, after: UUID | None, limit: int) -> list[tuple[UUID, int]]:
    """What a provider has given back, by refund number, in order. Units: fen."""
    rows = fetch_all(
        """SELECT refund_order_id, amount_minor FROM payments_refund
           WHERE provider = %s AND status = 'done' AND (%s::uuid IS NULL OR refund_order_id > %s)
           ORDER BY refund_order_id LIMIT %s""",
        [provider, after, after, limit],
    )
    return [(row["refund_order_id"], row["amount_minor"]) for row in rows]
