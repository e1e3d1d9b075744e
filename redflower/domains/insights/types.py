"""Frozen values of the read models."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class ProjectTotals:
    """What a project has received, less what was given back. Units: fen."""

    project_id: UUID
    gifts: int
    amount_minor: int
    matched_minor: int
    last_gift_at: datetime | None
    refunds: int = 0
    refunded_minor: int = 0

    @property
    def raised_minor(self) -> int:
        return self.amount_minor + self.matched_minor


@dataclass(frozen=True, slots=True)
class SiteTotals:
    """What the whole site has received, less what was given back. Units: fen."""

    gifts: int
    amount_minor: int
    matched_minor: int
    projects: int
    refunds: int = 0
    refunded_minor: int = 0


@dataclass(frozen=True, slots=True)
class HourTotals:
    """Settled gifts of one hour. Units: fen."""

    hour: datetime
    gifts: int
    amount_minor: int
