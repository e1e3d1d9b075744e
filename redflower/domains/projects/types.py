"""Frozen values of projects, and how their state moves."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID


class Cause(StrEnum):
    """What a project is about."""

    EDUCATION = "education"
    CHILDREN = "children"
    HEALTH = "health"
    DISABILITY = "disability"
    ELDERLY = "elderly"
    RURAL = "rural"
    ENVIRONMENT = "environment"
    ANIMALS = "animals"
    DISASTER = "disaster"
    CULTURE = "culture"
    WOMEN = "women"
    COMMUNITY = "community"


class ProjectState(StrEnum):
    """draft -> submitted -> published | returned; returned -> submitted; published <-> paused; published -> hidden.

    Whether a published project is open or finished follows from its dates, not from a state.
    """

    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    PUBLISHED = "published"
    PAUSED = "paused"
    HIDDEN = "hidden"


class Openness(StrEnum):
    """What a visitor may do with a project right now."""

    UNLISTED = "unlisted"  # not for the public: answers as if it did not exist
    UPCOMING = "upcoming"
    OPEN = "open"
    PAUSED = "paused"
    FINISHED = "finished"


@dataclass(frozen=True, slots=True)
class BudgetLine:
    """One line of a project's budget."""

    label_zh: str
    label_en: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class PlanStep:
    """One step of a project's plan."""

    text_zh: str
    text_en: str
    due_at: datetime


@dataclass(frozen=True, slots=True)
class NewProject:
    """A project as its file is first written, or rewritten while it is a draft or was returned: then `id` is given.

    Units: fen. The budget lines add up to the goal.
    """

    slug: str
    charity_id: UUID
    filing_no: str
    title_zh: str
    title_en: str
    summary_zh: str
    summary_en: str
    story_zh: str
    story_en: str
    cause: str
    region: str
    goal_minor: int
    starts_at: datetime
    ends_at: datetime
    budget: tuple[BudgetLine, ...]
    plan: tuple[PlanStep, ...]
    unit_minor: int = 0
    unit_zh: str = ""
    unit_en: str = ""
    achieved_zh: str = ""
    achieved_en: str = ""
    motif: str = "mountain"
    palette: str = "wheat"
    picture_seed: int = 1
    id: UUID | None = None


class ProjectStanding(NamedTuple):
    """The little of a project that decides whether it may be given to."""

    title_zh: str
    charity_state: str
    starts_at: datetime
    ends_at: datetime
    state: ProjectState


@dataclass(frozen=True, slots=True)
class ProjectView:
    """A project as pages show it, with its charity's public facts beside it."""

    id: UUID
    slug: str
    charity_id: UUID
    charity_slug: str
    charity_name_zh: str
    charity_name_en: str
    charity_state: str
    filing_no: str
    title_zh: str
    title_en: str
    summary_zh: str
    summary_en: str
    story_zh: str
    story_en: str
    cause: Cause
    region: str
    goal_minor: int
    unit_minor: int
    unit_zh: str
    unit_en: str
    achieved_zh: str
    achieved_en: str
    motif: str
    palette: str
    picture_seed: int
    starts_at: datetime
    ends_at: datetime
    state: ProjectState
    submitted_by_id: UUID | None
    reviewed_by_id: UUID | None
    review_note: str
    published_at: datetime | None

    @property
    def picture_url(self) -> str:
        return f"/pictures/{self.motif}-{self.palette}-{self.picture_seed}.svg"
