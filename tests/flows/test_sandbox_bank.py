"""The provider's books: pay once, tell at least once, forget nothing."""

import multiprocessing
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest

from redflower.adapters.sandbox_bank import (
    BadCharge,
    Bank,
    Charge,
    ChargeConflict,
    ChargeRequest,
    UnknownCharge,
    is_local_path,
)
from redflower.adapters.sandbox_bank import bank as bank_module
from redflower.adapters.sandbox_bank.keys import load_public_key
from redflower.adapters.sandbox_bank.outbox import LEASE, MAX_TRIES, RETRY_SECONDS
from redflower.adapters.sandbox_bank.store import Store

NOON = datetime(2025, 9, 9, 4, 0, tzinfo=UTC)
MERCHANT = "red-flower"


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def request(order_no: str = "order-1", **changes: object) -> ChargeRequest:
    facts: dict[str, object] = {
        "order_no": order_no,
        "amount_minor": 1_000,
        "currency": "CNY",
        "description": "乡村儿童营养午餐",
        "return_path": "/g/token",
        "notice_url": "http://127.0.0.1:9/notices/sandbox",
    }
    return ChargeRequest(**(facts | changes))  # type: ignore[arg-type]


@pytest.fixture
def bank(tmp_path: Path) -> Bank:
    return Bank(tmp_path / "bank")


@pytest.fixture
def charge(bank: Bank) -> Charge:
    return bank.open_charges(MERCHANT, [request()], NOON)[0]


class TestOpening:
    def test_a_list_is_answered_in_its_order(self, bank: Bank) -> None:
        charges = bank.open_charges(MERCHANT, [request("b"), request("a")], NOON)
        assert [charge.order_no for charge in charges] == ["b", "a"]
        assert {charge.state for charge in charges} == {"open"}

    def test_the_same_order_answers_with_the_first_charge(self, bank: Bank, charge: Charge) -> None:
        assert bank.open_charges(MERCHANT, [request()], after(60)) == [charge]

    def test_the_same_order_with_another_amount_is_a_conflict_and_opens_nothing(
        self, bank: Bank, charge: Charge
    ) -> None:
        with pytest.raises(ChargeConflict):
            bank.open_charges(MERCHANT, [request("order-2"), request(amount_minor=1_001)], NOON)
        assert bank.query(MERCHANT, ["order-2"]) == []
        assert bank.get_charge(charge.charge_id).amount_minor == 1_000

    def test_two_merchants_may_use_the_same_number(self, bank: Bank, charge: Charge) -> None:
        other = bank.open_charges("somebody-else", [request()], NOON)[0]
        assert other.charge_id != charge.charge_id
        assert bank.query(MERCHANT, ["order-1"]) == [charge]

    @pytest.mark.parametrize(
        "changes",
        [
            {"order_no": ""},
            {"order_no": "订单"},
            {"order_no": "x" * 65},
            {"amount_minor": 0},
            {"amount_minor": -1},
            {"amount_minor": True},
            {"amount_minor": 10.0},
            {"amount_minor": 2**63},
            {"currency": "USD"},
            {"description": ""},
            {"description": "午餐\x00"},
            {"description": "\ud800"},
            {"return_path": "https://elsewhere.example/"},
            {"notice_url": "file:///etc/passwd"},
            {"expires_at": datetime(2025, 9, 9)},  # noqa: DTZ001 - that it has no zone is the point
        ],
    )
    def test_what_it_cannot_take_is_named_and_nothing_is_opened(self, bank: Bank, changes: dict[str, object]) -> None:
        with pytest.raises(BadCharge) as refusal:
            bank.open_charges(MERCHANT, [request("fine"), request(**changes)], NOON)
        assert refusal.value.field == next(iter(changes))
        assert bank.query(MERCHANT, ["fine"]) == []


class TestPaying:
    @pytest.mark.parametrize(("behaviour", "state"), [("normal", "paid"), ("fail", "failed"), ("cancel", "cancelled")])
    def test_the_outcome_and_its_notice_stand_together(
        self, bank: Bank, charge: Charge, behaviour: str, state: str
    ) -> None:
        decided = bank.pay(charge.charge_id, "payer", after(5), behaviour)  # type: ignore[arg-type]
        assert decided == bank.get_charge(charge.charge_id)
        assert (decided.state, decided.payer_id, decided.decided_at) == (state, "payer", after(5))
        assert len(bank.list_notices(charge.charge_id)) == 1

    @pytest.mark.parametrize(
        ("behaviour", "delays"), [("normal", [0]), ("slow", [8]), ("late", [90]), ("twice", [0, 0]), ("fail", [0])]
    )
    def test_each_behaviour_is_told_when_it_says(
        self, bank: Bank, charge: Charge, behaviour: str, delays: list[int]
    ) -> None:
        bank.pay(charge.charge_id, "payer", NOON, behaviour)  # type: ignore[arg-type]
        assert [notice.due_at for notice in bank.list_notices(charge.charge_id)] == [after(delay) for delay in delays]

    def test_how_late_is_late_can_be_chosen(self, tmp_path: Path) -> None:
        bank = Bank(tmp_path, late_seconds=400)
        charge = bank.open_charges(MERCHANT, [request()], NOON)[0]
        bank.pay(charge.charge_id, "payer", NOON, "late")
        assert bank.take_due_notices(after(399), 10) == []
        assert len(bank.take_due_notices(after(400), 10)) == 1

    @pytest.mark.parametrize("first", ["normal", "fail", "cancel"])
    def test_a_decided_charge_stays_decided(self, bank: Bank, charge: Charge, first: str) -> None:
        decided = bank.pay(charge.charge_id, "payer", NOON, first)  # type: ignore[arg-type]
        for again in (bank.pay, bank.fail, bank.cancel):
            assert again(charge.charge_id, "other", after(9)) == decided
        assert bank.close(MERCHANT, "order-1") == decided
        assert len(bank.list_notices(charge.charge_id)) == 1

    def test_a_closed_charge_cannot_be_paid_and_is_not_talked_about(self, bank: Bank, charge: Charge) -> None:
        bank.close(MERCHANT, "order-1")
        assert bank.pay(charge.charge_id, "payer", NOON).state == "closed"
        assert bank.list_notices(charge.charge_id) == []

    def test_after_the_merchants_time_limit_nobody_can_pay(self, bank: Bank) -> None:
        in_time, too_late = bank.open_charges(
            MERCHANT, [request("in-time", expires_at=after(60)), request("too-late", expires_at=after(60))], NOON
        )
        assert bank.pay(in_time.charge_id, "payer", after(59.999)).state == "paid"
        assert bank.pay(too_late.charge_id, "payer", after(60)).state == "closed"

    def test_a_charge_nobody_opened_is_unknown(self, bank: Bank) -> None:
        with pytest.raises(UnknownCharge):
            bank.get_charge("0" * 32)
        with pytest.raises(UnknownCharge):
            bank.pay("0" * 32, "payer", NOON)
        with pytest.raises(UnknownCharge):
            bank.close(MERCHANT, "never")


class TestOutbox:
    def test_twice_is_two_notices_of_one_transaction(self, bank: Bank, charge: Charge) -> None:
        bank.pay(charge.charge_id, "payer", NOON, "twice")
        first, second = bank.take_due_notices(NOON, 10)
        assert first.notice_id != second.notice_id
        assert first.body == second.body

    def test_a_taken_notice_is_not_taken_again_until_its_lease_ends(self, bank: Bank, charge: Charge) -> None:
        bank.pay(charge.charge_id, "payer", NOON)
        assert len(bank.take_due_notices(NOON, 10)) == 1
        assert bank.take_due_notices(NOON + LEASE - timedelta(milliseconds=1), 10) == []
        assert bank.take_due_notices(NOON + LEASE, 10)[0].tries == 2

    def test_a_delivered_notice_is_never_sent_again(self, bank: Bank, charge: Charge) -> None:
        bank.pay(charge.charge_id, "payer", NOON)
        notice = bank.take_due_notices(NOON, 10)[0]
        bank.mark_sent([notice.notice_id], NOON)
        bank.mark_retry([(notice.notice_id, "a late word of failure")], NOON)
        assert bank.take_due_notices(after(10**6), 10) == []

    def test_it_tries_with_growing_waits_and_then_gives_up(self, bank: Bank, charge: Charge) -> None:
        bank.pay(charge.charge_id, "payer", NOON)
        now = NOON
        for wait in (*RETRY_SECONDS, None):
            notice = bank.take_due_notices(now, 10)[0]
            bank.mark_retry([(notice.notice_id, "HTTP 500")], now)
            if wait is not None:
                assert bank.take_due_notices(now + timedelta(seconds=wait, milliseconds=-1), 10) == []
                now += timedelta(seconds=wait)
        record = bank.list_notices(charge.charge_id)[0]
        assert (record.tries, record.given_up_at, record.last_error) == (MAX_TRIES, now, "HTTP 500")
        assert bank.take_due_notices(now + timedelta(days=30), 10) == []

    def test_every_try_is_signed_anew_and_verifies(self, bank: Bank, charge: Charge, tmp_path: Path) -> None:
        bank.pay(charge.charge_id, "payer", NOON)
        first = bank.take_due_notices(NOON, 10)[0]
        second = bank.take_due_notices(NOON + LEASE, 10)[0]
        assert first.headers != second.headers
        again = Bank(tmp_path / "bank")  # opening the books once more must not make another key
        assert load_public_key(tmp_path / "bank") == again._key.public_key()

    def test_one_bad_number_does_not_hold_up_the_rest(self, bank: Bank) -> None:
        charges = bank.open_charges(MERCHANT, [request(f"order-{n}") for n in range(5)], NOON)
        for charge in charges:
            bank.pay(charge.charge_id, "payer", NOON)
        assert len(bank.take_due_notices(NOON, 3)) == 3
        assert len(bank.take_due_notices(NOON, 3)) == 2


# --- races: with either guard one payment, with neither two -----------------------------------------


def _pay_from_another_process(folder: Path, charge_id: str, payer: str, together: Barrier, guard: str) -> None:
    bank = Bank(folder)
    if guard != "schema":
        with bank._store.writing() as books:
            books.execute("DROP TRIGGER IF EXISTS a_decided_charge_stays_decided")
    if guard != "turn":
        bank._store.writing = _without_a_turn(bank._store)  # type: ignore[method-assign]
    together.wait(timeout=20)
    read = bank_module._find

    def read_then_meet(books: sqlite3.Connection, charge_id: str) -> Charge:
        charge = read(books, charge_id)
        # Unguarded, both have read "open" before either writes; guarded, the other one cannot get here.
        with suppress(threading.BrokenBarrierError):
            together.wait(timeout=1.5)
        return charge

    bank_module._find = read_then_meet
    bank.pay(charge_id, payer, NOON)


def _without_a_turn(store: Store):  # type: ignore[no-untyped-def]
    @contextmanager
    def writing():  # type: ignore[no-untyped-def]
        yield store._connection()  # each statement its own transaction

    return writing


@pytest.mark.parametrize("guard", ["turn", "schema", "none"])
def test_two_processes_pay_one_charge_once(bank: Bank, charge: Charge, tmp_path: Path, guard: str) -> None:
    context = multiprocessing.get_context("spawn")
    together = context.Barrier(2)
    payers = [
        context.Process(
            target=_pay_from_another_process, args=(tmp_path / "bank", charge.charge_id, name, together, guard)
        )
        for name in ("first", "second")
    ]
    for payer in payers:
        payer.start()
    for payer in payers:
        payer.join(timeout=30)
    notices = bank.list_notices(charge.charge_id)
    # The control: without turn and without trigger, one charge is paid twice.
    assert len(notices) == (2 if guard == "none" else 1)


def test_many_threads_pay_one_charge_once(bank: Bank, charge: Charge) -> None:
    answers: list[Charge] = []
    threads = [
        threading.Thread(target=lambda n=n: answers.append(bank.pay(charge.charge_id, f"payer-{n}", NOON, "twice")))
        for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({answer.txn for answer in answers}) == 1
    assert len(bank.list_notices(charge.charge_id)) == 2


# --- kill -9 ----------------------------------------------------------------------------------------

_PAY_FOREVER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from redflower.adapters.sandbox_bank import Bank
bank = Bank(Path(sys.argv[1]))
for charge_id in sys.stdin.read().split():
    bank.pay(charge_id, "payer", datetime.now(UTC), "twice")
    print(charge_id, flush=True)
"""


def test_what_was_answered_survives_kill_9_and_nothing_is_half_done(bank: Bank, tmp_path: Path) -> None:
    charges = bank.open_charges(MERCHANT, [request(f"order-{n}") for n in range(20_000)], NOON)
    child = subprocess.Popen(
        [sys.executable, "-c", _PAY_FOREVER, str(tmp_path / "bank")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdin and child.stdout
    child.stdin.write("\n".join(charge.charge_id for charge in charges))
    child.stdin.close()
    answered = [child.stdout.readline().strip() for _ in range(200)]
    os.kill(child.pid, signal.SIGKILL)
    answered += [line for line in child.stdout.read().splitlines(keepends=False) if len(line) == 32]
    child.wait()

    after_the_kill = Bank(tmp_path / "bank").query(MERCHANT, [charge.order_no for charge in charges])
    paid = {charge.charge_id for charge in after_the_kill if charge.state == "paid"}
    assert set(answered) <= paid
    assert len(paid) < len(charges), "the child had finished before the kill"
    assert all(len(bank.list_notices(charge_id)) == 2 for charge_id in paid)


@pytest.mark.parametrize(
    ("path", "is_local"),
    [
        ("/g/token?x=1#top", True),
        ("/", True),
        ("", False),
        ("g/token", False),
        ("//elsewhere.example", False),
        ("/\\elsewhere.example", False),
        ("/\t/elsewhere.example", False),
        ("https://elsewhere.example", False),
        ("javascript:alert(1)", False),
        ("/g/\r\nSet-Cookie: a=b", False),
        ("/" + "x" * 600, False),
    ],
)
def test_only_paths_of_this_site_are_local(path: str, is_local: bool) -> None:
    assert is_local_path(path) is is_local
