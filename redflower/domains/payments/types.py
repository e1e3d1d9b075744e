"""Frozen values of payments."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple, Protocol
from uuid import UUID


class NoticeStatus(StrEnum):
    """What a provider says became of an order."""

    PAID = "paid"
    FAILED = "failed"
    CANCELLED = "cancelled"


class PaymentNotice(NamedTuple):
    """A provider's signed word about one order, after its signature was verified."""

    provider: str
    provider_txn: str
    order_id: UUID
    amount_minor: int
    currency: str
    payer_id: str
    status: NoticeStatus
    paid_at: datetime


class NewOrders(NamedTuple):
    """Payments to ask a provider for, a column at a time; ids, keys and hashes as their 16 bytes. Units: fen.

    `request_keys` make them unique for ever: `rules.compute_request_keys`.
    """

    ids: Sequence[bytes]
    request_keys: Sequence[bytes]
    request_hashes: Sequence[bytes]
    amounts: Sequence[int]
    descriptions: Sequence[str]
    provider: str
    currency: str
    created_at: datetime
    expires_at: datetime


class StandingOrder(NamedTuple):
    """An order that another request with its key was there first with. Units: fen."""

    id: bytes
    request_hash: bytes
    amount_minor: int
    expires_at: datetime


class OrderTerms(Protocol):
    """What a provider was asked to collect: what its notice must repeat. Units: fen."""

    @property
    def provider(self) -> str: ...
    @property
    def amount_minor(self) -> int: ...
    @property
    def currency(self) -> str: ...
    @property
    def is_captured(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Capture:
    """Money a provider says it collected for an order."""

    order_id: UUID
    provider: str
    provider_txn: str
    amount_minor: int
    payer_id: str
    paid_at: datetime
    noticed_at: datetime


class AlarmKind(StrEnum):
    """Why a notice was parked for an operator."""

    UNKNOWN_ORDER = "unknown_order"
    WRONG_PROVIDER = "wrong_provider"
    WRONG_AMOUNT = "wrong_amount"
    WRONG_CURRENCY = "wrong_currency"
    PAID_TWICE = "paid_twice"  # another transaction has already paid this order
    TXN_REUSED = "txn_reused"  # this transaction has already paid another order
    PAID_IN_FUTURE = "paid_in_future"
    UNKNOWN_REFUND = "unknown_refund"  # the provider gave money back that we did not ask back
    REFUND_DIFFERS = "refund_differs"  # another provider, amount or currency than was asked for
    REFUNDED_TWICE = "refunded_twice"  # another transaction has already given this payment back
    REFUND_CONTRADICTS = "refund_contradicts"  # the provider said the opposite before


class NoticeResult(StrEnum):
    """What became of a notice."""

    SETTLED = "settled"
    REPLAYED = "replayed"  # we had it already; the first answer stands
    ENDED = "ended"  # the attempt is over without money
    PARKED = "parked"  # an alarm was raised for operators


class NoticeOutcome(NamedTuple):
    """The answer to one notice."""

    order_id: UUID
    result: NoticeResult
    alarm: AlarmKind | None = None


@dataclass(frozen=True, slots=True)
class AlarmView:
    """A parked notice, as operators see it."""

    id: UUID
    kind: AlarmKind
    provider: str
    order_id: UUID
    facts: dict[str, Any]
    raised_at: datetime
    resolved_at: datetime | None
    note: str


class OrderState(StrEnum):
    """Derived: pending -> settled | failed | cancelled | expired; a late payment still settles."""

    PENDING = "pending"
    SETTLED = "settled"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class OrderView:
    """An order with what became of it, as operators see it. Units: fen."""

    id: UUID
    provider: str
    amount_minor: int
    description: str
    created_at: datetime
    expires_at: datetime
    state: OrderState
    provider_txn: str | None
    paid_at: datetime | None
    noticed_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class OrderQuery:
    """Which orders an operator looks for: a state, a span of time, an order number or a provider's transaction."""

    state: OrderState | None = None
    since: datetime | None = None
    until: datetime | None = None
    number: str = ""


class RefundStatus(StrEnum):
    """What a provider says became of a refund; both are final."""

    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class RefundNotice:
    """A provider's word about one refund, after its signature was verified or as the answer to our question."""

    provider: str
    provider_refund: str
    refund_id: UUID
    amount_minor: int
    currency: str
    status: RefundStatus
    decided_at: datetime


class RefundOrder(NamedTuple):
    """What a provider is asked to give back: a whole payment, under one number until its end. Units: fen.

    `accepted_by_id` and `released_by_id` are None where the instance's rule decided.
    """

    id: UUID
    order_id: UUID
    attempt: int
    provider: str
    amount_minor: int
    accepted_by_id: UUID | None
    released_by_id: UUID | None
    asked_at: datetime


class RefundTerms(NamedTuple):
    """What a refund's notice is compared with, and what its provider has said before."""

    order_id: UUID
    attempt: int
    provider: str
    amount_minor: int
    currency: str
    ended: RefundStatus | None = None
    provider_refund: str | None = None


@dataclass(frozen=True, slots=True)
class RefundOutcome:
    """The answer to one refund notice. `ended`: the provider will not give this payment back under this number."""

    refund_id: UUID
    result: NoticeResult
    alarm: AlarmKind | None = None
