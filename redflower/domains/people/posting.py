"""Writing by the list, on the driver's own connection: donors, and files on their way past a second person."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg

from redflower.kernel.errors import Refusal
from redflower.plumbing.columns import UuidArray
from redflower.plumbing.rows import overtaken_by_others

Connection = psycopg.Connection[Any]


def welcome_guests(conn: Connection, donor_ids: Iterable[UUID], now: datetime) -> None:
    """Writes the guest donors whose ids were promised before they gave.

    Needs: an open transaction; waits for another one that is writing the same donor.
    Errors: Overtaken, when that one commits; the second time is a replay.
    Replay: a donor that exists stays as they are.
    """
    # Looked for in one go, which costs little where ids lie together, and then written: meeting others costs each row more.
    with overtaken_by_others():
        conn.execute(
            """INSERT INTO people_donor (id, shown_name, region, created_at)
               SELECT d, '', '', %(now)s FROM unnest(%(ids)s::uuid[]) AS d
               WHERE d NOT IN (SELECT id FROM people_donor WHERE id = ANY(%(ids)s::uuid[]))""",
            {"now": now, "ids": UuidArray(sorted({donor_id.bytes for donor_id in donor_ids}))},
        )


def lock_files(
    conn: Connection, table: str, ids: Sequence[UUID], check_step: Callable[[str], object], missing: type[Refusal]
) -> list[UUID | None]:
    """Locks files that may all take a step, in the order of their ids; returns who submitted each.

    Needs: an open transaction; a table of the house with `id`, `state` and `submitted_by_id`.
    Errors: `missing` when one is not there, and what `check_step` refuses a state with.
    """
    rows = conn.execute(
        f"SELECT state, submitted_by_id FROM {table} WHERE id = ANY(%s) ORDER BY id FOR UPDATE", [list(ids)]
    ).fetchall()
    if len(rows) != len(set(ids)):
        raise missing
    for state, _ in rows:
        check_step(state)
    return [submitter for _, submitter in rows]


def submit_files(conn: Connection, table: str, ids: Sequence[UUID], actor_id: UUID) -> None:
    """Hands locked files to a second person, as `lock_files` knows them."""
    conn.execute(
        f"UPDATE {table} SET state = 'submitted', submitted_by_id = %s, reviewed_by_id = NULL WHERE id = ANY(%s)",
        [actor_id, list(ids)],
    )
