"""What a list of gifts asks of projects, on the driver's own connection."""

from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

import psycopg

from redflower.domains.projects.types import ProjectStanding, ProjectState
from redflower.plumbing.columns import UuidArray
from redflower.plumbing.rows import read_rows

Connection = psycopg.Connection[Any]

_STATES = {state.value: state for state in ProjectState}  # a list asks for as many as it has gifts


def load_standings(conn: Connection, ids: Iterable[bytes]) -> dict[bytes, ProjectStanding]:
    """What decides whether projects may be given to, by id (16 bytes), in any state; a list of gifts needs no stories."""
    rows = read_rows(
        conn,
        """SELECT uuid_send(p.id), p.title_zh, c.state, p.starts_at, p.ends_at, p.state
           FROM projects_project p JOIN organizations_charity c ON c.id = p.charity_id WHERE p.id = ANY(%s::uuid[])""",
        [UuidArray(ids)],
    )
    return {
        each: ProjectStanding(title, charity_state, starts_at, ends_at, _STATES[state])
        for each, title, charity_state, starts_at, ends_at, state in rows
    }


def load_names(conn: Connection, names: Collection[str]) -> dict[str, tuple[UUID, str, str]]:
    """The id, the Chinese and the English title of each project that exists, by slug or by id, as a request names it."""
    rows = conn.execute(
        """SELECT n, p.id, p.title_zh, p.title_en FROM unnest(%s::text[]) AS n
           JOIN projects_project p ON p.slug = n
           UNION ALL
           SELECT p.id::text, p.id, p.title_zh, p.title_en FROM projects_project p WHERE p.id = ANY(%s)""",
        [list(names), [found for found in map(_read_id, names) if found]],
    ).fetchall()
    return {row[0]: row[1:] for row in rows}


def _read_id(name: str) -> UUID | None:
    """The id that a name spells, in its one spelling."""
    try:
        found = UUID(name)
    except ValueError:
        return None
    return found if str(found) == name else None
