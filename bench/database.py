"""A database of the bench's own: the embedded PostgreSQL as it ships, durable, in a folder that vanishes."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
from django.core.management import call_command

from redflower.plumbing.by_key import connect_by_key
from redflower.plumbing.postgres import EmbeddedPostgres

_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


@contextlib.contextmanager
def bench_database() -> Iterator[str]:
    """A fresh, migrated database with fsync and synchronous commit on; answers with its address.

    Django is set up on it, so rooms' services can be called too; once per process, and each benchmark has its own.
    """
    with tempfile.TemporaryDirectory(prefix="redflower-bench-") as folder:
        server = EmbeddedPostgres(Path(folder), settings={"max_connections": "200"})
        server.start()
        try:
            os.environ["REDFLOWER_DATA"] = folder
            use_database(server.dsn)
            call_command("migrate", interactive=False, verbosity=0)
            with psycopg.connect(server.dsn) as conn:
                for name in ("fsync", "synchronous_commit", "full_page_writes"):
                    row = conn.execute(f"SHOW {name}").fetchone()
                    if row is None or row[0] != "on":
                        raise RuntimeError(f"{name} is not on")
            with connect(server.dsn) as conn:
                _use_the_log_once(conn)
            yield server.dsn
        finally:
            from django.db import connections

            connections.close_all()
            server.stop()


def _use_the_log_once(conn: "psycopg.Connection[Any]") -> None:
    """Fills the log once, so that what is measured writes into pieces that are there, as on a server that has been up for a day.

    A new server takes fresh memory for every page of its first pieces; where a host lends memory by the page, that costs
    10 microseconds each.
    """
    conn.execute(
        """SELECT count(pg_logical_emit_message(false, 'bench', repeat('x', 1000000)))
           FROM generate_series(1, pg_size_bytes(current_setting('max_wal_size')) / 1000000)"""
    )
    conn.execute("CHECKPOINT")


def use_database(dsn: str) -> None:
    """Sets Django up on a bench's database: in the process that started it, and in those that help it."""
    os.environ.update(
        DATABASE_URL=dsn,
        REDFLOWER_SECRET_KEY="a key for benchmarks only, long enough for everybody",
        DJANGO_SETTINGS_MODULE="redflower.project.settings",
        DJANGO_ALLOW_ASYNC_UNSAFE="1",
    )
    import django

    django.setup()


def connect(dsn: str) -> "psycopg.Connection[Any]":
    """A connection as the engine has one."""
    return connect_by_key(dsn)


def cpu_seconds(pid: int) -> float:
    """What a process has used of the processors so far; wall time is noisy where machines are shared."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS_PER_SECOND
