"""A subject in several processes at once, as doors are: each prepares its work untimed, then all go together."""

import gc
import multiprocessing
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import psycopg

from bench.database import cpu_seconds, use_database
from redflower.project.cli import look_for_circles_seldom


class Subject(Protocol):
    """What one process does."""

    def prepare(self, count: int) -> Any:
        """Makes so many pieces of work; not timed."""
        ...

    def run(self, work: Any) -> Any:
        """Does them, and says what came of it; timed. Errors: any, which end the benchmark."""
        ...


@dataclass(slots=True)
class Ran:
    """What a run took: seconds on the clock, and of processors in Python and in PostgreSQL; and what each subject said."""

    wall: float
    python: float
    postgres: float
    said: list[Any]


class SideBySide:
    """Subjects, a process and a database connection each."""

    def __init__(self, conn: "psycopg.Connection[Any]", make: Callable[..., Subject], each: Sequence[tuple[Any, ...]]):
        self._conn, self._pipes = conn, list[Any]()
        context = multiprocessing.get_context("spawn")  # nothing of ours is open there
        dsn = os.environ["DATABASE_URL"]  # the bench's own
        for given in each:
            here, there = context.Pipe()
            context.Process(target=_serve, args=(there, dsn, make, given), daemon=True).start()
            self._pipes.append(here)
        self._hear()  # they are ready

    def run(self, count: int) -> Ran:
        """Gives each subject `count` pieces of work, and waits for the last."""
        self._tell(count)
        wall, postgres = time.perf_counter(), self._postgres()
        answers = self._tell(None)
        wall, postgres = time.perf_counter() - wall, self._postgres() - postgres
        return Ran(wall, sum(python for python, _ in answers), postgres, [said for _, said in answers])

    def _tell(self, order: Any) -> list[Any]:
        for pipe in self._pipes:
            pipe.send(order)
        return self._hear()

    def _hear(self) -> list[Any]:
        answers = [pipe.recv() for pipe in self._pipes]
        for answer in answers:
            if isinstance(answer, str):
                raise RuntimeError(answer)
        return answers

    def _postgres(self) -> float:
        """Processor seconds of every backend at work."""
        rows = self._conn.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend'"
        )
        return sum(cpu_seconds(pid) for (pid,) in rows)


def _serve(pipe: Any, dsn: str, make: Callable[..., Subject], given: tuple[Any, ...]) -> None:
    try:
        use_database(dsn)
        subject = make(dsn, *given)
        look_for_circles_seldom()  # as all our processes do
        gc.collect()
        gc.freeze()  # as a door does once it stands
        pipe.send(True)
        while True:
            work = subject.prepare(pipe.recv())
            pipe.send(True)
            pipe.recv()
            began = time.process_time()
            said = subject.run(work)
            pipe.send((time.process_time() - began, said))
    except EOFError:
        pass
    except Exception as fault:
        pipe.send(repr(fault))
