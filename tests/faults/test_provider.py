"""A payment provider in trouble: slow, half there, failing every other time, repeating itself in any order."""

import contextlib
import random
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

import httpx
import pytest
from django.db import connection

from redflower.adapters.payment_errors import ProviderDown
from redflower.adapters.sandbox import SandboxClient
from redflower.adapters.sandbox_bank import Bank, BankDown, ChargeRequest, store
from redflower.domains.donations.types import GiftRequest
from redflower.faces.shared import late_payments
from redflower.flows.checkout import open_checkouts
from redflower.kernel.errors import Refusal
from redflower.kernel.ids import new_id
from tests.doors import around_now, asked, open_doors, paid
from tests.factories import GIVING, NOON, make_donor, make_project
from tests.faults.books import find_differences
from tests.faults.processes import eventually

MERCHANT = "red-flower"
URL = "http://127.0.0.1:1/notices/sandbox"


def count(sql: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return int(cursor.fetchone()[0])


@pytest.fixture
def client(tmp_path):
    bank = Bank(tmp_path)
    return SandboxClient(tmp_path, MERCHANT, now=lambda: NOON), bank


@pytest.fixture
def stuck(tmp_path, client):
    """The provider takes every call and answers none until it is told to go on."""
    books = sqlite3.connect(tmp_path / "books.sqlite3", isolation_level=None)
    books.execute("BEGIN IMMEDIATE")
    yield lambda: books.execute("ROLLBACK")
    books.close()


def a_charge() -> ChargeRequest:
    return ChargeRequest(str(new_id()), 1_000, "CNY", "午餐", "/g/token", URL)


def timed(call):
    began = time.monotonic()
    try:
        call()
    except (ProviderDown, BankDown):
        return time.monotonic() - began
    raise AssertionError("the provider answered")


def test_callers_of_a_provider_that_hangs_do_not_wait_for_one_another(client, stuck, monkeypatch):
    """Eight threads of the pages that waited in line would be away for eight times as long."""
    monkeypatch.setattr(store, "_BUSY_TIMEOUT_MS", 1_000)
    asks, _ = client
    with ThreadPoolExecutor(8) as pool:
        waits = list(pool.map(lambda _: timed(lambda: asks.create([a_charge()])), range(8)))
    assert max(waits) < 4


def test_some_threads_stay_free_while_a_provider_hangs(client, stuck):
    """At most half of a process's threads are held; whoever comes then is told at once, and other pages are served."""
    asks, _ = client
    told: list[Exception] = []

    def ask():
        try:
            asks.create([a_charge()])
        except (ProviderDown, BankDown) as refusal:
            told.append(refusal)

    callers = [threading.Thread(target=ask, daemon=True) for _ in range(8)]
    for caller in callers:
        caller.start()
    time.sleep(5)
    told_at_once, held = len(told), sum(caller.is_alive() for caller in callers)
    stuck()
    for caller in callers:
        caller.join(30)
    assert told_at_once >= 4 and held >= 1


def test_after_a_provider_that_hung_the_same_wish_is_one_gift_and_one_charge(
    client, stuck, monkeypatch, transactional_db
):
    monkeypatch.setattr(store, "_BUSY_TIMEOUT_MS", 300)
    asks, bank = client
    wish = GiftRequest("the same key", make_donor(), make_project().id, 1_000)

    def give():
        return open_checkouts(
            [wish], asks, GIVING, URL, lambda gift_id: "/g/token", lambda project: project.title_zh, NOON
        )

    for _ in range(2):
        with pytest.raises(ProviderDown):
            give()
    assert count("SELECT count(*) FROM payments_order") == 1  # the intent was durable before anybody was asked
    stuck()
    [checkout] = give()
    assert count("SELECT count(*) FROM donations_gift") == 1 and checkout.replayed
    assert len(bank.query(MERCHANT, [str(checkout.gift_id)])) == 1


@pytest.fixture
def failing_half_the_time(monkeypatch):
    """Every other call to the provider fails: some before it did anything, some after it had done everything."""
    dice = random.Random(7)
    told = {"before": 0, "after": 0, "answered": 0}
    for name in ("open_charges", "query"):
        honest = getattr(Bank, name)

        def call(self, *args, honest=honest):
            fate = dice.choice(("before", "after", "answered", "answered"))
            told[fate] += 1
            if fate == "before":
                raise BankDown("500")
            answer = honest(self, *args)
            if fate == "after":
                raise BankDown("500")
            return answer

        monkeypatch.setattr(Bank, name, call)
    return told


def test_a_provider_that_fails_half_the_time_takes_every_gift_once(
    client, failing_half_the_time, monkeypatch, transactional_db, tmp_path
):
    asks, bank = client
    monkeypatch.setattr(late_payments, "sandbox_client", lambda: asks)
    project = make_project()
    wishes = [GiftRequest(f"key-{number}", make_donor(), project.id, 1_000 + number) for number in range(40)]

    def insist(call):
        for _ in range(50):
            try:
                return call()
            except ProviderDown:
                pass
        raise AssertionError("never answered")

    for wish in wishes:
        [checkout] = insist(
            lambda wish=wish: open_checkouts(
                [wish], asks, GIVING, URL, lambda gift_id: "/g/token", lambda project: project.title_zh, NOON
            )
        )
        assert not isinstance(checkout, Refusal)
        bank.pay(checkout.pay_url.rpartition("/")[2], "payer", NOON)
    # No notice reaches us; the worker's question is answered half the time.
    order_ids = [
        UUID(row[0])
        for row in sqlite3.connect(tmp_path / "books.sqlite3").execute("SELECT order_no FROM charges").fetchall()
    ]
    assert len(order_ids) == len(wishes)
    for start in range(0, len(order_ids), 8):
        insist(
            lambda start=start: late_payments.ask_provider(order_ids[start : start + 8], NOON + timedelta(minutes=1))
        )
    assert min(failing_half_the_time.values()) > 5
    for table in ("payments_order", "payments_capture", "donations_gift"):
        assert count(f"SELECT count(*) FROM {table}") == len(wishes)
    assert find_differences() == {}


@pytest.mark.slow
def test_every_notice_three_times_out_of_order_settles_once(transactional_db, tmp_path):
    """Paid, failed and cancelled orders, each told three times, shuffled, at two doors at once."""
    project = make_project(**around_now())
    dice = random.Random(3)
    with open_doors(tmp_path, 2, REDFLOWER_API_GIFTS_PER_MINUTE="0") as doors:
        with doors.client() as giver:
            opened = giver.post("/v1/gifts", json=[asked(project.slug) for _ in range(90)]).json()
        fates = ["paid"] * 70 + ["failed"] * 10 + ["cancelled"] * 10
        facts = [paid(gift, status=fate, event=f"payment.{fate}") for gift, fate in zip(opened, fates, strict=True)] * 3
        dice.shuffle(facts)

        def tell(fact):
            body, headers = doors.sign(fact)
            with doors.client() as client:
                return client.post("/v1/notices/sandbox", content=body, headers=headers)

        with ThreadPoolExecutor(12) as pool:
            answers = list(pool.map(tell, facts))
    assert {answer.status_code for answer in answers} == {200}
    results = [answer.json()["result"] for answer in answers]
    assert results.count("settled") == 70 and results.count("replayed") == 140 and results.count("ended") == 60
    assert count("SELECT count(*) FROM payments_capture") == 70
    assert count("SELECT count(*) FROM payments_end") == 20
    assert count("SELECT count(*) FROM ledger_transfer WHERE kind = 'gift'") == 70
    assert find_differences() == {}


def half_a_delivery(port: int, path: str) -> socket.socket:
    """A connection on which a notice has begun to arrive and does not go on."""
    half = socket.create_connection(("127.0.0.1", port), 5)
    head = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", "Content-Type: application/json", "Content-Length: 300"]
    half.sendall("\r\n".join([*head, "", "{"]).encode())
    return half


def test_a_door_with_a_hundred_half_open_deliveries_serves_everybody_else(transactional_db, tmp_path):
    project = make_project(**around_now())
    with open_doors(tmp_path) as doors, doors.client() as client:
        halves = [half_a_delivery(doors.port, "/v1/notices/sandbox") for _ in range(100)]
        began = time.monotonic()
        opened = client.post("/v1/gifts", json=asked(project.slug)).json()
        body, headers = doors.sign(paid(opened))
        answer = client.post("/v1/notices/sandbox", content=body, headers=headers)
        assert answer.json()["result"] == "settled" and time.monotonic() - began < 5
        for half in halves:
            half.close()


@pytest.mark.slow
def test_pages_with_more_half_open_deliveries_than_threads_serve_everybody_else(transactional_db, tmp_path):
    with open_doors(tmp_path, 0) as place:
        serve = [sys.executable, "-m", "gunicorn", "redflower.project.wsgi:application", "--workers", "1"]
        serve += ["--config", "python:redflower.project.gunicorn_config", "--bind", f"127.0.0.1:{place.port}"]
        with (tmp_path / "pages.log").open("wb") as log:
            pages = subprocess.Popen(serve, env=place.environment, stdout=log, stderr=log)
        try:
            with place.client() as client:

                def answers():
                    with contextlib.suppress(httpx.HTTPError):
                        return client.get("/livez").status_code == 200
                    return False

                assert eventually(answers, 60), (tmp_path / "pages.log").read_text()
                halves = [half_a_delivery(place.port, "/notices/sandbox") for _ in range(10)]
                time.sleep(1)
                began = time.monotonic()
                assert answers() and time.monotonic() - began < 25
                for half in halves:
                    half.close()
        finally:
            pages.terminate()
            pages.wait(20)
