"""Reads of projects."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from redflower.domains.projects.errors import ProjectNotFound
from redflower.domains.projects.rules import compute_openness
from redflower.domains.projects.types import (
    BudgetLine,
    Cause,
    Openness,
    PlanStep,
    ProjectState,
    ProjectView,
)
from redflower.plumbing.db import fetch_all
from redflower.plumbing.search import to_query_text

_SELECT = """
SELECT p.id, p.slug, p.charity_id, c.slug AS charity_slug, c.name_zh AS charity_name_zh, c.name_en AS charity_name_en,
       c.state AS charity_state, p.filing_no, p.title_zh, p.title_en, p.summary_zh, p.summary_en, p.story_zh, p.story_en,
       p.cause, p.region, p.goal_minor, p.unit_minor, p.unit_zh, p.unit_en, p.achieved_zh, p.achieved_en, p.motif, p.palette,
       p.picture_seed, p.starts_at, p.ends_at, p.state, p.submitted_by_id, p.reviewed_by_id, p.review_note, p.published_at
FROM projects_project p JOIN organizations_charity c ON c.id = p.charity_id
"""
# What the public may see at all; whether it may be given to is `compute_openness`. A paused project stays to be seen:
# what it has received does not vanish from its charity's sum.
_LISTED = "p.state IN ('published', 'paused') AND c.state IN ('published', 'suspended')"
_OPEN = "p.state = 'published' AND c.state = 'published' AND p.starts_at <= %s AND p.ends_at > %s"


def _views(sql: str, params: list[object]) -> list[ProjectView]:
    return [
        ProjectView(**{**row, "cause": Cause(row["cause"]), "state": ProjectState(row["state"])})
        for row in fetch_all(sql, params)
    ]


def get_project(slug: str, now: datetime) -> ProjectView:
    """A project the public may see, by its slug.

    Errors: ProjectNotFound, also for drafts and hidden ones, so that nothing is given away.
    """
    found = _views(f"{_SELECT} WHERE p.slug = %s", [slug])
    if not found or compute_openness(found[0], now) == Openness.UNLISTED:
        raise ProjectNotFound
    return found[0]


def count_projects_by_charity(charity_ids: Iterable[UUID], now: datetime) -> dict[UUID, tuple[int, int]]:
    """How many projects each charity runs now, and how many it has shown the public in all; those without any are left out."""
    rows = fetch_all(
        f"""SELECT p.charity_id, count(*) FILTER (WHERE {_OPEN}) AS running, count(*) AS n
            FROM projects_project p JOIN organizations_charity c ON c.id = p.charity_id
            WHERE p.charity_id = ANY(%s) AND {_LISTED} GROUP BY 1""",
        [now, now, list(charity_ids)],
    )
    return {row["charity_id"]: (row["running"], row["n"]) for row in rows}


def get_project_for_operators(project_id: UUID) -> ProjectView:
    """A project in any state, for the back office.

    Errors: ProjectNotFound.
    """
    found = _views(f"{_SELECT} WHERE p.id = %s", [project_id])
    if not found:
        raise ProjectNotFound
    return found[0]


def find_projects_by_id(ids: Iterable[UUID]) -> dict[UUID, ProjectView]:
    """Projects in any state, by id."""
    return {view.id: view for view in _views(f"{_SELECT} WHERE p.id = ANY(%s)", [list(ids)])}


def find_projects_by_slug(slugs: Iterable[str], now: datetime) -> dict[str, ProjectView]:
    """Projects the public may see, by slug; what is not for the public is left out as if it did not exist."""
    found = _views(f"{_SELECT} WHERE p.slug = ANY(%s)", [list(slugs)])
    return {view.slug: view for view in found if compute_openness(view, now) != Openness.UNLISTED}


def list_projects(
    *,
    words: str = "",
    cause: str = "",
    region: str = "",
    charity_id: UUID | None = None,
    openness: str = "open",
    after: UUID | None = None,
    limit: int = 24,
    now: datetime,
    day_seed: str = "",
) -> list[ProjectView]:
    """Projects the public may browse, with filters that combine.

    The order is a shuffle that changes daily and is the same for everybody: nothing that money can buy. With `words`,
    all of them must occur. `openness` is 'open', 'finished' or 'all'. `after` continues behind a project of the same order.
    """
    where, params = [_LISTED], []
    query = to_query_text(words)
    if words.strip():
        where.append("p.words @@ to_tsquery('simple', %s)" if query else "false")
        params += [query] if query else []
    for column, value in (("p.cause", cause), ("p.region", region), ("p.charity_id", charity_id)):
        if value:
            where.append(f"{column} = %s")
            params.append(value)
    if openness == "open":
        where.append(_OPEN)
        params += [now, now]
    elif openness == "finished":
        where.append("p.state = 'published' AND p.ends_at <= %s")
        params.append(now)
    order = "md5(p.id::text || %s)"
    if after is not None:
        where.append(f"({order}, p.id) > (md5(%s::text || %s), %s)")
        params += [day_seed, str(after), day_seed, after]
    return _views(f"{_SELECT} WHERE {' AND '.join(where)} ORDER BY {order}, p.id LIMIT %s", [*params, day_seed, limit])


def count_open_projects(now: datetime) -> int:
    """How many projects can be given to."""
    return int(
        fetch_all(
            f"""SELECT count(*) AS n FROM projects_project p JOIN organizations_charity c ON c.id = p.charity_id
                WHERE {_OPEN}""",
            [now, now],
        )[0]["n"]
    )


def list_projects_for_review() -> list[ProjectView]:
    """Projects waiting for a second person, the longest waiting first."""
    return _views(f"{_SELECT} WHERE p.state = 'submitted' ORDER BY p.created_at", [])


def list_projects_for_operators(state: str = "", charity_id: UUID | None = None, limit: int = 200) -> list[ProjectView]:
    """Projects in every state or in one, of all charities or of one, the newest first."""
    return _views(
        f"""{_SELECT} WHERE (%s = '' OR p.state = %s) AND (%s::uuid IS NULL OR p.charity_id = %s)
            ORDER BY p.created_at DESC, p.id DESC LIMIT %s""",
        [state, state, charity_id, charity_id, limit],
    )


def count_projects_by_state() -> dict[ProjectState, int]:
    """How many projects stand where; every state is named."""
    rows = fetch_all("SELECT state, count(*) AS n FROM projects_project GROUP BY state")
    return dict.fromkeys(ProjectState, 0) | {ProjectState(row["state"]): row["n"] for row in rows}


def list_budget(project_id: UUID) -> list[BudgetLine]:
    """A project's budget lines in order."""
    sql = "SELECT label_zh, label_en, amount_minor FROM projects_budget_line WHERE project_id = %s ORDER BY position"
    return [BudgetLine(**row) for row in fetch_all(sql, [project_id])]


def list_plan(project_id: UUID) -> list[PlanStep]:
    """A project's plan in order."""
    sql = "SELECT text_zh, text_en, due_at FROM projects_plan_step WHERE project_id = %s ORDER BY position"
    return [PlanStep(**row) for row in fetch_all(sql, [project_id])]
