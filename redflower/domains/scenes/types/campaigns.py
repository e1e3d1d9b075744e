"""Campaigns, their limits, and what their deeds may be about."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID


class CampaignState(StrEnum):
    """draft -> submitted -> published | returned; returned -> submitted; published <-> paused; both -> closed."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    PUBLISHED = "published"
    PAUSED = "paused"
    CLOSED = "closed"


class ItemState(StrEnum):
    """held -> shown | removed; shown -> removed."""

    HELD = "held"
    SHOWN = "shown"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Limits:
    """A campaign's limits. Units: flowers, fen, accounts, days; None = no limit."""

    person_day_flowers: int | None = None
    person_day_minor: int | None = None
    person_total_minor: int | None = None
    day_minor: int | None = None  # for everybody together
    device_accounts: int = 3  # more accounts behind one device are held
    max_age_days: int = 7  # an older deed is refused


@dataclass(frozen=True, slots=True)
class NewCampaign:
    """A campaign as it is first written, or rewritten by `id` while it is a draft or was returned. Units: fen."""

    slug: str
    kind: str
    rule_set_id: UUID
    title_zh: str
    title_en: str
    summary_zh: str
    summary_en: str
    opens_at: datetime
    closes_at: datetime
    limits: Limits
    partner_id: UUID | None = None  # None: on the platform's own pages, and in every partner's
    sponsor_zh: str = ""
    sponsor_en: str = ""
    budget_minor: int = 0
    project_ids: tuple[UUID, ...] = ()
    id: UUID | None = None


@dataclass(frozen=True, slots=True)
class CampaignView:
    """A campaign as pages show it. Units: fen, flowers."""

    id: UUID
    slug: str
    kind: str
    partner_id: UUID | None
    rule_set_id: UUID
    rule_code: str
    rule_version: int
    rule_body: dict[str, Any]
    rule_sha256: str
    title_zh: str
    title_en: str
    summary_zh: str
    summary_en: str
    sponsor_zh: str
    sponsor_en: str
    budget_minor: int
    spent_minor: int
    returned_minor: int
    flowers: int
    deeds: int
    opens_at: datetime
    closes_at: datetime
    limits: Limits
    state: CampaignState
    is_sandbox: bool
    note: str
    submitted_by_id: UUID | None
    project_ids: tuple[UUID, ...]

    @property
    def free_minor(self) -> int:
        return self.budget_minor - self.spent_minor - self.returned_minor

    @property
    def rule_label(self) -> str:
        return f"{self.rule_code}@{self.rule_version}"

    def is_open(self, now: datetime) -> bool:
        """True while deeds are taken."""
        return self.state == CampaignState.PUBLISHED and self.opens_at <= now < self.closes_at


@dataclass(frozen=True, slots=True)
class Item:
    """Something deeds of a campaign may be about: a video, a question, an article, an event."""

    id: UUID
    campaign_id: UUID
    code: str
    title_zh: str
    title_en: str
    body: dict[str, Any]
    project_id: UUID | None
    author_id: UUID | None
    author_name: str
    state: ItemState
    note: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class DayCost:
    """What one campaign gave on one day. Units: flowers, fen."""

    campaign_id: UUID
    day: date
    deeds: int
    flowers: int
    money_minor: int
    limit_minor: int | None


@dataclass(frozen=True, slots=True)
class Ranked:
    """A place in a ranking. `people` = how many different people it moved."""

    subject: str
    title_zh: str
    title_en: str
    author_name: str
    project_id: UUID | None
    people: int
    flowers: int
    money_minor: int


@dataclass(frozen=True, slots=True)
class TeamView:
    """A team walking together. Units: fen; `amount` and `target` in the goal's measure.

    `unlocked_minor` = what members' own days made the sponsor give; `granted_minor`, what the team's goal did, to
    `project_id`.
    """

    id: UUID
    campaign_id: UUID
    name: str
    captain_id: UUID
    members: int
    amount: int
    target: int
    grant_minor: int
    granted_at: datetime | None
    granted_minor: int
    project_id: UUID | None
    unlocked_minor: int


@dataclass(frozen=True, slots=True)
class GoalView:
    """How far everybody together has come."""

    campaign_id: UUID
    measure: str
    reached: int
    target: int
    grant_minor: int
    granted_at: datetime | None
