"""Strokes and shapes as SVG text: presentation attributes only, short numbers."""

from collections.abc import Iterable, Sequence

Point = tuple[float, float]


def num(value: float) -> str:
    """Write a number with at most one decimal, as short as SVG allows."""
    text = f"{value:.1f}"
    return text[:-2] if text.endswith(".0") else text


def _attributes(attrs: dict[str, object]) -> str:
    pairs = []
    for name, value in attrs.items():
        if isinstance(value, float):
            value = f"{value:.2f}".rstrip("0").rstrip(".")
        pairs.append(f' {name.replace("_", "-")}="{value}"')
    return "".join(pairs)


def path(d: str, fill: str = "", **attrs: object) -> str:
    """Draw a path; without a fill it takes its group's, and the sheet's own is none."""
    paint = f' fill="{fill}"' if fill else ""
    return f'<path d="{d}"{paint}{_attributes(attrs)}/>'


def line(d: str, colour: str, width: float, **attrs: object) -> str:
    """Draw an open path; the sheet makes every end and corner round."""
    return path(d, stroke=colour, stroke_width=num(width), **attrs)


def dots(points: Iterable[Point], colour: str, size: float, **attrs: object) -> str:
    """Draw many round dots of one size as a single path."""
    return line("".join(f"M{num(x)} {num(y)}h.1" for x, y in points), colour, size, **attrs)


def circle(x: float, y: float, r: float, fill: str, **attrs: object) -> str:
    """Draw a filled circle."""
    return f'<circle cx="{num(x)}" cy="{num(y)}" r="{num(r)}" fill="{fill}"{_attributes(attrs)}/>'


def ellipse(x: float, y: float, rx: float, ry: float, fill: str, **attrs: object) -> str:
    """Draw a filled ellipse."""
    size = f'cx="{num(x)}" cy="{num(y)}" rx="{num(rx)}" ry="{num(ry)}"'
    return f'<ellipse {size} fill="{fill}"{_attributes(attrs)}/>'


def rect(x: float, y: float, w: float, h: float, fill: str, **attrs: object) -> str:
    """Draw a filled rectangle."""
    size = f'x="{num(x)}" y="{num(y)}" width="{num(w)}" height="{num(h)}"'
    return f'<rect {size} fill="{fill}"{_attributes(attrs)}/>'


def group(*parts: str, **attrs: object) -> str:
    """Put drawings together under shared attributes."""
    return f"<g{_attributes(attrs)}>{''.join(parts)}</g>"


def place(x: float, y: float, *parts: str, scale: float = 1, turn: float = 0, flip: bool = False) -> str:
    """Move drawings made around (0, 0) to a place, then turn, scale and mirror them."""
    steps = [f"translate({num(x)} {num(y)})"]
    if turn:
        steps.append(f"rotate({num(turn)})")
    if flip or scale != 1:
        across = -scale if flip else scale
        steps.append(f"scale({across:.2f} {scale:.2f})")
    return group(*parts, transform=" ".join(steps))


def smooth(points: Sequence[Point]) -> str:
    """Return path data of a soft curve through the points (Catmull–Rom as cubic Béziers)."""
    # Neighbouring handles mirror each other, so every segment after the first is a short S.
    ends = [points[0], *points, points[-1]]
    (x0, y0), (x1, y1) = points[0], points[1]
    out = f"M{num(x0)} {num(y0)}C{x0 + (x1 - x0) / 6:.0f} {y0 + (y1 - y0) / 6:.0f} "
    steps = []
    for start, stop, after in zip(ends[1:], ends[2:], ends[3:], strict=False):
        x2, y2 = stop[0] - (after[0] - start[0]) / 6, stop[1] - (after[1] - start[1]) / 6
        steps.append(" ".join(f"{v:.0f}" for v in (x2, y2, *stop)))
    return out + "S".join(steps)
