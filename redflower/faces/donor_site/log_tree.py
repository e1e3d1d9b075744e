"""The public log drawn as the tree it is.

The log's Merkle tree splits n entries into the largest power of two below n, on the left, and the rest, on the right,
and so on down to single entries. Drawn from the root up, every fork is one hash made of two; a branch is as thick as
the entries above it are many, and new entries only ever grow on the right. Nothing else is made up: angles and curves
are the only liberty.
Source: RFC 6962, section 2.1.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from math import cos, log2, pi, sin

FORKS = 7  # drawn; above them a leaf stands for all entries that are left
TONES = 3
WIDTH, HEIGHT = 640, 460
_GROUND = 430
_FULL_GROWN = 2**20  # entries of a tree that fills the drawing
_MARGIN = 26
_SKY = 46
_SPREAD = 0.66
_WIDTHS = (1.2, 1.8, 2.8, 4.2, 6.4, 9.6, 14, 19)


@dataclass(frozen=True, slots=True)
class Leaf:
    """A tip of the drawing: the entries it stands for, from `first` up to and without `end`."""

    x: float
    y: float
    first: int
    end: int


@dataclass(frozen=True, slots=True)
class Drawing:
    """A tree ready to be drawn: branches by thickness, tips, and what to say about it."""

    size: int
    forks: int  # from the root up to the single entry furthest away
    whole: tuple[int, ...]  # the complete subtrees it is made of, the largest first; they add up to its size
    branches: tuple[tuple[float, str], ...]  # thickness, path data
    old: tuple[str, ...]  # path data of the tips that did not change, in as many tones
    young: tuple[Leaf, ...]  # tips with entries of the last moments, the newest last
    per_leaf: int  # the most entries one tip stands for
    top: float  # where the sky above it may be cut off


@dataclass(slots=True)
class _Growth:
    """What is collected while the tree is walked."""

    segments: list[tuple[int, tuple[float, ...]]] = field(default_factory=list)
    leaves: list[Leaf] = field(default_factory=list)


@lru_cache(maxsize=16)
def draw_tree(size: int, recent: int = 0) -> Drawing:
    """The tree of a log of `size` entries, the last `recent` of them young.

    Needs: 0 ≤ recent ≤ size.
    """
    growth = _Growth()
    if size:
        _grow(growth, size, 0, size, (0.0, 0.0), pi / 2, 1.0, 0)
    place = _fit(growth, size)
    still = [leaf for leaf in growth.leaves if leaf.end <= size - recent]
    young = growth.leaves[len(still) :]
    return Drawing(
        size=size,
        forks=(size - 1).bit_length() if size else 0,
        whole=tuple(1 << bit for bit in range(size.bit_length() - 1, -1, -1) if size >> bit & 1),
        branches=tuple(_draw_branches(growth, place)),
        old=tuple(
            "".join(f"M{place(leaf.x, leaf.y)}h0" for leaf in still[tone::TONES])
            for tone in range(min(TONES, len(still)))
        ),
        young=tuple(_moved(leaf, place) for leaf in young),
        per_leaf=max((leaf.end - leaf.first for leaf in growth.leaves), default=0),
        top=max(min((place.at(leaf.x, leaf.y)[1] for leaf in growth.leaves), default=_GROUND) - _SKY, 0),
    )


def split(size: int) -> int:
    """How many of `size` entries go to the left: the largest power of two below it. Needs: size ≥ 2."""
    return 1 << (size - 1).bit_length() - 1


def _grow(
    growth: _Growth,
    whole: int,
    first: int,
    size: int,
    foot: tuple[float, float],
    angle: float,
    length: float,
    depth: int,
) -> None:
    """A branch and everything on it. Thickness follows the entries it carries, length how often it still forks."""
    reach = length * (0.45 + 0.55 * log2(size + 1) / log2(whole + 1))
    bend = (foot[0] + reach * 0.55 * cos(angle), foot[1] + reach * 0.55 * sin(angle))
    lean = angle + (pi / 2 - angle) * 0.14  # branches turn towards the light
    tip = (bend[0] + reach * 0.45 * cos(lean), bend[1] + reach * 0.45 * sin(lean))
    thickness = min(int((size / whole) ** 0.42 * len(_WIDTHS)), len(_WIDTHS) - 1)
    growth.segments.append((thickness, (*foot, *bend, *tip)))
    if size == 1 or depth == FORKS:
        growth.leaves.append(Leaf(*tip, first, first + size))
        return
    left = split(size)
    share = left / size
    # The heavier side goes on nearly straight, the lighter one turns away.
    turn = _SPREAD * (0.84 + 0.16 * cos(first * 2.4 + depth))
    _grow(growth, whole, first, left, tip, lean + turn * (1 - share) ** 0.5, length * 0.83, depth + 1)
    _grow(growth, whole, first + left, size - left, tip, lean - turn * share**0.5, length * 0.83, depth + 1)


class _Place:
    """From the tree's own measure to the drawing's, rounded."""

    def __init__(self, scale: float, shift: float, grown: float) -> None:
        self.scale, self.shift, self.grown = scale, shift, grown

    def at(self, x: float, y: float) -> tuple[float, float]:
        """A point of the drawing."""
        return round(self.shift + x * self.scale, 1), round(_GROUND - y * self.scale, 1)

    def __call__(self, x: float, y: float) -> str:
        return "{:g} {:g}".format(*self.at(x, y))


def _fit(growth: _Growth, size: int) -> _Place:
    """The tree stands on the ground, in the middle, and is as high as the log is long: a full-grown one fills the drawing."""
    points = [segment[4:] for _, segment in growth.segments] or [(0.0, 1.0)]
    xs = [x for x, _ in points] + [0.0]
    grown = 0.28 + 0.72 * min(log2(size + 1) / log2(_FULL_GROWN), 1)
    height = max(max(y for _, y in points), 0.1)
    scale = min((_GROUND - _MARGIN) * grown / height, (WIDTH - 2 * _MARGIN) / max(max(xs) - min(xs), 0.1))
    return _Place(scale, WIDTH / 2 - (max(xs) + min(xs)) / 2 * scale, grown)


def _draw_branches(growth: _Growth, place: _Place) -> Iterator[tuple[float, str]]:
    """One path for each thickness, the thickest last."""
    for thickness, width in enumerate(_WIDTHS):
        path = "".join(
            f"M{place(*each[:2])}Q{place(*each[2:4])} {place(*each[4:])}"
            for own, each in growth.segments
            if own == thickness
        )
        if path:
            yield round(width * place.grown, 1), path


def _moved(leaf: Leaf, place: _Place) -> Leaf:
    return Leaf(*place.at(leaf.x, leaf.y), leaf.first, leaf.end)
