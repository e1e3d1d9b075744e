"""Frozen values of charities, and how their state moves."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID


class CharityKind(StrEnum):
    """Legal forms of social organisations in China."""

    FOUNDATION = "foundation"
    ASSOCIATION = "association"
    SERVICE = "service"


class CharityState(StrEnum):
    """draft -> submitted -> published | returned; returned -> submitted; published <-> suspended."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    PUBLISHED = "published"
    SUSPENDED = "suspended"


@dataclass(frozen=True, slots=True)
class NewCharity:
    """A charity as its file is first written, or rewritten while it is a draft or was returned: then `id` is given."""

    slug: str
    name_zh: str
    name_en: str
    kind: str
    region: str
    uscc: str
    founded_on: date
    mission_zh: str
    mission_en: str
    certificate_no: str = ""
    palette: str = "wheat"
    id: UUID | None = None


@dataclass(frozen=True, slots=True)
class CharityView:
    """A charity as pages show it."""

    id: UUID
    slug: str
    name_zh: str
    name_en: str
    kind: CharityKind
    region: str
    uscc: str
    certificate_no: str
    founded_on: date
    mission_zh: str
    mission_en: str
    palette: str
    state: CharityState
    submitted_by_id: UUID | None
    reviewed_by_id: UUID | None
    review_note: str
    created_at: datetime
    published_at: datetime | None

    @property
    def is_published(self) -> bool:
        return self.state == CharityState.PUBLISHED
