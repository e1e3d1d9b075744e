"""Pure decisions about what a provider tells us."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import blake2b
from uuid import UUID

from redflower.domains.payments.types import (
    AlarmKind,
    Capture,
    OrderTerms,
    PaymentNotice,
    RefundNotice,
    RefundTerms,
)
from redflower.kernel.ids import hashed_ids

CLOCK_TOLERANCE = timedelta(minutes=5)


def compute_request_keys(actor_ids: Sequence[bytes], keys: Sequence[str]) -> list[bytes]:
    """What makes an order unique for ever, from who asks and their own key for it: 16 bytes each, the actor's time (the
    first six bytes of their id) and a hash of both.

    So the keys of guests who come together lie together, where their order is written and where it is looked for. Only one
    actor can make two keys meet, both their own, and would find their own order.
    """
    asked = zip(actor_ids, keys, strict=True)
    hashes = hashed_ids([blake2b(b"order" + actor + key.encode(), digest_size=16).digest() for actor, key in asked])
    return [actor[:6] + each[6:] for actor, each in zip(actor_ids, hashes, strict=True)]


def judge_notice(order: OrderTerms | None, notice: PaymentNotice, now: datetime) -> AlarmKind | None:
    """Why a paid notice cannot settle its order, or None when it can.

    Checked in order: unknown order, provider, amount, currency, a payment time in the future. An expired order still
    settles: the money has moved, and the donor meant it. What is settled already was not in the future then, whatever
    the clock says now.
    """
    if order is None:
        return AlarmKind.UNKNOWN_ORDER
    if notice.provider != order.provider:
        return AlarmKind.WRONG_PROVIDER
    if notice.amount_minor != order.amount_minor:
        return AlarmKind.WRONG_AMOUNT
    if notice.currency != order.currency:
        return AlarmKind.WRONG_CURRENCY
    if notice.paid_at > now + CLOCK_TOLERANCE and not order.is_captured:
        return AlarmKind.PAID_IN_FUTURE
    return None


def judge_claim(notice: PaymentNotice, by_order: Capture | None, by_txn_order: UUID | None) -> AlarmKind | None:
    """What a notice means whose capture could not be written because one exists: None for a plain repetition."""
    if by_order is not None:
        return None if by_order.provider_txn == notice.provider_txn else AlarmKind.PAID_TWICE
    return AlarmKind.TXN_REUSED if by_txn_order is not None else None


def judge_refund(terms: RefundTerms | None, notice: RefundNotice) -> AlarmKind | None:
    """Why a refund's notice cannot be booked, or None when it can, or was.

    Checked in order: unknown refund, other terms, a word that contradicts an earlier one, another transaction.
    """
    if terms is None:
        return AlarmKind.UNKNOWN_REFUND
    if (notice.provider, notice.amount_minor, notice.currency) != (terms.provider, terms.amount_minor, terms.currency):
        return AlarmKind.REFUND_DIFFERS
    if terms.ended is None:
        return None
    if notice.status != terms.ended:
        return AlarmKind.REFUND_CONTRADICTS
    return None if notice.provider_refund == terms.provider_refund else AlarmKind.REFUNDED_TWICE
