"""What the festival's stage tells: where a festival stands and what its pools still hold."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from redflower.domains.festivals.rules import compute_phase, count_slices
from redflower.domains.festivals.selectors import find_current_festival, list_pools
from redflower.domains.festivals.types import FestivalPhase, FestivalView, PoolView

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Stage:
    """A festival at one moment. Units: fen."""

    festival: FestivalView
    pools: tuple[PoolView, ...]
    phase: FestivalPhase
    slices: int
    day: int  # 1 for the first 24 hours; 0 before
    days: int

    @property
    def budget_minor(self) -> int:
        return sum(pool.budget_minor for pool in self.pools)

    @property
    def granted_minor(self) -> int:
        return sum(pool.granted_minor for pool in self.pools)

    @property
    def returned_minor(self) -> int:
        return sum(pool.returned_minor for pool in self.pools)

    @property
    def free_minor(self) -> int:
        return sum(pool.free_minor for pool in self.pools)

    @property
    def is_matching(self) -> bool:
        """A gift made now takes part in a draw."""
        return self.phase == FestivalPhase.RUNNING and self.free_minor > 0


def make_stage(festival: FestivalView, pools: list[PoolView], now: datetime) -> Stage:
    """A festival with its pools at `now`."""
    slices = count_slices(festival.opens_at, festival.closes_at, festival.slice_seconds)
    days = -(-(festival.closes_at - festival.opens_at) // _DAY)
    return Stage(
        festival=festival,
        pools=tuple(pools),
        phase=compute_phase(festival.opens_at, festival.closes_at, slices, festival.drawn_through, now),
        slices=slices,
        day=min(max((now - festival.opens_at) // _DAY + 1, 0), days),
        days=days,
    )


def load_stage(now: datetime) -> Stage | None:
    """The festival the site speaks of: running, else the next, else the last; None where there was never one."""
    festival = find_current_festival(now)
    return make_stage(festival, list_pools(festival.id), now) if festival else None
