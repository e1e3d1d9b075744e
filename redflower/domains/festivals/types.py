"""Frozen values of festivals, and how a pool's state moves."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

import numpy as np

from redflower.kernel.beacon import Chain

Column = np.ndarray[Any, Any]


class PoolState(StrEnum):
    """announced -> open -> closed. Opening reserves nothing: the budget is in the pool's account from the start."""

    ANNOUNCED = "announced"
    OPEN = "open"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class PlannedPool:
    """A pool as an operator writes it down. `preset` names a rule that ships. Units: fen."""

    preset: str
    name_zh: str
    name_en: str
    sponsor_zh: str
    sponsor_en: str
    budget_minor: int


@dataclass(frozen=True, slots=True)
class PlannedFestival:
    """A festival as an operator writes it down. `beacon` names a public beacon that ships, or is empty. Units: seconds."""

    slug: str
    name_zh: str
    name_en: str
    summary_zh: str
    summary_en: str
    opens_at: datetime
    closes_at: datetime
    slice_seconds: int
    allowance_seconds: int
    beacon: str
    pools: tuple[PlannedPool, ...]


class FestivalPhase(StrEnum):
    """Where a festival stands, from its hours and the clock."""

    UPCOMING = "upcoming"
    RUNNING = "running"
    DRAWING = "drawing"  # over, the last slices are being drawn
    OVER = "over"


class AwardReason(StrEnum):
    """Why a gift got what it got."""

    AWARDED = "awarded"
    BELOW_MINIMUM = "below_minimum"
    PERSON_CAP_REACHED = "person_cap_reached"
    BUDGET_SPENT = "budget_spent"
    SHARE_BELOW_ONE_FEN = "share_below_one_fen"


class Method(StrEnum):
    """How a slice's budget meets its gifts."""

    LOTTERY = "lottery"
    SHARE = "share"


@dataclass(frozen=True, slots=True)
class FlowerTier:
    """What a project's flowers add to the matches of its gifts, from so many on. Units: flowers, basis points."""

    flowers_from: int
    least_bps: int
    most_bps: int


@dataclass(frozen=True, slots=True)
class MatchRule:
    """A rule set, read from its data. Units: fen; None = no limit."""

    code: str
    version: int
    method: Method
    gift_min_minor: int
    award_min_minor: int
    award_max_minor: int
    award_max_bps: int | None  # of the gift; 10,000 = as much as the gift
    person_day_cap_minor: int | None
    weight_low: int
    weight_high: int
    flower_tiers: tuple[FlowerTier, ...] = ()  # rising; the last one has no end; none = flowers make no difference
    projects_per_giver: int | None = None  # how many projects one person may give bonus flowers to in a festival

    @property
    def label(self) -> str:
        return f"{self.code}@{self.version}"


class TicketView(NamedTuple):
    """A gift's place in a slice."""

    gift_id: UUID
    person_id: UUID
    project_id: UUID
    amount_minor: int
    paid_at: datetime


# A ticket's 64 bytes, which a slice's root is made of. `paid_at` in microseconds since 1970. An array of them, in the
# order of gifts, is a slice: `Tickets`.
TICKET = np.dtype([("gift", "V16"), ("person", "V16"), ("project", "V16"), ("amount_minor", ">i8"), ("paid_at", ">i8")])
Tickets = np.ndarray[Any, Any]

REASONS = tuple(AwardReason)  # a draw's reasons are places in it


class Decision(NamedTuple):
    """What a draw decides for one ticket."""

    gift_id: UUID
    amount_minor: int
    reason: AwardReason


@dataclass(frozen=True, slots=True, eq=False)
class Draw:
    """What is decided for a slice, a column at a time, beside its tickets. Units: fen."""

    amounts: Column
    reasons: Column  # places in REASONS
    order: Column  # the places of the tickets that took part, in draw order
    chances: Column  # in draw order: the number each drew
    wishes: Column  # in draw order: what each would get before caps
    boosts: Column | None = None  # in draw order: what flowers make of weight and cap, 10,000 = as they are

    @property
    def granted_minor(self) -> int:
        return int(self.amounts.sum())

    @property
    def eligible(self) -> int:
        """How many tickets took part."""
        return len(self.order)


@dataclass(frozen=True, slots=True)
class WantedRound:
    """A round of a public beacon that a slice waits for."""

    chain: Chain
    number: int


@dataclass(frozen=True, slots=True)
class BeaconRound:
    """A round of a public beacon, its signature checked."""

    chain_hash: str
    number: int
    signature: bytes


@dataclass(frozen=True, slots=True)
class NewBonusGift:
    """Flowers on their way to a project's bonus in a festival, of one of the donors a person is. Units: flowers."""

    id: UUID
    festival_id: UUID
    project_id: UUID
    donor_id: UUID
    flowers: int


@dataclass(frozen=True, slots=True)
class BonusStanding:
    """A project's flowers in one festival: those of today's draws, and all there are. Units: flowers."""

    counted: int
    gathered: int


@dataclass(frozen=True, slots=True)
class BonusDayLine:
    """One day's count as it is published: how many projects, the line, and its SHA-256 as stated then."""

    day: date
    projects: int
    line: bytes
    sha256: str


@dataclass(frozen=True, slots=True)
class FestivalView:
    """A festival as pages show it."""

    id: UUID
    slug: str
    name_zh: str
    name_en: str
    summary_zh: str
    summary_en: str
    opens_at: datetime
    closes_at: datetime
    slice_seconds: int
    allowance_seconds: int
    drawn_through: int


@dataclass(frozen=True, slots=True)
class PoolView:
    """A pool as pages show it."""

    id: UUID
    festival_id: UUID
    name_zh: str
    name_en: str
    sponsor_zh: str
    sponsor_en: str
    budget_minor: int
    granted_minor: int
    returned_minor: int
    secret_sha256: str
    reveal_by: datetime | None
    beacon: dict[str, Any] | None
    state: PoolState
    closed_at: datetime | None
    rule_code: str
    rule_version: int
    rule_sha256: str
    rule_body: dict[str, Any]
    revealed_secret: str  # hex once the pool is closed, empty before

    @property
    def free_minor(self) -> int:
        return self.budget_minor - self.granted_minor - self.returned_minor


@dataclass(frozen=True, slots=True)
class SliceView:
    """One drawn slice of one pool, as published."""

    pool_id: UUID
    slice_no: int
    gifts_root: str
    tickets: int
    eligible: int
    available_minor: int
    granted_minor: int
    drawn_at: datetime


@dataclass(frozen=True, slots=True)
class DrawPart:
    """Consecutive drawn slices of one pool that share a public file. Units: fen."""

    part: int
    first_slice: int
    last_slice: int
    slices: int
    tickets: int
    granted_minor: int


@dataclass(frozen=True, slots=True)
class AwardView:
    """What a pool decided for a gift."""

    pool_id: UUID
    pool_name_zh: str
    pool_name_en: str
    gift_id: UUID
    slice_no: int
    amount_minor: int
    reason: AwardReason
    drawn_at: datetime
    awarded_on: date
