"""How often one user may ask: a bucket in the process's own memory, against a finger on the button, not against a crowd."""

import threading
from datetime import datetime

_USERS_MAX = 50_000


class Pace:
    """A window of seconds that starts anew, per name."""

    def __init__(self, limit: int, window_seconds: int) -> None:
        self._limit, self._seconds = limit, window_seconds
        self._lock = threading.Lock()
        self._window = 0
        self._counts: dict[str, int] = {}

    def take(self, name: str, now: datetime) -> int:
        """Counts one request; returns the seconds to wait, 0 when it may go on."""
        second = int(now.timestamp())
        with self._lock:
            if second // self._seconds != self._window or len(self._counts) > _USERS_MAX:
                self._window = second // self._seconds
                self._counts.clear()
            taken = self._counts.get(name, 0)
            if taken >= self._limit:
                return self._seconds - second % self._seconds
            self._counts[name] = taken + 1
        return 0


WIDGET_PACE = Pace(limit=120, window_seconds=60)
