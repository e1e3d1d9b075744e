"""The simulator gives as people do, and tells what it has seen."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from random import Random
from typing import Any

import pytest

from redflower.adapters.sandbox_bank import Bank
from redflower.domains.donations.models import Gift
from redflower.domains.payments.models import Alarm, Capture, End
from redflower.faces.commands import simulate
from redflower.faces.commands.audit import INVARIANTS
from redflower.faces.commands.sandbox_post import post_until
from redflower.faces.demo import visitors
from redflower.faces.demo.browser import Browser, Cookies, Unreachable
from redflower.faces.demo.tally import Tally, Times
from redflower.faces.followers.insights import follow_once
from redflower.faces.shared.instance import sandbox_client
from tests.faces.journey import open_project


class Stub(BaseHTTPRequestHandler):
    """A site of one page that answers as it is told."""

    protocol_version = "HTTP/1.1"
    answer: Callable[["Stub"], tuple[int, dict[str, str], bytes]]
    seen: list[tuple[str, str, str]]

    def do_GET(self) -> None:
        size = int(self.headers.get("Content-Length") or 0)
        self.seen.append((self.command, self.path, self.rfile.read(size).decode()))
        status, headers, body = self.answer()
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET

    def log_message(self, *args: object) -> None:
        """Says nothing."""


@pytest.fixture
def stub() -> Iterator[tuple[type[Stub], str]]:
    handler = type("Handler", (Stub,), {"seen": [], "answer": lambda self: (200, {}, b"")})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=[0.05], daemon=True).start()
    yield handler, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_cookies_are_kept_and_sent_where_they_belong(stub: tuple[type[Stub], str]) -> None:
    handler, url = stub
    handler.answer = lambda self: (200, {"Set-Cookie": "payer=7; Path=/sandbox/; HttpOnly"}, b"hello")
    browser, cookies = Browser(url), Cookies()
    assert browser.get("/", cookies).body == b"hello"
    assert cookies.for_path("/sandbox/pay/1") == "payer=7"
    assert cookies.for_path("/projects") == ""


def test_a_server_that_comes_back_is_found_again(stub: tuple[type[Stub], str]) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server: list[ThreadingHTTPServer] = []

    def come_back() -> None:
        time.sleep(0.7)
        server.append(ThreadingHTTPServer(("127.0.0.1", port), stub[0]))
        server[0].handle_request()

    threading.Thread(target=come_back, daemon=True).start()
    assert Browser(f"http://127.0.0.1:{port}").get("/", Cookies()).status == 200
    server[0].server_close()


def test_a_server_that_stays_away_is_given_up_when_it_is_time_to_leave() -> None:
    browser = Browser("http://127.0.0.1:9")
    threading.Timer(0.2, browser.leave).start()
    with pytest.raises(Unreachable):
        browser.get("/", Cookies())


def test_times_are_known_to_five_per_cent() -> None:
    times = Times()
    for milliseconds in range(1, 1001):
        times.add(milliseconds / 1000)
    assert times.quantile(0.5) == pytest.approx(0.5, rel=0.06)
    assert times.quantile(0.99) == pytest.approx(0.99, rel=0.06)
    assert Times().quantile(0.5) == 0.0


def test_only_a_fault_counts_as_a_server_error() -> None:
    tally = Tally()
    for status in (200, 303, 404, 503, 500):
        tally.saw(status, 0.01)
    seen = tally.describe()
    assert (seen["answers"], seen["server_errors"], seen["unavailable"]) == (5, 1, 1)
    assert tally.take_recent()["answers"] == 5
    assert tally.take_recent()["answers"] == 0


def test_a_server_error_makes_the_simulation_fail(stub: tuple[type[Stub], str], tmp_path: Path) -> None:
    handler, url = stub
    item = {"slug": "lunch", "cause": "children", "goal_minor": 100, "raised": {"raised_minor": 0}}
    page = json.dumps({"items": [item], "next": None}).encode()
    handler.answer = lambda self: (200, {}, page) if self.path.startswith("/api/") else (500, {}, b"")
    words = ["--url", url, "--rate", "20", "--seconds", "0.5", "--json", str(tmp_path / "seen.json")]
    assert simulate.run(words) == 1
    seen = json.loads((tmp_path / "seen.json").read_text())
    assert seen["server_errors"] > 0
    assert seen["refused"].keys() == {"form 500"}


@pytest.fixture
def post_office(live_server: Any, settings: Any, tmp_path: Path) -> Iterator[Bank]:
    """The live site's provider, with its notices being delivered."""
    settings.REDFLOWER_DATA = tmp_path
    settings.REDFLOWER_BASE_URL = live_server.url
    sandbox_client.cache_clear()
    bank, stop = Bank(tmp_path / "sandbox"), threading.Event()
    sender = threading.Thread(target=post_until, args=(stop, bank))
    sender.start()
    yield bank
    stop.set()
    sender.join()
    sandbox_client.cache_clear()


@pytest.mark.django_db(transaction=True)
def test_people_give_through_the_pages_and_everything_adds_up(
    live_server: Any, post_office: Bank, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visitors, "FAULTS", ("twice", "fail", "cancel", "double", "abandon"))  # nothing to wait for
    slugs = {open_project().slug for _ in range(3)}
    report = tmp_path / "seen.json"
    words = ["--url", live_server.url, "--rate", "8", "--seconds", "5", "--faults", "60", "--seed", "3"]
    assert simulate.run([*words, "--json", str(report)]) == 0
    seen = json.loads(report.read_text())
    assert {choice.slug for choice in simulate.read_projects(Browser(live_server.url))} == slugs
    assert seen["sent"] >= 20
    assert seen["refused"] == {}
    assert (seen["errors"], seen["lost"], seen["skipped"]) == (0, 0, 0)
    assert seen["paid"] + seen["unpaid"] + seen["abandoned"] == seen["sent"] == Gift.objects.count()
    assert min(seen["paid"], seen["unpaid"], seen["abandoned"]) > 0
    wait_until(lambda: (Capture.objects.count(), End.objects.count()) == (seen["paid"], seen["unpaid"]))
    assert not Alarm.objects.exists()
    while follow_once():
        pass
    assert [each.code for each in INVARIANTS if each.count_differences()] == []


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 15
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.mark.django_db(transaction=True)
def test_it_stops_when_it_is_told_to(live_server: Any) -> None:
    open_project()
    simulation = simulate.Simulation(live_server.url, 5, 0.0, Random(1), natural=True)
    threading.Timer(1.0, simulation.stop).start()
    started = time.monotonic()
    simulation.run(600)
    assert time.monotonic() - started < 15
    assert simulation.tally.describe()["errors"] == 0


@pytest.mark.parametrize("words", [["--rate", "0"], ["--rate", "inf"], ["--faults", "101"], ["--seconds", "-1"]])
def test_impossible_words_are_refused(words: list[str]) -> None:
    with pytest.raises(SystemExit) as refusal:
        simulate.run(words)
    assert refusal.value.code == 2
