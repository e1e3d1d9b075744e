"""Lines that begin with an amount and are of fixed width behind it, read as columns: a tenth of what reading each costs.

Ids are spelled as 36 characters, instants as `2026-09-09T02:00:00.123456`; a line that differs in one byte is no such line.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Column = np.ndarray[Any, Any]

_HEAD = np.dtype("S16")
_BEGINS = b'{"amount_minor":'
_DIGITS_MAX = 18
_ID, _INSTANT = 36, 26  # characters
_DASHES, _HEX = [8, 13, 18, 23], b"0123456789abcdef"
_MARKS = {4: "-", 7: "-", 10: "T", 13: ":", 16: ":", 19: "."}
_TIME_OF_DAY = {11: 10 * 3_600_000_000, 12: 3_600_000_000, 14: 600_000_000, 15: 60_000_000, 17: 10_000_000, 18: 1_000_000,
                20: 100_000, 21: 10_000, 22: 1_000, 23: 100, 24: 10, 25: 1}  # fmt: skip
_DAY_US = 86_400_000_000


@dataclass(frozen=True, slots=True)
class Ending:
    """What follows a line's amount: words as they are, and between them fields by name with their width in bytes."""

    parts: tuple[bytes | tuple[str, int], ...]

    @property
    def layout(self) -> "np.dtype[Any]":
        """As a row of a table."""
        return np.dtype(
            [(f"word{place}", f"S{len(part)}") if isinstance(part, bytes) else (part[0], f"V{part[1]}")
             for place, part in enumerate(self.parts)]
        )  # fmt: skip

    @property
    def words(self) -> dict[str, bytes]:
        """The words by their name in the layout."""
        return {f"word{place}": part for place, part in enumerate(self.parts) if isinstance(part, bytes)}


@dataclass(frozen=True, slots=True)
class Lines:
    """What the lines say, one entry a line: amounts, which of the endings, and the fields that all endings have."""

    amounts: Column
    endings: Column
    fields: Mapping[str, Column]


def read_lines(content: bytes, endings: Sequence[Ending]) -> Lines:
    """Reads a whole file.

    Errors: ValueError when a line is spelled otherwise.
    """
    text = np.frombuffer(content, np.uint8)
    ends = np.flatnonzero(text == ord("\n")) + 1
    starts = np.concatenate(([0], ends[:-1]))[: len(ends)]
    if len(content) != (ends[-1] if len(ends) else 0):
        raise ValueError("no newline at the end")
    amounts, which = np.empty(len(ends), np.int64), np.full(len(ends), -1)
    fields = {part[0]: np.empty(len(ends), f"V{part[1]}") for part in endings[0].parts if isinstance(part, tuple)}
    for number, ending in enumerate(endings):
        layout = ending.layout
        rest = np.flatnonzero((which < 0) & (ends - starts > _HEAD.itemsize + layout.itemsize))
        rows = _cut(content, ends[rest] - layout.itemsize, layout)
        fits = np.logical_and.reduce([rows[name] == word for name, word in ending.words.items()])
        there = rest[fits]
        which[there] = number
        for name, column in fields.items():
            column[there] = rows[name][fits]
        amounts[there] = _read_amounts(content, starts[there], ends[there] - layout.itemsize)
    if (which < 0).any():
        raise ValueError("a line that ends otherwise")
    return Lines(amounts, which, fields)


def _cut(content: bytes, places: Column, layout: "np.dtype[Any]") -> Column:
    """A row at each place."""
    room = max(len(content) - layout.itemsize + 1, 0)
    return np.ndarray((room,), layout, content if room else None, strides=(1,) if room else None)[places]


def _read_amounts(content: bytes, starts: Column, ends: Column) -> Column:
    if (_cut(content, starts, _HEAD) != _BEGINS).any():
        raise ValueError("a line that begins otherwise")
    amounts = np.empty(len(starts), np.int64)
    widths = ends - starts - _HEAD.itemsize
    for width in set(widths.tolist()):
        if width > _DIGITS_MAX:
            raise ValueError("an amount too long")
        there = np.flatnonzero(widths == width)
        digits = _characters(_cut(content, ends[there] - width, np.dtype(f"V{width}"))) - np.uint8(ord("0"))
        if (digits > 9).any():
            raise ValueError("an amount that is no number")
        amounts[there] = digits @ 10 ** np.arange(width)[::-1]
    return amounts


def read_ids(spelled: Column) -> bytes:
    """Ids of 36 characters as their 16 bytes each, one behind the other.

    Errors: ValueError for one that is spelled otherwise.
    """
    characters = _characters(spelled)
    joined = np.delete(characters, _DASHES, axis=1).tobytes()
    if (characters[:, _DASHES] != ord("-")).any() or joined.translate(None, _HEX):
        raise ValueError("an id that is spelled otherwise")
    return bytes.fromhex(joined.decode())


def read_instants(spelled: Column) -> Column:
    """Instants as microseconds since 1970.

    Errors: ValueError for one that is spelled otherwise, or that no calendar has.
    """
    characters = _characters(spelled)
    digits = characters - np.uint8(ord("0"))
    if any((characters[:, place] != ord(mark)).any() for place, mark in _MARKS.items()):
        raise ValueError("an instant that is spelled otherwise")
    if (np.delete(digits, [*_MARKS], axis=1) > 9).any() or (digits[:, [14, 17]] > 5).any():
        raise ValueError("an instant that is none")
    days = np.ascontiguousarray(characters[:, :10]).view("S10").ravel()
    changes = np.flatnonzero(np.concatenate(([True], days[1:] != days[:-1])))[: len(days)]  # neighbours share a day
    begins = days[changes].astype(str).astype("datetime64[D]").astype(np.int64) * _DAY_US
    time_of_day = digits[:, [*_TIME_OF_DAY]] @ np.array([*_TIME_OF_DAY.values()])
    if (time_of_day >= _DAY_US).any():
        raise ValueError("an instant that is none")
    return np.repeat(begins, np.diff(np.append(changes, len(days)))) + time_of_day


def _characters(texts: Column) -> Column:
    return np.ascontiguousarray(texts).view(np.uint8).reshape(len(texts), -1)
