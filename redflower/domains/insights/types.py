"""Frozen values of the read models."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class ProjectTotals:
    """What a project has received. Units: fen."""

    project_id: UUID
    gifts: int
    amount_minor: int
    matched_minor: int
    last_gift_at: datetime | None

    @property
    def raised_minor(self) -> int:
        return self.amount_minor + self.matched_minor


@dataclass(frozen=True, slots=True)
class SiteTotals:
    """What the whole site has received. Units: fen."""

    gifts: int
    amount_minor: int
    matched_minor: int
    projects: int


@dataclass(frozen=True, slots=True)
class HourTotals:
    """Settled gifts of one hour. Units: fen."""

    hour: datetime
    gifts: int
    amount_minor: int
