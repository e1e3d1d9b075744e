"""Writes of disclosures."""

from collections.abc import Sequence

from redflower.domains.disclosures.types import Question, Report
from redflower.plumbing.db import command, raw_connection


@command
def publish_reports(reports: Sequence[Report]) -> None:
    """Publishes reports.

    Replay: a report with a known id stays as it was first published.
    """
    raw_connection().execute(
        """INSERT INTO disclosures_report (id, project_id, kind, title_zh, title_en, body_zh, body_en, published_at)
           SELECT * FROM unnest(%s::uuid[], %s::uuid[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[],
                                %s::timestamptz[]) ON CONFLICT (id) DO NOTHING""",
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
    )


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
