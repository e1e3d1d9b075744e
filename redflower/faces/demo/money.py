"""How much people give, and how a project's gifts come to what it has raised. Units: fen."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

# What one person gives, and how often out of a thousand.
_AMOUNTS = {
    66: 34, 99: 12, 100: 88, 200: 38, 500: 118, 520: 10, 660: 44, 666: 22, 880: 16, 990: 24, 1_000: 184, 1_200: 10,
    1_314: 6, 1_660: 18, 1_800: 12, 2_000: 128, 3_000: 30, 5_000: 82, 6_600: 14, 8_800: 10, 10_000: 58, 20_000: 22,
    50_000: 13, 100_000: 5, 200_000: 1, 500_000: 1,
}  # fmt: skip
_CHOICES, _WEIGHTS = list(_AMOUNTS), list(_AMOUNTS.values())
_CUMULATIVE = [sum(_WEIGHTS[: place + 1]) for place in range(len(_WEIGHTS))]

SMALL = 2_000
PEOPLE_SHARE_MOST = 0.85  # what people give by themselves; the rest is given by groups
GROUP_GIFT = 900_000  # a group's usual gift
GROUP_STEP = 10_000  # groups give round sums


@dataclass(frozen=True, slots=True)
class Want:
    """What a project's gifts shall add up to; a finished project's last gift makes it exact."""

    target: int
    closes_exactly: bool


@dataclass(slots=True)
class Change:
    """New amounts by place in the list of gifts; which of them groups give; which one completes the project."""

    amounts: dict[int, int] = field(default_factory=dict)
    by_groups: list[int] = field(default_factory=list)
    closing: int | None = None


def choose_amount(rng: Random) -> int:
    """One person's gift: mostly up to ¥20, sometimes hundreds, rarely ¥5,000."""
    return rng.choices(_CHOICES, cum_weights=_CUMULATIVE)[0]


def fit_amounts(amounts: Sequence[int], want: Want, early: int, rng: Random) -> Change:
    """Changes as few gifts as it takes for the sum to be what is wanted, within a hundred yuan unless exact.

    The first `early` gifts are those that groups may give.
    """
    change = Change()
    total = _shrink_largest(list(amounts), int(want.target * PEOPLE_SHARE_MOST), change, rng)
    missing = want.target - total
    count = min(max(round(missing / GROUP_GIFT), 1), max(early // 3, 1))
    if want.closes_exactly:
        missing -= count * GROUP_STEP  # round sums may come to more; the last gift shall have something to complete
    places = sorted(rng.sample(range(early), count))
    for place, part in zip(places, _split(missing, count, rng), strict=True):
        change.amounts[place] = change.amounts.get(place, amounts[place]) + part
        change.by_groups.append(place)
    if want.closes_exactly:
        _close(list(amounts), want, change)
    return change


def _shrink_largest(amounts: list[int], most: int, change: Change, rng: Random) -> int:
    """Turns the largest gifts into small ones until people's gifts leave room for others; returns their sum."""
    total = sum(amounts)
    for place in sorted(range(len(amounts)), key=lambda place: -amounts[place]):
        if total <= most:
            break
        smaller = min(amounts[place], rng.choice((100, 200, 500, 660, 1_000)))
        total -= amounts[place] - smaller
        change.amounts[place] = smaller
    return total


def _split(total: int, count: int, rng: Random) -> list[int]:
    """Parts of a sum in round figures of different sizes."""
    weights = [rng.uniform(0.5, 1.8) for _ in range(count)]
    scale = total / sum(weights)
    return [max(round(weight * scale / GROUP_STEP), 1) * GROUP_STEP for weight in weights]


def _close(amounts: list[int], want: Want, change: Change) -> None:
    """The last gift becomes exactly what is missing, if that is a gift at all."""
    for place, amount in change.amounts.items():
        amounts[place] = amount
    last = len(amounts) - 1
    missing = want.target - sum(amounts[:last])
    if missing > 0:
        change.amounts[last] = missing
        change.closing = last
