"""How many gifts one address may ask for in a minute."""

from datetime import datetime

from django.conf import settings
from django.http import HttpRequest

from redflower.engine.limits import find_address
from redflower.faces.public_api.refusals import TooManyGifts
from redflower.faces.shared.pace import FixedWindow

_gifts = FixedWindow()


def check_gift_rate(request: HttpRequest, gifts: int, now: datetime) -> None:
    """Refuses an address that has asked for too many gifts this minute; a limit of 0 lets everybody through.

    Errors: TooManyGifts.
    """
    limit = settings.REDFLOWER_API_GIFTS_PER_MINUTE
    if limit == 0:
        return
    wait = _gifts.take(client_address(request, settings.REDFLOWER_PROXIES), gifts, limit, now)
    if wait:
        raise TooManyGifts(seconds=wait)


def client_address(request: HttpRequest, proxies: int) -> str:
    """The address a request comes from, as `find_address` knows it."""
    return find_address(request.META.get("REMOTE_ADDR", ""), request.headers.get("X-Forwarded-For", ""), proxies)
