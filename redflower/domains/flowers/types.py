"""Frozen values of flowers."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from redflower.domains.ledger.types import AccountKind


@dataclass(frozen=True, slots=True)
class EarningView:
    """Flowers earned by one deed."""

    id: UUID
    donor_id: UUID
    deed: str
    earned_on: date
    amount: int
    subject_id: UUID
    earned_at: datetime


@dataclass(frozen=True, slots=True)
class FlowerGift:
    """Flowers a donor gives away: to a dream, to a project's festival bonus, to a friend's team.

    `id` names the fact that caused it (a ballot, a form sent): the same id is the same gift for ever. `to_kind` and
    `to_owner_id` name the account that receives them; it holds flowers too.
    """

    id: UUID
    donor_id: UUID
    to_kind: AccountKind
    to_owner_id: UUID
    amount: int


@dataclass(frozen=True, slots=True)
class PersonGift:
    """Flowers a person gives away, from whichever of the donors they are holds some; otherwise as `FlowerGift`."""

    id: UUID
    donor_ids: tuple[UUID, ...]
    to_kind: AccountKind
    to_owner_id: UUID
    amount: int


@dataclass(frozen=True, slots=True)
class BonusGift:
    """Flowers a person gives to a project's bonus in a festival. `id` as in `FlowerGift`. Units: flowers."""

    id: UUID
    donor_ids: tuple[UUID, ...]
    festival_id: UUID
    project_id: UUID
    flowers: int


@dataclass(frozen=True, slots=True)
class FlowerBooks:
    """A person's flowers in sums. `earned` counts those still on their way to them. Units: flowers."""

    earned: int
    burned: int
    given: int
    returned: int
    held: int
    on_their_way: int


@dataclass(frozen=True, slots=True)
class GivenView:
    """Flowers a person gave away: the kind of account that received them (a dream, a bonus, a team) and its owner."""

    id: UUID
    donor_id: UUID
    to_kind: AccountKind
    to_owner_id: UUID
    amount: int
    given_at: datetime
    is_returned: bool


@dataclass(frozen=True, slots=True)
class DeedEarning:
    """One deed that earned flowers: a gift's, or a scene's. `campaign_id` is None for gifts. Units: flowers, fen."""

    id: UUID
    deed: str
    earned_on: date
    flowers: int
    money_minor: int
    campaign_id: UUID | None
    project_id: UUID | None
    is_burned: bool


@dataclass(frozen=True, slots=True)
class Unlocked:
    """What a person's deeds made sponsors give to one project. Units: fen, deeds."""

    project_id: UUID
    money_minor: int
    deeds: int
