"""The provider's post office, as a process, against a merchant that may be down, slow or broken."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from redflower.adapters.sandbox import SandboxClient
from redflower.adapters.sandbox_bank import Bank, ChargeRequest, outbox
from redflower.faces.commands import sandbox_post
from redflower.kernel import clock
from redflower.kernel.ids import new_id

MERCHANT = "red-flower"


class Merchant(ThreadingHTTPServer):
    """Listens on a free port, keeps what it was sent, and answers as told."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Desk)
        self.heard: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[int] = []
        self.hold = threading.Event()
        self.hold.set()

    @property
    def notice_url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/notices/sandbox"


class _Desk(BaseHTTPRequestHandler):
    server: Merchant

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.heard.append((dict(self.headers.items()), body))
        self.server.hold.wait(10)
        self.send_response(self.server.answers.pop(0) if self.server.answers else 204)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def merchant() -> Iterator[Merchant]:
    server = Merchant()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.hold.set()
    server.shutdown()
    server.server_close()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[], "subprocess.Popen[bytes]"]]:
    started: list[subprocess.Popen[bytes]] = []

    def start() -> "subprocess.Popen[bytes]":
        code = "import sys; from redflower.faces.commands.sandbox_post import run; sys.exit(run([]))"
        started.append(
            subprocess.Popen([sys.executable, "-c", code], env=os.environ | {"REDFLOWER_DATA": str(tmp_path)})
        )
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


def pay(folder: Path, merchant: Merchant, behaviour: str = "normal", count: int = 1) -> list[str]:
    bank = Bank(folder / "sandbox")
    orders = [ChargeRequest(str(new_id()), 1_000, "CNY", "午餐", "/g/token", merchant.notice_url) for _ in range(count)]
    charges = bank.open_charges(MERCHANT, orders, clock.now())
    for charge in charges:
        bank.pay(charge.charge_id, "payer", clock.now(), behaviour)  # type: ignore[arg-type]
    return [charge.charge_id for charge in charges]


def wait_until(is_so: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def test_each_payment_is_told_and_believed(tmp_path: Path, merchant: Merchant, start: Callable[[], object]) -> None:
    charge_ids = pay(tmp_path, merchant, count=100) + pay(tmp_path, merchant, "twice")
    start()
    wait_until(lambda: len(merchant.heard) == 102)
    client = SandboxClient(tmp_path / "sandbox", MERCHANT)
    told = {client.verify_notice(headers, body, clock.now()) for headers, body in merchant.heard}
    assert len(told) == len(charge_ids)
    bank = Bank(tmp_path / "sandbox")
    wait_until(lambda: all(note.delivered_at for charge_id in charge_ids for note in bank.list_notices(charge_id)))


def test_twice_arrives_at_the_same_moment(tmp_path: Path, merchant: Merchant, start: Callable[[], object]) -> None:
    merchant.hold.clear()
    pay(tmp_path, merchant, "twice")
    start()
    wait_until(lambda: len(merchant.heard) == 2)  # both are on the wire before either was answered


def test_a_merchant_in_trouble_is_told_again(tmp_path: Path, merchant: Merchant, start: Callable[[], object]) -> None:
    merchant.answers += [500, 302]
    (charge_id,) = pay(tmp_path, merchant)
    start()
    bank = Bank(tmp_path / "sandbox")
    wait_until(lambda: bank.list_notices(charge_id)[0].delivered_at is not None)
    assert len(merchant.heard) == 3
    assert bank.list_notices(charge_id)[0].last_error == "HTTP 302"


def test_asked_to_stop_it_finishes_what_is_on_the_wire(
    tmp_path: Path, merchant: Merchant, start: Callable[[], "subprocess.Popen[bytes]"]
) -> None:
    merchant.hold.clear()
    (charge_id,) = pay(tmp_path, merchant)
    process = start()
    wait_until(lambda: len(merchant.heard) == 1)
    process.terminate()
    merchant.hold.set()
    assert process.wait(timeout=10) == 0
    assert Bank(tmp_path / "sandbox").list_notices(charge_id)[0].delivered_at is not None


def test_killed_in_the_middle_the_next_one_tells_again(
    tmp_path: Path, merchant: Merchant, start: Callable[[], "subprocess.Popen[bytes]"]
) -> None:
    merchant.hold.clear()
    (charge_id,) = pay(tmp_path, merchant)
    process = start()
    wait_until(lambda: len(merchant.heard) == 1)
    process.send_signal(signal.SIGKILL)
    process.wait()
    merchant.hold.set()
    bank = Bank(tmp_path / "sandbox")
    assert bank.list_notices(charge_id)[0].delivered_at is None
    assert bank.take_due_notices(clock.now() + outbox.LEASE, 10)[0].tries == 2


def test_an_answer_that_arrives_while_answers_are_written_down_is_not_lost(tmp_path: Path, merchant: Merchant) -> None:
    class ArrivesMeanwhile(Future[str | None]):
        looked_at = 0

        def done(self) -> bool:
            self.looked_at += 1
            return self.looked_at > 1 and super().done()

    (charge_id,) = pay(tmp_path, merchant)
    bank = Bank(tmp_path / "sandbox")
    notice = bank.take_due_notices(clock.now(), 1)[0]
    answer = ArrivesMeanwhile()
    answer.set_result(None)
    in_hand: dict[Future[str | None], int] = {answer: notice.notice_id}
    for _ in range(2):
        sandbox_post._write_down_answers(bank, in_hand)
    assert in_hand == {} and bank.list_notices(charge_id)[0].delivered_at is not None
