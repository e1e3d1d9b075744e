"""How often somebody may ask: counts in the process's own memory.

With several processes the limit is that much looser, and a restart forgets. It keeps one careless client from crowding out
the others; it is not a defence against many.
"""

import threading
from datetime import datetime

WINDOW_SECONDS = 60
_NAMES_MAX = 50_000


class FixedWindow:
    """Counts per name that start anew every minute."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._window = 0
        self._counts: dict[str, int] = {}

    def take(self, name: str, count: int, limit: int, now: datetime) -> int:
        """Counts what a name asks for; returns the seconds to wait, 0 when it may go on.

        A list that begins below the limit is taken whole, so that no list is too long for ever.
        """
        second = int(now.timestamp())
        with self._lock:
            if second // WINDOW_SECONDS != self._window or len(self._counts) > _NAMES_MAX:
                self._window = second // WINDOW_SECONDS
                self._counts.clear()
            taken = self._counts.get(name, 0)
            if taken >= limit:
                return WINDOW_SECONDS - second % WINDOW_SECONDS
            self._counts[name] = taken + count
        return 0
