"""The worker's rounds over slices that wait for a public beacon."""

from datetime import datetime, timedelta

from django.conf import settings

from redflower.adapters.drand import DrandClient
from redflower.domains.festivals.selectors import list_wanted_rounds
from redflower.domains.festivals.services import record_rounds
from redflower.flows.fetch_beacons import fetch_rounds
from redflower.kernel import clock

_AT_ONCE = 20
_REST_LEAST, _REST_MOST = timedelta(seconds=2), timedelta(seconds=60)


class Beacons:
    """Asks for what is wanted; while no relay answers, less and less often."""

    def __init__(self) -> None:
        self._rest = _REST_LEAST
        self._again_at: datetime | None = None

    def fetch_once(self) -> int:
        """Fetches rounds that drawn slices wait for; returns how many there were."""
        now = clock.now()
        if self._again_at and now < self._again_at <= now + _REST_MOST:  # not longer, should the clock be set back
            return 0
        wanted = list_wanted_rounds(now, _AT_ONCE)
        if not wanted:
            return 0
        found = fetch_rounds(DrandClient(settings.REDFLOWER_DRAND_URLS), wanted)
        if found:
            record_rounds(found, clock.now())
        self._again_at, self._rest = None, _REST_LEAST if found else min(self._rest * 2, _REST_MOST)
        if len(found) < len(wanted):
            self._again_at = clock.now() + self._rest
        return len(found)
