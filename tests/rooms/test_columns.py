"""Columns written in one go read back as what they were."""

from datetime import UTC, date, datetime, timedelta, timezone
from uuid import UUID

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from redflower.plumbing.db import command, raw_connection

pytestmark = pytest.mark.django_db

WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))
COLUMNS = {
    "uuid": st.uuids(),
    "bigint": st.integers(-(2**63), 2**63 - 1),
    "text": WORDS,
    "boolean": st.booleans(),
    "date": st.dates(),
    "timestamptz": st.datetimes(
        min_value=datetime(1, 1, 3),  # noqa: DTZ001 - hypothesis takes bounds without a zone
        max_value=datetime(9999, 12, 29),  # noqa: DTZ001
        timezones=st.just(timezone(timedelta(hours=8))),
    ),
}


@command
def _echo(column: list[object], kind: str) -> list[object]:
    return [row[0] for row in raw_connection().execute(f"SELECT * FROM unnest(%s::{kind}[])", [column]).fetchall()]


@pytest.mark.parametrize("kind", COLUMNS)
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_column_comes_back_as_it_was(kind: str, data: st.DataObject) -> None:
    column = data.draw(st.lists(st.one_of(st.none(), COLUMNS[kind]), max_size=20))
    assert _echo(column, kind) == column


def test_what_is_no_plain_column_is_left_to_the_driver() -> None:
    assert [bytes(item) for item in _echo([b"\x00\xff", b""], "bytea")] == [b"\x00\xff", b""]
    assert _echo([], "uuid") == []


def test_a_nul_is_refused_and_never_cuts_a_text_short() -> None:
    with pytest.raises(psycopg.DataError):
        _echo(["before\x00after", "next"], "text")


def test_lists_can_be_searched_without_naming_their_type() -> None:
    @command
    def find(wanted: list[UUID]) -> bool:
        row = raw_connection().execute("SELECT %s::uuid = ANY(%s)", [wanted[0], wanted]).fetchone()
        return bool(row and row[0])

    assert find([UUID(int=7), UUID(int=8)])
    assert date(2026, 1, 1) in _echo([date(2026, 1, 1), None], "date")
    assert _echo([datetime(2026, 1, 1, tzinfo=UTC)], "timestamptz") == [datetime(2026, 1, 1, tzinfo=UTC)]
