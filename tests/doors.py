"""Doors as they are in life: processes of their own on one port, on the test's database, and a provider who signs."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from django.conf import settings
from django.db import connection
from psycopg.conninfo import make_conninfo

from redflower.adapters.sandbox_bank import Bank, notices
from redflower.kernel import clock
from redflower.kernel.ids import new_id
from tests.faults.processes import eventually, is_gone

_START = "import sys; from redflower.project.door import run; run(sys.argv[1:])"


@dataclass
class Doors:
    """Some doors on one port, and the folder of the provider they listen to."""

    port: int
    folder: Path
    environment: dict[str, str]
    program: str = _START
    processes: "list[subprocess.Popen[bytes]]" = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start_one(self) -> "subprocess.Popen[bytes]":
        """One more door on the port."""
        command = [sys.executable, "-c", self.program, "--port", str(self.port)]
        with (self.folder / f"door-{len(self.processes)}.log").open("wb") as log:
            door = subprocess.Popen(command, env=self.environment, stdout=log, stderr=log)
        self.processes.append(door)
        listening = lambda: self._listeners() >= sum(one.poll() is None for one in self.processes)  # noqa: E731
        assert eventually(lambda: door.poll() is not None or listening(), 120)
        assert door.poll() is None, (self.folder / f"door-{len(self.processes) - 1}.log").read_text()
        return door

    def _listeners(self) -> int:
        """How many sockets listen on the port."""
        wanted = f":{self.port:04X}"
        rows = Path("/proc/net/tcp").read_text().splitlines()[1:]
        return sum(row.split()[1].endswith(wanted) and row.split()[3] == "0A" for row in rows)

    def client(self) -> httpx.Client:
        """A client of its own connection: the kernel decides at which door it comes in."""
        return httpx.Client(base_url=self.url, trust_env=False, timeout=30)

    def sign(self, *facts: dict[str, Any]) -> tuple[bytes, dict[str, str]]:
        """A delivery of the provider's: one notice alone, several as an array."""
        now = clock.now()
        body = json.dumps(facts[0] if len(facts) == 1 else list(facts)).encode()
        return body, notices.sign(Bank(self.folder / "sandbox")._key, body, now)

    def stop(self) -> None:
        """Ends what still runs."""
        for door in self.processes:
            if door.poll() is None:
                door.kill()
            door.wait()
            assert is_gone(door.pid)


def paid(opened: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """What the provider says once the payer of an opened gift has paid."""
    query = parse_qs(urlsplit(opened["pay_url"]).query)
    return {
        "event": "payment.paid",
        "provider": "sandbox",
        "merchant": "red-flower",
        "order_no": query["order"][0],
        "txn": f"txn-{query['order'][0]}",
        "amount_minor": int(query["amount"][0]),
        "currency": "CNY",
        "payer_id": f"payer-{query['order'][0]}",
        "paid_at": notices.rfc3339(clock.now()),
        "status": "paid",
        **changes,
    }


def asked(project: str, **changes: Any) -> dict[str, Any]:
    """A gift as a client asks for it, with a fresh key."""
    return {"idempotency_key": new_id().hex, "project": project, "amount_minor": 1000, **changes}


def around_now() -> dict[str, Any]:
    """Dates of a project that is open by the real clock, which the doors go by."""
    return {"starts_at": clock.now() - timedelta(days=1), "ends_at": clock.now() + timedelta(days=1)}


@contextmanager
def open_doors(folder: Path, count: int = 1, program: str = _START, **environment: str) -> Iterator[Doors]:
    """Doors on the test's database and a free port; `program` is Python that runs one.

    Needs: `django_db_setup`; and tests with `transactional_db`, so that other processes see what they write.
    """
    (folder / "sandbox").mkdir(parents=True, exist_ok=True)
    Bank(folder / "sandbox")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    keys = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    known = {key: connection.settings_dict[name] for key, name in keys.items() if connection.settings_dict[name]}
    doors = Doors(
        port,
        folder,
        {
            **os.environ,
            "DATABASE_URL": make_conninfo(**known),
            "REDFLOWER_DATA": str(folder),
            "REDFLOWER_SECRET_KEY": settings.SECRET_KEY,
            "REDFLOWER_DOOR_URL": f"http://127.0.0.1:{port}",
            **environment,
        },
        program,
    )
    try:
        for _ in range(count):
            doors.start_one()
        yield doors
    finally:
        doors.stop()


def end(door: "subprocess.Popen[bytes]", number: signal.Signals = signal.SIGTERM, seconds: float = 12) -> int:
    """Signals a door and waits until it has gone."""
    door.send_signal(number)
    return door.wait(seconds)
