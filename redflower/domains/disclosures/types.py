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
class ReportDraft:
    """What a report is to say: a new one, or a correction of the one with this `id`."""

    project_id: UUID
    kind: str
    title_zh: str
    title_en: str
    body_zh: str
    body_en: str
    id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a charity says to a question asked in public."""

    zh: str
    en: str


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
class Asking:
    """What a visitor wants to ask, in their own words and language ('zh' or 'en'), before anybody has read it."""

    id: UUID
    project_id: UUID
    text: str
    language: str
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class WaitingAsking:
    """An asking an operator still has to read, with the project it is about."""

    id: UUID
    project_id: UUID
    project_title_zh: str
    project_title_en: str
    text: str
    language: str
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class Duty:
    """Something the law asks of a project by a date."""

    kind: ReportKind
    due_at: datetime
    state: DutyState
    met_at: datetime | None


@dataclass(frozen=True, slots=True)
class CalmFacts:
    """What a donor should know before paying, and what it is drawn from: reports, the latest first, and questions."""

    reports: tuple[Report, ...]
    questions: tuple[Question, ...]
    newest_progress: Report | None
    newest_finance: Report | None
    duties: tuple[Duty, ...]
    unanswered: tuple[Question, ...]

    @property
    def overdue(self) -> int:
        return sum(duty.state == DutyState.OVERDUE for duty in self.duties)
