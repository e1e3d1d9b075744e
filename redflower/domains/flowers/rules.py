"""Pure decisions about flowers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple
from uuid import UUID

from redflower.domains.flowers.errors import FlowersInvalid, FlowersNotEnough

FIRST_GIFT_OF_DAY = "first_gift_of_day"
FLOWERS_MAX = 100_000  # in one act of giving


@dataclass(frozen=True, slots=True)
class FlowerRule:
    """How many flowers a deed earns, at most once per donor and day. Units: flowers."""

    deed: str
    version: int
    amount: int

    @property
    def label(self) -> str:
        return f"{self.deed}@{self.version}"


class Deeds(NamedTuple):
    """Good deeds the platform has heard of and verified, a column at a time; ids as their 16 bytes."""

    donor_ids: Sequence[bytes]
    days: Sequence[date]  # local days
    subject_ids: Sequence[bytes]  # what shows it: a gift


@dataclass(frozen=True, slots=True)
class SettledDeed:
    """A deed of a scene with the flowers its rule gave. Units: flowers. `rule` is the rule set's code and version."""

    id: UUID
    donor_id: UUID
    flowers: int
    rule: str


def pick_first_of_day(deeds: Deeds) -> dict[tuple[bytes, date], bytes]:
    """What shows the first deed of each donor and day in a list; the database refuses those of earlier lists."""
    keys = zip(reversed(deeds.donor_ids), reversed(deeds.days), strict=True)
    return dict(zip(keys, reversed(deeds.subject_ids), strict=True))  # what comes last into a dictionary stays in it


@dataclass(frozen=True, slots=True)
class Level:
    """A level with the flowers it begins at. Its name is a stage of growing; faces have the words. Units: flowers."""

    number: int
    code: str
    earned_from: int


# How a garden grows; what one has ever earned counts, so giving flowers away never costs a level.
LEVELS = (
    Level(1, "seed", 0),
    Level(2, "sprout", 10),
    Level(3, "leaf", 40),
    Level(4, "bud", 100),
    Level(5, "bloom", 250),
    Level(6, "bed", 600),
    Level(7, "garden", 1_500),
    Level(8, "meadow", 4_000),
    Level(9, "mountain", 10_000),
)


def compute_level(earned: int, levels: Sequence[Level] = LEVELS) -> Level:
    """The level of somebody who has earned so many flowers in all, burned ones not counted."""
    return max((level for level in levels if level.earned_from <= earned), key=lambda level: level.earned_from)


def find_next_level(earned: int, levels: Sequence[Level] = LEVELS) -> Level | None:
    """The level that comes next; None at the last."""
    return min(
        (level for level in levels if level.earned_from > earned), key=lambda level: level.earned_from, default=None
    )


@dataclass(frozen=True, slots=True)
class Badge:
    """A badge for a kind of deed done often enough: bronze, silver, gold. Units: deeds."""

    deed: str
    thresholds: tuple[int, int, int]


# What each kind of deed earns badges for; `first_gift_of_day` is counted in days of giving.
BADGES = (
    Badge("first_gift_of_day", (1, 30, 365)),
    Badge("steps", (7, 100, 1_000)),
    Badge("quiz", (5, 50, 365)),
    Badge("game", (7, 70, 365)),
    Badge("like", (10, 100, 1_000)),
    Badge("read", (5, 50, 500)),
    Badge("green", (10, 100, 1_000)),
    Badge("shake", (10, 100, 1_000)),
    Badge("round_up", (10, 100, 1_000)),
    Badge("checkin", (1, 5, 20)),
    Badge("volunteer", (1, 10, 50)),
)


def list_badges(deeds: Mapping[str, int], badges: Sequence[Badge] = BADGES) -> dict[str, int]:
    """The badges somebody has, by kind of deed: 1 bronze, 2 silver, 3 gold. `deeds` counts what they did of each kind."""
    tiers = {
        badge.deed: sum(deeds.get(badge.deed, 0) >= threshold for threshold in badge.thresholds) for badge in badges
    }
    return {deed: tier for deed, tier in tiers.items() if tier}


def check_flowers(asked: int) -> None:
    """Refuses to give nothing, or more than anybody ever held.

    Errors: FlowersInvalid.
    """
    if not 0 < asked <= FLOWERS_MAX:
        raise FlowersInvalid


def plan_pieces(asked: int, donor_ids: Sequence[UUID], held: Mapping[UUID, int]) -> list[tuple[UUID, int]]:
    """From which of a person's donors the flowers come, in their order.

    Errors: FlowersNotEnough.
    """
    pieces, left = [], asked
    for donor_id in dict.fromkeys(donor_ids):
        take = min(left, max(held.get(donor_id, 0), 0))
        if take:
            pieces.append((donor_id, take))
            left -= take
        if not left:
            return pieces
    raise FlowersNotEnough(held=asked - left, asked=asked)
