"""Receipts on paper: one page for a gift, a table for a year, in either language."""

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import segno
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

# A font every PDF reader brings or stands in for: Chinese text needs no font file of ours, and stays text.
_HAN = "STSong-Light"
_INK, _SOFT, _LINE = HexColor(0x2A1512), HexColor(0x6A4D46), HexColor(0xD9C3AE)
_RED, _GREEN, _GOLD, _PAPER = HexColor(0xC8161D), HexColor(0x0D6B41), HexColor(0x855400), HexColor(0xFDF7EE)
_WIDTH, _HEIGHT = A4
_LEFT, _RIGHT = 22 * mm, _WIDTH - 22 * mm


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a receipt says, in the reader's language."""

    title: str
    site: str
    mark: str  # original or copy
    is_original: bool
    amount: str
    amount_note: str
    facts: Sequence[tuple[str, str]]
    rows: Sequence[Sequence[str]]  # a year's gifts, their head first; none for one gift
    code: str
    code_label: str
    code_note: str
    address: str
    notes: Sequence[str]
    foot: str
    issued_at: datetime


def draw_receipt(sheet: Sheet) -> bytes:
    """The PDF of a receipt: A4, text that can be copied, no font embedded, nothing that reveals who printed it."""
    pdfmetrics.registerFont(UnicodeCIDFont(_HAN))
    out = io.BytesIO()
    page = Canvas(out, pagesize=A4, invariant=1)
    page.setTitle(sheet.title)
    page.setAuthor(sheet.site)
    page.setSubject(sheet.code)
    _draw_frame(page, sheet)
    y = _draw_head(page, sheet)
    y = _draw_facts(page, sheet, y)
    _draw_rows(page, sheet, y)
    _draw_check(page, sheet)
    page.showPage()
    page.save()
    return out.getvalue()


def _draw_frame(page: Canvas, sheet: Sheet) -> None:
    page.setFillColor(_PAPER)
    page.rect(0, 0, _WIDTH, _HEIGHT, stroke=0, fill=1)
    page.setFillColor(_RED)
    page.rect(0, _HEIGHT - 5 * mm, _WIDTH, 5 * mm, stroke=0, fill=1)
    if not sheet.is_original:
        page.saveState()
        page.translate(_WIDTH / 2, _HEIGHT / 2)
        page.rotate(32)
        page.setFillColor(_LINE, alpha=0.35)
        _text(page, 0, 0, sheet.mark, 110, centred=True)
        page.restoreState()


def _draw_head(page: Canvas, sheet: Sheet) -> float:
    y = _HEIGHT - 27 * mm
    _flower(page, _LEFT + 6 * mm, y + 1.5 * mm, 6 * mm)
    page.setFillColor(_INK)
    _text(page, _LEFT + 16 * mm, y, sheet.site, 14)
    _stamp(page, _RIGHT, y, sheet.mark, sheet.is_original)
    y -= 22 * mm
    page.setFillColor(_INK)
    _text(page, _LEFT, y, sheet.title, 25)
    y -= 20 * mm
    page.setFillColor(_RED)
    _text(page, _LEFT, y, sheet.amount, 34)
    y -= 8 * mm
    page.setFillColor(_SOFT)
    _text(page, _LEFT, y, sheet.amount_note, 10.5)
    return y - 10 * mm


def _draw_facts(page: Canvas, sheet: Sheet, y: float) -> float:
    for name, value in sheet.facts:
        page.setStrokeColor(_LINE)
        page.setLineWidth(0.5)
        page.line(_LEFT, y + 6 * mm, _RIGHT, y + 6 * mm)
        page.setFillColor(_SOFT)
        _text(page, _LEFT, y, _cut(name, 10.5, 44 * mm), 10.5)
        page.setFillColor(_INK)
        for line in _wrap(value, 11.5, _RIGHT - _LEFT - 46 * mm):
            _text(page, _LEFT + 46 * mm, y, line, 11.5)
            y -= 6 * mm
        y -= 4 * mm
    return y


def _draw_rows(page: Canvas, sheet: Sheet, y: float) -> None:
    if not sheet.rows:
        return
    places = (_LEFT, _LEFT + 26 * mm, _RIGHT - 62 * mm, _RIGHT)
    for number, row in enumerate(sheet.rows):
        if y < 96 * mm and number:
            # The next page has the same frame, and ends like this one with how to check it.
            _draw_check(page, sheet)
            page.showPage()
            _draw_frame(page, sheet)
            y = _HEIGHT - 27 * mm
        page.setFillColor(_SOFT if number == 0 else _INK)
        for place, following, cell in zip(places, places[1:], row, strict=False):
            _text(page, place, y, _cut(cell, 9.5, following - place - 3 * mm), 9.5)
        _text(page, places[-1], y, row[-1], 9.5, right=True)
        page.setStrokeColor(_LINE)
        page.line(_LEFT, y - 2.2 * mm, _RIGHT, y - 2.2 * mm)
        y -= 7 * mm


def _draw_check(page: Canvas, sheet: Sheet) -> None:
    top = 82 * mm
    page.setStrokeColor(_LINE)
    page.setDash(2, 3)
    page.line(_LEFT, top, _RIGHT, top)
    page.setDash()
    _qr(page, sheet.address, _RIGHT - 34 * mm, top - 44 * mm, 34 * mm)
    y = top - 12 * mm
    page.setFillColor(_GREEN)
    _text(page, _LEFT, y, sheet.code_label, 10.5)
    y -= 8 * mm
    page.setFillColor(_INK)
    if sheet.code:
        page.setFont("Courier-Bold", 17)
        page.drawString(_LEFT, y, sheet.code)
        y -= 7 * mm
    page.setFillColor(_SOFT)
    for line in _wrap(sheet.code_note, 9.5, _RIGHT - _LEFT - 44 * mm):
        _text(page, _LEFT, y, line, 9.5)
        y -= 5 * mm
    y = 30 * mm
    page.setFillColor(_SOFT)
    for note in sheet.notes:
        for line in _wrap(note, 8.5, _RIGHT - _LEFT):
            _text(page, _LEFT, y, line, 8.5)
            y -= 4.4 * mm
    _text(page, _LEFT, 12 * mm, sheet.foot, 8.5)


def _stamp(page: Canvas, right: float, y: float, mark: str, is_original: bool) -> None:
    width = _width(mark, 12) + 8 * mm
    page.setStrokeColor(_GREEN if is_original else _GOLD)
    page.setLineWidth(1.2)
    page.roundRect(right - width, y - 2.6 * mm, width, 9 * mm, 4.5 * mm, stroke=1, fill=0)
    page.setFillColor(_GREEN if is_original else _GOLD)
    _text(page, right - width + 4 * mm, y, mark, 12)


def _flower(page: Canvas, x: float, y: float, size: float) -> None:
    """The little red flower: six petals around a golden heart."""
    page.saveState()
    page.translate(x, y)
    page.setFillColor(_RED)
    for _ in range(6):
        page.rotate(60)
        page.ellipse(-size * 0.32, size * 0.18, size * 0.32, size, stroke=0, fill=1)
    page.setFillColor(HexColor(0xF7B733))
    page.circle(0, 0, size * 0.28, stroke=0, fill=1)
    page.restoreState()


def _qr(page: Canvas, address: str, x: float, y: float, side: float) -> None:
    code = segno.make(address, error="m", micro=False)
    rows = [list(row) for row in code.matrix_iter(scale=1, border=2)]
    step = side / len(rows)
    page.setFillColor(HexColor(0xFFFFFF))
    page.rect(x, y, side, side, stroke=0, fill=1)
    page.setFillColor(_INK)
    for down, row in enumerate(rows):
        for along, dark in enumerate(row):
            if dark:
                page.rect(x + along * step, y + side - (down + 1) * step, step * 1.02, step * 1.02, stroke=0, fill=1)


def _is_han(char: str) -> bool:
    return ord(char) >= 0x2E80


def _runs(text: str) -> list[tuple[str, str]]:
    """A text in runs of one font: Western letters, figures and the yen sign in a Western one; in a text without any
    Chinese its quotes and dashes as well."""
    is_western = not any(map(_is_han, text))
    runs: list[tuple[str, str]] = []
    for char in text:
        is_plain = char.isascii() or char == "¥" or (is_western and _is_in_western_font(char))
        font = "Helvetica" if is_plain else _HAN
        if runs and runs[-1][0] == font:
            runs[-1] = (font, runs[-1][1] + char)
        else:
            runs.append((font, char))
    return runs


def _is_in_western_font(char: str) -> bool:
    try:
        return bool(char.encode("cp1252"))
    except UnicodeEncodeError:
        return False


def _width(text: str, size: float) -> float:
    return sum(pdfmetrics.stringWidth(run, font, size) for font, run in _runs(text))


def _text(
    page: Canvas, x: float, y: float, text: str, size: float, *, right: bool = False, centred: bool = False
) -> None:
    x -= _width(text, size) if right else _width(text, size) / 2 if centred else 0
    for font, run in _runs(text):
        page.setFont(font, size)
        page.drawString(x, y, run)
        x += pdfmetrics.stringWidth(run, font, size)


_CLINGS = "，。、；：）”！？"  # never first on a line
_PIECE = re.compile(r"[^\s\u2e80-\uffff]+|\s+|.")  # a Western word, a gap, or one Chinese character


def _wrap(text: str, size: float, room: float) -> list[str]:
    """Lines that fit: Western text between words, Chinese between any two characters."""
    lines, line = [], ""
    for piece in _PIECE.findall(text):
        if line and _width((line + piece).rstrip(), size) > room and piece not in _CLINGS:
            lines.append(line.rstrip())
            line = ""
        line += piece if line else piece.lstrip()
    return [*lines, line.rstrip()]


def _cut(text: str, size: float, room: float) -> str:
    """A text in one line, ended with an ellipsis where it is too long."""
    if _width(text, size) <= room:
        return text
    while text and _width(f"{text}…", size) > room:
        text = text[:-1].rstrip()
    return f"{text}…"
