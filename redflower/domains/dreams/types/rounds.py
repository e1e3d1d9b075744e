"""Frozen values of rounds and dreams."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from redflower.domains.dreams.types.proposals import BudgetItem
from redflower.domains.dreams.types.states import DreamState, RoundPhase


@dataclass(frozen=True, slots=True)
class NewRound:
    """A round to plan. `None` sets no cap. Units: flowers, days."""

    slug: str
    call_id: UUID
    name_zh: str
    name_en: str
    summary_zh: str
    summary_en: str
    opens_at: datetime
    closes_at: datetime
    person_dream_cap: int | None = None
    person_round_cap: int | None = None
    may_withdraw: bool = True
    feedback_days: tuple[int, ...] = (90, 180, 365)


@dataclass(frozen=True, slots=True)
class NewDream:
    """A shortlisted proposal's place in a round: who carries it, and how many flowers it needs."""

    proposal_id: UUID
    charity_id: UUID
    minimum: int


@dataclass(frozen=True, slots=True)
class RoundView:
    """A round as pages show it."""

    id: UUID
    slug: str
    call_id: UUID
    name_zh: str
    name_en: str
    summary_zh: str
    summary_en: str
    opens_at: datetime
    closes_at: datetime
    person_dream_cap: int | None
    person_round_cap: int | None
    may_withdraw: bool
    feedback_days: tuple[int, ...]
    planned_by_id: UUID
    planned_at: datetime
    opened_at: datetime | None  # when a second person opened it and the grants were reserved
    opened_by_id: UUID | None
    sponsor_zh: str
    sponsor_en: str

    def phase(self, now: datetime) -> RoundPhase:
        if self.opened_at is None:
            return RoundPhase.PLANNED
        if now >= self.closes_at:
            return RoundPhase.OVER
        return RoundPhase.OPEN if now >= self.opens_at else RoundPhase.UPCOMING


@dataclass(frozen=True, slots=True)
class DreamView:
    """A dream as pages show it. Units: fen, flowers."""

    id: UUID
    slug: str
    round_id: UUID
    proposal_id: UUID
    charity_id: UUID
    charity_slug: str
    charity_name_zh: str
    charity_name_en: str
    title_zh: str
    title_en: str
    summary_zh: str
    summary_en: str
    need_zh: str
    need_en: str
    story_zh: str
    story_en: str
    helped_zh: str
    helped_en: str
    about_zh: str
    about_en: str
    author_name: str
    people: int
    cause: str
    region: str
    budget: tuple[BudgetItem, ...]
    motif: str
    palette: str
    picture_seed: int
    grant_minor: int
    minimum: int
    flowers: int  # on the dream's account now; after the outcome, as it was decided
    state: DreamState
    round_slug: str
    opens_at: datetime
    closes_at: datetime
    decided_at: datetime | None
    project_id: UUID | None
    feedback_days: tuple[int, ...]
    may_withdraw: bool
    person_dream_cap: int | None

    @property
    def picture_url(self) -> str:
        return f"/pictures/{self.motif}-{self.palette}-{self.picture_seed}.svg"

    @property
    def missing(self) -> int:
        return max(self.minimum - self.flowers, 0)


@dataclass(frozen=True, slots=True)
class RoundSums:
    """What the dreams of a round add up to. Units: fen, flowers."""

    dreams: int = 0
    flowers: int = 0
    grants_minor: int = 0
    granted: int = 0
    granted_minor: int = 0
    not_met: int = 0


@dataclass(frozen=True, slots=True)
class DreamPage:
    """What a dream's page counts, in one read."""

    givers: int
    ballots: int
