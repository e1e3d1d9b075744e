"""Events: what happened, appended in the transaction that made it happen, followed by cursor.

A follower never misses an event that commits late: it reads only below the oldest transaction still running.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg

_BATCH = 500


@dataclass(frozen=True, slots=True)
class Happened:
    """One event as followers see it."""

    id: int
    kind: str
    facts: dict[str, Any]
    at: datetime


def append_events(conn: psycopg.Connection[Any], events: Iterable[tuple[str, dict[str, Any]]], at: datetime) -> None:
    """Appends events (kind, facts) to the same transaction as the facts themselves."""
    rows = list(events)
    if not rows:
        return
    conn.execute(
        """INSERT INTO plumbing_event (kind, facts, happened_at)
           SELECT k, f::jsonb, %s FROM unnest(%s::text[], %s::text[]) AS e(k, f)""",
        [at, [kind for kind, _ in rows], [json.dumps(facts, default=str) for _, facts in rows]],
    )


def is_behind(conn: psycopg.Connection[Any], follower: str) -> bool:
    """Whether there are events that a follower has not been handed, those that wait for an open transaction included."""
    row = conn.execute(
        """SELECT EXISTS (SELECT FROM plumbing_event
                          WHERE (xid, id) > (coalesce((SELECT xid FROM plumbing_cursor WHERE follower = %s), '0'),
                                             coalesce((SELECT event_id FROM plumbing_cursor WHERE follower = %s), 0)))""",
        [follower, follower],
    ).fetchone()
    return row is not None and bool(row[0])


def follow_events(
    conn: psycopg.Connection[Any], follower: str, react: Callable[[list[Happened]], None], limit: int = _BATCH
) -> int:
    """Hands a follower its next events and moves its cursor, in one transaction; returns how many there were.

    Needs: an open transaction; the caller commits, so a reaction and the cursor are durable together.
    """
    conn.execute("INSERT INTO plumbing_cursor (follower, event_id) VALUES (%s, 0) ON CONFLICT DO NOTHING", [follower])
    locked = conn.execute(
        "SELECT xid::text, event_id FROM plumbing_cursor WHERE follower = %s FOR UPDATE SKIP LOCKED", [follower]
    ).fetchone()
    if locked is None:  # another worker is reading for this follower
        return 0
    # In the order of transactions, not of event ids: a transaction may take its event id before another one and
    # commit after it, but none that begins now can come before those that have all ended.
    rows = conn.execute(
        """SELECT id, kind, facts::text, happened_at, xid::text AS xid_text FROM plumbing_event
           WHERE (xid, id) > (%s::xid8, %s) AND xid < pg_snapshot_xmin(pg_current_snapshot())
           ORDER BY xid, id LIMIT %s""",
        [*locked, limit],
    ).fetchall()
    if rows:
        react([Happened(row[0], row[1], json.loads(row[2]), row[3]) for row in rows])
        conn.execute(
            "UPDATE plumbing_cursor SET xid = %s::xid8, event_id = %s WHERE follower = %s",
            [rows[-1][4], rows[-1][0], follower],
        )
    return len(rows)
