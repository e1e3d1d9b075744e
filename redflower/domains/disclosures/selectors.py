"""Reads of disclosures."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from redflower.domains.disclosures.errors import QuestionNotFound, ReportNotFound
from redflower.domains.disclosures.rules import CHINA_2023, compute_duties
from redflower.domains.disclosures.types import CalmFacts, Question, Report, ReportKind, WaitingAsking
from redflower.domains.projects.types import ProjectView
from redflower.plumbing.db import fetch_all

_REPORT = """SELECT r.id, r.project_id, r.kind, r.title_zh, r.title_en, r.body_zh, r.body_en, r.published_at
             FROM disclosures_report r"""


def list_reports(project_id: UUID) -> list[Report]:
    """A project's reports, the latest first."""
    return _reports(f"{_REPORT} WHERE project_id = %s ORDER BY published_at DESC", [project_id])


def get_report(report_id: UUID) -> Report:
    """A published report.

    Errors: ReportNotFound.
    """
    found = _reports(f"{_REPORT} WHERE r.id = %s", [report_id])
    if not found:
        raise ReportNotFound
    return found[0]


def find_reports_by_project(project_ids: Iterable[UUID]) -> dict[UUID, list[Report]]:
    """The reports of several projects, the latest first; a project without any is left out."""
    found: dict[UUID, list[Report]] = {}
    for report in _reports(f"{_REPORT} WHERE project_id = ANY(%s) ORDER BY published_at DESC", [list(project_ids)]):
        found.setdefault(report.project_id, []).append(report)
    return found


def list_latest_reports(now: datetime, limit: int = 10) -> list[Report]:
    """The newest reports of projects the public may see, whatever the project."""
    return _reports(
        f"""{_REPORT} JOIN projects_project p ON p.id = r.project_id
            WHERE p.state IN ('published', 'paused') AND r.published_at <= %s ORDER BY r.published_at DESC LIMIT %s""",
        [now, limit],
    )


def _reports(sql: str, params: list[object]) -> list[Report]:
    return [Report(**{**row, "kind": ReportKind(row["kind"])}) for row in fetch_all(sql, params)]


_QUESTION = """SELECT id, project_id, asked_zh, asked_en, asked_at, answer_zh, answer_en, answered_at
               FROM disclosures_question"""


def list_questions(project_id: UUID) -> list[Question]:
    """Questions asked in public about a project, the unanswered first, then the latest."""
    rows = fetch_all(f"{_QUESTION} WHERE project_id = %s ORDER BY answered_at IS NOT NULL, asked_at DESC", [project_id])
    return [Question(**row) for row in rows]


def get_question(question_id: UUID) -> Question:
    """A question asked in public.

    Errors: QuestionNotFound.
    """
    rows = fetch_all(f"{_QUESTION} WHERE id = %s", [question_id])
    if not rows:
        raise QuestionNotFound
    return Question(**rows[0])


def list_waiting_askings(limit: int = 100) -> list[WaitingAsking]:
    """What visitors want to ask and nobody has read yet, the longest waiting first."""
    rows = fetch_all(
        """SELECT a.id, a.project_id, p.title_zh AS project_title_zh, p.title_en AS project_title_en, a.text, a.language,
                  a.asked_at
           FROM disclosures_asking a JOIN projects_project p ON p.id = a.project_id
           WHERE a.decided_at IS NULL ORDER BY a.asked_at LIMIT %s""",
        [limit],
    )
    return [WaitingAsking(**row) for row in rows]


def count_waiting_askings() -> int:
    """How many questions of visitors nobody has read yet."""
    return int(
        fetch_all("SELECT count(*) AS waiting FROM disclosures_asking WHERE decided_at IS NULL", [])[0]["waiting"]
    )


def get_calm_facts(project: ProjectView, now: datetime) -> CalmFacts:
    """What the calm-down page tells about a project."""
    reports = list_reports(project.id)
    questions = list_questions(project.id)
    return CalmFacts(
        reports=tuple(reports),
        questions=tuple(questions),
        newest_progress=next((report for report in reports if report.kind != ReportKind.FINANCE), None),
        newest_finance=next((report for report in reports if report.kind == ReportKind.FINANCE), None),
        duties=tuple(compute_duties(project.starts_at, project.ends_at, reports, CHINA_2023, now)),
        unanswered=tuple(question for question in questions if question.answered_at is None),
    )
