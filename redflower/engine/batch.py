"""The batcher: requests wait in a queue, a writer takes whatever came while the last commit ran.

At rest a request is a batch of one and leaves at once; under load the batch grows with the queue, and one commit pays
for all of it. An answer is given only after the commit: what was answered is durable.
"""

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, Generic, TypeVar

import psycopg

from redflower.engine.refusals import Busy, Failed, Unavailable
from redflower.kernel.errors import Refusal
from redflower.plumbing.rows import Overtaken
from redflower.plumbing.trips import InFewTrips, in_few_trips

Item = TypeVar("Item")
Answer = TypeVar("Answer")
Connection = psycopg.Connection[Any]

# Tried again at once: the other transaction of the circle has ended (docs/locking.md).
_COLLISIONS = (psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure, Overtaken)
_TRIES = 5
_RECONNECT_SECONDS = (0, 1, 1, 1)  # then those who wait are told; the next batch tries afresh
_RETRY_AFTER_SECONDS = 1
_CROWD = 8  # requests in one batch
_LATE_MS = 20  # a wait that long, and who is behind gives way
_LATE_FOR_MS = 100  # from the last such wait
_GIVE_WAY_MS = 500  # before each list, at most: what gives way goes on all the same, two lists a second
_LOOK_MS = 2

log = logging.getLogger("redflower.engine")


def _now_ms() -> int:
    return time.monotonic_ns() // 1_000_000


def _pause(milliseconds: int) -> None:
    time.sleep(timedelta(milliseconds=milliseconds).total_seconds())


class _Waiting(Generic[Item]):
    """One request in the queue: what it wants, how many items of work that is, who waits for the answer, since when."""

    __slots__ = ("future", "item", "since", "weight")

    def __init__(self, item: Item, weight: int, future: "asyncio.Future[Any]") -> None:
        self.item = item
        self.weight = weight
        self.future = future
        self.since = _now_ms()


class Batcher(Generic[Item, Answer]):
    """One queue and its writer: a thread with a connection of its own.

    `work(connection, items)` runs inside a transaction and returns one answer per item, in order; it may be called
    again for the same items, so it must be a replay the second time. `put` is for the event loop's thread only. What is
    `behind` another batcher lets it go first while people wait there. With a pace, batches of a crowd begin no closer to
    each other than that. Units: items, milliseconds.
    """

    def __init__(
        self,
        name: str,
        connect: Callable[[], Connection],
        work: Callable[[Connection, list[Item]], Sequence[Answer]],
        *,
        batch_max: int,
        in_hand_max: int,
        behind: "Batcher[Any, Any] | None" = None,
        pace_ms: int = 0,
    ) -> None:
        self._batch_max, self._in_hand_max, self._behind, self._pace_ms = batch_max, in_hand_max, behind, pace_ms
        self._queue: deque[_Waiting[Item]] = deque()  # the loop's thread alone adds, the writer alone takes: no lock
        self._in_hand = 0  # weight that has been put and not been answered; the loop's thread alone counts
        self._leaving = False
        self._late_until = 0
        self._writer = _Writer(name, connect, work, self)

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begins to work for the requests of this loop."""
        self._loop = loop
        self._writer.start()

    def put(self, item: Item, weight: int = 1) -> "asyncio.Future[Answer]":
        """Queues a request; what is returned is done once its transaction is durable.

        Errors: Busy, at once, when too much waits already or we are leaving. From the future: Unavailable while the
        database is away, Failed for a request that fails alone, whatever refusal the work raised for it.
        """
        if self._leaving or (self._in_hand and self._in_hand + weight > self._in_hand_max):
            raise Busy(seconds=_RETRY_AFTER_SECONDS)
        self._in_hand += weight
        future: asyncio.Future[Answer] = self._loop.create_future()
        self._queue.append(_Waiting(item, weight, future))
        if not self._writer.wanted.is_set():  # setting takes a lock, looking does not
            self._writer.wanted.set()
        return future

    def is_alive(self) -> bool:
        """Whether the writer is at work."""
        return self._writer.is_alive()

    def leave(self, seconds: int) -> None:
        """Takes nothing more and waits, at most so long, until all that was taken has been answered."""
        self._leaving = True
        self._writer.leave()
        self._writer.join(seconds)

    def is_late(self) -> bool:
        """Whether somebody has just waited for too long here; from any thread."""
        return _now_ms() < self._late_until

    def give_way(self) -> None:
        """Waits while those who go first are late, though not for ever; the writer asks before it takes anything."""
        if self._behind is not None:
            until = _now_ms() + _GIVE_WAY_MS
            while self._behind.is_late() and not self._leaving and _now_ms() < until:
                _pause(_LOOK_MS)

    def rest(self, size: int, began_ms: int) -> None:
        """Lets the next batch of a crowd grow, after one of so many requests: a batch costs much before its first item."""
        if self._pace_ms and size >= _CROWD:
            _pause(max(began_ms + self._pace_ms - _now_ms(), 0))

    def take(self) -> "list[_Waiting[Item]]":
        """Everything that waits, up to what one commit should hold; a heavier request goes alone."""
        batch: list[_Waiting[Item]] = []
        room = self._batch_max
        while self._queue and (not batch or self._queue[0].weight <= room):
            batch.append(self._queue.popleft())
            room -= batch[-1].weight
        return batch

    def deliver(self, batch: "list[_Waiting[Item]]", answers: Sequence[Answer | Exception]) -> None:
        """Answers a batch, from a writer's thread."""
        now = _now_ms()
        if now - batch[0].since > _LATE_MS:
            self._late_until = now + _LATE_FOR_MS
        self._loop.call_soon_threadsafe(self._deliver, batch, answers)

    def _deliver(self, batch: list[_Waiting[Item]], answers: Sequence[Answer | Exception]) -> None:
        for waiting, answer in zip(batch, answers, strict=True):
            self._in_hand -= waiting.weight
            if waiting.future.done():  # whoever asked has gone
                continue
            if isinstance(answer, Exception):
                waiting.future.set_exception(answer)
            else:
                waiting.future.set_result(answer)


class _Writer(threading.Thread, Generic[Item, Answer]):
    """Takes batches for as long as something waits, and answers each once its transaction is durable."""

    def __init__(
        self,
        name: str,
        connect: Callable[[], Connection],
        work: Callable[[Connection, list[Item]], Sequence[Answer]],
        batcher: Batcher[Item, Answer],
    ) -> None:
        super().__init__(name=name, daemon=True)
        self._connect, self._work, self._batcher = connect, work, batcher
        self.wanted = threading.Event()
        self._leaving = False
        self._conn: Connection | None = None

    def leave(self) -> None:
        """Ends once nothing waits that is for it."""
        self._leaving = True
        self.wanted.set()

    def run(self) -> None:
        """Works until told to leave."""
        while not self._leaving:
            self.wanted.wait()
            self.wanted.clear()
            self._work_off()
        self._work_off()  # what was put while we looked whether to leave
        self._hang_up()

    def _work_off(self) -> None:
        while batch := self._next():
            began_ms = _now_ms()
            self._batcher.deliver(batch, self._answer(batch))
            self._batcher.rest(len(batch), began_ms)

    def _next(self) -> list[_Waiting[Item]]:
        self._batcher.give_way()
        return self._batcher.take()

    def _answer(self, batch: list[_Waiting[Item]]) -> Sequence[Answer | Exception]:
        """The answers of a batch; one that fails is halved, until the request that is to blame stands alone."""
        try:
            return self._attempt([waiting.item for waiting in batch])
        except Unavailable as fault:
            return [fault] * len(batch)
        except Exception as fault:
            if len(batch) == 1:
                return [self._blame(fault)]
        half = len(batch) // 2
        return [*self._answer(batch[:half]), *self._answer(batch[half:])]

    def _blame(self, fault: Exception) -> Exception:
        if isinstance(fault, Refusal):
            return fault
        log.error("a request failed alone", exc_info=fault)
        return Failed()

    def _attempt(self, items: list[Item]) -> Sequence[Answer]:
        """Works through the items in one transaction, again after a collision or a lost connection.

        A commit whose answer was lost may have happened: then the second time is a replay, as for a client's retry.
        """
        collisions, pauses = 0, iter(_RECONNECT_SECONDS)
        while True:
            try:
                if self._conn is None:
                    self._conn = self._connect()
                with in_few_trips(self._conn) if isinstance(self._work, InFewTrips) else self._conn.transaction():
                    return self._work(self._conn, items)  # committed before anybody hears of it
            except _COLLISIONS as fault:
                collisions += 1
                if collisions == _TRIES:
                    if isinstance(fault, Overtaken):  # by nobody, it seems: one of the items is to blame
                        raise
                    raise Unavailable(seconds=_RETRY_AFTER_SECONDS) from None
            except (psycopg.OperationalError, psycopg.InterfaceError) as fault:
                self._hang_up()
                pause = next(pauses, None)
                if pause is None:
                    log.error("database unavailable: %s", fault)
                    raise Unavailable(seconds=_RETRY_AFTER_SECONDS) from fault
                time.sleep(pause)

    def _hang_up(self) -> None:
        if self._conn is not None:
            self._conn.close()
            self._conn = None
