"""What every form that gives flowers away sends: how many, and a name of its own by which it gives once."""

from uuid import UUID

from django.http import HttpRequest

from redflower.domains.flowers.errors import FlowersInvalid

_DIGITS = 6


def read_flowers(typed: str) -> int:
    """A number of flowers as it was typed.

    Errors: FlowersInvalid.
    """
    if not (typed.isascii() and typed.isdigit() and len(typed) <= _DIGITS):
        raise FlowersInvalid
    return int(typed)


def read_gift_key(request: HttpRequest) -> UUID:
    """The form's own name for this gift: sent twice, it gives once.

    Errors: FlowersInvalid.
    """
    try:
        return UUID(request.POST.get("key", ""))
    except ValueError:
        raise FlowersInvalid from None
