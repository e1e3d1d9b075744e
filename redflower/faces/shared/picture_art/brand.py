"""The brand flower and the charities' seals."""

import random
from html import escape
from math import cos, pi, sin
from zlib import crc32

from redflower.faces.shared.picture_art import flora
from redflower.faces.shared.picture_art.palettes import FLOWER_GOLD, FLOWER_LIGHT, FLOWER_RED, Palette, mix
from redflower.faces.shared.picture_art.pen import circle, dots, group, line, num, path, place

SERIF = "Noto Serif CJK SC, Source Han Serif SC, Songti SC, STSong, SimSun, serif"


def big_flower(x: float, y: float, radius: float, key: str) -> str:
    """Draw the brand flower at display size, its petals lit from the heart."""
    petal = "M0-3C-40-24-42-86 0-100C42-86 40-24 0-3Z"
    petals = "".join(f'<path d="{petal}" transform="rotate({60 * i})"/>' for i in range(6))
    light = (
        f'<radialGradient id="{key}" gradientUnits="userSpaceOnUse" cx="0" cy="0" r="100">'
        f'<stop offset=".1" stop-color="#ff9a86"/><stop offset=".55" stop-color="{FLOWER_LIGHT}"/>'
        f'<stop offset="1" stop-color="{FLOWER_RED}"/></radialGradient>'
    )
    heart = circle(0, 0, 24, FLOWER_GOLD) + circle(0, 0, 12, "#ff9f1c")
    return light + place(x, y, group(petals, fill=f"url(#{key})"), heart, scale=radius / 100)


def seal(initial: str, palette_name: str, palette: Palette, seed: int) -> str:
    """Draw a charity's round seal: scalloped rim, a ring of cuts, one character."""
    p = palette
    rng = random.Random(f"seal/{seed}")  # noqa: S311 - decoration only
    key = f"m{crc32(f'{initial}/{palette_name}/{seed}'.encode()):x}"
    deep = mix(p.near, p.ink, rng.choice((0.1, 0.35, 0.55)))
    body = (
        f'<linearGradient id="{key}" x2="0" y2="1"><stop stop-color="{mix(deep, p.glow, 0.18)}"/>'
        f'<stop offset="1" stop-color="{deep}"/></linearGradient>'
    )
    text = (
        f'<text x="48" y="49" text-anchor="middle" dominant-baseline="central" font-family="{SERIF}" font-weight="700"'
        f' font-size="39" fill="{p.paper}">{escape(initial[:1])}</text>'
    )
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" width="96" height="96" viewBox="0 0 96 96" fill="none"'
        ' stroke-linecap="round" aria-hidden="true">'
        f"<defs>{body}</defs>{path(_rim(rng), f'url(#{key})')}{_ring(p, rng)}{text}</svg>"
    )


def _around(r: float, angle: float) -> str:
    """Write a point on a circle about the middle of a seal."""
    return f"{num(48 + r * cos(angle))} {num(48 + r * sin(angle))}"


def _rim(rng: random.Random) -> str:
    """Scallop the outer edge like the rim of a flower."""
    lobes = rng.choice((12, 14, 16, 18))
    step = 2 * pi / lobes
    bulge = num(2 * 42 * sin(step / 2) / 1.7)
    arcs = "".join(f"A{bulge} {bulge} 0 0 1 {_around(42, i * step)}" for i in range(1, lobes + 1))
    return f"M{_around(42, 0)}{arcs}Z"


def _ring(p: Palette, rng: random.Random) -> str:
    """Cut one of four borders between the rim and the character."""
    kind = rng.randrange(4)
    gold = mix(p.glow, p.paper, 0.3)
    count = rng.choice((12, 16, 18))
    angles = [2 * pi * i / count for i in range(count)]
    thin = circle(48, 48, 28.5, "none", stroke=gold, stroke_width=1.4, opacity=0.9)
    if kind == 0:
        return thin + dots([(48 + 35 * cos(a), 48 + 35 * sin(a)) for a in angles], gold, 3)
    if kind == 1:
        leaves = "".join(flora.leaf(48 + 31 * cos(a), 48 + 31 * sin(a), 9, a * 180 / pi, 0.4) for a in angles)
        return thin + path(leaves, gold)
    if kind == 2:
        teeth = "L".join(_around(38 if k % 2 else 32.5, 2 * pi * k / 36) for k in range(36))
        return thin + path(f"M{teeth}Z", stroke=gold, stroke_width=1.8, stroke_linejoin="round")
    arcs = "".join(f"M{_around(37, a - 0.12)}A8 8 0 0 0 {_around(37, a + 0.12)}" for a in angles)
    return thin + line(arcs, gold, 2.2)
