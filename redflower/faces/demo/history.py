"""Lets the planned gifts happen again, in order: intent, payment, settlement and draw, each at its own time.

Intents are written by a thread of their own, a few batches ahead of the settlement: as at a busy hour, donors do not
wait for each other's payments.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import blake2b
from itertools import islice
from random import Random
from uuid import UUID

from redflower.domains.donations.rules import GivingPolicy
from redflower.domains.donations.services import make_gifts
from redflower.domains.donations.types import GiftRequest, IntentOutcome
from redflower.domains.festivals.services import NewFestival, close_pools, draw_due_slices
from redflower.domains.payments.types import NoticeStatus, PaymentNotice
from redflower.domains.people.services import make_donors
from redflower.engine.settle import SettlePolicy
from redflower.faces.demo.giving import Batch, PlannedGift
from redflower.faces.demo.homes import choose_homes
from redflower.faces.shared.settlement import settle
from redflower.kernel.money import CNY
from redflower.plumbing.db import close_connection, wait_for_disk

PROVIDER = "seed"  # not the sandbox: its books never saw these, and the auditor compares books
DONORS_AT_ONCE = 2_000
BATCHES_AHEAD = 8
CLOSES_AFTER = timedelta(minutes=2)
_TOLD = frozenset(NoticeStatus)  # of other outcomes the provider never says a word


@dataclass(frozen=True, slots=True)
class OpenFestival:
    """A festival whose slices are drawn while time passes."""

    id: UUID
    hours: NewFestival


def relive(
    history: "History",
    batches: Sequence[Batch],
    festivals: Sequence[OpenFestival],
    zone: str,
) -> int:
    """Makes and settles every batch, draws what falls due, and closes the pools of festivals that end.

    Returns how many gifts were settled.
    Errors: whatever a door refuses; nothing after it is written.
    """
    settled = 0
    closed: set[UUID] = set()
    with _one_thread() as maker:
        waiting: deque[Future[list[PaymentNotice]]] = deque()
        ahead = iter(batches)
        waiting.extend(maker.submit(history.make, batch) for batch in islice(ahead, BATCHES_AHEAD))
        for batch in batches:
            notices = waiting.popleft().result()
            waiting.extend(maker.submit(history.make, following) for following in islice(ahead, 1))
            settled += history.settle(batch, notices)
            for festival in festivals:
                if festival.id not in closed and draw_until(festival, zone, batch.settles_at):
                    closed.add(festival.id)
    return settled


@contextmanager
def _one_thread() -> Iterator[ThreadPoolExecutor]:
    """A thread whose connection is like the seed's own, and is closed with it."""
    with ThreadPoolExecutor(1, "intents", initializer=wait_for_disk, initargs=[False]) as thread:
        try:
            yield thread
        finally:
            thread.submit(close_connection)


def draw_until(festival: OpenFestival, zone: str, now: datetime) -> bool:
    """Draws what is due at a time of the past; True once the festival is over and its pools are closed."""
    if now < festival.hours.opens_at:
        return False
    while draw_due_slices(festival.id, zone, now):
        pass
    if now < festival.hours.closes_at + CLOSES_AFTER:
        return False
    close_pools(festival.id, now)
    return True


@dataclass(slots=True)
class History:
    """Who has given what so far. One batch is made, then settled, before the next is settled."""

    project_ids: Sequence[UUID]
    giving_policy: GivingPolicy
    settle_policy: SettlePolicy
    rng: Random
    donors: int  # how many there will be
    donor_ids: list[UUID] = field(default_factory=list)
    made: int = 0

    def make(self, batch: Batch) -> list[PaymentNotice]:
        """Writes a batch's intents; returns what the provider will say of them."""
        self._meet_donors(batch)
        requests = [self._request(self.made + place, gift) for place, gift in enumerate(batch.gifts)]
        answers = make_gifts(requests, PROVIDER, self.giving_policy, batch.starts_at)
        notices = []
        for place, (gift, answer) in enumerate(zip(batch.gifts, answers, strict=True)):
            if not isinstance(answer, IntentOutcome):
                raise answer
            if gift.outcome in _TOLD:
                notices.append(self._notice(self.made + place, gift, answer))
        self.made += len(batch.gifts)
        return notices

    def settle(self, batch: Batch, notices: Sequence[PaymentNotice]) -> int:
        """Settles a batch's notices; returns how many gifts arrived."""
        outcomes = settle(notices, self.settle_policy, batch.settles_at)
        return sum(outcome.result == "settled" for outcome in outcomes)

    def _meet_donors(self, batch: Batch) -> None:
        newest = max(gift.donor for gift in batch.gifts)
        while newest >= len(self.donor_ids):
            count = min(DONORS_AT_ONCE, self.donors - len(self.donor_ids))
            self.donor_ids += make_donors(count, batch.starts_at, choose_homes(self.rng, count))

    def _request(self, number: int, gift: PlannedGift) -> GiftRequest:
        return GiftRequest(
            idempotency_key=f"seed-{number}",
            donor_id=self.donor_ids[gift.donor],
            project_id=self.project_ids[gift.project],
            amount_minor=gift.amount_minor,
            shown_as=gift.signature.shown_as,
            shown_name=gift.signature.shown_name,
            message=gift.message,
        )

    def _notice(self, number: int, gift: PlannedGift, intent: IntentOutcome) -> PaymentNotice:
        return PaymentNotice(
            provider=PROVIDER,
            provider_txn=f"seed-{gift.paid_at:%Y%m%d}-{number:06d}",
            order_id=intent.gift_id,
            amount_minor=intent.amount_minor,
            currency=CNY,
            payer_id=f"payer_{blake2b(b'seed-%d' % gift.donor, digest_size=16).hexdigest()}",
            status=NoticeStatus(gift.outcome),
            paid_at=gift.paid_at,
        )
