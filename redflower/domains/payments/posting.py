"""Writing orders, captures, ends and alarms by the list, on the driver's own connection."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg

from redflower.domains.payments.types import (
    AlarmKind,
    Capture,
    NewOrders,
    PaymentNotice,
    RefundNotice,
    RefundOrder,
    RefundStatus,
    RefundTerms,
    StandingOrder,
)
from redflower.kernel.canon import instant
from redflower.kernel.ids import new_id
from redflower.plumbing.columns import UuidArray
from redflower.plumbing.rows import Same, ask_rows, claim_rows, overtaken_by_others, write_rows

Connection = psycopg.Connection[Any]


def look_for_orders(conn: Connection, keys: Iterable[bytes]) -> "psycopg.Cursor[Any]":
    """Asks for the orders that stand under request keys, for `record_orders`, who reads the answer."""
    return ask_rows(
        conn,
        """SELECT uuid_send(request_key), uuid_send(id), request_hash, amount_minor, expires_at
           FROM payments_order WHERE request_key = ANY(%s::uuid[])""",
        [UuidArray(keys)],
    )


def record_orders(conn: Connection, orders: NewOrders, looked: "psycopg.Cursor[Any]") -> dict[int, StandingOrder]:
    """Writes the orders whose request key is new; returns, by its place in the list, for every other the order that
    stands. `looked`: `look_for_orders` in this transaction, for all keys and any others.

    Needs: an open transaction; waits for another transaction that is writing the same key.
    Errors: Overtaken when that one commits.
    Replay: for a known key the first order stands, whatever is asked now; the caller compares `request_hash`.
    """
    standing = {row[0]: StandingOrder(*row[1:]) for row in looked.fetchall()}
    fresh: dict[bytes, int] = {}
    for place, key in enumerate(orders.request_keys):
        if key not in standing:
            fresh.setdefault(key, place)
    if fresh:
        # In one order for every list, so that two lists with keys in common never wait for each other in a circle.
        _write_orders(conn, orders, [fresh[key] for key in sorted(fresh)])
    if len(fresh) == len(orders.request_keys):
        return {}
    for key, place in fresh.items():  # a key that comes twice in this very list
        standing[key] = StandingOrder(
            orders.ids[place], orders.request_hashes[place], orders.amounts[place], orders.expires_at
        )
    stands = [standing[key] for key in orders.request_keys]
    return {place: order for place, order in enumerate(stands) if order.id != orders.ids[place]}


def _write_orders(conn: Connection, orders: NewOrders, places: Sequence[int]) -> None:
    with overtaken_by_others():
        write_rows(
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
        )


def claim_captures(conn: Connection, notices: Mapping[bytes, PaymentNotice], now: datetime) -> list[bytes]:
    """Writes the captures that are first of their order and of their transaction; returns their order ids, in order.

    Two notices racing for one order meet at its primary key: the second waits for the first and then claims nothing.
    Shape: order id (16 bytes) -> its notice.
    Needs: an open transaction.
    """
    ids = sorted(notices)
    providers, txns, _, amounts, _, payers, _, paid_at = zip(*[notices[each] for each in ids], strict=True)
    claimed = claim_rows(
        conn,
        "payments_capture",
        {
            "order_id": ("uuid", ids),
            "provider": ("text", providers),
            "provider_txn": ("text", txns),
            "amount_minor": ("bigint", amounts),
            "payer_id": ("text", payers),
            "paid_at": ("timestamptz", paid_at),
            "noticed_at": ("timestamptz", Same(now)),
        },
        "order_id",
    )
    return ids if claimed is None else [each for each in ids if each in claimed]


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


# --- refunds --------------------------------------------------------------------------------------


def record_refund_orders(
    conn: Connection, accepted: Sequence[tuple[UUID, UUID | None]], released_by_id: UUID | None, now: datetime
) -> list[RefundOrder]:
    """Writes what the providers will be asked to give back, each payment whole; returns what is new, by order id.

    Shape: (order, who accepted it). Left out: payments that never arrived, and those whose refund is done or on its way.
    Needs: an open transaction; waits for another one that is writing the same order's attempt.
    """
    rows = conn.execute(
        """INSERT INTO payments_refund_order
                  (id, order_id, attempt, provider, amount_minor, accepted_by_id, released_by_id, asked_at)
           SELECT n.id, c.order_id, coalesce(last.attempt, 0) + 1, c.provider, c.amount_minor, n.accepted_by, %s, %s
           FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[]) AS n(id, order_id, accepted_by)
           JOIN payments_capture c ON c.order_id = n.order_id
           LEFT JOIN LATERAL (SELECT r.attempt, e.status FROM payments_refund_order r
                              LEFT JOIN payments_refund e ON e.refund_order_id = r.id
                              WHERE r.order_id = n.order_id ORDER BY r.attempt DESC LIMIT 1) last ON true
           WHERE last.attempt IS NULL OR last.status = 'failed'
           ORDER BY c.order_id ON CONFLICT (order_id, attempt) DO NOTHING
           RETURNING id, order_id, attempt, provider, amount_minor, accepted_by_id, released_by_id, asked_at""",
        [
            released_by_id,
            now,
            [new_id() for _ in accepted],
            [order_id for order_id, _ in accepted],
            [accepted_by for _, accepted_by in accepted],
        ],
    ).fetchall()
    return sorted((RefundOrder(*row) for row in rows), key=lambda refund: refund.order_id)


def load_refund_terms(conn: Connection, ids: Sequence[UUID]) -> dict[UUID, RefundTerms]:
    """What notices about these refunds are compared with; refunds that nobody asked for are left out."""
    rows = conn.execute(
        """SELECT r.id, r.order_id, r.attempt, r.provider, r.amount_minor, o.currency, e.status, e.provider_refund
           FROM payments_refund_order r JOIN payments_order o ON o.id = r.order_id
           LEFT JOIN payments_refund e ON e.refund_order_id = r.id WHERE r.id = ANY(%s)""",
        [list(ids)],
    ).fetchall()
    return {row[0]: RefundTerms._make([*row[1:6], RefundStatus(row[6]) if row[6] else None, row[7]]) for row in rows}


def claim_refunds(
    conn: Connection, notices: Sequence[RefundNotice], terms: Mapping[UUID, RefundTerms], now: datetime
) -> set[UUID]:
    """Writes the last words that are first of their refund, of their payment and of their transaction; returns their ids.

    Two notices racing for one refund meet at its key: the second waits for the first and then claims nothing.
    Needs: an open transaction.
    """
    rows = sorted(notices, key=lambda notice: notice.refund_id.int)
    claimed = conn.execute(
        """INSERT INTO payments_refund
                  (refund_order_id, order_id, status, provider, provider_refund, amount_minor, decided_at, noticed_at)
           SELECT n.*, %s FROM unnest(%s::uuid[], %s::uuid[], %s::text[], %s::text[], %s::text[], %s::bigint[],
                                      %s::timestamptz[]) AS n
           ON CONFLICT DO NOTHING RETURNING refund_order_id""",
        [
            now,
            [row.refund_id for row in rows],
            [terms[row.refund_id].order_id for row in rows],
            [row.status.value for row in rows],
            [row.provider for row in rows],
            [row.provider_refund for row in rows],
            [row.amount_minor for row in rows],
            [row.decided_at for row in rows],
        ],
    ).fetchall()
    return {row[0] for row in claimed}


def raise_refund_alarms(
    conn: Connection, parked: Sequence[tuple[RefundNotice, UUID, AlarmKind]], now: datetime
) -> None:
    """Parks refund notices that do not fit, once each, for operators; each with its order, or its own number."""
    for notice, order_id, kind in parked:
        facts = {
            "amount_minor": notice.amount_minor,
            "currency": notice.currency,
            "refund": str(notice.refund_id),
            "refunded_at": instant(notice.decided_at),
            "provider_txn": notice.provider_refund,
        }
        conn.execute(
            """INSERT INTO payments_alarm (id, kind, provider, provider_txn, order_id, facts, raised_at, note)
               VALUES (%s, %s, %s, %s, %s, %s::jsonb, %s, '') ON CONFLICT DO NOTHING""",
            [new_id(), kind.value, notice.provider, notice.provider_refund, order_id, json.dumps(facts), now],
        )
