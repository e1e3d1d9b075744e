"""Plants: trees, bamboo, reeds, wheat, leaves and the red flower itself."""

from math import cos, pi, sin

from redflower.faces.shared.picture_art.palettes import FLOWER_GOLD, FLOWER_LIGHT, FLOWER_RED, mix
from redflower.faces.shared.picture_art.pen import circle, line, num, path, place
from redflower.faces.shared.picture_art.scene import Scene, Spot

_PETAL = ((0, 0), (-8.5, -5), (-8.5, -19), (0, -21), (8.5, -19), (8.5, -5))


def _six_petals() -> str:
    out = ""
    for i in range(6):
        c, q = cos(i * pi / 3), sin(i * pi / 3)
        x = [f"{num(c * a - q * b)} {num(q * a + c * b)}" for a, b in _PETAL]
        out += f"M{x[0]}C{' '.join(x[1:4])} {' '.join(x[4:])} {x[0]}Z"
    return out


SIX_PETALS = _six_petals()


def red_flower(spot: Spot, turn: float, leaf: str) -> str:
    """Draw the brand's six-petalled flower, on a stem when the spot has one."""
    head = place(
        spot.x,
        spot.y - spot.stem,
        path(SIX_PETALS, FLOWER_RED, stroke=FLOWER_LIGHT, stroke_width=1.2),
        circle(0, 0, 5.5, FLOWER_GOLD),
        scale=spot.size / 21,
        turn=turn,
    )
    if not spot.stem:
        return head
    x, y, half = spot.x, spot.y, spot.stem / 2
    stem = line(f"M{num(x)} {num(y)}q-5-{num(half)} 0-{num(spot.stem)}", leaf, 4)
    return stem + path(f"M{num(x - 2)} {num(y - 6)}q5-20 22-22q-3 18-22 22Z", leaf) + head


def pine(x: float, y: float, h: float, colour: str, trunk: str) -> str:
    """Draw a layered pine standing on (x, y)."""
    tiers = ""
    for i in range(3):
        w, top, foot = h * (0.17 + 0.075 * i), y - h + h * 0.2 * i, y - h * 0.56 + h * 0.22 * i
        tiers += f"M{x:.0f} {top:.0f}L{x + w:.0f} {foot:.0f}Q{x:.0f} {foot - h * 0.08:.0f} {x - w:.0f} {foot:.0f}Z"
    return line(f"M{num(x)} {num(y)}v{num(-h * 0.25)}", trunk, h * 0.055) + path(tiers, colour)


def pines(s: Scene, spots: list[tuple[float, float, float]], colour: str = "") -> None:
    """Plant a stand of pines at (x, y, height)."""
    fill = colour or mix(s.palette.near, s.palette.ink, 0.35)
    s.add(*(pine(x, y, h, fill, s.palette.ink) for x, y, h in spots))


def round_tree(s: Scene, x: float, y: float, h: float, colour: str) -> str:
    """Draw a round-headed tree with a lit side and crescent cuts."""
    r = h * 0.34
    top = y - h + r
    veins = "".join(
        f"M{num(x + dx * r)} {num(top + dy * r)}q{num(r * 0.16)} {num(r * 0.2)} {num(r * 0.36)} {num(r * 0.06)}"
        for dx, dy in ((-0.6, -0.2), (-0.1, -0.55), (0.15, 0.05), (-0.45, 0.35), (0.3, 0.45))
    )
    return (
        line(f"M{num(x)} {num(y)}V{num(top)}m0 {num(r * 0.7)}l{num(r * 0.4)}-{num(r * 0.45)}", s.wood(0.5), h * 0.045)
        + circle(x, top, r, colour)
        + circle(x - r * 0.18, top - r * 0.14, r * 0.74, mix(colour, s.palette.glow, 0.3), opacity=0.6)
        + line(veins, s.palette.paper, max(2, r * 0.05), opacity=0.55)
    )


def leaf(x: float, y: float, length: float, angle: float, width: float = 0.34) -> str:
    """Return path data of a pointed leaf growing from (x, y) at an angle in degrees."""
    a = angle * pi / 180
    tx, ty = length * cos(a), length * sin(a)
    ox, oy = -length * width * sin(a), length * width * cos(a)
    there = (tx * 0.45 + ox, ty * 0.45 + oy, tx, ty)
    back = (-tx * 0.55 - ox, -ty * 0.55 - oy, -tx, -ty)
    digits = 0 if length > 20 else 1
    ends = ("q" + " ".join(num(round(v, digits)) for v in way) for way in (there, back))
    return f"M{num(x)} {num(y)}{''.join(ends)}Z"


def bamboo(s: Scene, x: float, foot: float, top: float, colour: str) -> None:
    """Grow one stem of bamboo with a few sprays of leaves."""
    knots, y = f"M{num(x)} {num(foot)}", foot
    while y > top:
        y -= 92
        knots += f"V{num(y + 5)}m0-5"
    sprays = ""
    for i in range(3):
        at = top + 60 + i * s.rng.randint(80, 120)
        side = s.rng.choice((0, 180))
        sprays += "".join(leaf(x, at, s.rng.randint(58, 92), side + d, 0.16) for d in (18, 48, -14))
    s.add(path(knots, stroke=colour, stroke_width=13), path(sprays, colour))


def reeds(s: Scene, x: float, foot: float, count: int, colour: str) -> None:
    """Grow a clump of reeds with soft heads, leaning with the wind."""
    stems, heads = "", ""
    for _ in range(count):
        at, h, lean = x + s.rng.randint(-75, 75), s.rng.randint(110, 220), s.rng.randint(14, 46)
        stems += f"M{at} {foot:.0f}q0-{h * 0.6:.0f} {lean}-{h}"
        heads += leaf(at + lean * 0.8, foot - h + 12, 58, -66, 0.17)
    s.add(line(stems, colour, 4.5), path(heads, mix(s.palette.glow, s.palette.accent, 0.4)))


def wheat(s: Scene, left: float, right: float, foot: float, count: int, colour: str) -> None:
    """Grow ripe ears along the front edge."""
    stems, grain = "", ""
    for i in range(count):
        x = left + (right - left) * (i + s.rng.random()) / count
        h, lean = s.rng.randint(90, 150), s.rng.randint(-14, 22)
        stems += f"M{x:.0f} {foot:.0f}q0-{h * 0.6:.0f} {lean}-{h}"
        for k in range(3):
            tx, ty = x + lean * (1 - k * 0.12), foot - h + k * 17 + 8
            grain += f"M{tx:.0f} {ty:.0f}l-8-11m8 11l8-11"
    s.add(line(stems, mix(colour, s.palette.ink, 0.2), 3), line(grain, colour, 7))
