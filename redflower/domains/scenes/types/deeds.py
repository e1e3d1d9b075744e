"""Deeds as they are reported, judged, answered and kept."""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import IntEnum, StrEnum
from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from redflower.domains.scenes.types.campaigns import Item

Text64 = Annotated[str, Meta(min_length=1, max_length=64)]
Text128 = Annotated[str, Meta(min_length=1, max_length=128)]
SmallInt = Annotated[int, Meta(ge=-(2**53), le=2**53)]
FactValue = Text128 | SmallInt | bool | list[Text128] | dict[str, Text128] | None


class DeedStatus(StrEnum):
    """The answer to one reported deed."""

    ACCEPTED = "accepted"
    CAPPED = "capped"  # good, but a limit left less than the rule gives
    HELD = "held"  # waits for an operator
    REFUSED = "refused"  # nothing was written
    REPLAYED = "replayed"  # reported before; the first answer is repeated


class StoredStatus(IntEnum):
    """How a stored deed was answered, as its row spells it."""

    ACCEPTED = 1
    CAPPED = 2
    HELD = 3


class RulingKind(StrEnum):
    """What was decided about a deed after its first answer."""

    RELEASED = "released"  # a held deed earns after all
    DISMISSED = "dismissed"  # a held deed earns nothing
    REVERSED = "reversed"  # what a deed earned is taken back


class ReportedDeed(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """One deed as a partner reports it. Units of `amount`: the kind's own (steps, minutes, right answers)."""

    id: Text64  # the partner's own name for this deed, for ever
    campaign: Text64  # its slug
    user: Text128  # the partner's own name for the person; only a keyed hash of it is kept
    done_at: Annotated[datetime, Meta(tz=True)]
    amount: Annotated[int, Meta(ge=0, le=1_000_000_000)] | UnsetType = UNSET  # 1 when left out
    device: Text128 | UnsetType = UNSET
    subject: Text64 | UnsetType = UNSET  # what it was about: an item's code, an order, a ride
    project: Text64 | UnsetType = UNSET  # the slug of the project that the person chose
    facts: dict[Text64, FactValue] | UnsetType = UNSET  # what the kind's rule asks for besides


@dataclass(frozen=True, slots=True)
class Claim:
    """A deed as a rule sees it. `local_seconds` is how much of its local day had passed."""

    amount: int
    done_at: datetime
    done_on: date
    local_seconds: int
    subject: str | None
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class History:
    """What a rule may know of the person and the campaign. `days` are earlier days with an accepted deed, today's too."""

    days: frozenset[date] = frozenset()
    subjects: frozenset[str] = frozenset()  # what this person's accepted deeds were about
    items: dict[str, Item] = field(default_factory=dict)
    secret: bytes = b""  # the campaign's, for codes that only it can make


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a rule says of a deed. Units: flowers, fen.

    Refused, nothing is earned and `reason` says why; held, what it says is earned if an operator agrees. An accepted
    deed may carry a reason too ('below_target'). `item` is something that is won once, for the partner to hand out;
    `project_id` is where the money goes when the rule knows better than the campaign.
    """

    flowers: int = 0
    money_minor: int = 0
    status: DeedStatus = DeedStatus.ACCEPTED
    reason: str = ""
    item: str = ""
    project_id: UUID | None = None


@dataclass(slots=True)
class Used:
    """What a person has had of a campaign so far. Units: flowers, fen."""

    flowers: int = 0
    money_minor: int = 0


@dataclass(frozen=True, slots=True)
class Earned:
    """What limits leave of a verdict, and which limit it met first. Units: flowers, fen."""

    flowers: int
    money_minor: int
    reason: str = ""


class DeedOutcome(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """The answer to one reported deed. `replayed` repeats the first answer in `first`, with its flowers and money."""

    id: str
    status: DeedStatus
    reason: str = ""
    flowers: int = 0
    money_minor: int = 0
    item: str = ""
    deed_id: UUID | None = None
    first: DeedStatus | None = None


@dataclass(frozen=True, slots=True)
class DeedView:
    """A stored deed with what was decided about it later. Units: flowers, fen."""

    id: UUID
    partner_id: UUID
    campaign_id: UUID
    donor_id: UUID
    external_id: str
    done_at: datetime
    done_on: date
    amount: int
    subject: str | None
    status: DeedStatus
    reason: str
    flowers: int
    money_minor: int
    item: str
    project_id: UUID | None
    received_at: datetime
    rulings: tuple[RulingKind, ...]


@dataclass(frozen=True, slots=True)
class PersonDay:
    """What a person has done in a campaign. Units: flowers, fen."""

    flowers_today: int = 0
    money_today_minor: int = 0
    money_total_minor: int = 0
    deeds_today: int = 0
    streak_days: int = 0  # in a row, up to today or yesterday
    unplaced_minor: int = 0
