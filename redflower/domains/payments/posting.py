"""Writing orders, captures, ends and alarms by the list, on the driver's own connection."""

import json
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg

from redflower.domains.payments.types import AlarmKind, Capture, NewOrder, OrderTerms, PaymentNotice
from redflower.kernel.canon import instant
from redflower.kernel.ids import new_id
from redflower.plumbing.rows import Kind, Same, claim_rows, read_rows

Connection = psycopg.Connection[Any]

_WORTH_A_LOOK = 10  # rows; fewer are written at once and looked up only when they met others
_ORDER_COLUMNS: dict[str, Kind] = {  # as in NewOrder
    "id": "uuid", "actor": "text", "idempotency_key": "text", "request_hash": "text", "provider": "text",
    "amount_minor": "bigint", "currency": "text", "description": "text", "created_at": "timestamptz",
    "expires_at": "timestamptz",
}  # fmt: skip


def record_orders(conn: Connection, orders: Sequence[NewOrder]) -> dict[tuple[str, str], NewOrder]:
    """Writes orders whose (actor, key) is new; returns, for every (actor, key) given, the order that stands.

    Needs: an open transaction; waits for another transaction that is writing the same key.
    Replay: for a known key the first order is returned, whatever was asked now; the caller compares `request_hash`.
    """
    asked: dict[tuple[str, str], NewOrder] = {}
    for order in orders:
        asked.setdefault((order.actor, order.idempotency_key), order)
    standing = _load_orders_by_key(conn, asked) if len(orders) >= _WORTH_A_LOOK else {}
    # In one order for every list, so that two lists with keys in common never wait for each other in a circle.
    fresh = [asked[key] for key in sorted(asked.keys() - standing.keys())]
    if fresh:
        columns = zip(_ORDER_COLUMNS.items(), zip(*fresh, strict=True), strict=True)
        new = claim_rows(conn, "payments_order", {name: (kind, values) for (name, kind), values in columns}, "id")
        standing |= {(order.actor, order.idempotency_key): order for order in fresh if new is None or order.id in new}
        if new is not None:  # somebody else was faster
            standing |= _load_orders_by_key(conn, asked.keys() - standing.keys())
    return standing


def _load_orders_by_key(conn: Connection, keys: Collection[tuple[str, str]]) -> dict[tuple[str, str], NewOrder]:
    rows = conn.execute(
        f"""SELECT {", ".join(_ORDER_COLUMNS)} FROM payments_order
            JOIN unnest(%s::text[], %s::text[]) AS k(a, i) ON actor = k.a AND idempotency_key = k.i""",
        [[actor for actor, _ in keys], [key for _, key in keys]],
    ).fetchall()
    return {(row[1], row[2]): NewOrder(*row) for row in rows}


def load_terms(conn: Connection, ids: Sequence[UUID]) -> dict[UUID, OrderTerms]:
    """What a notice is compared with, for the orders that exist among the ids."""
    rows = read_rows(
        conn,
        """SELECT o.id, o.provider, o.amount_minor, o.currency, c.order_id IS NOT NULL
           FROM payments_order o LEFT JOIN payments_capture c ON c.order_id = o.id WHERE o.id = ANY(%s)""",
        [list(ids)],
    )
    return {row[0]: OrderTerms(*row[1:]) for row in rows}


def claim_captures(conn: Connection, notices: Sequence[PaymentNotice], now: datetime) -> set[UUID]:
    """Writes the captures that are first of their order and of their transaction; returns their order ids.

    Two notices racing for one order meet at its primary key: the second waits for the first and then claims nothing.
    Needs: an open transaction.
    """
    rows = sorted(notices, key=lambda notice: notice.order_id.int)
    claimed = claim_rows(
        conn,
        "payments_capture",
        {
            "order_id": ("uuid", [row.order_id for row in rows]),
            "provider": ("text", [row.provider for row in rows]),
            "provider_txn": ("text", [row.provider_txn for row in rows]),
            "amount_minor": ("bigint", [row.amount_minor for row in rows]),
            "payer_id": ("text", [row.payer_id for row in rows]),
            "paid_at": ("timestamptz", [row.paid_at for row in rows]),
            "noticed_at": ("timestamptz", Same(now)),
        },
        "order_id",
    )
    return {row.order_id for row in rows} if claimed is None else claimed


def load_captures(
    conn: Connection, notices: Sequence[PaymentNotice]
) -> tuple[dict[UUID, Capture], dict[tuple[str, str], UUID]]:
    """What is captured already: by order, and which order each (provider, transaction) has paid."""
    columns = "order_id, provider, provider_txn, amount_minor, payer_id, paid_at, noticed_at"
    rows = conn.execute(
        f"""SELECT {columns} FROM payments_capture WHERE order_id = ANY(%s)
            UNION SELECT {columns} FROM payments_capture
            WHERE (provider, provider_txn) IN (SELECT * FROM unnest(%s::text[], %s::text[]))""",
        [
            [notice.order_id for notice in notices],
            [notice.provider for notice in notices],
            [notice.provider_txn for notice in notices],
        ],
    ).fetchall()
    captures = [Capture(*row) for row in rows]
    return (
        {capture.order_id: capture for capture in captures},
        {(capture.provider, capture.provider_txn): capture.order_id for capture in captures},
    )


def record_ends(conn: Connection, notices: Sequence[PaymentNotice], now: datetime) -> None:
    """Writes that attempts are over without money; the first word stands, and a later capture outranks it."""
    conn.execute(
        """INSERT INTO payments_end (order_id, kind, ended_at)
           SELECT e.id, e.kind, %s FROM unnest(%s::uuid[], %s::text[]) AS e(id, kind)
           JOIN payments_order o ON o.id = e.id ON CONFLICT (order_id) DO NOTHING""",
        [now, [notice.order_id for notice in notices], [notice.status.value for notice in notices]],
    )


def raise_alarms(conn: Connection, parked: Sequence[tuple[PaymentNotice, AlarmKind]], now: datetime) -> None:
    """Parks notices that do not fit, once each, for operators."""
    facts = [
        {
            "amount_minor": notice.amount_minor,
            "currency": notice.currency,
            "paid_at": instant(notice.paid_at),
            "provider_txn": notice.provider_txn,
        }
        for notice, _ in parked
    ]
    conn.execute(
        """INSERT INTO payments_alarm (id, kind, provider, provider_txn, order_id, facts, raised_at, note)
           SELECT a.id, a.kind, a.provider, a.txn, a.order_id, a.facts::jsonb, %s, ''
           FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::text[], %s::uuid[], %s::text[])
                AS a(id, kind, provider, txn, order_id, facts)
           ON CONFLICT DO NOTHING""",
        [
            now,
            [new_id() for _ in parked],
            [kind.value for _, kind in parked],
            [notice.provider for notice, _ in parked],
            [notice.provider_txn for notice, _ in parked],
            [notice.order_id for notice, _ in parked],
            [json.dumps(fact) for fact in facts],
        ],
    )


def clear_unknown_order_alarms(conn: Connection, order_ids: Sequence[UUID], now: datetime) -> None:
    """Closes alarms about orders that were not ours yet when their notice overtook them, and have been answered since."""
    conn.execute(
        """UPDATE payments_alarm SET resolved_at = %s, note = 'answered by a later notice'
           WHERE kind = 'unknown_order' AND resolved_at IS NULL AND order_id = ANY(%s)""",
        [now, list(order_ids)],
    )
