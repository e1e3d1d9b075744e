"""Giving gifts back in the caller's transaction: set aside while the provider is asked, settled by its last word.

Locks, in this order, as everywhere (docs/locking.md): refund keys, flower accounts, festivals (shared), accounts.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg

from redflower.domains.donations.posting import load_returned_gifts, plan_gift_end, plan_gift_promise
from redflower.domains.festivals.posting import (
    load_returned_awards,
    plan_award_end,
    plan_award_promise,
    withdraw_tickets,
)
from redflower.domains.flowers.posting import burn_gift_flowers
from redflower.domains.ledger.posting import find_open_promises, post_transfers
from redflower.domains.payments import posting as payments
from redflower.domains.payments.rules import judge_refund
from redflower.domains.payments.types import (
    AlarmKind,
    NoticeResult,
    RefundNotice,
    RefundOrder,
    RefundOutcome,
    RefundStatus,
    RefundTerms,
)
from redflower.plumbing.events import append_events

Connection = psycopg.Connection[Any]


def promise_refunds(conn: Connection, refunds: Sequence[RefundOrder], now: datetime) -> None:
    """Sets aside what is about to go back, the gifts and what pools gave to them, so that a refund the provider carries
    out can always be booked; and takes the gifts out of the draws still to come.

    Needs: an open transaction that has just written these refunds.
    Errors: BalanceTooLow when a project has spent the money.
    """
    if not refunds:
        return
    attempts = {refund.order_id: refund.attempt for refund in refunds}
    withdraw_tickets(conn, list(attempts), now)
    gifts = [plan_gift_promise(gift) for gift in load_returned_gifts(conn, attempts)]
    awards = [plan_award_promise(each, attempts[each.gift_id]) for each in load_returned_awards(conn, list(attempts))]
    post_transfers(conn, [*gifts, *awards], now)
    append_events(conn, [("refunds.sent", {"gifts": [str(gift_id) for gift_id in attempts]})], now)


def settle_refunds(conn: Connection, notices: Sequence[RefundNotice], now: datetime) -> list[RefundOutcome]:
    """Turns providers' last words about refunds into reversals: of gifts, of their awards and of their flowers.

    Needs: an open transaction; the caller commits before it acknowledges any notice.
    Shape: one outcome per notice, in the order given. A refund that failed is `ended`: what was set aside is free again.
    Replay: a notice seen before, in an earlier list or in this one, is answered `replayed` and writes nothing.
    """
    terms = payments.load_refund_terms(conn, [notice.refund_id for notice in notices])
    fresh: dict[UUID, RefundNotice] = {}
    for notice in notices:
        known = terms.get(notice.refund_id)
        if known is not None and known.ended is None and judge_refund(known, notice) is None:
            fresh.setdefault(notice.refund_id, notice)
    claimed = payments.claim_refunds(conn, list(fresh.values()), terms, now) if fresh else set()
    if len(claimed) < len(notices):  # repetitions, contradictions, somebody else was faster
        terms = payments.load_refund_terms(conn, [notice.refund_id for notice in notices])
    waiting = set(claimed)
    outcomes = []
    for notice in notices:
        outcomes.append(_answer(notice, terms.get(notice.refund_id), notice.refund_id in waiting))
        waiting.discard(notice.refund_id)
    parked = [
        (notice, _order_of(notice, terms), outcome.alarm)
        for notice, outcome in zip(notices, outcomes, strict=True)
        if outcome.alarm is not None
    ]
    if parked:
        payments.raise_refund_alarms(conn, parked, now)
    if claimed:
        _end(conn, [(fresh[refund_id].status, terms[refund_id]) for refund_id in sorted(claimed)], now)
    return outcomes


def _answer(notice: RefundNotice, terms: RefundTerms | None, is_claimed: bool) -> RefundOutcome:
    alarm = judge_refund(terms, notice)
    if alarm is None and is_claimed:
        is_done = notice.status == RefundStatus.DONE
        return RefundOutcome(notice.refund_id, NoticeResult.SETTLED if is_done else NoticeResult.ENDED)
    if alarm is None and (terms is None or terms.ended is None):
        # Neither written nor known: the payment, or the provider's transaction, belongs to another refund.
        alarm = AlarmKind.REFUNDED_TWICE
    return RefundOutcome(notice.refund_id, NoticeResult.PARKED if alarm else NoticeResult.REPLAYED, alarm)


def _order_of(notice: RefundNotice, terms: Mapping[UUID, RefundTerms]) -> UUID:
    known = terms.get(notice.refund_id)
    return known.order_id if known else notice.refund_id


def _end(conn: Connection, ended: Sequence[tuple[RefundStatus, RefundTerms]], now: datetime) -> None:
    """Ends what was set aside: reversed where the money is back, free again where it is not."""
    attempts = {terms.order_id: terms.attempt for _, terms in ended}
    returned = {terms.order_id for status, terms in ended if status == RefundStatus.DONE}
    burned = burn_gift_flowers(conn, list(returned), now) if returned else []
    transfers = [plan_gift_end(gift, gift.id in returned) for gift in load_returned_gifts(conn, attempts)]
    awards = load_returned_awards(conn, list(attempts))
    promised = find_open_promises(conn, [plan_award_promise(award, attempts[award.gift_id]).id for award in awards])
    for award in awards:
        if plan_award_promise(award, attempts[award.gift_id]).id in promised:
            transfers += plan_award_end(award, attempts[award.gift_id], award.gift_id in returned)
    post_transfers(conn, [*burned, *transfers], now)
    told = [("gifts.refunded", sorted(returned)), ("refunds.failed", sorted(attempts.keys() - returned))]
    append_events(conn, [(kind, {"gifts": [str(each) for each in gifts]}) for kind, gifts in told if gifts], now)
