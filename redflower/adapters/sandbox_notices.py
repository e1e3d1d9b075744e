"""What the sandbox provider tells, read strictly: JSON with one meaning and every field as it should be, or a refusal.

What the provider adds one day is left alone.
"""

import json
import re
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Annotated, Any, Generic, Literal, TypeVar

import msgspec
from msgspec import UNSET, Meta

from redflower.adapters.payment_errors import NoticeForAnother, NoticeIncomplete, NoticeUnreadable
from redflower.adapters.sandbox_bank.notices import PROVIDER
from redflower.domains.payments.types import NoticeStatus, PaymentNotice, RefundNotice, RefundStatus
from redflower.kernel.ids import read_ids
from redflower.kernel.limits import BIGINT_MAX
from redflower.kernel.repeated_keys import KeyCount

_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", re.ASCII)
_FIELD = re.compile(r"(?:^Object missing required field `(\w+)`|\.(\w+)`$)")  # in the decoder's words

_Opaque = Annotated[str, Meta(min_length=1, max_length=128)]  # and `_is_opaque`
# One spelling only, so that one order has one number.
_Number = Annotated[str, Meta(pattern=r"\A[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z")]
_Amount = Annotated[int, Meta(gt=0, le=BIGINT_MAX)]
_Unneeded = str | msgspec.UnsetType


class _Outcome(msgspec.Struct):
    """What all that the provider tells has in common."""

    event: str
    provider: Literal["sandbox"]
    merchant: str
    txn: _Opaque
    amount_minor: _Amount
    currency: str


class _Payment(_Outcome):
    """What became of a charge."""

    order_no: _Number
    payer_id: _Opaque
    paid_at: str
    status: NoticeStatus


class _PaymentAsWritten(_Payment):
    charge_id: _Unneeded = UNSET
    sent_at: _Unneeded = UNSET


class _Refund(_Outcome):
    """What became of a refund."""

    refund_no: _Number
    decided_at: str
    status: RefundStatus


class _RefundAsWritten(_Refund):
    order_no: _Unneeded = UNSET
    sent_at: _Unneeded = UNSET


_Told = TypeVar("_Told", bound=msgspec.Struct)


class _Reader(Generic[_Told]):
    """Reads one object of a shape, or an array of them: at one go where it is just as the provider writes it today."""

    def __init__(self, shape: type[_Told], as_written: type[_Told]) -> None:
        self._shape, self._keys = shape, KeyCount(as_written)
        self._decode_one = msgspec.json.Decoder(as_written).decode
        self._decode_many = msgspec.json.Decoder(list[as_written]).decode  # type: ignore[valid-type]

    def read(self, body: bytes, *, is_list: bool) -> Sequence[_Told]:
        """Errors: NoticeUnreadable, NoticeIncomplete."""
        try:
            told = self._decode_many(body) if is_list else [self._decode_one(body)]
            if not self._keys.may_repeat(body, told):
                return told
        except (ValueError, RecursionError):
            pass  # a second look says what is wrong, if anything
        facts = _read_json(body)
        try:
            return msgspec.convert(facts if is_list else [facts], list[self._shape])  # type: ignore[name-defined]
        except msgspec.ValidationError as fault:
            field = _FIELD.search(str(fault))
            if field is None:  # not an object at all
                raise NoticeUnreadable from fault
            raise NoticeIncomplete(field=field[1] or field[2]) from fault


_read_payments = _Reader(_Payment, _PaymentAsWritten).read
_read_refunds = _Reader(_Refund, _RefundAsWritten).read


def read_notices(body: bytes, merchant: str) -> list[PaymentNotice]:
    """A notice about a payment, or an array of them.

    Errors: NoticeUnreadable, NoticeIncomplete, NoticeForAnother.
    """
    return _make_notices(_read_payments(body, is_list=body.lstrip()[:1] == b"["), merchant)


def read_notice(body: bytes, merchant: str) -> PaymentNotice:
    """As `read_notices`, for one."""
    return _make_notices(_read_payments(body, is_list=False), merchant)[0]


def read_refund_notice(body: bytes, merchant: str) -> RefundNotice:
    """As `read_notice`, for a refund."""
    (told,) = _read_refunds(body, is_list=False)
    _check(told, "refund")
    notice = RefundNotice(
        provider=PROVIDER,
        provider_refund=told.txn,
        refund_id=read_ids([told.refund_no])[0],
        amount_minor=told.amount_minor,
        currency=told.currency,
        status=told.status,
        decided_at=_read_instant(told.decided_at, "decided_at"),
    )
    _check_merchant([told], merchant)
    return notice


def _make_notices(told: Sequence[_Payment], merchant: str) -> list[PaymentNotice]:
    if not _are_in_order(told):
        for each in told:
            _check(each, "payment")
            if not _is_opaque(each.payer_id):
                raise NoticeIncomplete(field="payer_id")
            _read_instant(each.paid_at, "paid_at")
    notices = [
        PaymentNotice(
            PROVIDER, each.txn, order_id, each.amount_minor, each.currency, each.payer_id, each.status,
            _read_instant(each.paid_at, "paid_at"),
        )
        for each, order_id in zip(told, read_ids([each.order_no for each in told]), strict=True)
    ]  # fmt: skip
    _check_merchant(told, merchant)
    return notices


def _are_in_order(told: Sequence[_Payment]) -> bool:
    """Whether nothing but the times is left to be said against any of a list; they share their words."""
    words = {(each.event, each.status, each.currency) for each in told}
    return _is_opaque("".join([each.txn + each.payer_id for each in told])) and all(
        event == f"payment.{status}" and _is_currency(currency) for event, status, currency in words
    )


def _check(told: _Payment | _Refund, subject: str) -> None:
    if told.event != f"{subject}.{told.status}":
        raise NoticeIncomplete(field="event")
    if not _is_opaque(told.txn):
        raise NoticeIncomplete(field="txn")
    if not _is_currency(told.currency):
        raise NoticeIncomplete(field="currency")


def _check_merchant(told: Sequence[_Payment] | Sequence[_Refund], merchant: str) -> None:
    if {each.merchant for each in told} - {merchant}:
        raise NoticeForAnother


def _is_opaque(text: str) -> bool:
    """An id of the provider: printable ASCII, whatever its shape."""
    return text.isascii() and text.isprintable() and " " not in text


@lru_cache(maxsize=256)
def _is_currency(text: str) -> bool:
    return re.fullmatch("[A-Z]{3}", text) is not None


@lru_cache(maxsize=256)  # the payments of one list share their times
def _read_instant(text: str, field: str) -> datetime:
    try:
        if _INSTANT.fullmatch(text):
            return datetime.fromisoformat(text)
    except ValueError:
        pass  # a day that does not exist
    raise NoticeIncomplete(field=field)


def _read_json(body: bytes) -> Any:
    try:
        return json.loads(body.decode(), object_pairs_hook=_refuse_duplicates, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as fault:
        raise NoticeUnreadable from fault


def _refuse_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    facts = dict(pairs)
    if len(facts) != len(pairs):
        raise ValueError("duplicate key")
    return facts


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
