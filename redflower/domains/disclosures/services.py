"""Writes of disclosures: reports and answers are written by one person and published by another, corrections alike."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from redflower.domains.disclosures import rules
from redflower.domains.disclosures.errors import AskingNotFound
from redflower.domains.disclosures.selectors import get_question, get_report
from redflower.domains.disclosures.types import Answer, Asking, Question, Report, ReportDraft
from redflower.domains.people.rules import compute_difference
from redflower.domains.people.selectors import check_operator, get_change
from redflower.domains.people.services import decide_change, propose_change, write_audit_rows
from redflower.domains.people.types import ChangeKind, ChangeView, ProposedChange, Reason
from redflower.domains.projects.errors import ProjectStateConflict
from redflower.domains.projects.rules import is_changeable
from redflower.domains.projects.selectors import get_project_for_operators
from redflower.domains.projects.types import ProjectState
from redflower.kernel.ids import new_id
from redflower.plumbing.db import command, raw_connection
from redflower.plumbing.events import append_events


@command
def publish_reports(reports: Sequence[Report], now: datetime) -> None:
    """Publishes reports.

    Replay: a report with a known id stays as it was first published.
    """
    conn = raw_connection()
    published = conn.execute(
        """INSERT INTO disclosures_report (id, project_id, kind, title_zh, title_en, body_zh, body_en, published_at)
           SELECT * FROM unnest(%s::uuid[], %s::uuid[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[],
                                %s::timestamptz[]) ON CONFLICT (id) DO NOTHING RETURNING id, project_id""",
        [
            [report.id for report in reports],
            [report.project_id for report in reports],
            [report.kind.value for report in reports],
            [report.title_zh for report in reports],
            [report.title_en for report in reports],
            [report.body_zh for report in reports],
            [report.body_en for report in reports],
            [report.published_at for report in reports],
        ],
    ).fetchall()
    told = [("report.published", {"report": str(row[0]), "project": str(row[1])}) for row in published]
    append_events(conn, told, now)


@command
def publish_questions(questions: Sequence[Question]) -> None:
    """Publishes questions with their answers, where there is one.

    Replay: a question with a known id stays as it was first published.
    """
    raw_connection().execute(
        """INSERT INTO disclosures_question (id, project_id, asked_zh, asked_en, asked_at, answer_zh, answer_en, answered_at)
           SELECT * FROM unnest(%s::uuid[], %s::uuid[], %s::text[], %s::text[], %s::timestamptz[], %s::text[], %s::text[],
                                %s::timestamptz[]) ON CONFLICT (id) DO NOTHING""",
        [
            [question.id for question in questions],
            [question.project_id for question in questions],
            [question.asked_zh for question in questions],
            [question.asked_en for question in questions],
            [question.asked_at for question in questions],
            [question.answer_zh for question in questions],
            [question.answer_en for question in questions],
            [question.answered_at for question in questions],
        ],
    )


@command
def ask_questions(askings: Sequence[Asking]) -> None:
    """Keeps what visitors want to ask until an operator has read it.

    Needs: projects the public may see.
    Errors: TextUnreadable, AskingEmpty, AskingTooLong; then nothing is kept.
    Replay: an asking with a known id stays as it was first sent.
    """
    for asking in askings:
        rules.check_asking(asking.text)
    raw_connection().execute(
        """INSERT INTO disclosures_asking (id, project_id, text, language, asked_at)
           SELECT * FROM unnest(%s::uuid[], %s::uuid[], %s::text[], %s::text[], %s::timestamptz[])
           ON CONFLICT (id) DO NOTHING""",
        [
            [asking.id for asking in askings],
            [asking.project_id for asking in askings],
            [asking.text.strip() for asking in askings],
            [asking.language for asking in askings],
            [asking.asked_at for asking in askings],
        ],
    )


@command
def publish_asking(asking_id: UUID, zh: str, en: str, actor_id: UUID, now: datetime) -> None:
    """Makes what a visitor asked a public question, in both languages; its clock runs from when it was asked.

    Errors: DisclosureInvalid, OperatorNeeded, AskingNotFound (also when it was decided before).
    """
    rules.check_wording(zh, en)
    check_operator(actor_id)
    project_id, asked_at = _decide_asking(asking_id, True, actor_id, now)
    raw_connection().execute(
        "INSERT INTO disclosures_question (id, project_id, asked_zh, asked_en, asked_at, answer_zh, answer_en)"
        " VALUES (%s, %s, %s, %s, %s, '', '')",
        [asking_id, project_id, zh.strip(), en.strip(), asked_at],
    )


@command
def drop_asking(asking_id: UUID, actor_id: UUID, now: datetime) -> None:
    """Keeps what a visitor sent out of the public: it asks nothing about the project, or harms somebody.

    Errors: OperatorNeeded, AskingNotFound (also when it was decided before).
    """
    check_operator(actor_id)
    _decide_asking(asking_id, False, actor_id, now)


def _decide_asking(asking_id: UUID, publish: bool, actor_id: UUID, now: datetime) -> tuple[UUID, datetime]:
    row = raw_connection().execute(
        "UPDATE disclosures_asking SET decided_at = %s, is_published = %s WHERE id = %s AND decided_at IS NULL"
        " RETURNING project_id, asked_at",
        [now, publish, asking_id],
    ).fetchone()  # fmt: skip
    if row is None:
        raise AskingNotFound
    write_audit_rows(actor_id, "question_published" if publish else "question_dropped", [asking_id], {}, now)
    return row[0], row[1]


@command
def propose_report(report: ReportDraft, reason: Reason, actor_id: UUID, now: datetime) -> UUID:
    """Proposes a report, or (by `id`) a correction of a published one; a second person publishes it.

    `reason` is what the public reads beside a correction; a new report needs none.
    Errors: DisclosureInvalid, ProjectNotFound, ProjectStateConflict (the public does not see the project),
    ReportNotFound, NothingChanged, OperatorNeeded, ReasonMissing, ChangeWaiting.
    """
    rules.check_report(report)
    project = get_project_for_operators(report.project_id)
    if not is_changeable(project.state):
        raise ProjectStateConflict(current=project.state.value, target=ProjectState.PUBLISHED.value)
    facts = {name: str(getattr(report, name)) for name in _REPORT_FIELDS}
    current = _lock_report(report.id) if report.id else None
    before = {name: str(getattr(current, name)) for name in _REPORT_FIELDS} if current else {}
    was, becomes = compute_difference(before, facts)
    change = ProposedChange(ChangeKind.REPORT, report.id or new_id(), report.project_id, was, becomes)
    return propose_change(change, reason, actor_id, now)


_REPORT_FIELDS = ("kind", "title_zh", "title_en", "body_zh", "body_en")


def _lock_report(report_id: UUID) -> Report:
    raw_connection().execute("SELECT 1 FROM disclosures_report WHERE id = %s FOR UPDATE", [report_id])
    return get_report(report_id)


@command
def propose_answer(question_id: UUID, answer: Answer, reason: Reason, actor_id: UUID, now: datetime) -> UUID:
    """Proposes the answer to a question, or a correction of a published one; a second person publishes it.

    Errors: DisclosureInvalid, QuestionNotFound, NothingChanged, OperatorNeeded, ChangeReasonMissing, ChangeWaiting.
    """
    rules.check_answer(answer)
    current = _lock_question(question_id)
    before = {"answer_zh": current.answer_zh, "answer_en": current.answer_en} if current.answered_at else {}
    was, becomes = compute_difference(before, {"answer_zh": answer.zh.strip(), "answer_en": answer.en.strip()})
    change = ProposedChange(ChangeKind.ANSWER, question_id, current.project_id, was, becomes)
    return propose_change(change, reason, actor_id, now)


def _lock_question(question_id: UUID) -> Question:
    raw_connection().execute("SELECT 1 FROM disclosures_question WHERE id = %s FOR UPDATE", [question_id])
    return get_question(question_id)


@command
def decide_disclosure(change_id: UUID, publish: bool, note: str, actor_id: UUID, now: datetime) -> None:
    """Publishes a proposed report, answer or correction, or drops it.

    A corrected report keeps the day it was published: a correction does not make it newer, or any less late.
    Errors: ChangeNotFound, ReportNotFound, QuestionNotFound, OperatorNeeded, ReviewerIsSubmitter, ReviewNoteMissing,
    ChangeDecided.
    """
    found = get_change(change_id)
    if found.kind == ChangeKind.ANSWER:
        _lock_question(found.subject_id)
    elif found.is_correction:
        _lock_report(found.subject_id)
    change = decide_change(change_id, publish, note, actor_id, now)
    if not publish:
        return
    if change.kind == ChangeKind.ANSWER:
        _write_answer(change, now)
    elif change.is_correction:
        _update("disclosures_report", change.subject_id, change.becomes)
    else:
        _insert_report(change, now)
    word = "corrected" if change.is_correction else "published"
    facts = {"project": str(change.page_id), change.kind.value: str(change.subject_id)}
    append_events(raw_connection(), [(f"{change.kind.value}.{word}", facts)], now)


def _insert_report(change: ChangeView, now: datetime) -> None:
    raw_connection().execute(
        """INSERT INTO disclosures_report (id, project_id, published_at, kind, title_zh, title_en, body_zh, body_en)
           VALUES (%s, %s, %s, %s, %s, %s, %s, %s)""",
        [change.subject_id, change.page_id, now, *(change.becomes[name] for name in _REPORT_FIELDS)],
    )


def _write_answer(change: ChangeView, now: datetime) -> None:
    answered = {} if change.is_correction else {"answered_at": now}
    _update("disclosures_question", change.subject_id, {**change.becomes, **answered})


def _update(table: str, row_id: UUID, values: dict[str, Any]) -> None:
    raw_connection().execute(
        f"UPDATE {table} SET {', '.join(f'{name} = %s' for name in values)} WHERE id = %s", [*values.values(), row_id]
    )
