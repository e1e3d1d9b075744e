"""Writing orders, captures, ends and alarms by the list, on the driver's own connection."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg

from redflower.domains.payments.types import (
    AlarmKind,
    Capture,
    NewOrders,
    OrderTerms,
    PaymentNotice,
    StandingOrder,
)
from redflower.kernel.canon import instant
from redflower.kernel.ids import new_id
from redflower.plumbing.rows import Same, claim_rows, read_rows, uuid_array

Connection = psycopg.Connection[Any]

_WORTH_A_LOOK = 10  # rows; fewer are written at once and looked up only when they met others


def record_orders(conn: Connection, orders: NewOrders) -> dict[int, StandingOrder]:
    """Writes the orders whose request key is new; returns, by its place in the list, for every other the order that
    stands.

    Needs: an open transaction; waits for another transaction that is writing the same key.
    Replay: for a known key the first order stands, whatever is asked now; the caller compares `request_hash`.
    """
    first: dict[bytes, int] = {}
    for place, key in enumerate(orders.request_keys):
        first.setdefault(key, place)
    standing = _load_orders(conn, first) if len(first) >= _WORTH_A_LOOK else {}
    # In one order for every list, so that two lists with keys in common never wait for each other in a circle.
    keys = sorted(first.keys() - standing.keys())
    if keys:
        claimed = _claim_orders(conn, orders, [first[key] for key in keys])
        if claimed is not None:  # somebody else was faster
            standing |= _load_orders(conn, set(keys) - claimed)
    if not standing and len(first) == len(orders.request_keys):
        return {}
    for place in first.values():  # a key that comes twice in this very list
        standing.setdefault(
            orders.request_keys[place],
            StandingOrder(orders.ids[place], orders.request_hashes[place], orders.amounts[place], orders.expires_at),
        )
    stands = [standing[key] for key in orders.request_keys]
    return {place: order for place, order in enumerate(stands) if order.id != orders.ids[place]}


def _claim_orders(conn: Connection, orders: NewOrders, places: Sequence[int]) -> set[bytes] | None:
    return claim_rows(
        conn,
        "payments_order",
        {
            "id": ("uuid", [orders.ids[place] for place in places]),
            "request_key": ("uuid", [orders.request_keys[place] for place in places]),
            "request_hash": ("bytea", [orders.request_hashes[place] for place in places]),
            "provider": ("text", Same(orders.provider)),
            "amount_minor": ("bigint", [orders.amounts[place] for place in places]),
            "currency": ("text", Same(orders.currency)),
            "description": ("text", [orders.descriptions[place] for place in places]),
            "created_at": ("timestamptz", Same(orders.created_at)),
            "expires_at": ("timestamptz", Same(orders.expires_at)),
        },
        "request_key",
    )


def _load_orders(conn: Connection, keys: Iterable[bytes]) -> dict[bytes, StandingOrder]:
    rows = read_rows(
        conn,
        """SELECT uuid_send(request_key), uuid_send(id), request_hash, amount_minor, expires_at
           FROM payments_order WHERE request_key = ANY(%s::uuid[])""",
        [uuid_array(keys)],
    )
    return {row[0]: StandingOrder(*row[1:]) for row in rows}


def load_terms(conn: Connection, ids: Iterable[bytes]) -> dict[bytes, OrderTerms]:
    """What a notice is compared with, for the orders that exist among the ids."""
    rows = read_rows(
        conn,
        """SELECT uuid_send(o.id), o.provider, o.amount_minor, o.currency, c.order_id IS NOT NULL
           FROM payments_order o LEFT JOIN payments_capture c ON c.order_id = o.id WHERE o.id = ANY(%s::uuid[])""",
        [uuid_array(ids)],
    )
    return {row[0]: OrderTerms(*row[1:]) for row in rows}


def claim_captures(conn: Connection, notices: Sequence[PaymentNotice], now: datetime) -> set[bytes]:
    """Writes the captures that are first of their order and of their transaction; returns their order ids.

    Two notices racing for one order meet at its primary key: the second waits for the first and then claims nothing.
    Needs: an open transaction.
    """
    rows = sorted(notices, key=lambda notice: notice.order_id.int)
    ids = [row.order_id.bytes for row in rows]
    claimed = claim_rows(
        conn,
        "payments_capture",
        {
            "order_id": ("uuid", ids),
            "provider": ("text", [row.provider for row in rows]),
            "provider_txn": ("text", [row.provider_txn for row in rows]),
            "amount_minor": ("bigint", [row.amount_minor for row in rows]),
            "payer_id": ("text", [row.payer_id for row in rows]),
            "paid_at": ("timestamptz", [row.paid_at for row in rows]),
            "noticed_at": ("timestamptz", Same(now)),
        },
        "order_id",
    )
    return set(ids) if claimed is None else claimed


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
    # Nearly always there is none, and asking is cheaper than naming a thousand orders.
    if (
        conn.execute(
            "SELECT 1 FROM payments_alarm WHERE kind = 'unknown_order' AND resolved_at IS NULL LIMIT 1"
        ).fetchone()
        is None
    ):
        return
    conn.execute(
        """UPDATE payments_alarm SET resolved_at = %s, note = 'answered by a later notice'
           WHERE kind = 'unknown_order' AND resolved_at IS NULL AND order_id = ANY(%s)""",
        [now, list(order_ids)],
    )
