"""A whole site of a script's own: served under its supervisor, given to, hurt, and audited at the end."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg

ROOT = Path(__file__).resolve().parents[2]
REDFLOWER = [sys.executable, "-m", "redflower"]
_READY_SECONDS = 300
_QUIET_SECONDS = 180


class WholeSite:
    """`redflower serve` on a data folder, as an operator has it; what it prints goes to a file beside that folder.

    Nothing of this process's own settings reaches it.
    """

    def __init__(self, data: Path, port: int, *, doors: int = 2, **environment: str) -> None:
        self.data, self.port = data, port
        self.url, self.door_url = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{port + 1}"
        self.starts = 0
        self._doors = doors
        ours = {"REDFLOWER_DATA": str(data), "REDFLOWER_API_GIFTS_PER_MINUTE": "0", "LANG": "C.UTF-8"}
        strange = {name for name in os.environ if name.startswith(("REDFLOWER_", "DJANGO_"))} | {"DATABASE_URL"}
        self.environment: Mapping[str, str] = {
            **{name: value for name, value in os.environ.items() if name not in strange},
            **ours,
            **environment,
        }

    def serve(self) -> None:
        """Starts the supervisor and returns at once."""
        self.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        words = ["serve", "--no-demo", "--port", str(self.port), "--doors", str(self._doors)]
        with (self.data.parent / f"{self.data.name}.log").open("ab") as log:
            self.supervisor = subprocess.Popen(
                [*REDFLOWER, *words], cwd=ROOT, env=self.environment, stdout=log, stderr=log
            )
        self.starts += 1

    def keep_serving(self) -> None:
        """What a service manager does: starts the supervisor again when it has ended."""
        if self.supervisor.poll() is not None:
            self.serve()

    def is_ready(self) -> bool:
        """Whether pages and door both answer."""
        return all(_says_yes(f"{url}/readyz") for url in (self.url, self.door_url))

    def wait_until_ready(self) -> None:
        """Errors: SystemExit with the end of the log."""
        deadline = time.monotonic() + _READY_SECONDS
        while not self.is_ready():
            if time.monotonic() > deadline:
                raise SystemExit(f"the site was not ready in {_READY_SECONDS} s:\n{self.read_log()[-3000:]}")
            self.keep_serving()
            time.sleep(0.2)

    def read_log(self) -> str:
        """What the supervisor has printed."""
        return (self.data.parent / f"{self.data.name}.log").read_text(errors="replace")

    def enter(self) -> None:
        """Django in this process, on the site's database with the site's key, as its owner."""
        os.environ |= {"REDFLOWER_DATA": str(self.data), "REDFLOWER_DEMO": "0", "DATABASE_URL": self.dsn()}
        os.environ["REDFLOWER_SECRET_KEY"] = (self.data / "secret-key").read_text()
        os.environ["DJANGO_SETTINGS_MODULE"] = "redflower.project.settings"
        import django

        django.setup()
        from redflower.domains.people.services import name_site

        name_site("测试站点", "A site for faults", ["zh-hans", "en"], True)

    def dsn(self) -> str:
        """Where its database is now."""
        from redflower.plumbing.postgres import running_dsn

        found = running_dsn(self.data, wait_seconds=120)
        if found is None:
            raise SystemExit("the site has no database")
        return found

    def connect(self) -> "psycopg.Connection[Any]":
        """A connection of our own, read and write, as the owner."""
        return psycopg.connect(self.dsn(), autocommit=True)

    @cached_property
    def bank(self) -> Any:
        """The provider behind the site."""
        from redflower.adapters.sandbox_bank import Bank

        return Bank(self.data / "sandbox")

    def pay(self, opened: Mapping[str, Any]) -> dict[str, Any]:
        """The payer pays on the provider's page; answers with what the provider will say, and says itself as well."""
        from redflower.adapters.sandbox_bank import notices
        from redflower.kernel import clock

        charge = self.bank.open_link(urlsplit(opened["pay_url"]).query, clock.now())
        return notices.describe_outcome(self.bank.pay(charge.charge_id, f"payer-{charge.order_no}", clock.now()))

    def sign(self, *facts: Mapping[str, Any]) -> tuple[bytes, dict[str, str]]:
        """A delivery of the provider's, signed as it would."""
        from redflower.adapters.sandbox_bank import notices
        from redflower.kernel import clock

        body = json.dumps(facts[0] if len(facts) == 1 else list(facts)).encode()
        return body, notices.sign(self.bank._key, body, clock.now())

    def wait_until_quiet(self) -> None:
        """Until the provider has delivered everything and the followers have read everything, or long enough."""
        deadline = time.monotonic() + _QUIET_SECONDS
        while time.monotonic() < deadline and not (self._post_is_done() and self._followers_are_done()):
            self.keep_serving()
            time.sleep(0.5)

    def _post_is_done(self) -> bool:
        import sqlite3

        books = sqlite3.connect(self.data / "sandbox" / "books.sqlite3", timeout=10)
        with contextlib.closing(books):
            return bool(books.execute("SELECT count(*) = 0 FROM waiting").fetchone()[0])

    def _followers_are_done(self) -> bool:
        with contextlib.suppress(psycopg.Error), self.connect() as conn:
            behind = """SELECT count(*) FROM plumbing_cursor c
                        WHERE EXISTS (SELECT 1 FROM plumbing_event e WHERE (e.xid, e.id) > (c.xid, c.event_id))"""
            row = conn.execute(behind).fetchone()
            return row is not None and row[0] == 0
        return False

    def audit(self) -> tuple[int, list[str]]:
        """`redflower audit`: its exit code, and the lines that do not say ✓."""
        done = subprocess.run(
            [*REDFLOWER, "audit", "--language", "en"],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        told = [line for line in done.stdout.splitlines() if not line.startswith("✓")]
        return done.returncode, told if done.returncode == 0 else [*told, done.stderr[-2000:]]

    def processes(self) -> dict[str, list[int]]:
        """Everything that runs below the supervisor, by kind, and the supervisor itself."""
        kinds: dict[str, list[int]] = {"supervisor": [self.supervisor.pid]}
        for pid in descendants(self.supervisor.pid):
            if kind := _kind(command_line(pid)):
                kinds.setdefault(kind, []).append(pid)
        return kinds

    def stop(self) -> float:
        """Asks the supervisor to end; returns how long it took. Units: seconds."""
        began = time.monotonic()
        self.supervisor.send_signal(signal.SIGTERM)
        self.supervisor.wait(timeout=60)
        return time.monotonic() - began


def _kind(words: Sequence[str]) -> str:
    line = " ".join(words)
    if line.startswith("postgres:"):
        return "a process of PostgreSQL"
    for mark, kind in (
        ("postgres -D", "PostgreSQL"),
        ("gunicorn", "pages"),
        ("redflower door", "door"),
        ("redflower worker", "worker"),
        ("redflower sandbox-post", "sandbox-post"),
    ):
        if mark in line:
            return kind
    return ""


def _says_yes(url: str) -> bool:
    directly = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with contextlib.suppress(OSError), directly.open(url, timeout=5) as answer:
        return answer.status == 200
    return False


def descendants(pid: int) -> list[int]:
    """Every process below this one."""
    parents = {int(entry.name): _parent(int(entry.name)) for entry in Path("/proc").iterdir() if entry.name.isdigit()}
    found, frontier = [], [pid]
    while frontier:
        frontier = [child for child, parent in parents.items() if parent in frontier]
        found += frontier
    return sorted(found)


def _parent(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return -1


def command_line(pid: int) -> list[str]:
    """The words a process was started with; nothing for one that has gone."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").split()
    except OSError:
        return []
    return [Path(word).name if word.startswith("/") else word for word in words]
