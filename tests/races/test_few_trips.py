"""Transactions of few round trips: what is durable when, and what becomes of one that was overtaken."""

import asyncio
import threading
import time

import psycopg
import pytest

from redflower.engine.batch import Batcher
from redflower.engine.refusals import Failed
from redflower.plumbing.rows import Overtaken, claim_rows, read_rows, write_rows
from redflower.plumbing.trips import InFewTrips, in_few_trips
from tests.races.conftest import Racer

ALL = "SELECT n FROM taken ORDER BY n"


@pytest.fixture
def open_one(connect):
    """Opens connections that commit by themselves, as a door's do."""
    owner = connect()
    owner.execute("CREATE TABLE taken (n bigint PRIMARY KEY)")
    owner.commit()

    def open_one():
        conn = connect()
        conn.autocommit = True
        return conn

    yield open_one
    owner.execute("DROP TABLE taken")
    owner.commit()


def take(conn, *numbers):
    write_rows(conn, "taken", {"n": ("bigint", list(numbers))})


def taken(conn):
    return [n for (n,) in conn.execute(ALL).fetchall()]


def test_what_was_written_is_there_once_the_block_is_left_and_not_before(open_one):
    conn, other = open_one(), open_one()
    with in_few_trips(conn):
        take(conn, 1, 2)
        assert read_rows(conn, ALL, []) == [(1,), (2,)]
        assert taken(other) == []
    assert taken(other) == [1, 2]


def test_nothing_leaves_before_somebody_reads(open_one):
    conn, other = open_one(), open_one()

    def state():
        time.sleep(0.1)
        [(found,)] = other.execute(
            "SELECT state FROM pg_stat_activity WHERE pid = %s", [conn.info.backend_pid]
        ).fetchall()
        return found

    with in_few_trips(conn):
        take(conn, 1)
        assert state() == "idle"
        assert read_rows(conn, ALL, []) == [(1,)]
        assert state() == "active"  # until the block is left


@pytest.mark.parametrize("is_read", [True, False])
def test_an_error_is_raised_though_nobody_reads_the_answer_and_nothing_is_written(open_one, is_read):
    conn = open_one()
    with pytest.raises(psycopg.errors.DivisionByZero), in_few_trips(conn):
        take(conn, 1)
        answer = conn.execute("SELECT 1 / 0")
        if is_read:
            answer.fetchall()
        take(conn, 2)
    assert taken(conn) == []
    with in_few_trips(conn):
        take(conn, 3)
    assert taken(conn) == [3]


def test_whoever_breaks_off_has_written_nothing(open_one):
    conn = open_one()
    with pytest.raises(KeyError), in_few_trips(conn):
        take(conn, 1)
        raise KeyError
    assert taken(conn) == []


def test_a_savepoint_inside_brings_back_what_was_before_it(open_one):
    conn = open_one()
    with in_few_trips(conn):
        take(conn, 1)
        with pytest.raises(psycopg.errors.UniqueViolation), conn.transaction():
            take(conn, 2, 1)
        take(conn, 3)
    assert taken(conn) == [1, 3]


IDS = [number.to_bytes(16, "big") for number in range(300)]


@pytest.mark.parametrize("cursor", [psycopg.Cursor, psycopg.ClientCursor])
@pytest.mark.parametrize("begin", [in_few_trips, psycopg.Connection.transaction])
@pytest.mark.parametrize("count", [3, 300])
def test_a_claim_meets_others_and_what_was_written_before_and_after_it_stays(open_one, begin, cursor, count):
    conn = open_one()
    conn.cursor_factory = cursor
    conn.execute("CREATE TEMP TABLE claimed (id uuid PRIMARY KEY)")
    claim = lambda ids: claim_rows(conn, "claimed", {"id": ("uuid", ids)}, "id")  # noqa: E731
    with begin(conn):
        assert claim(IDS[1:count]) is None
        take(conn, 1)
        assert claim(IDS[:count]) == {IDS[0]}
        assert claim(IDS[:count]) == set()
        take(conn, 2)
    assert taken(conn) == [1, 2]
    assert conn.execute("SELECT count(*) FROM claimed").fetchone() == (count,)


def test_who_is_overtaken_waits_and_is_told(open_one):
    first, second = open_one(), open_one()
    with first.transaction():
        take(first, 1)

        def run():
            with in_few_trips(second):
                take(second, 1, 2)

        racer = Racer(run)
        racer.start()
        assert racer.waits()
    with pytest.raises(Overtaken):
        racer.finish()
    assert taken(first) == [1]


def through_a_batcher(open_one, work):
    async def main():
        batcher = Batcher("taking", open_one, InFewTrips(work), batch_max=9, in_hand_max=9)
        batcher.start(asyncio.get_running_loop())
        try:
            return await asyncio.gather(*(batcher.put(n) for n in (1, 2, 3)), return_exceptions=True)
        finally:
            await asyncio.get_running_loop().run_in_executor(None, batcher.leave, 5)

    return asyncio.run(main())


def test_a_batcher_that_was_overtaken_begins_again_and_sees_what_the_other_wrote(open_one):
    other, attempts, may_commit = open_one(), [], threading.Event()

    def overtake():
        with other.transaction():
            take(other, 2)
            has_written.set()
            may_commit.wait(10)

    def work(conn, items):
        known = {n for (n,) in read_rows(conn, ALL, [])}
        if not attempts:
            racer.start()
            has_written.wait(10)
            threading.Timer(0.2, may_commit.set).start()
        attempts.append(known)
        fresh = [n for n in items if n not in known]
        if fresh:
            take(conn, *fresh)
        return [n in known for n in items]

    has_written, racer = threading.Event(), Racer(overtake)
    answers = through_a_batcher(open_one, work)
    assert answers[1] is True and sorted(answers) == [False, False, True]
    assert not attempts[0] and any(2 in known for known in attempts[1:])
    assert taken(other) == [1, 2, 3]


def test_one_that_can_never_be_written_stands_alone(open_one):
    conn = open_one()
    take(conn, 2)

    def work(conn, items):
        take(conn, *items)
        return items

    answers = through_a_batcher(open_one, work)
    assert answers[0] == 1 and isinstance(answers[1], Failed) and answers[2] == 3
    assert taken(conn) == [1, 2, 3]
