"""What a simulation has seen so far: counts and response times, from many threads."""

import math
import threading
from collections import Counter
from typing import Any

UNAVAILABLE = 503  # a named answer while something is away; any other 5xx is a fault
_COUNTED = ("sent", "paid", "settled", "unpaid", "abandoned", "asked_back", "lost", "errors", "skipped")
_STEP = math.log(1.05)  # response times are known to five per cent


class Times:
    """Response times in a fixed little space, however many there are."""

    def __init__(self) -> None:
        self._buckets: Counter[int] = Counter()

    def add(self, seconds: float) -> None:
        """Takes one measurement."""
        self._buckets[int(math.log(max(seconds, 1e-4)) // _STEP)] += 1

    def quantile(self, share: float) -> float:
        """The time that this share of measurements stayed within, in seconds; 0 when there are none."""
        wanted = share * self._buckets.total()
        seen = 0
        for bucket in sorted(self._buckets):
            seen += self._buckets[bucket]
            if seen >= wanted:
                return math.exp((bucket + 1) * _STEP)
        return 0.0


class Tally:
    """Counts by name, response times, and how long gifts took to settle."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._whole = _Span()
        self._recent = _Span()

    def count(self, name: str) -> None:
        """One more of something."""
        with self._lock:
            for span in (self._whole, self._recent):
                span.counts[name] += 1

    def saw(self, status: int, seconds: float) -> None:
        """One answer of the server."""
        with self._lock:
            for span in (self._whole, self._recent):
                span.counts["answers"] += 1
                span.counts["unavailable"] += status == UNAVAILABLE
                span.counts["server_errors"] += status >= 500 and status != UNAVAILABLE
                span.answers.add(seconds)

    def settled(self, seconds: float) -> None:
        """A gift that was followed has arrived, so long after it was paid."""
        with self._lock:
            for span in (self._whole, self._recent):
                span.counts["settled"] += 1
                span.settling.add(seconds)

    def take_recent(self) -> dict[str, Any]:
        """What happened since this was last asked."""
        with self._lock:
            recent, self._recent = self._recent, _Span()
        return recent.describe()

    def describe(self) -> dict[str, Any]:
        """What happened since the start."""
        with self._lock:
            return self._whole.describe()


class _Span:
    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.answers = Times()
        self.settling = Times()

    def describe(self) -> dict[str, Any]:
        return {
            **{name: self.counts[name] for name in _COUNTED},
            "unavailable": self.counts["unavailable"],
            "server_errors": self.counts["server_errors"],
            "answers": self.counts["answers"],
            "refused": {k[8:]: n for k, n in sorted(self.counts.items()) if k.startswith("refused ")},
            "p50_ms": round(self.answers.quantile(0.5) * 1000, 1),
            "p99_ms": round(self.answers.quantile(0.99) * 1000, 1),
            "settled_p50_s": round(self.settling.quantile(0.5), 1),
            "settled_p99_s": round(self.settling.quantile(0.99), 1),
        }
