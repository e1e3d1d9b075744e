"""Frozen values of flowers."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID


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
