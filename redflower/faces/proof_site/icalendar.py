"""Writing an iCalendar file (RFC 5545): events of hours and of whole days."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

MEDIA_TYPE = "text/calendar; charset=utf-8"
_LINE_BYTES = 75
_ESCAPES = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n", "\r": None})


@dataclass(frozen=True, slots=True)
class Event:
    """Something with a beginning: instants for hours, dates for whole days. Its uid never changes."""

    uid: str
    starts: datetime | date
    ends: datetime | date | None
    title: str
    text: str
    href: str  # absolute
    kind: str


def write_calendar(name: str, events: Sequence[Event], made_at: datetime) -> bytes:
    """A calendar that programs may ask for again every few hours."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Red Flower//Red Flower//ZH",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"NAME:{escape(name)}",
        f"X-WR-CALNAME:{escape(name)}",
        "REFRESH-INTERVAL;VALUE=DURATION:PT6H",
    ]
    for event in events:
        lines += _event(event, made_at)
    lines.append("END:VCALENDAR")
    return "".join(f"{part}\r\n" for line in lines for part in fold(line)).encode()


def escape(text: str) -> str:
    """A text as a property's value: what has a meaning there loses it."""
    return text.translate(_ESCAPES)


def fold(line: str) -> Iterator[str]:
    """A line in pieces of at most 75 bytes, never inside a character; the later ones begin with a space."""
    piece, room = "", _LINE_BYTES
    for char in line:
        size = len(char.encode())
        if size > room:
            yield piece
            piece, room = " ", _LINE_BYTES - 1
        piece += char
        room -= size
    yield piece


def _event(event: Event, made_at: datetime) -> list[str]:
    lines = [
        "BEGIN:VEVENT",
        f"UID:{event.uid}",
        f"DTSTAMP:{_when(made_at)}",
        f"DTSTART{_stamp(event.starts)}",
        f"SUMMARY:{escape(event.title)}",
        f"DESCRIPTION:{escape(event.text)}",
        f"URL:{event.href}",
        f"CATEGORIES:{escape(event.kind)}",
        "TRANSP:TRANSPARENT",
        "END:VEVENT",
    ]
    if event.ends is not None:
        lines.insert(4, f"DTEND{_stamp(event.ends)}")
    elif not isinstance(event.starts, datetime):
        lines.insert(4, f"DTEND{_stamp(event.starts + timedelta(days=1))}")  # the day after, which is not included
    return lines


def _stamp(when: datetime | date) -> str:
    return f":{_when(when)}" if isinstance(when, datetime) else f";VALUE=DATE:{when:%Y%m%d}"


def _when(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
