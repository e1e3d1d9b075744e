"""Reads of disclosures."""

from datetime import datetime
from uuid import UUID

from redflower.domains.disclosures.rules import CHINA_2023, compute_duties
from redflower.domains.disclosures.types import CalmFacts, Question, Report, ReportKind
from redflower.domains.projects.types import ProjectView
from redflower.plumbing.db import fetch_all


def list_reports(project_id: UUID) -> list[Report]:
    """A project's reports, the latest first."""
    rows = fetch_all(
        """SELECT id, project_id, kind, title_zh, title_en, body_zh, body_en, published_at FROM disclosures_report
           WHERE project_id = %s ORDER BY published_at DESC""",
        [project_id],
    )
    return [Report(**{**row, "kind": ReportKind(row["kind"])}) for row in rows]


def list_questions(project_id: UUID) -> list[Question]:
    """Questions asked in public about a project, the unanswered first, then the latest."""
    rows = fetch_all(
        """SELECT id, project_id, asked_zh, asked_en, asked_at, answer_zh, answer_en, answered_at FROM disclosures_question
           WHERE project_id = %s ORDER BY answered_at IS NOT NULL, asked_at DESC""",
        [project_id],
    )
    return [Question(**row) for row in rows]


def get_calm_facts(project: ProjectView, now: datetime) -> CalmFacts:
    """What the calm-down page tells about a project."""
    reports = list_reports(project.id)
    unanswered = [question for question in list_questions(project.id) if question.answered_at is None]
    return CalmFacts(
        newest_progress=next((report for report in reports if report.kind != ReportKind.FINANCE), None),
        newest_finance=next((report for report in reports if report.kind == ReportKind.FINANCE), None),
        duties=tuple(compute_duties(project.starts_at, project.ends_at, reports, CHINA_2023, now)),
        unanswered=tuple(unanswered),
    )
