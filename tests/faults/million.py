"""A million operations, every fifth of them a repetition: each has its effect once.

    .venv/bin/python tests/faults/million.py --operations 1000000 --repeated 20

Two settlers take lists of new gifts and payment notices on one database, as the doors do, while slices are drawn. Some
of each list was said before, by the same settler or by the other: in an earlier list, in this very list, or at this
very moment. Prints one JSON object; exits 1 when anything happened twice, was answered differently the second time, is
missing, or an invariant differs.
"""

import argparse
import json
import random
import signal
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import psycopg

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from redflower.plumbing.rows import Overtaken  # noqa: E402

SETTLERS = 2
BATCH = 1_000
COLLISIONS = (psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure, Overtaken)


class Stream:
    """What is asked for, by all settlers together, and what was answered."""

    def __init__(self, world: Any, operations: int, repeated_percent: int) -> None:
        self.world, self.left = world, operations
        self.operations = self.repeated = self.mismatches = 0
        self.results: Counter[str] = Counter()
        self.requests: list[Any] = []  # everything asked for so far
        self.notices: list[Any] = []
        self.gift_of: dict[tuple[Any, str], Any] = {}  # donor and key → the gift that was answered first
        self._again = BATCH * repeated_percent // 200  # of each kind
        self._fresh = BATCH // 2 - self._again
        self._unpaid: list[Any] = []
        self._dice = random.Random(1)
        self._lock = threading.Lock()

    def take(self) -> tuple[list[Any], list[Any]] | None:
        """The next list of gifts and the next list of notices; None when there are no more."""
        from bench.settling import TICK

        with self._lock:
            if self.left <= 0:
                return None
            self.world.now += TICK / SETTLERS
            requests, notices = self.world.requests(self._fresh), self._unpaid[: self._fresh]
            del self._unpaid[: self._fresh]
            self.requests += requests
            self.notices += notices
            requests += self._some_of(self.requests)
            notices += self._some_of(self.notices)
            self._dice.shuffle(requests)
            self._dice.shuffle(notices)
            self.left -= len(requests) + len(notices)
            return requests, notices

    def _some_of(self, said: list[Any]) -> list[Any]:
        """Half of them from just now, where they meet the first time on its way; half from any time before."""
        if not said:
            return []
        recent = said[-4 * BATCH :]
        again = [self._dice.choice(recent if place % 2 else said) for place in range(self._again)]
        self.repeated += len(again)
        return again

    def note(self, requests: list[Any], notices: list[Any], answers: Any, outcomes: Any) -> None:
        """Keeps what was answered, and compares it with what was answered first."""
        with self._lock:
            self.operations += len(requests) + len(notices)
            fresh = []
            for request, answer in zip(requests, answers, strict=True):
                first = self.gift_of.setdefault((request.donor_id, request.idempotency_key), answer.gift_id)
                self.mismatches += first != answer.gift_id
                self.results["gift again" if answer.replayed else "gift"] += 1
                if not answer.replayed:
                    fresh.append(answer)
            self._unpaid += self.world.notices(fresh, self.world.now)
            self.results.update(f"notice {outcome.result}" for outcome in outcomes)


class Settler(threading.Thread):
    """Settles lists until there are no more; a collision starts the list over, as the batcher does."""

    def __init__(self, dsn: str, stream: Stream, *, draws: bool) -> None:
        super().__init__()
        self.collisions = 0
        self._dsn, self._stream, self._draws = dsn, stream, draws

    def run(self) -> None:
        """Errors: whatever settling raises, printed; the counts then tell."""
        from bench.database import connect
        from bench.world import ZONE
        from redflower.domains.festivals.services import draw_due_slices
        from redflower.plumbing.db import close_connection

        world, ticks = self._stream.world, 0
        with connect(self._dsn) as conn:
            while (work := self._stream.take()) is not None:
                self._stream.note(*work, *self._settle(conn, *work))
                ticks += 1
                if self._draws and ticks % 10 == 0:
                    draw_due_slices(world.festival_id, ZONE, world.now)
        close_connection()

    def _settle(self, conn: Any, requests: list[Any], notices: list[Any]) -> Any:
        from bench.world import GIVING, POLICY, PROVIDER
        from redflower.domains.donations.posting import make_gifts
        from redflower.engine.settle import settle_notices

        now = self._stream.world.now
        while True:
            try:
                with conn.transaction():
                    intents = make_gifts(conn, requests, PROVIDER, GIVING, now) if requests else []
                    return intents, settle_notices(conn, notices, POLICY, now) if notices else []
            except COLLISIONS:
                self.collisions += 1


def count_effects(conn: Any, stream: Stream) -> dict[str, int]:
    """How far what is in the tables is from what was asked for once; all should be 0."""

    def count(sql: str) -> int:
        return int(conn.execute(sql).fetchone()[0])

    asked, paid = len(stream.gift_of), len({notice.order_id for notice in stream.notices})
    paid_minor = sum({notice.order_id: notice.amount_minor for notice in stream.notices}.values())
    return {
        "orders": count("SELECT count(*) FROM payments_order") - asked,
        "gifts": count("SELECT count(*) FROM donations_gift") - asked,
        "captures": count("SELECT count(*) FROM payments_capture") - paid,
        "captured_minor": count("SELECT coalesce(sum(amount_minor), 0) FROM payments_capture") - paid_minor,
        "transfers": count("SELECT count(*) FROM ledger_transfer WHERE kind = 'gift'") - paid,
        "transferred_minor": count("SELECT coalesce(sum(amount), 0) FROM ledger_transfer WHERE kind = 'gift'")
        - paid_minor,
        "tickets": count("SELECT count(*) FROM festivals_ticket") - paid,
        "awards_twice": count("SELECT count(*) - count(DISTINCT (pool_id, gift_id)) FROM festivals_award"),
        "alarms": count("SELECT count(*) FROM payments_alarm"),
        "answered_differently": stream.mismatches,
    }


def main() -> int:
    """Prints the figures; 0 when everything happened once."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--operations", type=int, default=1_000_000)
    parser.add_argument("--repeated", type=int, default=20, metavar="PERCENT")
    args = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that nothing is left running
    from bench.database import bench_database, connect
    from bench.p1_settle import check_books
    from bench.world import make_world

    with bench_database() as dsn, connect(dsn) as conn:
        stream = Stream(make_world(conn, projects=1_000, donors=100_000), args.operations, args.repeated)
        settlers = [Settler(dsn, stream, draws=number == 0) for number in range(SETTLERS)]
        began = time.monotonic()
        for settler in settlers:
            settler.start()
        for settler in settlers:
            settler.join()
        seconds = time.monotonic() - began
        effects = count_effects(conn, stream)
        unfinished = max(args.operations - stream.operations, 0)
        report = {
            "operations": stream.operations,
            "repeated": stream.repeated,
            "seconds": round(seconds, 1),
            "operations_per_s": round(stream.operations / seconds),
            "answers": dict(sorted(stream.results.items())),
            "collisions_started_over": sum(settler.collisions for settler in settlers),
            "too_many_or_too_few": effects,
            "not_done": unfinished,
        }
        sys.stdout.write(json.dumps(report, indent=2) + "\n")
        check_books()  # raises where an invariant does not hold
    return int(any(effects.values()) or unfinished > 0)


if __name__ == "__main__":
    sys.exit(main())
