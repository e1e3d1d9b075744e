"""An empty database is migrated with less rendering than Django does, and comes out the same, to the letter."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.db.migrations.state import ProjectState
from psycopg.conninfo import make_conninfo

from redflower.project.quick_state import rendering_only_what_changes

_NAMES = ("redflower_the_quick_way", "redflower_djangos_way")
# Everything a migration can make: columns, constraints, indexes, triggers, functions; and which migrations were applied.
_SCHEMA = """
SELECT 'column ' || c.relname || ' ' || a.attnum || ' ' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod) || ' '
       || a.attnotnull || a.attidentity::text || ' ' || coalesce(pg_get_expr(d.adbin, d.adrelid), '')
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid LEFT JOIN pg_attrdef d ON (d.adrelid, d.adnum) = (a.attrelid, a.attnum)
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'S') AND a.attnum > 0 AND NOT a.attisdropped
UNION ALL SELECT 'table ' || relname || ' ' || relkind::text || ' ' || coalesce(array_to_string(reloptions, ','), '')
FROM pg_class WHERE relnamespace = 'public'::regnamespace
UNION ALL SELECT 'constraint ' || conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid)
FROM pg_constraint WHERE connamespace = 'public'::regnamespace
UNION ALL SELECT 'index ' || indexdef FROM pg_indexes WHERE schemaname = 'public'
UNION ALL SELECT 'trigger ' || pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
UNION ALL SELECT 'function ' || pg_get_functiondef(oid) FROM pg_proc
WHERE pronamespace = 'public'::regnamespace AND prokind = 'f'
UNION ALL SELECT 'migration ' || app || ' ' || name FROM django_migrations
UNION ALL SELECT 'content type ' || app_label || ' ' || model FROM django_content_type
UNION ALL SELECT 'permission ' || codename || ' ' || name FROM auth_permission
"""


@pytest.fixture
def databases() -> Iterator[list[str]]:
    """Two empty databases."""
    server = os.environ["DATABASE_URL"]
    with psycopg.connect(server, autocommit=True) as admin:
        for name in _NAMES:
            admin.execute(f"CREATE DATABASE {name}")
        yield [make_conninfo(server, dbname=name) for name in _NAMES]
        for name in _NAMES:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


def test_an_empty_database_comes_out_as_djangos_own_way_makes_it(databases: list[str], tmp_path: Path) -> None:
    quick, thorough = databases
    _run(quick, tmp_path, "migrate", "--quiet")
    _run(thorough, tmp_path, "manage", "migrate")
    made, expected = _describe(quick), _describe(thorough)
    assert len(expected) > 1_000  # or the comparison says nothing
    assert made == expected


def test_an_upgrade_goes_djangos_way() -> None:
    thorough = ProjectState.reload_model
    with rendering_only_what_changes():
        assert ProjectState.reload_model is not thorough
    assert ProjectState.reload_model is thorough


def test_it_waits_for_the_word_and_leaves_without_one(databases: list[str], tmp_path: Path) -> None:
    early = _start(databases[0], tmp_path, {"REDFLOWER_WAITS_FOR_WORD": "1"}, "migrate", "--quiet")
    said, complained = early.communicate(b"", timeout=120)
    assert (early.returncode, said, complained) == (1, b"", b"")
    with psycopg.connect(databases[0]) as connection:
        assert connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone() == (0,)


def _run(dsn: str, data: Path, *words: str) -> None:
    process = _start(dsn, data, {}, *words)
    _, complained = process.communicate(timeout=300)
    assert process.returncode == 0, complained.decode()


def _start(dsn: str, data: Path, more: dict[str, str], *words: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-m", "redflower", *words],
        env=os.environ | {"DATABASE_URL": dsn, "REDFLOWER_DATA": str(data)} | more,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def _describe(dsn: str) -> list[str]:
    with psycopg.connect(dsn) as connection:
        return sorted(row[0] for row in connection.execute(_SCHEMA).fetchall())
