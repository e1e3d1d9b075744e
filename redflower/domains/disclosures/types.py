"""Frozen values of disclosures."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class ReportKind(StrEnum):
    """What a report tells."""

    PROGRESS = "progress"
    FINANCE = "finance"
    FINAL = "final"


class DutyState(StrEnum):
    """Where a duty stands on a given day."""

    MET = "met"
    DUE_LATER = "due_later"
    OVERDUE = "overdue"


@dataclass(frozen=True, slots=True)
class Report:
    """A published report of a project."""

    id: UUID
    project_id: UUID
    kind: ReportKind
    title_zh: str
    title_en: str
    body_zh: str
    body_en: str
    published_at: datetime


@dataclass(frozen=True, slots=True)
class Question:
    """A donor's question in public; without an answer while `answered_at` is None."""

    id: UUID
    project_id: UUID
    asked_zh: str
    asked_en: str
    asked_at: datetime
    answer_zh: str
    answer_en: str
    answered_at: datetime | None


@dataclass(frozen=True, slots=True)
class Duty:
    """Something the law asks of a project by a date."""

    kind: ReportKind
    due_at: datetime
    state: DutyState
    met_at: datetime | None


@dataclass(frozen=True, slots=True)
class CalmFacts:
    """What a donor should know before paying."""

    newest_progress: Report | None
    newest_finance: Report | None
    duties: tuple[Duty, ...]
    unanswered: tuple[Question, ...]

    @property
    def overdue(self) -> int:
        return sum(duty.state == DutyState.OVERDUE for duty in self.duties)
