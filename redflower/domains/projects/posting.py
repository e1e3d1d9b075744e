"""What a list of gifts asks of projects, on the driver's own connection."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

import psycopg

from redflower.domains.projects.types import ProjectStanding, ProjectState

Connection = psycopg.Connection[Any]


def load_standings(conn: Connection, ids: Iterable[UUID]) -> dict[UUID, ProjectStanding]:
    """What decides whether projects may be given to, by id, in any state; a list of gifts needs no stories."""
    rows = conn.execute(
        """SELECT p.id, p.title_zh, c.state, p.starts_at, p.ends_at, p.state
           FROM projects_project p JOIN organizations_charity c ON c.id = p.charity_id WHERE p.id = ANY(%s)""",
        [list(ids)],
    ).fetchall()
    return {
        project_id: ProjectStanding(project_id, title, charity_state, starts_at, ends_at, ProjectState(state))
        for project_id, title, charity_state, starts_at, ends_at, state in rows
    }
