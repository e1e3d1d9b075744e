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
