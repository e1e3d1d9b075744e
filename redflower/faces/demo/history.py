"""Lets the planned gifts happen again: intent, payment, settlement and draw, each at its own time.

The quiet months and the running festival have nothing to say to each other, so they are relived side by side, each in
a process of its own; within one, every batch is settled before the next is made.
"""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from uuid import UUID

from redflower.domains.donations.rules import GivingPolicy
from redflower.domains.donations.services import make_gifts
from redflower.domains.donations.types import GiftRequest, IntentOutcome
from redflower.domains.festivals.services import NewFestival, close_pools, draw_due_slices
from redflower.domains.payments.types import NoticeStatus, PaymentNotice
from redflower.engine.settle import SettlePolicy
from redflower.faces.demo.bonuses import Gathering
from redflower.faces.demo.giving import Batch, PlannedGift
from redflower.faces.shared.settlement import settle
from redflower.kernel.money import CNY
from redflower.plumbing.beside import beside
from redflower.plumbing.db import close_connection, prepare_statements, wait_for_disk

PROVIDER = "seed"  # not the sandbox: its books never saw these, and the auditor compares books
CLOSES_AFTER = timedelta(minutes=2)
_TOLD = frozenset(NoticeStatus)  # of other outcomes the provider never says a word


@dataclass(frozen=True, slots=True)
class OpenFestival:
    """A festival whose slices are drawn while time passes."""

    id: UUID
    hours: NewFestival


@dataclass(frozen=True, slots=True)
class Chapter:
    """Batches to relive in their order, numbered on from the gifts before them, the festivals of their time, and what is
    gathered for one of them."""

    batches: Sequence[Batch]
    first_number: int
    festivals: Sequence[OpenFestival]
    gathering: Gathering | None = None


@dataclass(frozen=True, slots=True)
class Stage:
    """What every chapter needs: projects and donors by their numbers, and the policies of the instance."""

    project_ids: Sequence[UUID]
    donor_ids: Sequence[UUID]
    giving_policy: GivingPolicy
    settle_policy: SettlePolicy
    zone: str


def relive(stage: Stage, chapters: Sequence[Chapter]) -> None:
    """Relives chapters side by side.

    Errors: BesideFailed.
    """
    close_connection()
    with ExitStack() as together:
        for chapter in chapters:
            together.enter_context(beside(_relive_in_child, stage, chapter))


def _relive_in_child(stage: Stage, chapter: Chapter) -> None:
    prepare_statements()
    wait_for_disk(False)
    relive_chapter(stage, chapter)
    close_connection()


def relive_chapter(stage: Stage, chapter: Chapter) -> None:
    """Makes and settles every batch, draws what falls due, and closes the pools of festivals that end.

    Errors: whatever a door refuses; nothing after it is written.
    """
    number = chapter.first_number
    closed: set[UUID] = set()
    for batch in chapter.batches:
        notices = _make(stage, batch, number)
        number += len(batch.gifts)
        settle(notices, stage.settle_policy, batch.settles_at)
        if chapter.gathering:
            chapter.gathering.go_on(batch, stage.project_ids, stage.donor_ids, stage.zone)
        for festival in chapter.festivals:
            if festival.id not in closed and draw_until(festival, stage.zone, batch.settles_at):
                closed.add(festival.id)


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


def _make(stage: Stage, batch: Batch, number: int) -> list[PaymentNotice]:
    """Writes a batch's intents; returns what the provider will say of them."""
    requests = [_request(stage, number + place, gift) for place, gift in enumerate(batch.gifts)]
    answers = make_gifts(requests, PROVIDER, stage.giving_policy, batch.starts_at)
    notices = []
    for place, (gift, answer) in enumerate(zip(batch.gifts, answers, strict=True)):
        if not isinstance(answer, IntentOutcome):
            raise answer
        if gift.outcome in _TOLD:
            notices.append(_notice(number + place, gift, answer))
    return notices


def _request(stage: Stage, number: int, gift: PlannedGift) -> GiftRequest:
    return GiftRequest(
        idempotency_key=f"seed-{number}",
        donor_id=stage.donor_ids[gift.donor],
        project_id=stage.project_ids[gift.project],
        amount_minor=gift.amount_minor,
        shown_as=gift.signature.shown_as,
        shown_name=gift.signature.shown_name,
        message=gift.message,
    )


def _notice(number: int, gift: PlannedGift, intent: IntentOutcome) -> PaymentNotice:
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
