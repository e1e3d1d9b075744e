"""Frozen values of feedback and letters."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from redflower.domains.dreams.types.states import DutyState, LetterKind


@dataclass(frozen=True, slots=True)
class NewFeedback:
    """What has become of a granted dream, told at a stage. Units: fen."""

    dream_id: UUID
    stage: int
    title_zh: str
    title_en: str
    body_zh: str
    body_en: str
    spent_minor: int
    people: int
    is_last: bool
    written_by: UUID | None  # an operator; None for the author


@dataclass(frozen=True, slots=True)
class FeedbackView:
    """A told stage, reviewed or not yet."""

    id: UUID
    dream_id: UUID
    dream_slug: str
    dream_title_zh: str
    dream_title_en: str
    stage: int
    title_zh: str
    title_en: str
    body_zh: str
    body_en: str
    spent_minor: int
    people: int
    is_last: bool
    written_by_id: UUID | None
    written_at: datetime
    published_at: datetime | None
    returned_at: datetime | None
    note: str


@dataclass(frozen=True, slots=True)
class LetterView:
    """A letter to everybody who gave flowers to a dream."""

    id: UUID
    dream_id: UUID
    dream_slug: str
    dream_title_zh: str
    dream_title_en: str
    picture_url: str
    author_name: str
    kind: LetterKind
    stage: int
    title_zh: str
    title_en: str
    body_zh: str
    body_en: str
    spent_minor: int
    people: int
    written_at: datetime
    given: int  # flowers this reader gave
    is_read: bool


@dataclass(frozen=True, slots=True)
class FeedbackDuty:
    """A letter that was promised by a date."""

    stage: int
    due_at: datetime
    state: DutyState
    met_at: datetime | None

    def days_late(self, now: datetime) -> int:
        return max(((self.met_at or now) - self.due_at).days, 0)


@dataclass(frozen=True, slots=True)
class Post:
    """A mail that waits to be sent: to an author about a step, or to a giver about a letter."""

    id: UUID
    kind: str  # act | letter
    to: str
    language: str
    title_zh: str
    title_en: str
    subject_id: UUID  # the proposal, or the letter
    act: str = ""
    reason: str = ""
    suggestion: str = ""
