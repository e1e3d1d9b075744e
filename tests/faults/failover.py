"""Ten failovers under load: a leader dies with its keeper, a follower takes over, every acknowledged gift is still there.

    ./dev cluster --help && .venv/bin/python tests/faults/failover.py --rounds 10

Starts a cluster of its own (`redflower/project/cluster.py`) and two doors on it; a crowd gives at the doors, and in each
round the leading PostgreSQL and its Patroni are killed with SIGKILL and kept down until another node leads. Prints one
JSON object; exits 1 when something acknowledged is missing or was done twice, an answer was strange, or an invariant
differs. With `--asynchronous`, the control: commits wait for nobody, some must be lost, and it exits 1 when none was.
Not part of the test suite: it takes minutes.
"""

import argparse
import contextlib
import json
import os
import secrets
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

import psycopg

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.faults.crowd import Crowd, count_faults  # noqa: E402

GIVERS = 8
LOG_MEGABYTES_PER_S = 8
STEADY_SECONDS = 5.0
LEADER_SECONDS = 90.0
# Whoever comes back replays its own log, is wound back to where its followers left it (pg_rewind reads every changed
# file), and catches up with what was given meanwhile: half a minute on two free cores, several where they are not free.
FOLLOWER_SECONDS = 300.0


def main() -> int:
    """Runs the rounds and prints what it saw."""
    args = _parser().parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that nothing is left running
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
    lost = report["lost_gifts"] + report["lost_settlements"] + report["unbooked"]
    if args.asynchronous:
        return int(lost == 0)
    twice = report["double_bookings"] + report["keys_answered_twice_differently"]
    return int(bool(lost or twice or report["strange_answers"] or report["audit_differences"]))


def _wait_for_url(home: Path, cluster: "subprocess.Popen[bytes]") -> str:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and cluster.poll() is None:
        if (home / "database-url").exists():
            return (home / "database-url").read_text().strip()
        time.sleep(0.2)
    raise SystemExit(f"the cluster did not come up: {(home / 'cluster.log').read_text()[-2000:]}")


def _open_house(url: str, home: Path) -> None:
    """Tables, and Django in this process, for the factories and the audit."""
    os.environ |= {
        "DATABASE_URL": url,
        "REDFLOWER_DATA": str(home / "site"),
        "REDFLOWER_SECRET_KEY": secrets.token_hex(),
    }
    migrate = [sys.executable, "-m", "redflower", "migrate", "--quiet"]
    subprocess.run(migrate, cwd=ROOT, check=True, stdout=sys.stderr)
    os.environ["DJANGO_SETTINGS_MODULE"] = "redflower.project.settings"
    import django

    django.setup()


def _run(url: str, home: Path, args: argparse.Namespace) -> dict[str, Any]:
    from django.db import connection

    from redflower.faces.commands.audit import INVARIANTS
    from redflower.faces.followers.insights import follow_once
    from tests.doors import around_now, open_doors, paid
    from tests.factories import make_project

    slugs = [make_project(**around_now()).slug for _ in range(3)]
    with open_doors(home / "doors", 2, DATABASE_URL=url, REDFLOWER_API_GIFTS_PER_MINUTE="0") as doors:
        crowd = Crowd(doors, slugs, paid)
        crowd.start(GIVERS)
        threading.Thread(target=_write_log, args=(url,), daemon=True).start()
        failovers = [_fail_over(url, home) for _ in range(args.rounds)]
        time.sleep(STEADY_SECONDS)
        crowd.stop()
    connection.close()  # it may still speak to a leader of before
    with connection.cursor() as cursor:
        found = count_faults(crowd, cursor)
    while follow_once():
        pass
    # The public log is integrated by a worker, and none runs here.
    differing = [each.code for each in INVARIANTS if not each.code.startswith("proofs") and each.count_differences()]
    return {
        "rounds": args.rounds,
        "synchronous": not args.asynchronous,
        "gifts_acknowledged": len(crowd.opened),
        "settlements_acknowledged": len(crowd.settled),
        **found,
        "requests_without_an_answer": crowd.unanswered,
        "told_to_come_back": dict(crowd.refused),
        "strange_answers_were": dict(crowd.strange),
        "longest_wait_seconds": round(crowd.longest_wait_seconds, 1),
        "seconds_without_a_leader": [round(gap, 1) for gap, _ in failovers],
        "seconds_until_all_three": [round(whole, 1) for _, whole in failovers],
        "audit_differences": differing,
    }


def _write_log(url: str) -> None:
    """Fills the write-ahead log as a festival would, far beyond what a follower's slot holds on to."""
    while True:
        with contextlib.suppress(psycopg.Error), psycopg.connect(url, autocommit=True) as conn:
            while True:
                conn.execute("SELECT pg_logical_emit_message(false, 'load', repeat('x', 1000000))")
                time.sleep(1 / LOG_MEGABYTES_PER_S)
        time.sleep(0.5)


def _fail_over(url: str, home: Path) -> tuple[float, float]:
    """Kills whoever leads and waits for another; returns how long nobody took writes, and how long after its keeper may
    start again the dead one has caught up. Units: seconds."""
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
    back_at = time.monotonic()
    _wait_for_followers(url, home)
    return gap, time.monotonic() - back_at


def _leader(url: str) -> int:
    """Which node takes writes; waits until one does."""
    for _ in _attempts(LEADER_SECONDS):
        with contextlib.suppress(psycopg.Error), psycopg.connect(url) as conn:
            [[port, path]] = conn.execute("SELECT inet_server_port(), current_setting('data_directory')").fetchall()
            return int(Path(path).parent.name.removeprefix("node")) if port else 0
    raise SystemExit("nobody takes writes")


def _wait_for_followers(url: str, home: Path) -> None:
    """The next round begins when everybody has caught up, as an operator would wait before the next works."""
    seen: list[Any] = []
    for _ in _attempts(FOLLOWER_SECONDS):
        with contextlib.suppress(psycopg.Error), psycopg.connect(url) as conn:
            seen = conn.execute("SELECT application_name, state FROM pg_stat_replication ORDER BY 1").fetchall()
            if [state for _, state in seen] == ["streaming", "streaming"]:
                return
    missing = {f"node{node}" for node in (1, 2, 3)} - {f"node{_leader(url)}", *(name for name, _ in seen)}
    logs = "".join((home / "logs" / f"patroni{name[4:]}.log").read_text()[-3000:] for name in sorted(missing))
    raise SystemExit(f"a follower did not come back in {FOLLOWER_SECONDS:g} s: {seen}, missing {missing}\n{logs}")


def _attempts(seconds: float) -> Iterator[None]:
    deadline = time.monotonic() + seconds
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
