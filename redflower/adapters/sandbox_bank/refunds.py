"""Giving payments back: written once under the merchant's number, final at a moment fixed then, told like a payment.

All functions work on an open transaction of the books.
"""

import json
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

from redflower.adapters.sandbox_bank import outbox
from redflower.adapters.sandbox_bank.notices import describe_refund
from redflower.adapters.sandbox_bank.store import from_ms, to_ms
from redflower.adapters.sandbox_bank.types import Refund, RefundBehaviour, RefundRequest, is_refund_no

SLOW_SECONDS = 8


def act_out(books: sqlite3.Connection, behaviours: Sequence[RefundBehaviour]) -> None:
    """How the next refunds go, each behaviour in turn and again from the first."""
    books.execute("INSERT OR REPLACE INTO acting (what, how) VALUES ('refunds', ?)", [json.dumps(list(behaviours))])


def give_back(
    books: sqlite3.Connection,
    merchant: str,
    request: RefundRequest,
    now: datetime,
    late_seconds: int,
    new_txn: Callable[[datetime], str],
) -> Refund:
    """The refund of a number: written now, or as it stands.

    What cannot be given back (no such payment, not paid, more than is left of it) has failed at once and for good.
    """
    if (known := find(books, merchant, request.refund_no)) is not None:
        return known
    charge = books.execute(
        "SELECT * FROM charges WHERE merchant = ? AND order_no = ?", [merchant, request.order_no]
    ).fetchone()
    is_possible = is_refund_no(request.refund_no) and charge is not None and charge["state"] == "paid"
    if is_possible:
        is_possible = 0 < request.amount_minor <= charge["amount_minor"] - _given_back(books, charge["charge_id"])
    behaviour = _next_behaviour(books) if is_possible else "fail"
    final_at = now + timedelta(seconds=SLOW_SECONDS if behaviour == "slow" else 0)
    books.execute(
        """INSERT INTO refunds (merchant, refund_no, order_no, charge_id, amount_minor, txn, asked_at, final_at, outcome)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)""",
        [
            merchant,
            request.refund_no,
            request.order_no,
            charge["charge_id"] if is_possible else None,
            request.amount_minor,
            new_txn(now),
            to_ms(now),
            to_ms(final_at),
            "failed" if behaviour == "fail" else "done",
        ],
    )
    refund = find(books, merchant, request.refund_no)
    if refund is None:
        raise AssertionError("unreachable")
    if is_possible:
        told_at = final_at + timedelta(seconds=late_seconds if behaviour == "late" else 0)
        facts = describe_refund(refund)
        outbox.put_facts(
            books, charge["charge_id"], request.notice_url, facts, [told_at] * (1 + (behaviour == "twice"))
        )
    return refund


def find(books: sqlite3.Connection, merchant: str, refund_no: str) -> Refund | None:
    """The refund of a number, or None."""
    row = books.execute("SELECT * FROM refunds WHERE merchant = ? AND refund_no = ?", [merchant, refund_no]).fetchone()
    return None if row is None else _refund_of(row)


def list_by_no(books: sqlite3.Connection, merchant: str, refund_nos: Iterable[str]) -> list[Refund]:
    """A merchant's refunds with these numbers; unknown ones are left out."""
    rows = books.execute(
        "SELECT * FROM refunds WHERE merchant = ? AND refund_no IN (SELECT value FROM json_each(?))",
        [merchant, json.dumps(list(refund_nos))],
    )
    return [_refund_of(row) for row in rows]


def sum_given_back(books: sqlite3.Connection, merchant: str, now: datetime) -> tuple[int, int]:
    """How many payments a merchant has given back, and how much."""
    row = books.execute(
        """SELECT count(*) AS n, coalesce(sum(amount_minor), 0) AS total FROM refunds
           WHERE merchant = ? AND outcome = 'done' AND final_at <= ?""",
        [merchant, to_ms(now)],
    ).fetchone()
    return row["n"], row["total"]


def _given_back(books: sqlite3.Connection, charge_id: str) -> int:
    row = books.execute(
        "SELECT coalesce(sum(amount_minor), 0) AS total FROM refunds WHERE charge_id = ? AND outcome = 'done'",
        [charge_id],
    ).fetchone()
    return int(row["total"])


def _next_behaviour(books: sqlite3.Connection) -> RefundBehaviour:
    row = books.execute("SELECT how FROM acting WHERE what = 'refunds'").fetchone()
    behaviours: list[RefundBehaviour] = json.loads(row["how"]) if row else ["normal"]
    count = books.execute("SELECT count(*) AS n FROM refunds WHERE charge_id IS NOT NULL").fetchone()["n"]
    return behaviours[count % len(behaviours)]


def _refund_of(row: sqlite3.Row) -> Refund:
    facts = dict(row) | {"asked_at": from_ms(row["asked_at"]), "final_at": from_ms(row["final_at"])}
    return Refund(**facts)
