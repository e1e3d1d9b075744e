"""Our side of the sandbox payment provider: ask it to collect, believe only its signature, query when in doubt.

Written as for a provider in another city: everything it sends is checked before it is believed, and an order's state
is learnt from notices and queries, never from the donor's browser.
"""

import base64
import binascii
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from threading import BoundedSemaphore
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from redflower.adapters.payment_errors import (
    NoticeForged,
    NoticeStale,
    NoticeTooLarge,
    NoticeUnsigned,
    OrderOpenedDifferently,
    OrderUnacceptable,
    OrderUnknown,
    ProviderDown,
)
from redflower.adapters.sandbox_bank import (
    BadCharge,
    Bank,
    BankDown,
    Charge,
    ChargeConflict,
    ChargeRequest,
    Refund,
    RefundRequest,
    State,
    UnknownCharge,
)
from redflower.adapters.sandbox_bank.keys import load_public_key
from redflower.adapters.sandbox_bank.links import LinkWriter, load_merchant_key
from redflower.adapters.sandbox_bank.notices import (
    PROVIDER,
    SIGNATURE_HEADER,
    SIGNATURE_SCHEME,
    TIMESTAMP_HEADER,
    signed_bytes,
)
from redflower.adapters.sandbox_bank.types import CURRENCY
from redflower.adapters.sandbox_notices import read_notice, read_notices, read_refund_notice
from redflower.domains.payments.types import NoticeStatus, PaymentNotice, RefundNotice, RefundStatus
from redflower.kernel import clock

NOTICE_MAX_BYTES = 16 * 1024
NOTICES_MAX_BYTES = 1024 * 1024
FRESHNESS = timedelta(minutes=5)
_SIGNATURE_BYTES = 64
_CALLS_MAX = 4  # of one process at once: half of the threads that serve its pages
_PLACE_SECONDS = 2

_TIMESTAMP = re.compile(r"[0-9]{1,11}", re.ASCII)


@dataclass(frozen=True, slots=True)
class PaymentPage:
    """Where to send the donor's browser for an order."""

    order_no: str
    url: str


@dataclass(frozen=True, slots=True)
class ChargeStatus:
    """What the provider's books say about an order; `notice` is what it told, or will tell, once a payer has acted."""

    order_no: str
    state: State
    notice: PaymentNotice | None


class SandboxClient:
    """One merchant's dealings with the provider. Cheap to make, safe to share between threads."""

    def __init__(
        self,
        bank_folder: Path,
        merchant: str,
        base_path: str = "/sandbox",
        now: Callable[[], datetime] = clock.now,
    ) -> None:
        self._folder = bank_folder
        self._merchant = merchant
        self._base_path = base_path.rstrip("/")
        self._now = now
        self._places = BoundedSemaphore(_CALLS_MAX)

    def create(self, requests: Sequence[ChargeRequest]) -> list[PaymentPage]:
        """Asks the provider to collect each order; answers where each is paid, in the order asked; all or none.

        Errors: OrderUnacceptable, OrderOpenedDifferently, ProviderDown.
        Replay: an order asked for again with the same amount gets the same page.
        """
        try:
            with self._calling() as bank:
                charges = bank.open_charges(self._merchant, requests, self._now())
        except BadCharge as fault:
            raise OrderUnacceptable(field=fault.field) from fault
        except ChargeConflict as fault:
            raise OrderOpenedDifferently(order_no=fault.order_no) from fault
        except BankDown as fault:
            raise ProviderDown from fault
        return [PaymentPage(charge.order_no, f"{self._base_path}/pay/{charge.charge_id}") for charge in charges]

    def verify_notice(self, headers: Mapping[str, str], raw_body: bytes, now: datetime) -> PaymentNotice:
        """Reads a notice that claims to come from the provider; whatever it returns, the provider has signed.

        Whether order, amount and currency are what we asked for is for `payments` to decide.
        Needs: the body exactly as received; header names in any case.
        Errors: NoticeTooLarge, NoticeUnsigned, NoticeStale, NoticeForged, NoticeUnreadable, NoticeIncomplete,
        NoticeForAnother, and ProviderDown while the provider's public key cannot be read.
        """
        self._check_signature(headers, raw_body, NOTICE_MAX_BYTES, now)
        return read_notice(raw_body, self._merchant)

    def verify_notices(self, headers: Mapping[str, str], raw_body: bytes, now: datetime) -> list[PaymentNotice]:
        """As `verify_notice`, for a delivery that may also be an array of notices under one signature."""
        self._check_signature(headers, raw_body, NOTICES_MAX_BYTES, now)
        return read_notices(raw_body, self._merchant)

    def write_links(self, notice_url: str) -> LinkWriter:
        """A pen for payment links: addresses where orders can be paid, made without asking the provider.

        Errors: ProviderDown.
        """
        try:
            return LinkWriter(load_merchant_key(self._folder, self._merchant), self._merchant, CURRENCY, notice_url)
        except OSError as fault:
            raise ProviderDown from fault

    @property
    def link_path(self) -> str:
        """Where on the provider's site a link's query leads."""
        return f"{self._base_path}/link"

    def _check_signature(self, headers: Mapping[str, str], raw_body: bytes, limit_bytes: int, now: datetime) -> None:
        if len(raw_body) > limit_bytes:
            raise NoticeTooLarge(limit_bytes=limit_bytes)
        timestamp, signature = _read_signature(headers)
        if abs(now - datetime.fromtimestamp(int(timestamp), UTC)) > FRESHNESS:
            raise NoticeStale
        try:
            self._public_key.verify(signature, signed_bytes(timestamp, raw_body))
        except InvalidSignature as fault:
            raise NoticeForged from fault

    def query(self, order_nos: Sequence[str]) -> list[ChargeStatus]:
        """What became of our orders, for when a notice is missing or doubted; unknown orders are left out.

        Errors: ProviderDown.
        """
        try:
            with self._calling() as bank:
                charges = bank.query(self._merchant, order_nos)
        except BankDown as fault:
            raise ProviderDown from fault
        return [_status_of(charge) for charge in charges]

    def refund(self, requests: Sequence[RefundRequest]) -> list[RefundNotice | None]:
        """Asks for payments back; answers the last word about each, or None while it is being carried out.

        Errors: ProviderDown.
        Replay: a number asked for before gets the answer that stands; nothing is given back twice.
        """
        now = self._now()
        try:
            refunds = self._bank.refund(self._merchant, requests, now)
        except BankDown as fault:
            raise ProviderDown from fault
        return [_refund_word(refund) if refund.is_final(now) else None for refund in refunds]

    def query_refunds(self, refund_nos: Sequence[str]) -> list[RefundNotice]:
        """The last word about those of our refunds that have one.

        Errors: ProviderDown.
        """
        try:
            refunds = self._bank.query_refunds(self._merchant, refund_nos)
        except BankDown as fault:
            raise ProviderDown from fault
        return [_refund_word(refund) for refund in refunds if refund.is_final(self._now())]

    def sum_refunds(self) -> tuple[int, int]:
        """How many of our payments the provider has given back, and how much. Units: fen.

        Errors: ProviderDown.
        """
        try:
            return self._bank.sum_refunds(self._merchant, self._now())
        except BankDown as fault:
            raise ProviderDown from fault

    def verify_refund_notice(self, headers: Mapping[str, str], raw_body: bytes, now: datetime) -> RefundNotice:
        """As `verify_notice`, for a notice about a refund."""
        self._check_signature(headers, raw_body, NOTICE_MAX_BYTES, now)
        return read_refund_notice(raw_body, self._merchant)

    def close(self, order_no: str) -> ChargeStatus:
        """Asks that an order can no longer be paid; the answer says if the donor was faster.

        Errors: OrderUnknown, ProviderDown.
        Replay: closing again answers with what stands.
        """
        try:
            with self._calling() as bank:
                return _status_of(bank.close(self._merchant, order_no))
        except UnknownCharge as fault:
            raise OrderUnknown(order_no=order_no) from fault
        except BankDown as fault:
            raise ProviderDown from fault

    @contextmanager
    def _calling(self) -> Iterator[Bank]:
        """One of the few calls that may be under way; a provider that hangs holds no more of our threads than that.

        Errors: BankDown when no place becomes free.
        """
        if not self._places.acquire(timeout=_PLACE_SECONDS):
            raise BankDown("too many calls are waiting")
        try:
            yield self._bank
        finally:
            self._places.release()

    @cached_property
    def _bank(self) -> Bank:
        return Bank(self._folder)

    @cached_property
    def _public_key(self) -> Ed25519PublicKey:
        try:
            return load_public_key(self._folder)
        except OSError as fault:
            raise ProviderDown from fault


def _read_signature(headers: Mapping[str, str]) -> tuple[str, bytes]:
    found = {name.lower(): value for name, value in headers.items()}
    timestamp = found.get(TIMESTAMP_HEADER.lower(), "")
    encoded = found.get(SIGNATURE_HEADER.lower(), "")
    if _TIMESTAMP.fullmatch(timestamp) is None or not encoded.startswith(SIGNATURE_SCHEME):
        raise NoticeUnsigned
    try:
        signature = base64.b64decode(encoded.removeprefix(SIGNATURE_SCHEME), validate=True)
    except (binascii.Error, ValueError) as fault:
        raise NoticeUnsigned from fault
    if len(signature) != _SIGNATURE_BYTES:
        raise NoticeUnsigned
    return timestamp, signature


def _refund_word(refund: Refund) -> RefundNotice:
    return RefundNotice(
        provider=PROVIDER,
        provider_refund=refund.txn,
        refund_id=UUID(refund.refund_no),
        amount_minor=refund.amount_minor,
        currency=CURRENCY,
        status=RefundStatus(refund.outcome),
        decided_at=refund.final_at,
    )


def _status_of(charge: Charge) -> ChargeStatus:
    if charge.txn is None or charge.payer_id is None or charge.decided_at is None:
        return ChargeStatus(charge.order_no, charge.state, None)
    notice = PaymentNotice(
        provider=PROVIDER,
        provider_txn=charge.txn,
        order_id=UUID(charge.order_no),
        amount_minor=charge.amount_minor,
        currency=charge.currency,
        payer_id=charge.payer_id,
        status=NoticeStatus(charge.state),
        paid_at=charge.decided_at,
    )
    return ChargeStatus(charge.order_no, charge.state, notice)
