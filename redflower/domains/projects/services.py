"""Writes of projects: a file is drafted, submitted, and published by somebody else than its submitter."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg

from redflower.domains.ledger.posting import open_accounts
from redflower.domains.organizations.selectors import find_charities_by_id
from redflower.domains.organizations.types import CharityView
from redflower.domains.people.posting import lock_files, submit_files
from redflower.domains.people.rules import check_note, check_second_person, compute_difference
from redflower.domains.people.selectors import check_operator, get_change
from redflower.domains.people.services import decide_change, propose_change, write_audit_rows
from redflower.domains.people.types import ChangeKind, ProposedChange, Reason
from redflower.domains.projects import errors, rules
from redflower.domains.projects.selectors import (
    get_project_for_operators,
    list_budget,
    list_plan,
    list_projects_for_operators,
)
from redflower.domains.projects.types import NewProject, ProjectState, ProjectView
from redflower.kernel.ids import new_id
from redflower.plumbing.db import command, raw_connection, step
from redflower.plumbing.events import append_events
from redflower.plumbing.search import to_vector_text

Connection = psycopg.Connection[Any]
_TABLE = "projects_project"

# What a save writes, with the type PostgreSQL reads it as; a list of projects travels as one array per column.
_SAVED = {
    "slug": "text", "charity_id": "uuid", "filing_no": "text", "title_zh": "text", "title_en": "text",
    "summary_zh": "text", "summary_en": "text", "story_zh": "text", "story_en": "text", "cause": "text",
    "region": "text", "goal_minor": "bigint", "unit_minor": "bigint", "unit_zh": "text", "unit_en": "text",
    "achieved_zh": "text", "achieved_en": "text", "motif": "text", "palette": "text", "picture_seed": "integer",
    "starts_at": "timestamptz", "ends_at": "timestamptz",
}  # fmt: skip


@command
def save_projects(projects: Sequence[NewProject], actor_id: UUID, now: datetime) -> list[UUID]:
    """Writes drafts, new ones or (by `id`) ones that are still drafts or were returned; returns their ids in order.

    All or none are written, each with its budget, its plan and the words it is found by.
    Errors: ProjectInvalid, BudgetNotGoal, ProjectStateConflict, ProjectSlugTaken.
    """
    for project in projects:
        rules.check_project(project)
    charities = find_charities_by_id({project.charity_id for project in projects})
    if any(project.charity_id not in charities for project in projects):
        raise errors.ProjectInvalid(field="charity_id")
    ids = [project.id or new_id() for project in projects]
    words = [_words(project, charities[project.charity_id]) for project in projects]
    conn = raw_connection()
    if len(_write(conn, projects, ids, words, now)) != len(set(ids)):
        raise errors.ProjectStateConflict(current="submitted", target=ProjectState.DRAFT.value)
    _write_parts(conn, projects, ids)
    write_audit_rows(actor_id, "project_saved", ids, {}, now)
    return ids


def _words(project: NewProject | ProjectView, charity: CharityView) -> str:
    texts = [charity.name_zh, charity.name_en]
    texts += [
        getattr(project, f"{part}_{language}") for part in ("title", "summary", "story") for language in ("zh", "en")
    ]
    return to_vector_text("\n".join(texts))


def _write(
    conn: Connection, projects: Sequence[NewProject], ids: Sequence[UUID], words: Sequence[str], now: datetime
) -> set[UUID]:
    columns = [[getattr(project, name) for project in projects] for name in _SAVED]
    try:
        rows = conn.execute(
            f"""INSERT INTO projects_project (id, {", ".join(_SAVED)}, words, state, review_note, created_at)
                SELECT id, {", ".join(_SAVED)}, to_tsvector('simple', words), 'draft', '', %s
                FROM unnest(%s::uuid[], {", ".join(f"%s::{kind}[]" for kind in _SAVED.values())}, %s::text[])
                     AS p(id, {", ".join(_SAVED)}, words)
                ON CONFLICT (id) DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in (*_SAVED, "words"))}
                WHERE projects_project.state IN ('draft', 'returned') RETURNING id""",
            [now, list(ids), *columns, list(words)],
        ).fetchall()
    except psycopg.errors.UniqueViolation:
        raise errors.ProjectSlugTaken(slug=", ".join(project.slug for project in projects[:3])) from None
    return {row[0] for row in rows}


def _write_parts(conn: Connection, projects: Sequence[NewProject], ids: Sequence[UUID]) -> None:
    """Replaces the budgets and plans of drafts."""
    lines = [
        (project_id, place, line.label_zh, line.label_en, line.amount_minor)
        for project_id, project in zip(ids, projects, strict=True)
        for place, line in enumerate(project.budget)
    ]
    steps = [
        (project_id, place, step.text_zh, step.text_en, step.due_at)
        for project_id, project in zip(ids, projects, strict=True)
        for place, step in enumerate(project.plan)
    ]
    conn.execute("DELETE FROM projects_budget_line WHERE project_id = ANY(%s)", [list(ids)])
    conn.execute("DELETE FROM projects_plan_step WHERE project_id = ANY(%s)", [list(ids)])
    conn.execute(
        """INSERT INTO projects_budget_line (project_id, position, label_zh, label_en, amount_minor)
           SELECT * FROM unnest(%s::uuid[], %s::smallint[], %s::text[], %s::text[], %s::bigint[])""",
        _columns(lines),
    )
    conn.execute(
        """INSERT INTO projects_plan_step (project_id, position, text_zh, text_en, due_at)
           SELECT * FROM unnest(%s::uuid[], %s::smallint[], %s::text[], %s::text[], %s::timestamptz[])""",
        _columns(steps),
    )


def _columns(rows: Iterable[tuple[Any, ...]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]


@command
def submit_projects(ids: Sequence[UUID], actor_id: UUID, now: datetime) -> None:
    """Hands drafts (or returned files) to a second person; all or none.

    Errors: ProjectNotFound, ProjectStateConflict.
    """
    conn = raw_connection()
    _lock(conn, ids, "submit")
    submit_files(conn, _TABLE, ids, actor_id)
    write_audit_rows(actor_id, "project_submitted", ids, {}, now)


@command
def review_projects(ids: Sequence[UUID], publish: bool, note: str, reviewer_id: UUID, now: datetime) -> None:
    """Publishes submitted projects and opens their accounts, or returns them with the reason; all or none.

    Errors: OperatorNeeded, ReviewNoteMissing (a return without a reason), ProjectNotFound, ProjectStateConflict,
    ReviewerIsSubmitter, CharityNotPublished.
    """
    check_operator(reviewer_id)
    reason = note.strip() if publish else check_note(note)
    conn = raw_connection()
    for submitter_id in _lock(conn, ids, "publish" if publish else "return"):
        check_second_person(submitter_id, reviewer_id)
    state = ProjectState.PUBLISHED if publish else ProjectState.RETURNED
    if publish:
        _check_charities(conn, ids)
        open_accounts(conn, [account for each in ids for account in rules.project_accounts(each)], now)
    conn.execute(
        """UPDATE projects_project SET state = %s, reviewed_by_id = %s, review_note = %s,
                  published_at = CASE WHEN %s THEN %s ELSE published_at END WHERE id = ANY(%s)""",
        [state.value, reviewer_id, reason, publish, now, list(ids)],
    )
    _tell(conn, ids, state.value, reason, reviewer_id, now)


def _check_charities(conn: Connection, ids: Sequence[UUID]) -> None:
    # Shared locks: no charity is suspended between this look and the commit.
    rows = conn.execute(
        """SELECT c.state FROM organizations_charity c
           WHERE c.id IN (SELECT charity_id FROM projects_project WHERE id = ANY(%s)) ORDER BY c.id FOR SHARE""",
        [list(ids)],
    ).fetchall()
    if any(state != "published" for (state,) in rows):
        raise errors.CharityNotPublished


@command
def propose_project_change(project: NewProject, reason: Reason, actor_id: UUID, now: datetime) -> UUID:
    """Proposes another file for a project the public reads (`id` says which); a second person publishes it.

    Errors: ProjectInvalid, BudgetNotGoal, ProjectNotFound, ProjectStateConflict (drafts are saved), ProjectFieldFixed,
    NothingChanged, OperatorNeeded, ReasonMissing, ChangeWaiting.
    """
    rules.check_project(project)
    current = _lock_published(project.id)
    rules.check_fixed(project, current)
    before = rules.to_facts(current, list_budget(current.id), list_plan(current.id))
    was, becomes = compute_difference(before, rules.to_facts(project, project.budget, project.plan))
    change = ProposedChange(ChangeKind.PROJECT, current.id, current.id, was, becomes)
    return propose_change(change, reason, actor_id, now)


@command
def decide_project_change(change_id: UUID, publish: bool, note: str, actor_id: UUID, now: datetime) -> None:
    """Publishes a proposed change, with its reason for all to read, or drops it.

    Errors: ChangeNotFound, ProjectNotFound, ProjectStateConflict, OperatorNeeded, ReviewerIsSubmitter,
    ReviewNoteMissing, ChangeDecided, ProjectInvalid, BudgetNotGoal.
    """
    current = _lock_published(get_change(change_id).subject_id)
    change = decide_change(change_id, publish, note, actor_id, now)
    if not publish:
        return
    project = rules.apply_facts(current, list_budget(current.id), list_plan(current.id), change.becomes)
    rules.check_project(project)
    words = _words(project, find_charities_by_id([project.charity_id])[project.charity_id])
    conn = raw_connection()
    conn.execute(
        f"""UPDATE projects_project SET {", ".join(f"{name} = %s" for name in _SAVED)}, words = to_tsvector('simple', %s)
            WHERE id = %s""",
        [*(getattr(project, name) for name in _SAVED), words, current.id],
    )
    _write_parts(conn, [project], [current.id])
    append_events(conn, [("project.changed", {"project": str(current.id)})], now)


def _lock_published(project_id: UUID | None) -> ProjectView:
    raw_connection().execute("SELECT 1 FROM projects_project WHERE id = %s FOR UPDATE", [project_id])
    if project_id is None:
        raise errors.ProjectNotFound
    current = get_project_for_operators(project_id)
    if not rules.is_changeable(current.state):
        raise errors.ProjectStateConflict(current=current.state.value, target=ProjectState.PUBLISHED.value)
    return current


@step
def index_projects(charity_ids: Sequence[UUID]) -> None:
    """Lets the projects of charities be found by the names these have now."""
    charities = find_charities_by_id(charity_ids)
    found = [each for charity_id in charities for each in list_projects_for_operators(charity_id=charity_id)]
    raw_connection().execute(
        """UPDATE projects_project p SET words = to_tsvector('simple', w.words)
           FROM unnest(%s::uuid[], %s::text[]) AS w(id, words) WHERE p.id = w.id""",
        [[each.id for each in found], [_words(each, charities[each.charity_id]) for each in found]],
    )


@command
def pause_projects(ids: Sequence[UUID], note: str, actor_id: UUID, now: datetime) -> None:
    """Stops published projects from receiving gifts at once; their pages say so.

    Errors: OperatorNeeded, ReviewNoteMissing, ProjectNotFound, ProjectStateConflict.
    """
    _move(ids, "pause", note, actor_id, now)


@command
def resume_projects(ids: Sequence[UUID], note: str, actor_id: UUID, now: datetime) -> None:
    """Lets paused projects receive gifts again.

    Errors: OperatorNeeded, ReviewNoteMissing, ProjectNotFound, ProjectStateConflict.
    """
    _move(ids, "resume", note, actor_id, now)


@command
def hide_projects(ids: Sequence[UUID], note: str, actor_id: UUID, now: datetime) -> None:
    """Takes published or paused projects off the public pages for good; the ledger keeps all they received.

    Errors: OperatorNeeded, ReviewNoteMissing, ProjectNotFound, ProjectStateConflict.
    """
    _move(ids, "hide", note, actor_id, now)


# An act, its outcome and the word that audit rows and events use for it.
_STANDING = {
    "pause": (ProjectState.PAUSED, "paused"),
    "resume": (ProjectState.PUBLISHED, "resumed"),
    "hide": (ProjectState.HIDDEN, "hidden"),
}


def _move(ids: Sequence[UUID], act: str, note: str, actor_id: UUID, now: datetime) -> None:
    check_operator(actor_id)
    reason = check_note(note)
    target, word = _STANDING[act]
    conn = raw_connection()
    _lock(conn, ids, act)
    conn.execute("UPDATE projects_project SET state = %s WHERE id = ANY(%s)", [target.value, list(ids)])
    _tell(conn, ids, word, reason, actor_id, now)


def _tell(conn: Connection, ids: Sequence[UUID], what: str, reason: str, actor_id: UUID, now: datetime) -> None:
    write_audit_rows(actor_id, f"project_{what}", ids, {"note": reason}, now)
    append_events(conn, [(f"project.{what}", {"project": str(project_id)}) for project_id in ids], now)


def _lock(conn: Connection, ids: Sequence[UUID], act: str) -> list[UUID | None]:
    return lock_files(
        conn, _TABLE, ids, lambda state: rules.next_state(ProjectState(state), act), errors.ProjectNotFound
    )
