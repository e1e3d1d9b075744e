"""The door under load: servers as processes, a provider who notifies of every gift, drawers behind it, and wrk."""

import contextlib
import os
import re
import secrets
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import psycopg

from bench.database import cpu_seconds
from redflower.adapters.sandbox_bank import Bank, notices
from redflower.kernel import clock
from redflower.kernel.ids import floor_id

PORT = 8825
NOTICES_AT_ONCE = 500
_TELLERS = 20  # lists of notices on their way at once: both doors always have some in hand
_LOOK_SECONDS = 0.5
_LUA = """
local thread_no = 0
function setup(thread) thread:set("number", thread_no); thread_no = thread_no + 1 end
wrk.headers["Content-Type"] = "application/json"
local made = 0
function init(args) math.randomseed(os.time() + number); start = math.random(1, 2000000000) end
function request()
  made = made + 1
  return wrk.format("POST", "/v1/gifts", nil, '{"idempotency_key":"' .. number .. "-" .. start .. "-" .. made ..
    '","project":"bench-' .. (made * 7919 % 1000) .. '","amount_minor":' .. (100 + made % 5000) .. "}")
end
"""


class WrkMissing(RuntimeError):
    """There is no wrk on this machine."""


@contextlib.contextmanager
def served(command: list[str], count: int = 1) -> "Iterator[list[subprocess.Popen[bytes]]]":
    """Servers on the port, up and then gone with everything they started."""
    environment = os.environ | {
        "REDFLOWER_API_GIFTS_PER_MINUTE": "0",
        "REDFLOWER_DOOR_URL": f"http://127.0.0.1:{PORT}",
        "PYTHONPATH": str(Path(__file__).resolve().parents[1]),
    }
    processes = [
        subprocess.Popen([sys.executable, *command], env=environment, start_new_session=True) for _ in range(count)
    ]
    try:
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            # Any answer will do: a master listens long before its workers can speak.
            with contextlib.suppress(httpx.HTTPError):
                httpx.get(f"http://127.0.0.1:{PORT}/livez", timeout=5, trust_env=False)
                break
            time.sleep(0.1)
        time.sleep(1.5)  # the others of several
        yield processes
    finally:
        for process in processes:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, 15)
        for process in processes:
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, 9)
                process.wait()


def served_doors(count: int) -> "contextlib.AbstractContextManager[list[subprocess.Popen[bytes]]]":
    """The subject, started as everywhere."""
    return served(["-m", "redflower", "door", "--port", str(PORT)], count)


def run_wrk(connections: int, seconds: int) -> dict[str, float]:
    """One closed-loop round: requests a second and latencies; anything but 2xx is an error.

    Errors: WrkMissing; RuntimeError when a request failed.
    """
    if shutil.which("wrk") is None:
        raise WrkMissing("wrk is missing: apt-get install wrk")
    _probe()
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(_LUA)
        script.flush()
        said = subprocess.run(
            ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout=10s", "--latency", "-s", script.name,
             f"http://127.0.0.1:{PORT}"],
            capture_output=True, text=True, check=True,
        ).stdout  # fmt: skip
    if "Non-2xx" in said or "Socket errors" in said:
        raise RuntimeError(said)
    found = {name: re.search(rf"{name}%\s+([0-9.]+)(us|ms|s)", said) for name in ("50", "99")}
    unit = {"us": 0.001, "ms": 1, "s": 1000}
    rate = re.search(r"Requests/sec:\s+([0-9.]+)", said)
    total = re.search(r"(\d+) requests in", said)
    if rate is None or total is None or None in found.values():
        raise RuntimeError(said)
    latencies = {f"p{name}_ms": float(match[1]) * unit[match[2]] for name, match in found.items() if match}
    return {"per_s": float(rate[1]), "requests": int(total[1]), **latencies}


def _probe() -> None:
    """Sees one answer, since wrk counts a redirection as a success."""
    gift = {"idempotency_key": secrets.token_hex(), "project": "bench-1", "amount_minor": 100}
    answer = httpx.post(f"http://127.0.0.1:{PORT}/v1/gifts", json=gift, timeout=30, trust_env=False)
    if answer.status_code != 200:
        raise RuntimeError(f"{answer.status_code}: {answer.text[:300]}")


class Provider(threading.Thread):
    """Pays every gift as soon as it is durable, and tells the door so, by the list.

    It follows the orders by their ids, a little behind so that a commit that takes its time is not passed over; what
    was passed over all the same is found at quiet moments. Looking must cost next to nothing: it shares the machine with
    what is measured.
    """

    _BEHIND = timedelta(milliseconds=100)
    _PASSED_OVER = timedelta(seconds=20)  # far longer than a commit may take

    def __init__(self, dsn: str, folder: Path) -> None:
        super().__init__(daemon=True)
        self.conn = psycopg.connect(dsn, autocommit=True)
        # By its key and no further than its limit: rather than that, the planner reads all that waits and sorts it.
        self.conn.execute("SET enable_sort = off")
        self.key = Bank(folder / "sandbox")._key
        self.leaving = threading.Event()
        newest = self.conn.execute("SELECT id::text FROM payments_order ORDER BY id DESC LIMIT 1").fetchone()
        self._after = newest[0] if newest else str(UUID(int=0))  # whoever stood here before has paid for those
        self._looked = 0.0

    def run(self) -> None:
        """Tells until told to leave."""
        # A connection for each list: one that is kept stays with one door, and all of a few may meet at the same.
        limits = httpx.Limits(max_keepalive_connections=0)
        with (
            httpx.Client(trust_env=False, timeout=30, limits=limits) as client,
            ThreadPoolExecutor(_TELLERS) as tellers,
        ):
            told: deque[Future[None]] = deque()
            while not self.leaving.is_set():
                if len(told) == _TELLERS or (told and told[0].done()):
                    told.popleft().result()
                elif rows := self._follow():
                    told.append(tellers.submit(self._tell, client, rows))
                elif not told and (rows := self._find_left()):
                    self._tell(client, rows)
                else:
                    time.sleep(0.01)

    def _follow(self) -> list[Any]:
        until = floor_id(clock.now() - self._BEHIND)
        rows = self.conn.execute(  # as text: each number is written thrice
            "SELECT id::text AS number, amount_minor FROM payments_order WHERE id > %s AND id < %s ORDER BY id LIMIT %s",
            [self._after, until, NOTICES_AT_ONCE],
        ).fetchall()
        if rows:
            self._after = rows[-1][0]
        return rows

    def _find_left(self) -> list[Any]:
        if time.monotonic() < self._looked + _LOOK_SECONDS:
            return []
        self._looked = time.monotonic()
        since = floor_id(clock.now() - self._PASSED_OVER)
        return self.conn.execute(
            """SELECT id, amount_minor FROM payments_order WHERE id > %s AND id <= %s
               EXCEPT SELECT order_id, amount_minor FROM payments_capture WHERE order_id > %s ORDER BY id LIMIT %s""",
            [since, self._after, since, NOTICES_AT_ONCE],
        ).fetchall()

    def _tell(self, client: httpx.Client, rows: list[Any]) -> None:
        at = clock.now()
        paid_at = notices.rfc3339(at)
        facts = ",".join(
            f'{{"event":"payment.paid","provider":"sandbox","merchant":"red-flower","order_no":"{order}","txn":"t{order}",'
            f'"amount_minor":{amount},"currency":"CNY","payer_id":"p{order}","paid_at":"{paid_at}","status":"paid"}}'
            for order, amount in rows
        )
        body = f"[{facts}]".encode()
        answer = client.post(
            f"http://127.0.0.1:{PORT}/v1/notices/sandbox", content=body, headers=notices.sign(self.key, body, at)
        )
        answer.raise_for_status()


class Drawer(threading.Thread):
    """Draws the slices behind the gifts, as the worker does."""

    def __init__(self, festival_id: Any) -> None:
        super().__init__(daemon=True)
        self.festival_id = festival_id
        self.leaving = threading.Event()

    def run(self) -> None:
        """Draws until told to leave."""
        from bench.world import ZONE
        from redflower.domains.festivals.services import draw_due_slices
        from redflower.plumbing.db import close_connection

        while not self.leaving.wait(1):
            draw_due_slices(self.festival_id, ZONE, clock.now())
        close_connection()


def is_last_unsettled(conn: "psycopg.Connection[Any]") -> bool:
    """Whether the latest gift waits for its settlement: next to free, while counting costs what it counts."""
    row = conn.execute(
        """SELECT NOT EXISTS (SELECT FROM payments_capture c WHERE c.order_id = o.id)
           FROM (SELECT id FROM payments_order ORDER BY id DESC LIMIT 1) o"""
    ).fetchone()
    return bool(row and row[0])


def count_unsettled(conn: "psycopg.Connection[Any]") -> int:
    """Gifts that wait for their settlement."""
    row = conn.execute(
        "SELECT (SELECT count(*) FROM payments_order WHERE provider = 'sandbox') - (SELECT count(*) FROM payments_capture)"
    ).fetchone()
    return int(row[0]) if row else 0


def used(processes: "list[subprocess.Popen[bytes]]") -> float:
    """CPU seconds of the servers so far."""
    return sum(cpu_seconds(process.pid) for process in processes)
