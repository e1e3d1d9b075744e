"""Ten failovers under load: a leader dies with its keeper, a follower takes over, every acknowledged gift is still there.

    ./dev cluster --help && .venv/bin/python tests/faults/failover.py --rounds 10

Starts a cluster of its own (`redflower/project/cluster.py`), settles gifts through `engine.settle.settle_batch` on several
connections, and in each round kills the leading PostgreSQL and its Patroni with SIGKILL and keeps them down until another
node leads. Prints one JSON object; exits 1 when an acknowledged gift is missing or an invariant differs. With
`--asynchronous`, the control: commits wait for nobody, and some must be lost. Not part of the test suite: it takes minutes.
"""

import argparse
import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
WRITERS = 3
BATCH = 20
STEADY_SECONDS = 5.0
PATIENCE_SECONDS = 90.0


def main() -> int:
    """Runs the rounds and prints what it saw."""
    args = _parser().parse_args()
    home = Path(tempfile.mkdtemp(prefix="redflower-failover-"))
    mode = ["--asynchronous"] if args.asynchronous else []
    command = [
        sys.executable,
        "-m",
        "redflower.project.cluster",
        "--data",
        str(home),
        "--port-base",
        str(args.port_base),
    ]
    with (home / "cluster.log").open("wb") as log:
        cluster = subprocess.Popen([*command, *mode], cwd=ROOT, stdout=log, stderr=log)
    try:
        url = _wait_for_url(home, cluster)
        _open_house(url, home)
        report = _run(url, home, args)
    finally:
        cluster.send_signal(signal.SIGTERM)
        cluster.wait(timeout=60)
        if not args.keep:
            shutil.rmtree(home, ignore_errors=True)
    sys.stdout.write(json.dumps(report, indent=2) + "\n")
    return 1 if report["lost"] or report["audit_differences"] else 0


def _wait_for_url(home: Path, cluster: "subprocess.Popen[bytes]") -> str:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and cluster.poll() is None:
        if (home / "database-url").exists():
            return (home / "database-url").read_text().strip()
        time.sleep(0.2)
    raise SystemExit(f"the cluster did not come up: {(home / 'cluster.log').read_text()[-2000:]}")


def _open_house(url: str, home: Path) -> None:
    """Tables, and Django in this process, for the factories and the audit."""
    os.environ |= {"DATABASE_URL": url, "REDFLOWER_DATA": str(home / "site")}
    migrate = [sys.executable, "-m", "redflower", "migrate", "--quiet"]
    subprocess.run(migrate, cwd=ROOT, check=True, stdout=sys.stderr)
    os.environ["DJANGO_SETTINGS_MODULE"] = "redflower.project.settings"
    import django

    django.setup()


def _run(url: str, home: Path, args: argparse.Namespace) -> dict[str, Any]:
    from redflower.faces.commands.audit import INVARIANTS
    from redflower.faces.followers.insights import follow_once
    from tests.factories import make_project

    crowd = Crowd(url, [make_project().id for _ in range(3)])
    crowd.start()
    failovers = [_fail_over(url, home) for _ in range(args.rounds)]
    time.sleep(STEADY_SECONDS)
    crowd.stop()
    with psycopg.connect(url) as conn:
        kept = {row[0] for row in conn.execute("SELECT order_id FROM payments_capture").fetchall()}
    from django.db import connection

    connection.close()  # it may still speak to a leader of before
    while follow_once():
        pass
    # The public log is integrated by a worker, and none runs here.
    differing = [each.code for each in INVARIANTS if not each.code.startswith("proofs") and each.count_differences()]
    return {
        "rounds": args.rounds,
        "synchronous": not args.asynchronous,
        "acknowledged": len(crowd.acknowledged),
        "lost": len(crowd.acknowledged - kept),
        "settled": len(kept),
        "commits_that_failed": crowd.failed,
        "seconds_without_a_leader": [round(seconds, 1) for seconds in failovers],
        "audit_differences": differing,
    }


class Crowd:
    """Writers that settle lists of gifts, and remember what was acknowledged."""

    def __init__(self, url: str, projects: list[UUID]) -> None:
        self.acknowledged: set[UUID] = set()
        self.failed = 0
        self._url, self._projects = url, projects
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._write, args=(number,)) for number in range(WRITERS)]

    def start(self) -> None:
        """Begins to give."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Ends after the lists in hand."""
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _write(self, number: int) -> None:
        round_no = 0
        while not self._stop.is_set():
            with contextlib.suppress(psycopg.Error), psycopg.connect(self._url) as conn:
                while not self._stop.is_set():
                    round_no += 1
                    try:
                        self.acknowledged.update(self._settle(conn, f"{number}-{round_no}"))
                    except psycopg.Error:
                        self.failed += 1
                        raise
            time.sleep(0.2)

    def _settle(self, conn: psycopg.Connection[Any], label: str) -> list[UUID]:
        from redflower.domains.donations.types import GiftRequest, IntentOutcome
        from redflower.domains.payments.types import NoticeStatus, PaymentNotice
        from redflower.engine.settle import settle_batch
        from redflower.kernel.ids import new_id
        from tests.factories import GIVING, NOON, POLICY

        donors = [new_id() for _ in range(BATCH)]
        conn.execute(
            """INSERT INTO people_donor (id, shown_name, region, created_at)
               SELECT d, '', '', now() FROM unnest(%s::uuid[]) AS d""",
            [donors],
        )
        asked = [
            GiftRequest(
                idempotency_key=f"{label}-{place}",
                donor_id=donor,
                project_id=self._projects[place % len(self._projects)],
                amount_minor=100 + place,
            )
            for place, donor in enumerate(donors)
        ]
        answers, _ = settle_batch(conn, asked, [], "sandbox", POLICY, GIVING, NOON)
        notices = [
            PaymentNotice(
                "sandbox",
                f"txn-{answer.gift_id}",
                answer.gift_id,
                answer.amount_minor,
                "CNY",
                "",
                NoticeStatus.PAID,
                NOON,
            )
            for answer in answers
            if isinstance(answer, IntentOutcome)
        ]
        settle_batch(conn, [], notices, "sandbox", POLICY, GIVING, NOON)
        conn.commit()
        return [notice.order_id for notice in notices]


def _fail_over(url: str, home: Path) -> float:
    """Kills whoever leads and waits for another; returns how long nobody took writes. Units: seconds."""
    time.sleep(STEADY_SECONDS)
    node = _leader(url)
    config = home / f"node{node}" / "patroni.json"
    aside = config.with_suffix(".aside")
    config.rename(aside)  # so that it cannot come back before somebody else leads
    killed_at = time.monotonic()
    for pid in [*_pids_of(str(config)), _postmaster(home, node)]:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    try:
        while _leader(url) == node:
            time.sleep(0.1)
        gap = time.monotonic() - killed_at
    finally:
        aside.rename(config)
    _wait_for_followers(url)
    return gap


def _leader(url: str) -> int:
    """Which node takes writes; waits until one does."""
    for _ in _attempts():
        with contextlib.suppress(psycopg.Error), psycopg.connect(url) as conn:
            [[port, path]] = conn.execute("SELECT inet_server_port(), current_setting('data_directory')").fetchall()
            return int(Path(path).parent.name.removeprefix("node")) if port else 0
    raise SystemExit("nobody takes writes")


def _wait_for_followers(url: str) -> None:
    """The next round begins when everybody has caught up, as an operator would wait before the next works."""
    for _ in _attempts():
        with contextlib.suppress(psycopg.Error), psycopg.connect(url) as conn:
            [[streaming]] = conn.execute(
                "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'"
            ).fetchall()
            if streaming == 2:
                return
    raise SystemExit("a follower did not come back")


def _attempts() -> Iterator[None]:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        yield
        time.sleep(0.2)


def _postmaster(home: Path, node: int) -> int:
    return int((home / f"node{node}" / "postgres" / "postmaster.pid").read_text().splitlines()[0])


def _pids_of(word: str) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if entry.name.isdigit() and word in (entry / "cmdline").read_bytes().decode(errors="replace").split("\0"):
                found.append(int(entry.name))
    return found


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--port-base", type=int, default=5700)
    parser.add_argument("--asynchronous", action="store_true")
    parser.add_argument("--keep", action="store_true", help="keep the data folder")
    return parser


if __name__ == "__main__":
    sys.exit(main())
