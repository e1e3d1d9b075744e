"""Settling a list of payment notices in the caller's transaction.

Locks, in this order, as everywhere (docs/locking.md): capture keys, the seals (shared), the turn to earn, accounts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Any

import psycopg

from redflower.domains.donations.posting import AwaitedGift, load_gifts, plan_gift_transfers
from redflower.domains.festivals.posting import PaidGifts, issue_tickets
from redflower.domains.flowers.posting import claim_earnings
from redflower.domains.flowers.rules import Deeds, FlowerRule
from redflower.domains.ledger.posting import move_claimed_transfers, write_claimed_transfers
from redflower.domains.payments import posting as payments
from redflower.domains.payments.rules import judge_claim, judge_notice
from redflower.domains.payments.types import AlarmKind, NoticeOutcome, NoticeResult, NoticeStatus, PaymentNotice
from redflower.kernel.clock import local_dates
from redflower.kernel.ids import hashed_ids
from redflower.plumbing.events import append_events

Connection = psycopg.Connection[Any]


@dataclass(frozen=True, slots=True)
class SettlePolicy:
    """What settlement needs from the instance."""

    zone: str  # IANA time zone of the instance's days
    salt: bytes  # keys the person id made of a payer id
    flower_rule: FlowerRule


def settle_notices(
    conn: Connection, notices: Sequence[PaymentNotice], policy: SettlePolicy, now: datetime
) -> list[NoticeOutcome]:
    """Turns verified payment notices into settled gifts, festival tickets, flowers and ledger transfers.

    Needs: an open transaction; the caller commits before it acknowledges any notice.
    Shape: one outcome per notice, in the order given.
    Replay: a notice seen before, in an earlier list or in this one, is answered `replayed` and writes nothing.
    """
    ids = [notice.order_id.bytes for notice in notices]
    gifts = load_gifts(conn, ids)
    outcomes: list[NoticeOutcome | None] = [None] * len(notices)
    claims: dict[bytes, int] = {}  # order id -> place of the notice that claims it
    waiting: list[int] = []  # places of notices whose order or transaction is claimed already
    seen_txns: set[tuple[str, str]] = set()
    for place, (notice, order_id) in enumerate(zip(notices, ids, strict=True)):
        order = gifts.get(order_id)
        if notice.status != NoticeStatus.PAID:
            outcomes[place] = NoticeOutcome(
                notice.order_id,
                NoticeResult.ENDED if order else NoticeResult.PARKED,
                None if order else AlarmKind.UNKNOWN_ORDER,
            )
        elif (alarm := judge_notice(order, notice, now)) or order is None:
            outcomes[place] = NoticeOutcome(notice.order_id, NoticeResult.PARKED, alarm)
        elif order.is_captured or order_id in claims or (txn := (notice.provider, notice.provider_txn)) in seen_txns:
            waiting.append(place)
        else:
            claims[order_id] = place
            seen_txns.add(txn)
    claimed = payments.claim_captures(conn, {each: notices[claims[each]] for each in claims}, now) if claims else []
    settled = NoticeResult.SETTLED
    for order_id in claimed:
        place = claims[order_id]
        outcomes[place] = NoticeOutcome(notices[place].order_id, settled)
    waiting += [place for place in claims.values() if outcomes[place] is None]
    _answer_repeats(conn, notices, waiting, outcomes)
    done = [outcome for outcome in outcomes if outcome is not None]
    _record_the_rest(conn, notices, done, now)
    if claimed:
        _settle_gifts(conn, [gifts[each] for each in claimed], [notices[claims[each]] for each in claimed], policy, now)
    return done


def _answer_repeats(
    conn: Connection, notices: Sequence[PaymentNotice], places: Sequence[int], outcomes: list[NoticeOutcome | None]
) -> None:
    if not places:
        return
    by_order, by_txn = payments.load_captures(conn, [notices[place] for place in places])
    for place in places:
        notice = notices[place]
        alarm = judge_claim(notice, by_order.get(notice.order_id), by_txn.get((notice.provider, notice.provider_txn)))
        result = NoticeResult.PARKED if alarm else NoticeResult.REPLAYED
        outcomes[place] = NoticeOutcome(notice.order_id, result, alarm)


def _record_the_rest(
    conn: Connection, notices: Sequence[PaymentNotice], outcomes: Sequence[NoticeOutcome], now: datetime
) -> None:
    settled = NoticeResult.SETTLED
    rest = [(notice, outcome) for notice, outcome in zip(notices, outcomes, strict=True) if outcome.result != settled]
    ended = [notice for notice, outcome in rest if outcome.result == NoticeResult.ENDED]
    if ended:
        payments.record_ends(conn, ended, now)
        payments.clear_unknown_order_alarms(conn, [notice.order_id for notice in ended], now)
    parked = [(notice, outcome.alarm) for notice, outcome in rest if outcome.alarm is not None]
    if parked:
        payments.raise_alarms(conn, parked, now)


def _settle_gifts(
    conn: Connection,
    gifts: Sequence[AwaitedGift],
    notices: Sequence[PaymentNotice],
    policy: SettlePolicy,
    now: datetime,
) -> None:
    payments.clear_unknown_order_alarms(conn, [notice.order_id for notice in notices], now)
    ids, donors, projects, made_at, _, amounts, _, _ = zip(*gifts, strict=True)
    paid_at = [notice.paid_at for notice in notices]
    people = person_ids(notices, donors, policy.salt)
    issue_tickets(conn, PaidGifts(ids, people, projects, amounts, made_at, paid_at), now)
    append_events(conn, [("gifts.settled", {"gifts": [gift_id.hex() for gift_id in ids]})], now)
    money = plan_gift_transfers(ids, projects, amounts)
    write_claimed_transfers(conn, [money], now)  # all that can be done before other lists wait for this one
    deeds = Deeds(donors, local_dates(paid_at, policy.zone), ids)
    flowers = claim_earnings(conn, deeds, policy.flower_rule, now)
    write_claimed_transfers(conn, flowers, now)
    move_claimed_transfers(conn, [*flowers, money], now)


def person_ids(notices: Sequence[PaymentNotice], donor_ids: Sequence[bytes], salt: bytes) -> list[bytes]:
    """The people behind payments, as ids (16 bytes) that say nothing about them without the salt; where the provider
    names nobody, the donor."""
    keyed = blake2b(key=salt, digest_size=16)
    digests = []
    for notice in notices:
        fresh = keyed.copy()
        fresh.update(f"{notice.provider}:{notice.payer_id}".encode())
        digests.append(fresh.digest())
    return [
        person if notice.payer_id else donor
        for notice, donor, person in zip(notices, donor_ids, hashed_ids(digests), strict=True)
    ]
