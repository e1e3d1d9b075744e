"""What the provider's books hold, as frozen values, and the ways the provider says no."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

State = Literal["open", "paid", "failed", "cancelled", "closed"]
Behaviour = Literal["normal", "slow", "late", "twice", "fail", "cancel"]
RefundBehaviour = Literal["normal", "slow", "late", "twice", "fail"]
BEHAVIOURS: tuple[Behaviour, ...] = get_args(Behaviour)

CURRENCY = "CNY"
CHARGE_MAX_MINOR = 10_000_000_000  # fen; the provider's own ceiling, wider than any merchant's

_ORDER_NO = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
_DESCRIPTION = re.compile(r"[^\x00-\x1f\x7f\ud800-\udfff]{1,200}")
_LOCAL_PATH = re.compile(r"/(?!/)[!-\[\]-~]{0,511}", re.ASCII)  # printable ASCII without the backslash
_HTTP_URL = re.compile(r"https?://[!-~]{1,500}", re.ASCII)


@dataclass(frozen=True, slots=True)
class ChargeRequest:
    """What a merchant asks to be paid.

    Units: `amount_minor` in fen.
    Shape: `order_no` is the merchant's own number (for us `str(order id)`); `return_path` a path on this site, where
    the payer's browser goes afterwards; `notice_url` an absolute http(s) address; after `expires_at` nobody can pay.
    """

    order_no: str
    amount_minor: int
    currency: str
    description: str
    return_path: str
    notice_url: str
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Charge:
    """A charge as the provider knows it. `txn`, `payer_id` and `decided_at` exist once a payer has acted."""

    charge_id: str
    merchant: str
    order_no: str
    amount_minor: int
    currency: str
    description: str
    return_path: str
    notice_url: str
    opened_at: datetime
    expires_at: datetime | None
    state: State
    txn: str | None
    payer_id: str | None
    decided_at: datetime | None

    def has_expired(self, now: datetime) -> bool:
        """True when the merchant's time limit has passed, whatever the state."""
        return self.expires_at is not None and now >= self.expires_at


@dataclass(frozen=True, slots=True)
class RefundRequest:
    """What a merchant asks to be given back, under its own number for ever.

    Units: `amount_minor` in fen. `order_no` is the payment's.
    """

    refund_no: str
    order_no: str
    amount_minor: int
    notice_url: str


@dataclass(frozen=True, slots=True)
class Refund:
    """A refund as the provider knows it; until `final_at` it is still being carried out.

    `charge_id` is None when there was nothing that could be given back.
    """

    merchant: str
    refund_no: str
    order_no: str
    charge_id: str | None
    amount_minor: int
    txn: str
    asked_at: datetime
    final_at: datetime
    outcome: Literal["done", "failed"]

    def is_final(self, now: datetime) -> bool:
        """True once the outcome stands."""
        return now >= self.final_at


@dataclass(frozen=True, slots=True)
class SignedNotice:
    """One delivery to make: POST `body` with `headers` to `url`."""

    notice_id: int
    url: str
    body: bytes
    headers: dict[str, str]
    tries: int


@dataclass(frozen=True, slots=True)
class NoticeRecord:
    """Where one notice in the outbox stands."""

    notice_id: int
    charge_id: str
    due_at: datetime
    tries: int
    delivered_at: datetime | None
    given_up_at: datetime | None
    last_error: str | None


class BankError(Exception):
    """Base of everything the provider refuses."""


class UnknownCharge(BankError):
    """There is no such charge in the books."""


class BadCharge(BankError):
    """A request the provider cannot take; `field` says which part."""

    def __init__(self, order_no: str, field: str) -> None:
        super().__init__(f"charge {order_no!r}: {field}")
        self.order_no = order_no
        self.field = field


class ChargeConflict(BankError):
    """The order number is already in use for another amount or currency."""

    def __init__(self, order_no: str) -> None:
        super().__init__(f"order {order_no!r} was opened with other content")
        self.order_no = order_no


class BadLink(BankError):
    """A payment link that opens nothing; `why` is unreadable, forged or expired."""

    def __init__(self, why: str) -> None:
        super().__init__(f"link {why}")
        self.why = why


class BankDown(BankError):
    """The books cannot be read or written now: locked too long, disk full, folder gone."""


def is_refund_no(refund_no: str) -> bool:
    """Whether a merchant's number for a refund can be taken."""
    return _ORDER_NO.fullmatch(refund_no) is not None


def is_local_path(path: str) -> bool:
    """True for a path on this very site, safe to send a browser to: no scheme, no host, nothing a browser repairs."""
    return _LOCAL_PATH.fullmatch(path) is not None


def find_fault(request: ChargeRequest) -> str | None:
    """The name of the first field the provider cannot take, or None."""
    if _ORDER_NO.fullmatch(request.order_no) is None:
        return "order_no"
    if type(request.amount_minor) is not int or not 1 <= request.amount_minor <= CHARGE_MAX_MINOR:
        return "amount_minor"
    if request.currency != CURRENCY:
        return "currency"
    if _DESCRIPTION.fullmatch(request.description) is None:
        return "description"
    if not is_local_path(request.return_path):
        return "return_path"
    if _HTTP_URL.fullmatch(request.notice_url) is None:
        return "notice_url"
    if request.expires_at is not None and request.expires_at.tzinfo is None:
        return "expires_at"
    return None
