"""Cards for shared addresses as PNG: what chats and feeds show. Drawn once, then kept on disk."""

import os
import re
from hashlib import sha256
from pathlib import Path

import resvg_py
from django.conf import settings
from django.http import HttpResponse

from redflower.faces.shared.pictures import draw_share_card

_KEPT = 4_000  # cards of some 70 KB; the ones drawn longest ago go first
_DAY_SECONDS = 86_400
# Soft shadows take four fifths of the time and are not missed at the size of a chat.
_SHADOW = re.compile(r' filter="[^"]*"')


def answer_card(title: str, subtitle: str, motif: str, palette: str, seed: int) -> HttpResponse:
    """The card of a public thing: its title and its picture, and nothing about people."""
    picture = _find_or_draw(draw_share_card(title, subtitle, motif, palette, seed))
    answer = HttpResponse(picture, content_type="image/png")
    answer["Cache-Control"] = f"public, max-age={_DAY_SECONDS}"
    return answer


def _find_or_draw(svg: str) -> bytes:
    svg = _SHADOW.sub("", svg)
    folder = Path(settings.REDFLOWER_DATA) / "cards"
    kept = folder / f"{sha256(svg.encode()).hexdigest()[:32]}.png"
    try:
        return kept.read_bytes()
    except FileNotFoundError:
        picture = bytes(resvg_py.svg_to_bytes(svg_string=svg))
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = kept.with_suffix(f".{os.getpid()}")
    unfinished.write_bytes(picture)
    unfinished.replace(kept)
    _let_old_ones_go(folder)
    return picture


def _let_old_ones_go(folder: Path) -> None:
    cards = list(folder.glob("*.png"))
    if len(cards) > _KEPT:
        for card in sorted(cards, key=lambda each: each.stat().st_mtime)[: len(cards) - _KEPT]:
            card.unlink(missing_ok=True)
