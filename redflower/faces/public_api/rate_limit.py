"""How many gifts one address may ask for in a minute.

Counted in the process's own memory: with several processes the limit is that much looser, and a restart forgets. It
keeps one careless client from crowding out the others; it is not a defence against many addresses.
"""

import threading
from datetime import datetime

from django.conf import settings
from django.http import HttpRequest

from redflower.engine.limits import find_address
from redflower.faces.public_api.refusals import TooManyGifts

WINDOW_SECONDS = 60


class FixedWindow:
    """Counts per address that start anew every minute."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._window = 0
        self._counts: dict[str, int] = {}

    def take(self, address: str, count: int, limit: int, now: datetime) -> int:
        """Counts what an address asks for; returns the seconds to wait, 0 when it may go on.

        A list that begins below the limit is taken whole, so that no list is too long for ever.
        """
        second = int(now.timestamp())
        with self._lock:
            if second // WINDOW_SECONDS != self._window:
                self._window = second // WINDOW_SECONDS
                self._counts.clear()
            taken = self._counts.get(address, 0)
            if taken >= limit:
                return WINDOW_SECONDS - second % WINDOW_SECONDS
            self._counts[address] = taken + count
        return 0


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
