"""The geometry of charts: pure functions from numbers to the points, paths and shares that templates draw as SVG.

Coordinates are percentages of the drawing (0 at the top left, 100 at the bottom right), so that a chart stretches with
its box while its text keeps its size. Values are whole numbers; the drawing is rounded, the values never are.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from math import cos, pi, sin
from typing import Any
from zlib import crc32

from redflower.faces.shared.regions import REGIONS, Region

FULL = 100
# Headroom above the highest point, so that its marker and label stay inside.
HEADROOM = 18
TILE_LEVELS = 5
PETALS = 6


@dataclass(frozen=True, slots=True)
class Point:
    """A place in a drawing, in percent, and the value it stands for."""

    x: float
    y: float
    value: int


@dataclass(frozen=True, slots=True)
class Curve:
    """A line over equally spaced values, and the area under it, as SVG path data in a 100 × 100 box."""

    line: str
    area: str
    points: tuple[Point, ...]
    peak: Point | None
    ceiling: int


@dataclass(frozen=True, slots=True)
class Slice:
    """A stretch of a whole: where it starts and how long it is, in percent."""

    start: float
    length: float
    item: Any


@dataclass(frozen=True, slots=True)
class Tile:
    """A region on the tile map, its value, and how strongly it is tinted (0 none … 5 most)."""

    region: Region
    value: int
    level: int


@dataclass(frozen=True, slots=True)
class Day:
    """A day on a calendar of whole weeks: its place, what it counts, and whether it is still to come."""

    on: date
    week: int
    weekday: int
    value: int
    is_future: bool


def compute_share(part: int, whole: int) -> float:
    """How much of a whole, in percent from 0 to 100."""
    if whole <= 0:
        return 0.0
    return round(min(max(part / whole, 0), 1) * FULL, 2)


def compute_petals(part: int, whole: int) -> tuple[float, ...]:
    """How far each of the six petals has opened (0 to 1): they open one after another as a goal fills."""
    opened = compute_share(part, whole) / FULL * PETALS
    return tuple(round(min(max(opened - index, 0), 1), 3) for index in range(PETALS))


def compute_ceiling(values: Iterable[int]) -> int:
    """The next round number (1, 2, 2.5 or 5 × 10ⁿ) at or above the largest value; at least 1."""
    largest = max(values, default=0)
    power = 1
    while power * 10 <= largest:
        power *= 10
    for tenths in (10, 20, 25, 50, 100):
        if largest * 10 <= tenths * power:
            return max(tenths * power // 10, 1)
    return largest


def plot_curve(values: Sequence[int], ceiling: int | None = None) -> Curve:
    """A smooth line through the values that never overshoots them.

    Needs: values ≥ 0; `ceiling` is the value at the top line, by default the next round number.
    """
    top = ceiling or compute_ceiling(values)
    step = FULL / max(len(values) - 1, 1)
    points = tuple(
        Point(round(index * step, 2), round(FULL - value / top * (FULL - HEADROOM), 2), value)
        for index, value in enumerate(values)
    )
    if not points:
        return Curve("", "", (), None, top)
    line = _smooth(points)
    area = f"{line}V{FULL}H{points[0].x:g}Z"
    return Curve(line, area, points, max(points, key=lambda point: point.value), top)


def plot_bars(values: Sequence[int], gap: float = 0.32) -> tuple[tuple[Slice, Point], ...]:
    """Upright bars over equally wide places, the highest as high as the headroom lets: for each its stretch and its top.

    Needs: values ≥ 0; `gap` is the share of a place left empty.
    """
    top = max(values, default=0) or 1
    place = FULL / max(len(values), 1)
    return tuple(
        (
            Slice(round(index * place + place * gap / 2, 2), round(place * (1 - gap), 2), value),
            Point(round((index + 0.5) * place, 2), round(FULL - value / top * (FULL - HEADROOM), 2), value),
        )
        for index, value in enumerate(values)
    )


def plot_stack(parts: Iterable[Mapping[str, Any]], key: str = "value") -> tuple[Slice, ...]:
    """Parts laid end to end over the full length, in proportion; empty when they sum to nothing."""
    items = [part for part in parts if part[key] > 0]
    total = sum(item[key] for item in items)
    slices, before = [], 0
    for item in items:
        start, end = before / total * FULL, (before + item[key]) / total * FULL
        slices.append(Slice(round(start, 2), round(end - start, 2), item))
        before += item[key]
    return tuple(slices)


def plot_funnel(
    steps: Sequence[Mapping[str, Any]], key: str = "value"
) -> tuple[tuple[Mapping[str, Any], float, int], ...]:
    """For each step: itself, its width in percent of the first, and how many per cent of the step before went on."""
    first = steps[0][key] if steps else 0
    before = first
    rows = []
    for step in steps:
        rows.append((step, compute_share(step[key], first), step[key] * 100 // before if before else 0))
        before = step[key]
    return tuple(rows)


def plot_tiles(values: Mapping[str, int]) -> tuple[Tile, ...]:
    """All 34 regions, tinted by rank: a fifth of the regions that have any value to each level.

    By rank and not by size, because one large province would otherwise leave all others pale.
    """
    ranked = sorted(value for value in values.values() if value > 0)
    return tuple(
        Tile(region, values.get(region.code, 0), _level(values.get(region.code, 0), ranked)) for region in REGIONS
    )


def plot_calendar(values: Mapping[date, int], today: date, weeks: int = 6) -> tuple[Day, ...]:
    """The days of the last `weeks` weeks, Monday first, ending with the week of `today`."""
    first = today - timedelta(days=today.weekday(), weeks=weeks - 1)
    days = (first + timedelta(days=offset) for offset in range(weeks * 7))
    return tuple(Day(on, index // 7, index % 7, values.get(on, 0), on > today) for index, on in enumerate(days))


def plot_scatter(count: int, radius: float) -> tuple[tuple[float, float], ...]:
    """Points evenly round a circle from the top, clockwise: stamens, ticks, falling petals."""
    return tuple(
        (round(radius * sin(2 * pi * index / count), 2), round(-radius * cos(2 * pi * index / count), 2))
        for index in range(count)
    )


def choose_tint(name: str, count: int) -> int:
    """The same one of `count` tints for the same name, whatever the page."""
    return crc32(name.encode(errors="replace")) % count


def _level(value: int, ranked: Sequence[int]) -> int:
    if value <= 0:
        return 0
    below = sum(1 for other in ranked if other < value)
    return below * TILE_LEVELS // len(ranked) + 1


def _smooth(points: Sequence[Point]) -> str:
    """A cubic path through the points with flat turns at peaks and valleys."""
    slopes = _slopes(points)
    parts = [f"M{points[0].x:g} {points[0].y:g}"]
    for index in range(len(points) - 1):
        here, there = points[index], points[index + 1]
        third = (there.x - here.x) / 3
        parts.append(
            f"C{here.x + third:.2f} {here.y + slopes[index] * third:.2f} "
            f"{there.x - third:.2f} {there.y - slopes[index + 1] * third:.2f} {there.x:g} {there.y:g}"
        )
    return "".join(parts)


def _slopes(points: Sequence[Point]) -> list[float]:
    """Slopes that keep each stretch monotone: the harmonic mean of its neighbours, zero where the direction turns."""
    steps = [(after.y - before.y) / (after.x - before.x) for before, after in pairwise(points)]
    if not steps:
        return [0.0]
    inner = [2 * left * right / (left + right) if left * right > 0 else 0.0 for left, right in pairwise(steps)]
    return [steps[0], *inner, steps[-1]]
