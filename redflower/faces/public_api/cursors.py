"""Where the next page begins, as a word that says nothing and that only we make."""

import base64
import binascii
from datetime import date
from uuid import UUID

from redflower.faces.public_api.refusals import CursorMalformed

MAX_CHARS = 200


def write_cursor(kind: str, *parts: object) -> str:
    """The cursor of a list of this kind behind the item that `parts` describe."""
    text = "|".join([kind, *map(str, parts)])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_after(kind: str, cursor: str) -> UUID | None:
    """The id behind which a list goes on; None for the first page.

    Errors: CursorMalformed, also for a cursor of another list.
    """
    return _read_uuid(*_read_parts(kind, cursor, 1)) if cursor else None


def read_shuffled_after(kind: str, cursor: str, today: date) -> tuple[str, UUID | None]:
    """The day whose shuffle a list follows and the id behind which it goes on, so that paging survives midnight.

    Errors: CursorMalformed.
    """
    if not cursor:
        return today.isoformat(), None
    day, after = _read_parts(kind, cursor, 2)
    try:
        return date.fromisoformat(day).isoformat(), _read_uuid(after)
    except ValueError as fault:
        raise CursorMalformed from fault


def _read_parts(kind: str, cursor: str, count: int) -> list[str]:
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode("ascii")
    except (binascii.Error, ValueError) as fault:
        raise CursorMalformed from fault
    parts = text.split("|")
    if parts[0] != kind or len(parts) != count + 1 or write_cursor(*parts) != cursor:
        raise CursorMalformed
    return parts[1:]


def _read_uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as fault:
        raise CursorMalformed from fault
