"""Two real connections to one database, and a way to see whether the second one waits for the first."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from django.db import connection

Connect = Callable[[], psycopg.Connection[Any]]


@pytest.fixture
def connect(transactional_db: None) -> Iterator[Connect]:
    """Opens plain driver connections to the test database; they are closed when the test ends."""
    opened: list[psycopg.Connection[Any]] = []

    def open_one() -> psycopg.Connection[Any]:
        settings = connection.settings_dict
        keys = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
        opened.append(psycopg.connect(**{key: settings[name] for key, name in keys.items() if settings[name]}))
        return opened[-1]

    yield open_one
    for conn in opened:
        conn.close()


class Racer(threading.Thread):
    """Runs something in a second thread and keeps its answer or its error."""

    def __init__(self, work: Callable[[], Any]) -> None:
        super().__init__(daemon=True)
        self._work = work
        self.answer: Any = None
        self.error: Exception | None = None

    def run(self) -> None:
        try:
            self.answer = self._work()
        except Exception as error:
            self.error = error

    def waits(self, seconds: float = 0.5) -> bool:
        """True when the work has not come to an end after a while: it waits for a lock."""
        self.join(seconds)
        return self.is_alive()

    def finish(self) -> Any:
        """The answer, or the error raised here."""
        self.join(10)
        assert not self.is_alive(), "the second connection is still waiting"
        if self.error:
            raise self.error
        return self.answer


@contextmanager
def without(table: str, *constraints: str) -> Iterator[None]:
    """A control's world: the named constraints of a table are gone, and come back empty-handed."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = %s::regclass AND conname = ANY(%s)",
            [table, list(constraints)],
        )
        definitions = cursor.fetchall()
        assert len(definitions) == len(constraints)
        for name, _ in definitions:
            cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}" CASCADE')
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            # A race that failed may have left a transaction open, which would hold the table for ever.
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            cursor.execute("SET session_replication_role = replica")
            cursor.execute(f"TRUNCATE {table} CASCADE")
            cursor.execute("SET session_replication_role = origin")
            for name, definition in definitions:
                cursor.execute(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}')
