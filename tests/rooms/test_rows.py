"""Rows written by INSERT and by COPY are the same rows, and a claim knows which of them were first."""

import threading
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import psycopg
import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from redflower.kernel.ids import new_id
from redflower.plumbing import rows as writing
from redflower.plumbing.columns import UuidArray, write_columns_fast
from redflower.plumbing.rows import Same, claim_rows, read_rows, write_rows

KINDS = {
    "id": "uuid", "word": "text", "amount": "bigint", "place": "integer", "few": "smallint", "yes": "boolean",
    "day": "date", "at": "timestamptz", "other": "uuid",
}  # fmt: skip
TEXT = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=12)
INSTANT = st.integers(-(10**15), 7 * 10**15).map(
    lambda us: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=us)
)
ROW = st.tuples(
    st.uuids(), TEXT, st.integers(-(2**63), 2**63 - 1), st.integers(-(2**31), 2**31 - 1),
    st.integers(-(2**15), 2**15 - 1), st.booleans(), st.dates(date(1900, 1, 1), date(2200, 1, 1)), INSTANT,
    st.none() | st.uuids(),
)  # fmt: skip


@pytest.fixture
def connect(transactional_db):
    """Opens connections of the driver's own to the test database."""
    connection.ensure_connection()
    info = connection.connection.info
    opened = []

    def open_one():
        opened.append(psycopg.connect(info.dsn, password=info.password, options="-c lock_timeout=5s"))
        opened[-1].execute("SELECT 1")  # a claim is part of an open transaction
        return opened[-1]

    yield open_one
    for conn in opened:
        conn.close()


@pytest.fixture
def conn(connect):
    plain = connect()
    plain.execute(f"CREATE TEMP TABLE rows ({', '.join(f'{name} {kind}' for name, kind in KINDS.items())})")
    return plain


def columns_of(rows):
    return {
        name: (kind, list(values)) for (name, kind), values in zip(KINDS.items(), zip(*rows, strict=True), strict=True)
    }


@pytest.fixture(params=["insert", "copy"])
def way(request, monkeypatch):
    """Both ways, for few rows."""
    monkeypatch.setattr(writing, "_MANY", 1 if request.param == "copy" else 10**9)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(rows=st.lists(ROW, min_size=1, max_size=25))
def test_what_is_written_is_read_again_either_way(conn, way, rows):
    with conn.transaction():
        write_rows(conn, "rows", columns_of(rows))
        seen = read_rows(conn, "DELETE FROM rows RETURNING *", [])
    assert sorted(map(repr, seen)) == sorted(map(repr, rows))


@pytest.mark.parametrize("count", [1, 30])
def test_one_value_for_all_rows_and_ids_as_bytes(conn, way, count):
    ids = [new_id() for _ in range(count)]
    columns = {
        "id": ("uuid", [each.bytes for each in ids]),
        "word": ("text", Same("花")),
        "other": ("uuid", Same(None)),
    }
    with conn.transaction():
        write_rows(conn, "rows", columns)
        seen = read_rows(
            conn, "SELECT id, word, other FROM rows WHERE id = ANY(%s::uuid[])", [UuidArray([i.bytes for i in ids])]
        )
    assert sorted(seen) == sorted((each, "花", None) for each in ids)


@pytest.mark.parametrize("cursor", [psycopg.Cursor, psycopg.ClientCursor])
@pytest.mark.parametrize("gaps", [False, True])
@pytest.mark.parametrize("count", [0, 1, 30])
def test_an_array_of_ids_is_the_same_in_either_form(conn, cursor, gaps, count):
    ids = [None if gaps and place % 3 == 0 else new_id().bytes for place in range(count)]
    write_columns_fast(conn)
    found = cursor(conn).execute("SELECT %s::uuid[]", [UuidArray(ids)]).fetchone()[0]
    assert [each and each.bytes for each in found] == ids


@pytest.mark.parametrize(
    "words",
    [
        "abcdefghijkl",
        "花草树木山川河流日月星辰",
        "ab花草efghijkl",
        ["ab", "", "abc"] * 5,
        ["ab", None] * 6,
        ["éa", "abc"] * 6,
        ["same"] * 3,
        [None] * 3,
    ],
)
def test_texts_of_one_length_and_of_several_are_written_alike(conn, way, words):
    with conn.transaction():
        write_rows(conn, "rows", {"word": ("text", list(words))})
    assert [row[0] for row in conn.execute("SELECT word FROM rows").fetchall()] == list(words)


@pytest.mark.parametrize("count", [3, 30])
def test_text_the_database_cannot_hold_is_refused_before_it_is_sent(conn, way, count):
    with pytest.raises(psycopg.DataError), conn.transaction():
        write_rows(conn, "rows", {"word": ("text", [f"{place % 10}\x00b" for place in range(count)])})
    assert conn.execute("SELECT count(*) FROM rows").fetchone() == (0,)


def claim(conn, ids):
    return claim_rows(conn, "claimed", {"id": ("uuid", sorted(ids))}, "id")


@pytest.fixture
def claimed_table(connect):
    owner = connect()
    owner.execute("CREATE TABLE claimed (id uuid PRIMARY KEY)")
    owner.commit()
    owner.execute("SELECT 1")
    yield owner
    owner.rollback()
    owner.execute("DROP TABLE claimed")
    owner.commit()


@pytest.mark.parametrize("count", [3, 300])
def test_a_claim_names_the_rows_that_were_first(claimed_table, count):
    ids = [new_id() for _ in range(count)]
    assert claim(claimed_table, ids[1:]) is None
    assert claim(claimed_table, ids) == {ids[0].bytes}
    assert claim(claimed_table, ids) == set()


@pytest.mark.parametrize("count", [3, 300])
def test_two_claims_at_once_wait_for_each_other_and_share_nothing(claimed_table, connect, count):
    ids, second, won = [new_id() for _ in range(count)], connect(), []
    assert claim(claimed_table, ids[: count - 1]) is None
    racer = threading.Thread(target=lambda: won.append(claim(second, ids)))
    racer.start()
    racer.join(0.5)
    assert racer.is_alive()
    claimed_table.commit()
    racer.join(10)
    assert won == [{ids[-1].bytes}]
    second.commit()
    assert set(claimed_table.execute("SELECT id FROM claimed").fetchall()) == {(UUID(str(each)),) for each in ids}
