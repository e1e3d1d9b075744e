"""The batcher without a database: what it takes together, what it tries again, and whom it blames."""

import asyncio
import threading
import time

import psycopg
import pytest

from redflower.engine.batch import Batcher
from redflower.engine.limits import Buckets, find_address
from redflower.engine.refusals import Busy, Failed, Unavailable

SECOND = 1_000_000_000  # ns


class Connection:
    """What the batcher asks of a connection; counts its transactions."""

    def __init__(self):
        self.transactions = 0
        self.is_closed = False

    def transaction(self):
        return self

    def __enter__(self):
        self.transactions += 1

    def __exit__(self, *fault):
        return False

    def close(self):
        self.is_closed = True


def run(work, puts, *, connect=None, batch_max=1000, in_hand_max=10_000):
    """Puts everything at once and answers with what came back, faults as values."""
    conn = Connection()

    async def main():
        batcher = Batcher("test", connect or (lambda: conn), work, batch_max=batch_max, in_hand_max=in_hand_max)
        batcher.start(asyncio.get_running_loop())
        try:
            waiting = [batcher.put(item) for item in puts]
            return await asyncio.gather(*waiting, return_exceptions=True)
        finally:
            await asyncio.get_running_loop().run_in_executor(None, batcher.leave, 5)

    return asyncio.run(main()), conn


def test_a_batch_is_what_came_while_the_last_one_ran():
    sizes, gate = [], threading.Event()

    def work(conn, items):
        sizes.append(len(items))
        if len(sizes) == 1:
            gate.wait(0.3)
        return [item * 2 for item in items]

    answers, _ = run(work, range(2500))
    assert answers == [item * 2 for item in range(2500)]
    assert sum(sizes) == 2500 and max(sizes) <= 1000 and len(sizes) <= 5


@pytest.mark.parametrize("bad", [[0], [7], [3, 4, 99], list(range(100))])
def test_a_poisonous_request_fails_alone(bad):
    def work(conn, items):
        if any(item in bad for item in items):
            raise psycopg.DataError("poison")
        return items

    answers, _ = run(work, range(100))
    for item, answer in enumerate(answers):
        assert isinstance(answer, Failed) if item in bad else answer == item


@pytest.mark.parametrize("fault", [psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure])
def test_a_collision_is_tried_again(fault):
    tries = []

    def work(conn, items):
        tries.append(items)
        if len(tries) < 4:
            raise fault("again")
        return items

    answers, conn = run(work, [1])
    assert answers == [1] and len(tries) == conn.transactions == 4


def test_collisions_without_end_are_told_and_the_next_batch_is_tried():
    def work(conn, items):
        if items == [1]:
            raise psycopg.errors.DeadlockDetected("for ever")
        return items

    answers, _ = run(work, [1, 2], batch_max=1)
    assert isinstance(answers[0], Unavailable) and answers[1] == 2


def test_a_lost_connection_is_opened_again():
    opened = []

    def connect():
        opened.append(Connection())
        return opened[-1]

    def work(conn, items):
        if len(opened) == 1:
            raise psycopg.OperationalError("server closed the connection unexpectedly")
        return items

    answers, _ = run(work, [1, 2], connect=connect)
    assert answers == [1, 2]
    assert len(opened) == 2 and opened[0].is_closed


def test_a_full_queue_refuses_at_once_and_drops_nothing():
    gate = threading.Event()

    async def main():
        def work(conn, items):
            gate.wait(5)
            return items

        batcher = Batcher("test", Connection, work, batch_max=10, in_hand_max=10)
        batcher.start(asyncio.get_running_loop())
        taken = [batcher.put(number) for number in range(10)]
        with pytest.raises(Busy):
            batcher.put(10)
        gate.set()
        assert await asyncio.gather(*taken) == list(range(10))
        assert await batcher.put(11) == 11
        await asyncio.get_running_loop().run_in_executor(None, batcher.leave, 5)
        with pytest.raises(Busy):
            batcher.put(12)

    asyncio.run(main())


def begun(pace_ms, puts_at_once):
    """When batches began, in seconds after the first, while so many more requests come every ms, for 0.2 s."""
    begins = []

    def work(conn, items):
        begins.append(time.monotonic())
        return items

    async def main():
        loop = asyncio.get_running_loop()
        batcher = Batcher("test", Connection, work, batch_max=1000, in_hand_max=10_000, pace_ms=pace_ms)
        batcher.start(loop)
        waiting, ends = [], loop.time() + 0.2
        while loop.time() < ends:
            waiting += [batcher.put(number) for number in range(puts_at_once)]
            await asyncio.sleep(0.001)
        await asyncio.gather(*waiting)
        await loop.run_in_executor(None, batcher.leave, 5)

    asyncio.run(main())
    return [later - begins[0] for later in begins]


def test_a_crowds_batches_keep_their_pace_and_a_lonely_request_leaves_at_once():
    assert len(begun(50, 20)) <= 7
    assert len(begun(50, 1)) > 10  # nobody to wait for
    assert len(begun(0, 20)) > 10  # the control


def lists_behind(first_takes_seconds, *, is_behind):
    """How many single requests a batcher works off in 0.6 s while another one answers lists that take so long."""
    done = []

    def slowly(conn, items):
        time.sleep(first_takes_seconds)
        return items

    def count(conn, items):
        done.append(time.monotonic())
        return items

    async def main():
        loop = asyncio.get_running_loop()
        first = Batcher("first", Connection, slowly, batch_max=1000, in_hand_max=10_000)
        second = Batcher(
            "second", Connection, count, batch_max=1, in_hand_max=10_000, behind=first if is_behind else None
        )
        first.start(loop)
        second.start(loop)
        await first.put(0)
        ends = loop.time() + 0.6
        waiting = [second.put(number) for number in range(100)]
        while loop.time() < ends:
            await first.put(1)
        counted = len(done)
        for batcher in (first, second):  # whoever leaves waits for nobody, and answers what was taken
            await loop.run_in_executor(None, batcher.leave, 5)
        assert await asyncio.gather(*waiting) == list(range(100))
        return counted

    return asyncio.run(main())


def test_what_is_behind_gives_way_while_others_wait_and_goes_on_all_the_same(monkeypatch):
    assert 1 <= lists_behind(0.04, is_behind=True) <= 4
    assert lists_behind(0.04, is_behind=False) == 100  # the control
    monkeypatch.setattr("redflower.engine.batch._LATE_MS", 10_000)  # nobody waits that long
    assert lists_behind(0.04, is_behind=True) == 100


def test_a_bucket_fills_at_its_rate_and_serves_a_list_whole():
    buckets = Buckets(60)
    assert [buckets.take("a", 1, 0) for _ in range(60)] == [0] * 60
    assert buckets.take("a", 1, 0) == 1
    assert buckets.take("b", 500, 0) == 0  # a list that finds a token is served whole, and paid for afterwards
    assert buckets.take("b", 1, 60 * SECOND) > 300
    assert buckets.take("a", 1, SECOND) == 0
    assert Buckets(0).take("a", 10**9, 0) == 0


def test_an_address_is_believed_only_from_our_own_proxies():
    assert find_address("10.0.0.1", "192.0.2.9", 0) == "10.0.0.1"
    assert find_address("10.0.0.1", "198.51.100.7, 192.0.2.9", 1) == "192.0.2.9"
    assert find_address("10.0.0.1", "", 1) == "10.0.0.1"
    assert find_address("2001:db8:1:2:3:4:5:6", "", 0) == "2001:db8:1:2::/64"
