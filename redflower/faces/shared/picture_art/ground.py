"""Skies, light, hills, water and floors: the world around a motif."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from math import cos, pi, sin

from redflower.faces.shared.picture_art.palettes import mix
from redflower.faces.shared.picture_art.pen import Point, circle, dots, group, line, num, path, rect, smooth
from redflower.faces.shared.picture_art.scene import HEIGHT, WIDTH, Scene

Level = Callable[[float], float]


def day_sky(s: Scene) -> None:
    """Fill the sheet with a sky that warms towards the horizon."""
    p = s.palette
    s.add(rect(0, 0, WIDTH, HEIGHT, s.fade(p.sky, mix(p.paper, p.glow, 0.35))))


def night_sky(s: Scene, stars: int = 26) -> None:
    """Fill the sheet with a deep evening sky and a few stars."""
    p = s.palette
    s.add(rect(0, 0, WIDTH, HEIGHT, s.fade(mix(p.ink, p.near, 0.25), mix(p.near, p.glow, 0.45))))
    sky = [(s.rng.randint(20, 1180), s.rng.randint(15, 300)) for _ in range(stars)]
    s.add(dots(sky[::2], p.paper, 5, opacity=0.85), dots(sky[1::2], p.glow, 3.5, opacity=0.8))


def sun(s: Scene, x: float, y: float, r: float, colour: str = "") -> None:
    """Hang the sun or the moon with two rings of light around it."""
    p = s.palette
    fill = colour or s.fade(mix(p.glow, p.paper, 0.35), mix(p.glow, "#ee7f3f", 0.3))
    s.add(
        circle(x, y, r * 3, s.radial((0, p.glow, 0.6), (1, p.glow, 0))),
        circle(x, y, r * 1.75, p.paper, opacity=0.22),
        circle(x, y, r * 1.35, p.paper, opacity=0.28),
        circle(x, y, r, fill),
    )


def sun_somewhere(s: Scene, r: float = 85, y: float = 190) -> Point:
    """Hang the sun left or right of the middle, where the seed says."""
    x = 600 + s.rng.choice((-1, 1)) * s.rng.randint(190, 330)
    at = (x, y + s.rng.randint(-25, 25))
    sun(s, *at, r)
    return at


def cloud(s: Scene, x: float, y: float, width: float, colour: str = "", opacity: float = 0.85) -> None:
    """Float one flat cloud with the curl of a paper-cut."""
    fill = colour or s.palette.paper
    h = width * 0.15
    curl = f"M{num(x + width * 0.3)} {num(y - h * 0.1)}a{num(h * 0.62)} {num(h * 0.62)} 0 1 1 {num(h)} {num(h * 0.5)}"
    s.add(
        group(
            rect(x, y, width, h, fill, rx=num(h / 2)),
            rect(x + width * 0.2, y - h * 0.8, width * 0.5, h * 1.4, fill, rx=num(h * 0.7)),
            rect(x - width * 0.18, y + h * 0.55, width * 0.62, h * 0.75, fill, rx=num(h * 0.38)),
            line(curl, mix(s.palette.sky, s.palette.far, 0.3), max(2, h * 0.11)),
            opacity=opacity,
        )
    )


def clouds(s: Scene, count: int = 3, top: int = 50, bottom: int = 230) -> None:
    """Scatter clouds across the upper sky."""
    for i in range(count):
        x = 1200 * (i + s.rng.uniform(0.05, 0.6)) / count
        cloud(s, x, s.rng.randint(top, bottom), s.rng.randint(110, 200), opacity=s.rng.uniform(0.6, 0.9))


def birds(s: Scene, x: float, y: float, count: int = 4, colour: str = "") -> None:
    """Send a small flock across the sky."""
    flock = ""
    for _ in range(count):
        flock += f"M{x + s.rng.randint(-90, 90):.0f} {y + s.rng.randint(-45, 45):.0f}q9-11 17 0q8-11 17 0"
    s.add(line(flock, colour or s.palette.ink, 3.5, opacity=0.75))


def hill(s: Scene, y: float, swing: float, colour: str, bow: float = 0, mist: float = 0.45, steps: int = 7) -> Level:
    """Lay one sheet of rolling land and return its height at any x.

    A positive bow raises the middle over the edges; a negative one opens a valley.
    """
    points: list[Point] = []
    for i in range(steps + 1):
        x = -60 + 1320 * i / steps
        points.append((x, y + bow * ((x - 600) / 600) ** 2 + s.rng.uniform(-swing, swing)))
    land = smooth(points) + "V720H-60Z"
    paper = s.palette.paper
    s.lift(path(land, s.fade(colour, mix(colour, paper, mist)), stroke=mix(colour, paper, 0.4), stroke_width=2.5))
    return level_of(points)


def level_of(points: Sequence[Point]) -> Level:
    """Return a function giving the height of a ridge at any x."""

    def level(x: float) -> float:
        for (x0, y0), (x1, y1) in pairwise(points):
            if x <= x1:
                return y0 + (y1 - y0) * (x - x0) / (x1 - x0)
        return points[-1][1]

    return level


def far_hills(s: Scene, y: float = 400, rise: float = 55, layers: int = 2) -> None:
    """Lay the distant ranges, each nearer one darker and lower."""
    for i in range(layers):
        colour = mix(s.palette.sky, s.tone(0.25 * i + 0.15), 0.55 + 0.3 * i)
        hill(s, y + i * rise, rise * 0.6, colour, mist=0.55, steps=s.rng.choice((6, 7, 8)))


def peaks(s: Scene, y: float, height: float, colour: str, count: int = 5, caps: bool = False) -> None:
    """Lay a sharp range with a lit and a shaded face on every peak."""
    p = s.palette
    step = 1320 / count
    ridge, shade, snow = f"M-60 {num(y)}", "", ""
    for i in range(count):
        left = -60 + i * step
        x = left + step * s.rng.uniform(0.4, 0.6)
        top = y - height * s.rng.uniform(0.6, 1)
        foot = y - height * s.rng.uniform(0.05, 0.25)
        end = left + step
        bend = step * 0.13
        ridge += f"L{x:.0f} {top:.0f}L{end:.0f} {foot:.0f}"
        shade += (
            f"M{x:.0f} {top:.0f}L{x - bend:.0f} {top + height * 0.35:.0f}l{bend * 0.7:.0f} {height * 0.2:.0f}"
            f"L{x - bend:.0f} {y + 40:.0f}H{end:.0f}V{foot:.0f}Z"
        )
        run = 0.27
        lx, ly = x + (left - x) * run, top + (y - height * 0.15 - top) * run
        rx, ry = x + (end - x) * run, top + (foot - top) * run
        snow += (
            f"M{x:.0f} {top:.0f}L{lx:.0f} {ly:.0f}l{(x - lx) * 0.7:.0f} -8l{(rx - x) * 0.4:.0f} 26L{rx:.0f} {ry:.0f}Z"
        )
    body = [
        path(f"{ridge}V720H-60Z", s.fade(colour, mix(colour, p.paper, 0.6))),
        path(shade, mix(colour, p.ink, 0.35), opacity=0.28),
    ]
    if caps:
        body.append(path(snow, p.paper, opacity=0.95))
    s.lift(*body)


def meadow(s: Scene, y: float = 545, bow: float = 0, swing: float = 12, colour: str = "") -> Level:
    """Lay the near ground, with tufts of grass and room for the flower."""
    fill = colour or s.palette.near
    level = hill(s, y, swing, fill, bow=bow, mist=0.12, steps=5)
    tufts = ""
    for _ in range(9):
        x = s.rng.randint(30, 1170)
        at = level(x) + s.rng.randint(35, 110)
        tufts += f"M{x} {at:.0f}q-3-15-11-21m11 21q1-17 3-27m-3 27q6-13 14-17"
    s.add(line(tufts, mix(fill, s.palette.glow, 0.45), 3.5, opacity=0.7))
    for x in (s.rng.randint(70, 330), s.rng.randint(860, 1120)):
        s.spot(x, level(x) + s.rng.randint(30, 70), stem=46)
    return level


def water(s: Scene, y: float, colour: str = "", shine: float = 600) -> None:
    """Lay still water from y down, with glints gathered under the light."""
    p = s.palette
    top = colour or mix(p.sky, p.near, 0.45)
    s.add(rect(0, y, WIDTH, HEIGHT - y, s.fade(mix(top, p.paper, 0.3), mix(top, p.near, 0.6))))
    glints = ""
    for i in range(16):
        depth = (i + 1) / 16
        wide = s.rng.randint(40, 120) * (0.4 + depth)
        x = shine + s.rng.uniform(-1, 1) * (60 + 480 * depth)
        glints += f"M{x - wide / 2:.0f} {y + 8 + (HEIGHT - y) * depth**1.4:.0f}h{wide:.0f}"
    s.add(line(glints, p.paper, 4, opacity=0.42))


def waves(s: Scene, y: float, size: float, colour: str, shift: float = 0) -> None:
    """Lay one row of the scalloped waves seen on old embroidery."""
    count = int(1320 / size) + 2
    top = "".join(f"a{num(size / 2)} {num(size / 2.4)} 0 0 1 {num(size)} 0" for _ in range(count))
    inner = "".join(
        f"M{-60 - shift + i * size + size * 0.2:.0f} {y:.0f}a{num(size * 0.3)} {num(size * 0.26)} 0 0 1 {num(size * 0.6)} 0"
        for i in range(count)
    )
    s.lift(path(f"M{num(-60 - shift)} {num(y)}{top}V720H-60Z", s.fade(colour, mix(colour, s.palette.ink, 0.25))))
    s.add(line(inner, s.palette.paper, 3, opacity=0.45))


def rays(s: Scene, x: float, y: float, count: int = 14, inner: float = 130, outer: float = 900) -> None:
    """Fan soft beams of light out of a point."""
    turn = s.rng.uniform(0, pi)
    beams = ""
    for i in range(count):
        angle = turn + 2 * pi * i / count
        for edge, r, mark in ((-0.03, inner, "M"), (-0.08, outer, "L"), (0.08, outer, "L"), (0.03, inner, "L")):
            beams += f"{mark}{x + r * cos(angle + edge):.0f} {y + r * sin(angle + edge):.0f}"
        beams += "Z"
    s.add(path(beams, s.palette.paper, opacity=0.2))


def room(s: Scene, floor: float = 520) -> None:
    """Build a quiet room: a lit wall and a wooden floor or table from y down."""
    p = s.palette
    # The wall is a tone deeper than any sky, so that windows always look bright.
    wall = mix(p.far, p.paper, 0.42)
    s.add(rect(0, 0, WIDTH, floor + 10, s.fade(mix(wall, p.near, 0.18), mix(wall, p.glow, 0.2))))
    board = mix(s.wood(0.12), p.near, 0.15)
    s.lift(rect(-20, floor, 1240, 200, s.fade(mix(board, p.glow, 0.25), mix(board, p.ink, 0.3))))
    grain = "".join(
        f"M{s.rng.randint(-40, 1000)} {floor + 22 + i * 26:.0f}h{s.rng.randint(160, 420)}" for i in range(6)
    )
    s.add(line(grain, p.ink, 2.5, opacity=0.16))


def view(s: Scene, shape: str, horizon: float, sun_x: float, sun_y: float) -> None:
    """Show a landscape through an opening: sky, sun and two hills inside the shape."""
    p = s.palette
    inside = Scene(p, s.rng, s.key, s.defs)
    inside.add(rect(0, 0, WIDTH, HEIGHT, s.fade(p.sky, mix(p.paper, p.glow, 0.5))))
    sun(inside, sun_x, sun_y, 58)
    for i, share in enumerate((0.2, 0.6)):
        colour = s.tone(share)
        points = [(x, horizon + i * 48 + s.rng.uniform(-38, 38)) for x in range(-60, 1321, 138)]
        inside.add(path(smooth(points) + "V720H-60Z", s.fade(colour, mix(colour, p.paper, 0.35))))
    s.add(group(*inside.parts, clip_path=s.clip(shape)))


def round_window(s: Scene, x: float, y: float, r: float) -> None:
    """Open a moon window in the wall, with its timber ring."""
    p = s.palette
    view(s, circle(x, y, r, "#000"), y + r * 0.28, x + s.rng.choice((-1, 1)) * r * 0.5, y - r * 0.3)
    s.lift(circle(x, y, r, "none", stroke=s.wood(0.35), stroke_width=18))
    s.add(circle(x, y, r - 13, "none", stroke=p.paper, stroke_width=3, opacity=0.7))


def falling(s: Scene, count: int, colour: str, size: float) -> None:
    """Let snow, seeds or sparks drift over the whole sheet."""
    flakes = [(s.rng.randint(0, 1200), s.rng.randint(0, 640)) for _ in range(count)]
    s.add(dots(flakes[::2], colour, size, opacity=0.85), dots(flakes[1::2], colour, size * 0.6, opacity=0.7))


def floor_shadow(s: Scene, x: float, y: float, rx: float, ry: float = 16) -> None:
    """Set a soft shadow under something standing on the ground."""
    s.add(f'<ellipse cx="{num(x)}" cy="{num(y)}" rx="{num(rx)}" ry="{num(ry)}" fill="{s.palette.ink}" opacity=".22"/>')
