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

Connection = psycopg.Connection[Any]

_ORDER_COLUMNS = (
    "id, actor, idempotency_key, request_hash, provider, amount_minor, currency, description, created_at, expires_at"
)


def record_orders(conn: Connection, orders: Sequence[NewOrder]) -> dict[tuple[str, str], NewOrder]:
    """Writes orders whose (actor, key) is new; returns, for every (actor, key) given, the order that stands.

    Needs: an open transaction; waits for another transaction that is writing the same key.
    Replay: for a known key the first order is returned, whatever was asked now; the caller compares `request_hash`.
    """
    # In one order for every list, so that two lists with keys in common never wait for each other in a circle.
    orders = sorted(orders, key=lambda order: (order.actor, order.idempotency_key))
    written = conn.execute(
        f"""INSERT INTO payments_order ({_ORDER_COLUMNS})
            SELECT * FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::text[], %s::text[], %s::bigint[], %s::text[],
                                 %s::text[], %s::timestamptz[], %s::timestamptz[])
            ON CONFLICT (actor, idempotency_key) DO NOTHING RETURNING id""",
        [
            [order.id for order in orders],
            [order.actor for order in orders],
            [order.idempotency_key for order in orders],
            [order.request_hash for order in orders],
            [order.provider for order in orders],
            [order.amount_minor for order in orders],
            [order.currency for order in orders],
            [order.description for order in orders],
            [order.created_at for order in orders],
            [order.expires_at for order in orders],
        ],
    ).fetchall()
    new = {row[0] for row in written}
    standing = {(order.actor, order.idempotency_key): order for order in orders if order.id in new}
    known = {(order.actor, order.idempotency_key) for order in orders} - standing.keys()
    return standing | _load_orders_by_key(conn, known) if known else standing


def _load_orders_by_key(conn: Connection, keys: Collection[tuple[str, str]]) -> dict[tuple[str, str], NewOrder]:
    rows = conn.execute(
        f"""SELECT {_ORDER_COLUMNS} FROM payments_order
            JOIN unnest(%s::text[], %s::text[]) AS k(a, i) ON actor = k.a AND idempotency_key = k.i""",
        [[actor for actor, _ in keys], [key for _, key in keys]],
    ).fetchall()
    return {(row[1], row[2]): NewOrder(*row) for row in rows}


def load_terms(conn: Connection, ids: Sequence[UUID]) -> dict[UUID, OrderTerms]:
    """What a notice is compared with, for the orders that exist among the ids."""
    rows = conn.execute(
        "SELECT id, provider, amount_minor, currency FROM payments_order WHERE id = ANY(%s)", [list(ids)]
    ).fetchall()
    return {row[0]: OrderTerms(*row[1:]) for row in rows}


def claim_captures(conn: Connection, notices: Sequence[PaymentNotice], now: datetime) -> set[UUID]:
    """Writes the captures that are first of their order and of their transaction; returns their order ids.

    Two notices racing for one order meet at its primary key: the second waits for the first and then claims nothing.
    Needs: an open transaction.
    """
    rows = sorted(notices, key=lambda notice: notice.order_id)
    claimed = conn.execute(
        """INSERT INTO payments_capture (order_id, provider, provider_txn, amount_minor, payer_id, paid_at, noticed_at)
           SELECT c.*, %s FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::bigint[], %s::text[], %s::timestamptz[]) AS c
           ON CONFLICT DO NOTHING RETURNING order_id""",
        [
            now,
            [row.order_id for row in rows],
            [row.provider for row in rows],
            [row.provider_txn for row in rows],
            [row.amount_minor for row in rows],
            [row.payer_id for row in rows],
            [row.paid_at for row in rows],
        ],
    ).fetchall()
    return {row[0] for row in claimed}


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
