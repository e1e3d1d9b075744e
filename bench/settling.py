"""The subject of P1 and P5: ticks of 1,000 through the engine's own settlement, and the draws behind them."""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import psycopg

from bench.database import connect, cpu_seconds
from bench.world import GIVING, POLICY, PROVIDER, ZONE, World
from redflower.domains.donations.types import GiftRequest
from redflower.domains.payments.types import NoticeResult
from redflower.engine.config import Config
from redflower.engine.settle import settle_batch

BATCH = 1_000
TICK = timedelta(milliseconds=200)  # of the festival's clock: 5,000 gifts in a slice of one second
WRITERS = Config.writers  # as many as a door has


@dataclass(slots=True)
class Effort:
    """What some gifts have cost: seconds on the clock, and of processors in Python and in PostgreSQL."""

    gifts: int = 0
    wall: float = 0
    python: float = 0
    postgres: float = 0
    parts: dict[str, float] = field(default_factory=dict)  # of a settler's time

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
        sums = {"wall": self.wall, "python_cpu": self.python, "postgres_cpu": self.postgres, **self.parts}
        return {f"{name}_ms_per_1000": round(seconds * 1e6 / self.gifts, 2) for name, seconds in sums.items()}


class Settlers:
    """The writers of a door: each tick writes new intents and settles those that this writer made the tick before;
    whoever's tick ends a second draws the slices that are due."""

    def __init__(self, dsn: str, world: World, writers: int = WRITERS) -> None:
        self.world = world
        self.settlers = [Settler(connect(dsn), world) for _ in range(writers)]

    def run(self, ticks: int) -> Effort:
        """Gives `ticks` batches; the gifts are made before the clock runs."""
        work = [self.world.requests(BATCH) for _ in range(ticks)]
        shares = [work[number :: len(self.settlers)] for number in range(len(self.settlers))]
        threads = [
            threading.Thread(target=settler.run, args=(share,))
            for settler, share in zip(self.settlers, shares, strict=True)
        ]
        effort = Effort()
        wall, python, postgres = time.perf_counter(), time.process_time(), self._postgres()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        effort.wall, effort.python = time.perf_counter() - wall, time.process_time() - python
        effort.postgres = self._postgres() - postgres
        for settler in self.settlers:
            if settler.fault:
                raise settler.fault
            effort.gifts += settler.gifts
            for name, seconds in settler.parts.items():
                effort.parts[name] = effort.parts.get(name, 0) + seconds
        return effort

    def _postgres(self) -> float:
        """Processor seconds of every backend that works for the settlers."""
        rows = self.settlers[0].conn.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend'"
        )
        return sum(cpu_seconds(pid) for (pid,) in rows)


@dataclass(slots=True)
class Settler:
    """One writer."""

    conn: "psycopg.Connection[Any]"
    world: World
    waiting: list[Any] = field(default_factory=list)  # notices of the tick before
    gifts: int = 0
    parts: dict[str, float] = field(default_factory=dict)
    fault: Exception | None = None

    def run(self, work: Sequence[list[GiftRequest]]) -> None:
        """One tick a list."""
        self.gifts, self.parts = 0, {}
        try:
            for requests in work:
                self._tick(requests)
        except Exception as fault:
            self.fault = fault

    def _tick(self, requests: list[GiftRequest]) -> None:
        at = self.world.pass_time(TICK)
        began = time.perf_counter()
        with self.conn.transaction():
            intents, outcomes = settle_batch(self.conn, requests, self.waiting, PROVIDER, POLICY, GIVING, at)
        self._count("settle", began)
        if any(outcome.result != NoticeResult.SETTLED for outcome in outcomes):
            raise RuntimeError("a notice did not settle")
        self.gifts += len(outcomes)
        self.waiting = self.world.notices(intents, at)
        if len(self.waiting) != BATCH:
            raise RuntimeError("a gift was refused")
        if at.microsecond == 0:
            self._draw(at)

    def _draw(self, at: datetime) -> None:
        from redflower.domains.festivals.services import draw_due_slices

        began = time.perf_counter()
        draw_due_slices(self.world.festival_id, ZONE, at)
        self._count("draw", began)

    def _count(self, name: str, began: float) -> None:
        self.parts[name] = self.parts.get(name, 0) + time.perf_counter() - began
