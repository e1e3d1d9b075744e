"""The subject of P1 and P5: ticks of 1,000 through the engine's own settlement, and the draws behind them."""

import multiprocessing
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import psycopg

from bench.database import connect
from bench.side_by_side import SideBySide
from bench.world import GIVING, POLICY, PROVIDER, ZONE, World
from redflower.domains.donations.posting import make_gifts
from redflower.domains.donations.types import GiftRequest
from redflower.domains.payments.types import NoticeResult
from redflower.engine.settle import settle_notices

BATCH = 1_000
TICK = timedelta(milliseconds=200)  # of the festival's clock: 5,000 gifts in a slice of one second
DOORS = 2  # one for each core
LOOK_SECONDS = 0.5  # how often the worker looks for slices that are due, as it does when a festival is on
_MICROSECOND = timedelta(microseconds=1)

Tick = tuple[list[GiftRequest], list[tuple[str, str]]]


@dataclass(slots=True)
class Effort:
    """What some gifts have cost: seconds on the clock, and of processors in Python and in PostgreSQL."""

    gifts: int = 0
    wall: float = 0
    python: float = 0
    postgres: float = 0

    @property
    def gifts_per_s(self) -> float:
        """How many gifts a second went all the way."""
        return self.gifts / self.wall

    @property
    def cpu(self) -> float:
        """Seconds of processors, ours and PostgreSQL's."""
        return self.python + self.postgres

    def per_1000(self) -> dict[str, float]:
        """Milliseconds per 1,000 gifts."""
        sums = {"wall": self.wall, "python_cpu": self.python, "postgres_cpu": self.postgres}
        return {f"{name}_ms_per_1000": round(seconds * 1e6 / self.gifts, 2) for name, seconds in sums.items()}


class Settlers:
    """What `serve --doors N` runs: doors that share one database, a process each, and a worker that draws. Each tick writes new
    intents, commits, and settles those made the tick before, one after the other; a door does the two side by side."""

    def __init__(self, conn: "psycopg.Connection[Any]", world: World, doors: int = DOORS) -> None:
        hour = Hour(world.now)
        worlds = [replace(world, dice=random.Random(world.dice.getrandbits(64))) for _ in range(doors)]
        each = [(Settler, world, hour) for world in worlds] + [(Drawer, world, hour)]
        self._all, self._doors = SideBySide(conn, make_subject, each), doors

    def run(self, ticks: int) -> Effort:
        """Gives about `ticks` batches; the gifts are made before the clock runs, and every slice due by the end is drawn."""
        ran = self._all.run(ticks // self._doors)
        return Effort(sum(ran.said), ran.wall, ran.python, ran.postgres)


class Hour:
    """What the processes of a festival's hour share: its time, which settlers move on, and how many of them are at work."""

    def __init__(self, begins: datetime) -> None:
        context = multiprocessing.get_context("spawn")
        self._begins, self._passed, self._working = begins, context.Value("q", 0), context.Value("q", 0)

    def pass_time(self, span: timedelta) -> datetime:
        """Moves the clock on and says what it shows now."""
        with self._passed.get_lock():
            self._passed.value += span // _MICROSECOND
            return self.now()

    def now(self) -> datetime:
        """What the clock shows."""
        return self._begins + timedelta(microseconds=self._passed.value)

    def count(self, workers: int) -> None:
        """Somebody begins to work (1), or is done (−1)."""
        with self._working.get_lock():
            self._working.value += workers

    @property
    def is_busy(self) -> bool:
        """Whether somebody is at work."""
        return bool(self._working.value)


def make_subject(dsn: str, kind: "type[Settler | Drawer]", world: World, hour: Hour) -> "Settler | Drawer":
    """A process of the hour."""
    return kind(dsn, world, hour)


class Settler:
    """One door's writers."""

    def __init__(self, dsn: str, world: World, hour: Hour) -> None:
        self.conn, self.world, self.hour = connect(dsn), world, hour
        self.waiting: list[Any] = []  # notices of the tick before

    def prepare(self, count: int) -> list[Tick]:
        """Gifts for so many ticks, and what their provider will say of them."""
        self.hour.count(1)
        return [(self.world.requests(BATCH), self.world.payments(BATCH)) for _ in range(count)]

    def run(self, work: Sequence[Tick]) -> int:
        """One tick each; says how many gifts settled."""
        gifts = sum(self._tick(*each) for each in work)
        self.hour.count(-1)
        return gifts

    def _tick(self, requests: list[GiftRequest], payments: list[tuple[str, str]]) -> int:
        at = self.hour.pass_time(TICK)
        with self.conn.transaction():
            intents = make_gifts(self.conn, requests, PROVIDER, GIVING, at)
        with self.conn.transaction():
            outcomes = settle_notices(self.conn, self.waiting, POLICY, at) if self.waiting else []
        if any(outcome.result != NoticeResult.SETTLED for outcome in outcomes):
            raise RuntimeError("a notice did not settle")
        self.waiting = self.world.notices(intents, at, payments)
        if len(self.waiting) != BATCH:
            raise RuntimeError("a gift was refused")
        return len(outcomes)


class Drawer:
    """The worker: draws slices as they fall due."""

    def __init__(self, dsn: str, world: World, hour: Hour) -> None:
        self.world, self.hour = world, hour

    def prepare(self, count: int) -> None:
        """Nothing to prepare."""

    def run(self, work: None) -> int:
        """Until all settlers are done and nothing is due; settles no gift itself."""
        from redflower.domains.festivals.services import draw_due_slices

        while True:
            was_busy = self.hour.is_busy
            if not draw_due_slices(self.world.festival_id, ZONE, self.hour.now()):
                if not was_busy:
                    return 0
                time.sleep(LOOK_SECONDS)
