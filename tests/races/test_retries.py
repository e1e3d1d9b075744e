"""Deadlocks and serialization failures that PostgreSQL really reports: the loser starts over, and both get through."""

import asyncio
import threading

import psycopg
import pytest
from django.db import OperationalError, connection, transaction

from redflower.engine.batch import Batcher
from redflower.plumbing.db import close_connection, command, raw_connection
from tests.races.conftest import Racer

ADD = "UPDATE tallies SET n = n + 1 WHERE id = %s"
READ = "SELECT n FROM tallies WHERE id = %s"
COLLISIONS = ("deadlock", "serialization")


@pytest.fixture
def tallies(transactional_db):
    """Two rows, and a way to read them."""

    def read():
        with connection.cursor() as cursor:
            cursor.execute("SELECT n FROM tallies ORDER BY id")
            return [n for (n,) in cursor.fetchall()]

    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE tallies (id int PRIMARY KEY, n int NOT NULL)")
        cursor.execute("INSERT INTO tallies VALUES (1, 0), (2, 0)")
    yield read
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE tallies")


class Collision:
    """Two transactions that meet in the middle the first time they run; afterwards neither waits for the other."""

    def __init__(self, kind):
        self.kind, self.attempts = kind, [0, 0]
        self._meet = threading.Barrier(2, timeout=10)

    def run(self, execute, side):
        """Adds one to both rows, in the order that makes the circle, or after a look that is out of date."""
        self.attempts[side] += 1
        first = self.attempts[side] == 1
        # Who starts over may be back before the other has woken up: it asks first for what the other still holds, and
        # so holds nothing the other waits for.
        rows = [1, 2] if first == (side == 0) else [2, 1]
        if self.kind == "serialization":
            rows = [1, 2]
            execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ", None)
            execute(READ, [1])  # the snapshot is taken here
            if first:
                self._meet.wait()
        execute(ADD, [rows[0]])
        if first and self.kind == "deadlock":
            self._meet.wait()
        execute(ADD, [rows[1]])


def through_django(side, collision):
    with connection.cursor() as cursor:
        collision.run(lambda sql, values: cursor.execute(sql, values), side)


def through_the_driver(side, collision):
    conn = raw_connection()
    collision.run(lambda sql, values: conn.execute(sql, values), side)


def race(works):
    def run(work):
        try:
            return work()
        finally:
            close_connection()

    racers = [Racer(lambda work=work: run(work)) for work in works]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join(20)
    return [racer.error for racer in racers]


@pytest.mark.parametrize("kind", COLLISIONS)
@pytest.mark.parametrize("way", [through_django, through_the_driver])
def test_a_command_that_collides_starts_over(tallies, kind, way):
    collision = Collision(kind)
    errors = race([lambda side=side: command(way)(side, collision) for side in (0, 1)])
    assert errors == [None, None]
    assert sorted(collision.attempts) == [1, 2] and tallies() == [2, 2]


@pytest.mark.parametrize("kind", COLLISIONS)
@pytest.mark.parametrize("way", [through_django, through_the_driver])
def test_control_without_the_command_one_of_them_fails(tallies, kind, way):
    collision = Collision(kind)

    def attempt(side):
        with transaction.atomic(durable=True):
            way(side, collision)

    [error] = [fault for fault in race([lambda side=side: attempt(side) for side in (0, 1)]) if fault]
    expected = {"deadlock": psycopg.errors.DeadlockDetected, "serialization": psycopg.errors.SerializationFailure}
    assert isinstance(error.__cause__ if isinstance(error, OperationalError) else error, expected[kind])
    assert tallies() == [1, 1]


@pytest.mark.parametrize("kind", COLLISIONS)
def test_two_batchers_that_collide_both_answer(tallies, connect, kind):
    collision = Collision(kind)

    def open_one():
        conn = connect()
        conn.autocommit = True
        return conn

    async def main():
        def work(side):
            return lambda conn, items: (collision.run(lambda sql, values: conn.execute(sql, values), side), items)[1]

        batchers = [Batcher(f"side-{side}", open_one, work(side), batch_max=9, in_hand_max=9) for side in (0, 1)]
        for batcher in batchers:
            batcher.start(asyncio.get_running_loop())
        try:
            return await asyncio.gather(*(batcher.put("gift") for batcher in batchers))
        finally:
            for batcher in batchers:
                await asyncio.get_running_loop().run_in_executor(None, batcher.leave, 5)

    assert asyncio.run(main()) == ["gift", "gift"]
    assert sorted(collision.attempts) == [1, 2] and tallies() == [2, 2]
