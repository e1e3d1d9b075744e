"""Connections for work that finds every row by a key."""

from typing import Any

import psycopg

from redflower.plumbing.columns import write_columns_fast


def connect_by_key(dsn: str, **options: Any) -> "psycopg.Connection[Any]":
    """A connection whose statements look rows up one by one through an index, and never read a table.

    How full a table is, the planner learns a minute late, and a statement that was prepared on an empty one keeps its
    plan: the hour in which everybody comes would begin with reading everything for every list.
    """
    conn = psycopg.connect(dsn, autocommit=True, **options)
    conn.execute("SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off")
    write_columns_fast(conn)
    return conn
