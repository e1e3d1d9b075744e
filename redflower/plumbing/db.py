"""Transactions: who may open one, who must stand inside one, and the driver's own connection for set-based SQL."""

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, ParamSpec, TypeVar, cast

import psycopg
from django.db import Error, OperationalError, connection, transaction

from redflower.plumbing.columns import write_columns_fast
from redflower.plumbing.rows import Overtaken

P = ParamSpec("P")
R = TypeVar("R")

_RETRIED = (psycopg.errors.SerializationFailure, psycopg.errors.DeadlockDetected, Overtaken)
_TRIES = 5
# What goes wrong between us and the database, through Django's cursor or the driver's own.
DATABASE_ERRORS = (Error, psycopg.Error)


def command(function: Callable[P, R]) -> Callable[P, R]:
    """The outermost durable transaction of one business act: what faces and flows call.

    When the call returns, everything it wrote is durable; when it raises, nothing was written. A deadlock or a
    serialization failure is retried from the start, so a command must take everything it needs as arguments.
    """

    @functools.wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        for attempt in range(1, _TRIES + 1):
            try:
                with transaction.atomic(durable=True):
                    return function(*args, **kwargs)
            except OperationalError as error:
                if attempt == _TRIES or not isinstance(error.__cause__, _RETRIED):
                    raise
            except _RETRIED:
                if attempt == _TRIES:
                    raise
        raise AssertionError("unreachable")

    return run


def step(function: Callable[P, R]) -> Callable[P, R]:
    """A write that is only ever part of somebody's command; refuses to run outside a transaction."""

    @functools.wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        if not connection.in_atomic_block:
            raise RuntimeError(f"{function.__qualname__} is a step: call it inside a command")
        return function(*args, **kwargs)

    return run


def raw_connection() -> "psycopg.Connection[Any]":
    """The driver's connection behind Django's, inside the current transaction.

    Needs: a transaction (a `command` around the caller), so that both see the same snapshot and commit together.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("raw_connection() is for use inside a command")
    connection.ensure_connection()
    conn = cast("psycopg.Connection[Any]", connection.connection)
    write_columns_fast(conn)
    return conn


def wait_for_disk(yes: bool) -> None:
    """Whether this thread's commits from now on wait until they are on disk.

    For work that is thrown away whole when it is interrupted, and for nothing else: a power failure may take the last
    second of it. The first commit that waits again makes everything before it durable too.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"SET synchronous_commit = {'on' if yes else 'off'}")


def prepare_statements() -> None:
    """This thread's next connection sends parameters beside its statements, and has the server keep the plan of those it
    repeats: for one who says the same some hundred times.
    """
    connection.close()
    connection.settings_dict["OPTIONS"] |= {"server_side_binding": True, "prepare_threshold": 4}


def close_connection() -> None:
    """Ends this thread's connection, for a thread that is about to end."""
    connection.close()


def refresh_statistics() -> None:
    """Tells the planner how full the tables are, after much was written at once."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def fetch_all(sql: str, params: Any = None) -> list[dict[str, Any]]:
    """Rows of one read as dictionaries, for selectors that speak SQL."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        names = [column[0] for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def fetch_one(sql: str, params: Any = None) -> dict[str, Any] | None:
    """The first row of a read, or None."""
    rows = fetch_all(sql, params)
    return rows[0] if rows else None


def check_database() -> None:
    """Returns when the database answers.

    Errors: Django's OperationalError while it is away.
    """
    fetch_one("SELECT 1")


_TO_READ_ALL = "64MB"


@contextmanager
def snapshot() -> Iterator[None]:
    """One unchanging view of the database for reads of whole tables that must agree with each other while others write.

    They have more memory than others: without it, where much had come since the planner last looked, counting everybody's days
    of 600,000 gifts went to disk in so many pieces that it took minutes.
    """
    with transaction.atomic(durable=True):
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            cursor.execute(  # whoever's server gives more than that keeps it
                """SELECT set_config('work_mem', greatest(pg_size_bytes(current_setting('work_mem')), pg_size_bytes(%s)) / 1024
                                                 || 'kB', true)""",
                [_TO_READ_ALL],
            )
        yield
