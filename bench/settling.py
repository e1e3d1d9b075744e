"""The subject of P1 and P5: ticks of 1,000 through the engine's own settlement, and the draws behind them."""

import time
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import psycopg

from bench.database import cpu_seconds
from bench.world import GIVING, POLICY, PROVIDER, ZONE, World
from redflower.domains.payments.types import NoticeResult
from redflower.engine.settle import settle_batch

BATCH = 1_000
TICK = timedelta(milliseconds=200)  # of the festival's clock: 5,000 gifts in a slice of one second


@dataclass(slots=True)
class Effort:
    """What some gifts have cost: seconds on the clock, and of processors in Python and in PostgreSQL."""

    gifts: int = 0
    wall: float = 0
    python: float = 0
    postgres: float = 0
    parts: dict[str, float] = field(default_factory=dict)

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


@dataclass(slots=True)
class Settler:
    """One settler: each tick writes new intents and settles those paid since; full slices are drawn behind it."""

    conn: "psycopg.Connection[Any]"
    world: World
    waiting: list[Any] = field(default_factory=list)  # notices of the tick before
    effort: Effort = field(default_factory=Effort)

    def run(self, ticks: int) -> Effort:
        """Gives `ticks` batches; the effort counts what is inside transactions, not the making of the gifts."""
        self.effort = Effort()
        for _ in range(ticks):
            self._tick()
        return self.effort

    def _tick(self) -> None:
        requests = self.world.requests(BATCH)
        self.world.now += TICK
        with self._counted("settle"), self.conn.transaction():
            intents, outcomes = settle_batch(
                self.conn, requests, self.waiting, PROVIDER, POLICY, GIVING, self.world.now
            )
        if any(outcome.result != NoticeResult.SETTLED for outcome in outcomes):
            raise RuntimeError("a notice did not settle")
        self.effort.gifts += len(outcomes)
        self.waiting = self.world.notices(intents)
        if len(self.waiting) != BATCH:
            raise RuntimeError("a gift was refused")
        if (self.world.now.microsecond // 1000) == 0:
            with self._counted("draw"):
                self._draw()

    def _draw(self) -> None:
        from redflower.domains.festivals.services import draw_due_slices

        draw_due_slices(self.world.festival_id, ZONE, self.world.now)

    def _counted(self, name: str) -> "_Counter":
        return _Counter(self, name)


class _Counter:
    """Adds what happens inside to the settler's effort."""

    def __init__(self, settler: Settler, name: str) -> None:
        from django.db import connection

        connection.ensure_connection()
        self.settler, self.name = settler, name
        # The draw is a service and runs on Django's connection.
        self.pids = (settler.conn.info.backend_pid, connection.connection.info.backend_pid)

    def __enter__(self) -> None:
        self.began = time.perf_counter(), time.process_time(), sum(map(cpu_seconds, self.pids))

    def __exit__(self, *_: object) -> None:
        wall, python, postgres = time.perf_counter(), time.process_time(), sum(map(cpu_seconds, self.pids))
        effort = self.settler.effort
        effort.wall += wall - self.began[0]
        effort.python += python - self.began[1]
        effort.postgres += postgres - self.began[2]
        effort.parts[self.name] = effort.parts.get(self.name, 0) + wall - self.began[0]
