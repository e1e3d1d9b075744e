"""`redflower serve` as a whole: an orderly end in ten seconds."""

import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
import pytest

from redflower.plumbing.postgres import running_dsn
from tests.faults.processes import eventually, is_gone
from tests.faults.whole_site import WholeSite

pytestmark = pytest.mark.slow
DOORS = 2
PATIENCE_SECONDS = 90  # of a busy machine
DRAIN_SECONDS = 10
KEPT = ("door", "worker", "sandbox-post")


def two_free_ports() -> int:
    """The first of two neighbours."""
    for port in range(20_000 + os.getpid() % 10_000, 32_000, 3):
        with socket.socket() as first, socket.socket() as second:
            try:
                first.bind(("127.0.0.1", port))
                second.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            return port
    raise AssertionError("no free ports")


def listeners(port: int) -> int:
    """How many sockets listen on the port."""
    rows = Path("/proc/net/tcp").read_text().splitlines()[1:]
    return sum(row.split()[1].endswith(f":{port:04X}") and row.split()[3] == "0A" for row in rows)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[WholeSite]:
    site = WholeSite(tmp_path / "site", two_free_ports(), doors=DOORS)
    site.serve()
    try:
        site.wait_until_ready()
        assert eventually(lambda: all(site.processes().get(kind) for kind in KEPT), PATIENCE_SECONDS)
        yield site
    finally:
        if site.supervisor.poll() is None:
            site.supervisor.kill()
            site.supervisor.wait()


def connect(site: WholeSite) -> psycopg.Connection:
    dsn = running_dsn(site.data)
    assert dsn is not None
    return psycopg.connect(dsn)


def test_asked_to_end_it_answers_what_it_has_taken_and_is_gone_in_ten_seconds(site):
    """Somebody holds what two requests need; it is let go while everything leaves."""
    answers: dict[str, int] = {}

    def ask(name: str, call):
        answers[name] = call().status_code

    with connect(site) as holder:
        holder.execute("LOCK TABLE projects_project, people_site IN ACCESS EXCLUSIVE MODE")
        gift = {"idempotency_key": "a key of its own", "project": "none", "amount_minor": 100}
        askers = [
            threading.Thread(target=ask, args=("door", lambda: httpx.post(f"{site.door_url}/v1/gifts", json=gift))),
            threading.Thread(target=ask, args=("pages", lambda: httpx.get(f"{site.url}/api/v1/projects"))),
        ]
        for asker in askers:
            asker.start()
        time.sleep(2)
        assert answers == {}
        running = [pid for pids in site.processes().values() for pid in pids]
        site.supervisor.send_signal(signal.SIGTERM)
        began = time.monotonic()
        time.sleep(1)
        holder.rollback()
    code = site.supervisor.wait(60)
    seconds = time.monotonic() - began
    for asker in askers:
        asker.join(10)
    assert answers == {"door": 404, "pages": 503}  # no such project; not open yet: answered, not cut off
    assert code == 0 and seconds < DRAIN_SECONDS
    assert eventually(lambda: all(map(is_gone, running)))
    assert listeners(site.port) == listeners(site.port + 1) == 0
