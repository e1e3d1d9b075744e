"""Notices on their way: put in the same transaction as the outcome, taken under a lease, retried until heard.

All functions work on an open transaction of the books.
"""

import json
import sqlite3
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from redflower.adapters.sandbox_bank.notices import describe_outcome
from redflower.adapters.sandbox_bank.store import from_ms, to_ms
from redflower.adapters.sandbox_bank.types import Charge, NoticeRecord

# A sender that dies holds its notices no longer than this; it must be done, or have failed, by then.
LEASE = timedelta(seconds=30)
# Waits after the 1st, 2nd … try; after the last one the merchant has to ask (query).
RETRY_SECONDS = (1, 2, 4, 8, 15, 30, 60, 120, 300, 600, 1800)
MAX_TRIES = len(RETRY_SECONDS) + 1
_ERROR_MAX_CHARS = 200


def put(books: sqlite3.Connection, charge: Charge, due_at: Iterable[datetime]) -> None:
    """Queues one notice about the charge's outcome for each due instant."""
    put_facts(books, charge.charge_id, charge.notice_url, describe_outcome(charge), due_at)


def put_facts(
    books: sqlite3.Connection, charge_id: str, url: str, facts: Mapping[str, Any], due_at: Iterable[datetime]
) -> None:
    """Queues one notice with these facts about a charge for each due instant."""
    text = json.dumps(facts, ensure_ascii=False)
    books.executemany(
        "INSERT INTO outbox (charge_id, url, facts, due_at) VALUES (?, ?, ?, ?)",
        [(charge_id, url, text, to_ms(at)) for at in due_at],
    )


def has_due(books: sqlite3.Connection, now: datetime) -> bool:
    """True when something waits to be sent; a read, so that polling costs no write."""
    return books.execute("SELECT 1 FROM waiting WHERE due_at <= ? LIMIT 1", [to_ms(now)]).fetchone() is not None


def take_due(books: sqlite3.Connection, now: datetime, limit: int) -> list[tuple[int, str, dict[str, Any], int]]:
    """Leases the notices due longest, as (notice id, url, facts, which try this is)."""
    rows = books.execute(
        "SELECT notice_id, url, facts, tries FROM waiting WHERE due_at <= ? ORDER BY due_at, notice_id LIMIT ?",
        [to_ms(now), limit],
    ).fetchall()
    books.executemany(
        "UPDATE outbox SET tries = tries + 1, due_at = ? WHERE notice_id = ?",
        [(to_ms(now + LEASE), row["notice_id"]) for row in rows],
    )
    return [(row["notice_id"], row["url"], json.loads(row["facts"]), row["tries"] + 1) for row in rows]


def mark_delivered(books: sqlite3.Connection, notice_ids: Iterable[int], now: datetime) -> None:
    """Records that the merchant has heard; a second word on a notice changes nothing."""
    books.executemany(
        "UPDATE outbox SET delivered_at = ? WHERE notice_id = ? AND delivered_at IS NULL AND given_up_at IS NULL",
        [(to_ms(now), notice_id) for notice_id in notice_ids],
    )


def mark_retry(books: sqlite3.Connection, failures: Iterable[tuple[int, str]], now: datetime) -> None:
    """Sets the next try of each (notice id, what went wrong), or gives the notice up after the last one."""
    for notice_id, error in failures:
        row = books.execute("SELECT tries FROM waiting WHERE notice_id = ?", [notice_id]).fetchone()
        if row is None:
            continue
        if row["tries"] >= MAX_TRIES:
            change, at = "UPDATE outbox SET given_up_at = ?, last_error = ? WHERE notice_id = ?", now
        else:
            change = "UPDATE outbox SET due_at = ?, last_error = ? WHERE notice_id = ?"
            at = now + timedelta(seconds=RETRY_SECONDS[max(row["tries"], 1) - 1])
        books.execute(change, [to_ms(at), error[:_ERROR_MAX_CHARS], notice_id])


def list_of_charge(books: sqlite3.Connection, charge_id: str) -> list[NoticeRecord]:
    """Every notice about a charge, oldest first."""
    rows = books.execute("SELECT * FROM outbox WHERE charge_id = ? ORDER BY notice_id", [charge_id])
    return [
        NoticeRecord(
            notice_id=row["notice_id"],
            charge_id=row["charge_id"],
            due_at=from_ms(row["due_at"]),
            tries=row["tries"],
            delivered_at=None if row["delivered_at"] is None else from_ms(row["delivered_at"]),
            given_up_at=None if row["given_up_at"] is None else from_ms(row["given_up_at"]),
            last_error=row["last_error"],
        )
        for row in rows
    ]
