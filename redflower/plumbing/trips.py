"""Transactions of few round trips to the database."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import psycopg

from redflower.plumbing.rows import overtaken_by_others

Item = TypeVar("Item")
Answer = TypeVar("Answer")


class _Held(psycopg.Pipeline):
    """The driver's pipeline, whose statements leave together when somebody reads, and not one by one: each departure is two
    calls of the system and wakes PostgreSQL. Only for this version of the driver, whose inner steps these are."""

    def _communicate_gen(self) -> Iterator[None]:  # type: ignore[override]
        yield from ()

    def _fetch_gen(self, *, flush: bool) -> Iterator[Any]:  # type: ignore[override]
        yield from super()._communicate_gen()
        yield from super()._fetch_gen(flush=flush)


@contextmanager
def in_few_trips(conn: psycopg.Connection[Any]) -> Iterator[None]:
    """A transaction whose statements wait until somebody reads an answer: then all that came before it goes out at once.

    Beginning and committing cost no trip of their own. Once the block has been left, everything is durable; an error of a
    statement whose answer nobody has read is raised there at the latest, and nothing was written. COPY is not possible
    in it, and a savepoint costs two trips.
    Needs: a connection that commits by itself, outside of any transaction.
    Errors: Overtaken for a row whose unique key somebody else was faster with; as the driver's otherwise.
    """
    try:
        with overtaken_by_others(), conn.pipeline() as pipeline:
            pipeline.__class__ = _Held
            conn.execute("BEGIN")
            yield
            conn.execute("COMMIT")
    except BaseException:
        if not conn.closed:
            conn.rollback()
        raise


@dataclass(frozen=True, slots=True)
class InFewTrips(Generic[Item, Answer]):
    """Work on a list of items that wants its transaction to be one of few trips."""

    work: Callable[[psycopg.Connection[Any], list[Item]], Sequence[Answer]]

    def __call__(self, conn: psycopg.Connection[Any], items: list[Item]) -> Sequence[Answer]:
        """The work, in the caller's transaction."""
        return self.work(conn, items)
