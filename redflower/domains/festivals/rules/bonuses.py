"""The flower bonus of a project in a festival: when flowers begin to count, and in which tier they are.

`docs/matching.md` tells it with worked numbers; what it does to a draw is in `drawing.boost`.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from redflower.domains.festivals.errors import BonusOver
from redflower.domains.festivals.rules import count_slices, day_of_slice
from redflower.domains.festivals.types import FlowerTier
from redflower.kernel.canon import canonical_bytes
from redflower.kernel.clock import local_date
from redflower.kernel.ids import derive_id


def bonus_id(festival_id: UUID, project_id: UUID) -> UUID:
    """Who owns the flowers given to a project's bonus in a festival: neither of the two, but the pair."""
    return derive_id(festival_id, f"bonus:{project_id}")


def first_day_that_counts(
    opens_at: datetime, closes_at: datetime, slice_seconds: int, sealed_through: int, zone: str, now: datetime
) -> date:
    """The first day whose draws count flowers given at `now`: tomorrow, so that nobody can hurry a number into a draw; or
    later, where slices are sealed already of that day.

    Errors: BonusOver when the festival has no such day left.
    """
    today = local_date(now, zone)
    if sealed_through >= 0:
        today = max(today, day_of_slice(opens_at, slice_seconds, sealed_through, zone))
    last = count_slices(opens_at, closes_at, slice_seconds) - 1
    if today >= day_of_slice(opens_at, slice_seconds, last, zone):
        raise BonusOver
    return today + timedelta(days=1)


def find_tier(tiers: Sequence[FlowerTier], flowers: int) -> FlowerTier | None:
    """The tier that so many flowers are in."""
    return next((tier for tier in reversed(tiers) if flowers >= tier.flowers_from), None)


def find_next_tier(tiers: Sequence[FlowerTier], flowers: int) -> FlowerTier | None:
    """The tier that comes next; None at the last, which has no end."""
    return next((tier for tier in tiers if flowers < tier.flowers_from), None)


def bonus_day_id(pool_id: UUID, day: str) -> UUID:
    """The id of a pool's count of one day, which is written as 2026-09-09."""
    return derive_id(pool_id, f"bonus:{day}")


def write_bonus_day(day: date, flowers: Mapping[str, int]) -> bytes:
    """The public line of one day: what projects, by their ids, had gathered as it began. Its SHA-256 is in the log."""
    return canonical_bytes({"day": day, "flowers": flowers})
