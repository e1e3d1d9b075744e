"""`redflower serve` as a whole: what dies comes back alone, one server to a port, and an orderly end in ten seconds."""

import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
import pytest

from redflower.plumbing.postgres import running_dsn
from tests.faults.processes import eventually, is_gone
from tests.faults.whole_site import REDFLOWER, ROOT, WholeSite

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


def test_what_is_killed_comes_back_alone_and_no_port_has_a_second_server(site):
    assert eventually(lambda: listeners(site.port + 1) == DOORS, PATIENCE_SECONDS)
    for kind in KEPT:
        before = site.processes()
        victim = before[kind][0]
        os.kill(victim, signal.SIGKILL)

        def is_back(kind=kind, before=before, victim=victim):
            now = site.processes().get(kind, [])
            assert len(now) <= len(before[kind])  # never two for one
            return len(now) == len(before[kind]) and victim not in now

        assert eventually(is_back, PATIENCE_SECONDS), kind
        now = site.processes()
        assert all(now[other] == before[other] for other in KEPT if other != kind)
        assert set(now[kind]) >= set(before[kind]) - {victim}
    assert eventually(lambda: listeners(site.port + 1) == DOORS, PATIENCE_SECONDS)
    assert listeners(site.port) == 1


def test_pages_whose_master_is_killed_are_new_ones_all_of_them(site):
    """A worker that outlived its master would serve the old code beside the new."""
    old = site.processes()["pages"]
    assert len(old) == 3  # a master and its two workers
    os.kill(min(old), signal.SIGKILL)

    def are_new():
        now = set(site.processes().get("pages", []))
        assert not now & set(old) or len(now | set(old)) == len(old)  # never old and new together
        return len(now) == 3 and not now & set(old)

    assert eventually(are_new, PATIENCE_SECONDS)
    assert all(map(is_gone, old)) and listeners(site.port) == 1
    site.wait_until_ready()


def test_a_second_server_on_the_port_or_the_folder_is_refused_and_the_first_goes_on(site, tmp_path):
    def second(data: Path, port: int) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [*REDFLOWER, "serve", "--no-demo", "--port", str(port)],
            cwd=ROOT,
            env={**site.environment, "REDFLOWER_DATA": str(data)},
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )

    for data, port, said in (
        (tmp_path / "other", site.port, str(site.port)),
        (tmp_path / "other", site.port - 1, str(site.port)),  # its door would be where our pages are
        (tmp_path / "other", site.port + 1, str(site.port + 1)),
        (site.data, two_free_ports(), str(site.data)),
    ):
        done = second(data, port)
        assert done.returncode == 1 and said in done.stderr, done.stderr
    assert site.is_ready() and listeners(site.port + 1) == DOORS


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


def test_what_cannot_be_finished_in_time_does_not_keep_it(site):
    """Nobody lets go: the end comes in ten seconds all the same, and the half-done is rolled back."""
    with connect(site) as holder:
        holder.execute("LOCK TABLE projects_project IN ACCESS EXCLUSIVE MODE")
        gift = {"idempotency_key": "a key of its own", "project": "none", "amount_minor": 100}
        asker = threading.Thread(target=lambda: httpx.post(f"{site.door_url}/v1/gifts", json=gift), daemon=True)
        asker.start()
        time.sleep(1)
        site.supervisor.send_signal(signal.SIGTERM)
        began = time.monotonic()
        assert site.supervisor.wait(60) == 0
        assert time.monotonic() - began < DRAIN_SECONDS
        with pytest.raises(psycopg.OperationalError):
            holder.execute("SELECT 1")


def test_after_kill_9_of_the_supervisor_nothing_is_left_and_the_next_one_starts(site):
    running = [pid for pids in site.processes().values() for pid in pids]
    site.supervisor.kill()
    site.supervisor.wait()
    assert eventually(lambda: all(map(is_gone, running)), 20)
    site.serve()
    site.wait_until_ready()
    assert not set(running) & {pid for pids in site.processes().values() for pid in pids}
