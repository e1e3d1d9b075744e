"""The card people share: a title on torn paper beside the picture."""

import re
from html import escape

from redflower.faces.shared.picture_art.brand import SERIF, big_flower
from redflower.faces.shared.picture_art.palettes import FLOWER_RED, Palette, mix
from redflower.faces.shared.picture_art.pen import num, path, rect

SANS = "Noto Sans CJK SC, PingFang SC, Microsoft YaHei, sans-serif"
WIDTH = 1200
HEIGHT = 630
PICTURE_X = 490

# Marks that may not begin a line of Chinese text.
_NO_LINE_START = "，。！？：；、）》」』”’…—,.!?:;)"
# Title sizes to try, largest first, with how many lines each may take.
_TITLE_SIZES = ((68, 2), (58, 2), (50, 3), (40, 4))


def card(title: str, subtitle: str, picture: str, palette: Palette, key: str) -> str:
    """Lay the title over the picture's left on two torn sheets, signed with the flower."""
    ink = mix(palette.ink, "#2a120e", 0.5)
    soft = mix(ink, palette.near, 0.35)
    shade = (
        f'<filter id="{key}s" x="-.1" y="-.1" width="1.2" height="1.2"><feDropShadow dx="4" dy="0" stdDeviation="10"'
        f' flood-color="{palette.ink}" flood-opacity=".35"/></filter>'
    )
    signature = (
        big_flower(98, 94, 34, f"{key}f")
        + _text(148, 95, "小红花", 30, ink, SERIF, 700)
        + _text(252, 96, "Red Flower", 22, soft, SANS, 400)
    )
    beside = picture.replace("<svg ", f'<svg x="{PICTURE_X}" ', 1)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}"'
        f' fill="none" role="img"><title>{escape(title)}</title><defs>{shade}</defs>'
        f"{beside}{_torn_paper(palette, key)}{signature}"
        f"{rect(72, 548, 64, 5, FLOWER_RED, rx=2.5)}{_words(title, subtitle, ink, soft)}</svg>"
    )


def _torn_paper(p: Palette, key: str) -> str:
    lower = "M0 0H600C630 110 556 180 590 290C622 390 552 450 586 540C596 575 590 605 580 630H0Z"
    upper = "M0 0H560C600 90 520 170 556 270C590 370 520 430 552 520C564 560 556 600 540 630H0Z"
    shadow = f"url(#{key}s)"
    return path(lower, FLOWER_RED, filter=shadow) + path(upper, mix(p.paper, "#fffaf2", 0.5), filter=shadow)


def _words(title: str, subtitle: str, ink: str, soft: str) -> str:
    size, rows = _fit(title, _TITLE_SIZES, 460)
    _, notes = _fit(subtitle, ((28, 3),), 420)
    step = size * 1.28
    top = 335 - (len(rows) * step + 34 + len(notes) * 42) / 2
    below = top + len(rows) * step + 40
    lines = [_text(72, top + (i + 0.5) * step, row, size, ink, SERIF, 700) for i, row in enumerate(rows)]
    lines += [_text(72, below + i * 42, row, 28, soft, SANS, 400) for i, row in enumerate(notes)]
    return "".join(lines)


def _text(x: float, y: float, words: str, size: float, colour: str, family: str, weight: int) -> str:
    return (
        f'<text x="{num(x)}" y="{num(y)}" dominant-baseline="central" font-family="{family}" font-size="{num(size)}"'
        f' font-weight="{weight}" fill="{colour}">{escape(words)}</text>'
    )


def _fit(text: str, sizes: tuple[tuple[float, int], ...], width: float) -> tuple[float, list[str]]:
    """Return the first size whose lines all fit, or the last one cut short with an ellipsis."""
    clauses = [part.strip() for part in re.split(r"(?<=[，：；。！？:])", text) if part.strip()]
    for size, most in sizes:
        # A line that ends where the clause ends reads better than a full one.
        for parts in (clauses, [text]):
            lines = [row for part in parts for row in wrap(part, width / size)]
            if len(lines) <= most:
                return size, lines
    last = lines[most - 1]
    kept = last.rpartition(" ")[0] if " " in last else last[:-1]
    return size, [*lines[: most - 1], kept.rstrip(_NO_LINE_START) + "…"]


def wrap(text: str, width_em: float) -> list[str]:
    """Break text into lines no wider than so many ems.

    Latin words stay whole, Chinese breaks anywhere except before closing punctuation.
    """
    lines, row, used = [], "", 0.0
    for piece in _pieces(text):
        wide = sum(0.55 if ord(c) < 0x2010 else 1.0 for c in piece)
        if row and used + wide > width_em and piece not in _NO_LINE_START:
            lines.append(row.rstrip())
            row, used = "", 0.0
            piece = piece.lstrip()
        row += piece
        used += wide
    return [*lines, row.rstrip()] if row.strip() or not lines else lines


def _pieces(text: str) -> list[str]:
    """Split into what must stay together: single Chinese characters and Latin words."""
    pieces: list[str] = []
    for char in " ".join(text.split()):
        latin = ord(char) <= 0x2E7F and char != " "
        if latin and pieces and ord(pieces[-1][-1]) <= 0x2E7F and pieces[-1] != " ":
            pieces[-1] += char
        else:
            pieces.append(char)
    return pieces
