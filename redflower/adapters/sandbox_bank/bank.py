"""The provider's verbs. Time is an argument: the caller's clock is the provider's clock."""

import json
import secrets
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from redflower.adapters.sandbox_bank import notices, outbox, refunds
from redflower.adapters.sandbox_bank.keys import load_private_key
from redflower.adapters.sandbox_bank.links import read_link
from redflower.adapters.sandbox_bank.store import Store, from_ms, set_up_lock, to_ms
from redflower.adapters.sandbox_bank.types import (
    BadCharge,
    BankDown,
    Behaviour,
    Charge,
    ChargeConflict,
    ChargeRequest,
    NoticeRecord,
    Refund,
    RefundBehaviour,
    RefundRequest,
    SignedNotice,
    State,
    UnknownCharge,
    find_fault,
)

_BOOKS_NAME = "books.sqlite3"
_SLOW_SECONDS = 8
_LATE_SECONDS = 90


class Bank:
    """One provider's books and key, in one folder, shared by any number of threads and processes.

    Every verb is one transaction and is on disk when it returns; every verb may raise BankDown.
    """

    def __init__(self, folder: Path, *, late_seconds: int = _LATE_SECONDS) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._folder = folder
            self._store = Store(folder / _BOOKS_NAME)
            with set_up_lock(folder):
                self._store.set_up()
                self._key = load_private_key(folder)
        except (OSError, sqlite3.OperationalError) as fault:
            raise BankDown(str(fault)) from fault
        self._late_seconds = late_seconds
        # Seconds after which the notices of a paid charge are due, by what the payer chose to act out.
        self._notice_delays: dict[str, tuple[int, ...]] = {
            "normal": (0,),
            "slow": (_SLOW_SECONDS,),
            "late": (late_seconds,),
            "twice": (0, 0),
        }

    def open_charges(self, merchant: str, requests: Sequence[ChargeRequest], now: datetime) -> list[Charge]:
        """Opens a charge for each order, in the order asked; all of them or none.

        Errors: BadCharge, ChargeConflict.
        Replay: an order number opened before with the same amount and currency answers with the first charge.
        """
        for request in requests:
            if (fault := find_fault(request)) is not None:
                raise BadCharge(request.order_no, fault)
        with self._store.writing() as books:
            books.executemany(_INSERT_CHARGE, [_row_of(merchant, request, now) for request in requests])
            charges = [_find_by_order(books, merchant, request.order_no) for request in requests]
            for request, charge in zip(requests, charges, strict=True):
                if (charge.amount_minor, charge.currency) != (request.amount_minor, request.currency):
                    raise ChargeConflict(request.order_no)
        return charges

    def open_link(self, query: str, now: datetime) -> Charge:
        """The charge of a payment link, opened by the first who follows it.

        Errors: BadLink, ChargeConflict.
        Replay: the same order's charge, as it stands.
        """
        merchant, request = read_link(self._folder, query, now)
        return self.open_charges(merchant, [request], now)[0]

    def get_charge(self, charge_id: str) -> Charge:
        """Errors: UnknownCharge."""
        with self._store.reading() as books:
            return _find(books, charge_id)

    def pay(self, charge_id: str, payer_id: str, now: datetime, behaviour: Behaviour = "normal") -> Charge:
        """Acts as the payer on an open charge and queues what the merchant will hear.

        Errors: UnknownCharge.
        Replay: a charge that is no longer open is returned as it stands, and nothing more is queued.
        """
        if behaviour == "fail":
            return self.fail(charge_id, payer_id, now)
        if behaviour == "cancel":
            return self.cancel(charge_id, payer_id, now)
        return self._decide(charge_id, payer_id, now, "paid", self._notice_delays[behaviour])

    def fail(self, charge_id: str, payer_id: str, now: datetime) -> Charge:
        """The payment is declined. Errors and Replay as `pay`."""
        return self._decide(charge_id, payer_id, now, "failed", (0,))

    def cancel(self, charge_id: str, payer_id: str, now: datetime) -> Charge:
        """The payer walks away. Errors and Replay as `pay`."""
        return self._decide(charge_id, payer_id, now, "cancelled", (0,))

    def close(self, merchant: str, order_no: str) -> Charge:
        """Makes an open charge unpayable; the answer's state says whether the payer was faster.

        Errors: UnknownCharge.
        Replay: a charge that is no longer open is returned as it stands.
        """
        with self._store.writing() as books:
            charge = _find_by_order(books, merchant, order_no)
            return _close(books, charge) if charge.state == "open" else charge

    def query(self, merchant: str, order_nos: Sequence[str]) -> list[Charge]:
        """The merchant's charges with these order numbers; unknown ones are left out."""
        with self._store.reading() as books:
            rows = books.execute(
                "SELECT * FROM charges WHERE merchant = ? AND order_no IN (SELECT value FROM json_each(?))",
                [merchant, json.dumps(list(order_nos))],
            )
            return [_charge_of(row) for row in rows]

    def refund(self, merchant: str, requests: Sequence[RefundRequest], now: datetime) -> list[Refund]:
        """Gives payments back, in the order asked, and queues what the merchant will hear.

        Replay: a number asked for before is answered with what stands, and nothing is given back again.
        """
        now = from_ms(to_ms(now))
        with self._store.writing() as books:
            return [
                refunds.give_back(books, merchant, request, now, self._late_seconds, _new_txn) for request in requests
            ]

    def query_refunds(self, merchant: str, refund_nos: Sequence[str]) -> list[Refund]:
        """The merchant's refunds with these numbers; unknown ones are left out."""
        with self._store.reading() as books:
            return refunds.list_by_no(books, merchant, refund_nos)

    def sum_refunds(self, merchant: str, now: datetime) -> tuple[int, int]:
        """How many payments of a merchant were given back, and how much. Units: fen."""
        with self._store.reading() as books:
            return refunds.sum_given_back(books, merchant, now)

    def act_out_refunds(self, behaviours: Sequence[RefundBehaviour]) -> None:
        """How the next refunds go, each behaviour in turn and again from the first; a tester's word, not a merchant's."""
        with self._store.writing() as books:
            refunds.act_out(books, behaviours)

    def take_due_notices(self, now: datetime, limit: int) -> list[SignedNotice]:
        """Leases the notices that are due, freshly signed; the taker reports each by `mark_sent` or `mark_retry`.

        A taker that dies loses its lease after `outbox.LEASE`, so every notice is sent at least once.
        """
        with self._store.reading() as books:
            if not outbox.has_due(books, now):
                return []
        with self._store.writing() as books:
            taken = outbox.take_due(books, now, limit)
        return [self._sign(notice_id, url, facts, tries, now) for notice_id, url, facts, tries in taken]

    def mark_sent(self, notice_ids: Iterable[int], now: datetime) -> None:
        """The merchant answered 2xx to each of these."""
        with self._store.writing() as books:
            outbox.mark_delivered(books, notice_ids, now)

    def mark_retry(self, failures: Iterable[tuple[int, str]], now: datetime) -> None:
        """Each (notice id, what went wrong) is tried again later, with growing waits, up to `outbox.MAX_TRIES`."""
        with self._store.writing() as books:
            outbox.mark_retry(books, failures, now)

    def list_notices(self, charge_id: str) -> list[NoticeRecord]:
        """Every notice about a charge, oldest first."""
        with self._store.reading() as books:
            return outbox.list_of_charge(books, charge_id)

    def _decide(self, charge_id: str, payer_id: str, now: datetime, state: State, delays: tuple[int, ...]) -> Charge:
        now = from_ms(to_ms(now))  # the books know milliseconds; an answer must not know more than they do
        with self._store.writing() as books:
            charge = _find(books, charge_id)
            if charge.state != "open":
                return charge
            if charge.has_expired(now):
                return _close(books, charge)
            decided = replace(charge, state=state, txn=_new_txn(now), payer_id=payer_id, decided_at=now)
            books.execute(
                "UPDATE charges SET state = ?, txn = ?, payer_id = ?, decided_at = ? WHERE charge_id = ?",
                [state, decided.txn, payer_id, to_ms(now), charge_id],
            )
            outbox.put(books, decided, [now + timedelta(seconds=delay) for delay in delays])
        return decided

    def _sign(self, notice_id: int, url: str, facts: dict[str, object], tries: int, now: datetime) -> SignedNotice:
        body = notices.render(facts, now)
        return SignedNotice(notice_id, url, body, notices.sign(self._key, body, now), tries)


_INSERT_CHARGE = """
INSERT INTO charges (charge_id, merchant, order_no, amount_minor, currency, description, return_path, notice_url,
                     opened_at, expires_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (merchant, order_no) DO NOTHING
"""


def _row_of(merchant: str, request: ChargeRequest, now: datetime) -> tuple[object, ...]:
    return (
        secrets.token_hex(16),  # whoever knows it may pay it: not to be guessed
        merchant,
        request.order_no,
        request.amount_minor,
        request.currency,
        request.description,
        request.return_path,
        request.notice_url,
        to_ms(now),
        None if request.expires_at is None else to_ms(request.expires_at),
    )


def _find(books: sqlite3.Connection, charge_id: str) -> Charge:
    row = books.execute("SELECT * FROM charges WHERE charge_id = ?", [charge_id]).fetchone()
    if row is None:
        raise UnknownCharge(charge_id)
    return _charge_of(row)


def _find_by_order(books: sqlite3.Connection, merchant: str, order_no: str) -> Charge:
    row = books.execute("SELECT * FROM charges WHERE merchant = ? AND order_no = ?", [merchant, order_no]).fetchone()
    if row is None:
        raise UnknownCharge(order_no)
    return _charge_of(row)


def _close(books: sqlite3.Connection, charge: Charge) -> Charge:
    books.execute("UPDATE charges SET state = 'closed' WHERE charge_id = ?", [charge.charge_id])
    return replace(charge, state="closed")


def _new_txn(now: datetime) -> str:
    """Time first, as providers number theirs, then chance: unique without a shared counter."""
    at = now.astimezone(UTC)
    return f"{at:%Y%m%d%H%M%S}{at.microsecond // 1000:03d}{secrets.randbelow(10**8):08d}"


def _charge_of(row: sqlite3.Row) -> Charge:
    facts = dict(row)
    for name in ("opened_at", "expires_at", "decided_at"):
        facts[name] = None if facts[name] is None else from_ms(facts[name])
    return Charge(**facts)
