"""Reading a page's place in a list out of its address."""

from uuid import UUID

from django.http import HttpRequest

from redflower.kernel.errors import Refusal
from redflower.kernel.text import N_

_INT_MAX = 2**31 - 1
_INT_DIGITS = 10


class CursorInvalid(Refusal):
    code = "cursor_invalid"
    sentence = N_("翻页的位置不对，请从第一页开始看")
    status = 400


def read_cursor(request: HttpRequest, name: str = "after") -> UUID | None:
    """The row a page continues behind, or None on the first page.

    Errors: CursorInvalid.
    """
    text = request.GET.get(name, "")
    if not text:
        return None
    try:
        return UUID(text)
    except ValueError:
        raise CursorInvalid from None


def read_number(request: HttpRequest, name: str) -> int | None:
    """A whole number that a page continues before, or None on the first page.

    Errors: CursorInvalid.
    """
    text = request.GET.get(name, "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= _INT_DIGITS and int(text) <= _INT_MAX):
        raise CursorInvalid
    return int(text)
