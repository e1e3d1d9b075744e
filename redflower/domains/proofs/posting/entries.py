"""Writing entries, totals and checkpoints by the list."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg

from redflower.domains.proofs.types import Draft, EntryKind

Connection = psycopg.Connection[Any]


def find_logged(conn: Connection, kind: EntryKind, subject_ids: Iterable[UUID]) -> set[UUID]:
    """Which of these facts are in the log already."""
    rows = conn.execute(
        "SELECT subject_id FROM proofs_entry WHERE kind = %s AND subject_id = ANY(%s)", [kind.value, list(subject_ids)]
    ).fetchall()
    return {row[0] for row in rows}


_NULL = "\\N"


def write_entries(conn: Connection, start: int, drafts: Sequence[Draft]) -> None:
    """Gives drafts their places from `start` on, and tells where batches mention facts.

    Errors: the database refuses a place or a fact that is taken.
    """
    # One text for all rows: a call per row and column would cost more than hashing them.
    rows = [
        f"{index}\t{draft.kind}\t{draft.subject_id}\t{draft.parent_id or _NULL}\t\\\\x{draft.body.hex()}\n"
        for index, draft in enumerate(drafts, start)
    ]
    with conn.cursor().copy("COPY proofs_entry (index, kind, subject_id, parent_id, body) FROM STDIN") as copy:
        copy.write("".join(rows))
    mentions = [f"{about}\t{index}\n" for index, draft in enumerate(drafts, start) for about in draft.also_about]
    if mentions:
        with conn.cursor().copy("COPY proofs_mention (subject_id, index) FROM STDIN") as copy:
            copy.write("".join(mentions))


def add_totals(conn: Connection, drafts: Sequence[Draft]) -> None:
    """Adds what drafts bring to their projects' totals."""
    sums: dict[UUID, list[int]] = {}
    for draft in drafts:
        for project_id, gifts, given, matched in draft.totals:
            row = sums.setdefault(project_id, [0, 0, 0])
            row[0] += gifts
            row[1] += given
            row[2] += matched
    if sums:
        ids = sorted(sums)
        conn.execute(
            """INSERT INTO proofs_total (project_id, gifts, amount_minor, matched_minor)
               SELECT * FROM unnest(%s::uuid[], %s::bigint[], %s::bigint[], %s::bigint[])
               ON CONFLICT (project_id) DO UPDATE SET gifts = proofs_total.gifts + excluded.gifts,
                   amount_minor = proofs_total.amount_minor + excluded.amount_minor,
                   matched_minor = proofs_total.matched_minor + excluded.matched_minor""",
            [ids, *([sums[project_id][place] for project_id in ids] for place in range(3))],
        )


def find_last_checkpoint(conn: Connection) -> tuple[int, bytes, str] | None:
    """Size, root and note of the last checkpoint signed, or None."""
    row = conn.execute("SELECT size, root, note FROM proofs_checkpoint ORDER BY size DESC LIMIT 1").fetchone()
    return (row[0], bytes(row[1]), row[2]) if row else None


def write_checkpoint(conn: Connection, size: int, root: bytes, note: str, now: datetime) -> None:
    """Remembers a checkpoint; the database refuses a second one of the same size."""
    conn.execute(
        "INSERT INTO proofs_checkpoint (size, root, note, signed_at) VALUES (%s, %s, %s, %s)", [size, root, note, now]
    )
