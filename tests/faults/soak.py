"""A festival evening with faults: the whole site serves, people give through its doors, processes die, books are audited.

    ./dev redflower version && .venv/bin/python tests/faults/soak.py --seconds 600 --rate 50 --faults 5 --kill-every 60

Starts a site on a data folder of its own, runs `redflower simulate` against it, kills a random process with SIGKILL every
now and then, waits until the slowest notice must have arrived, and runs `redflower audit`. Prints one JSON object and
exits with the audit's code. Not part of the test suite: it takes as long as it is told to.
"""

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.faults.whole_site import command_line, descendants  # noqa: E402

LATE_NOTICE_SECONDS = 110  # the sandbox's late notice takes 90 s


def main() -> int:
    """Runs one soak and prints what it saw."""
    args = _parser().parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that nothing is left running
    data = args.data or Path(tempfile.mkdtemp(prefix="redflower-soak-"))
    environment = os.environ | {"REDFLOWER_DATA": str(data)}
    server = _redflower("serve", "--port", str(args.port), env=environment)
    try:
        _wait_until_ready(args.port, server)
        giving = _redflower(
            "simulate", "--rate", str(args.rate), "--seconds", str(args.seconds), "--faults", str(args.faults),
            "--url", f"http://127.0.0.1:{args.port}", "--json", str(data / "simulate.json"), env=environment,
        )  # fmt: skip
        killed = _kill_now_and_then(server.pid, giving, args)
        simulated = giving.wait(timeout=300)
        time.sleep(LATE_NOTICE_SECONDS)
        audit = subprocess.run([*_COMMAND, "audit"], env=environment, capture_output=True, text=True, check=False)
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(timeout=30)
    report = {
        "seconds": args.seconds,
        "rate": args.rate,
        "faults_percent": args.faults,
        "killed": killed,
        "simulate_exit": simulated,
        "simulate": json.loads((data / "simulate.json").read_text()) if (data / "simulate.json").exists() else None,
        "audit_exit": audit.returncode,
        "audit": audit.stdout.splitlines(),
    }
    sys.stdout.write(json.dumps(report, ensure_ascii=False, indent=2) + "\n")
    if args.data is None and not args.keep:
        shutil.rmtree(data, ignore_errors=True)
    return audit.returncode


_COMMAND = [sys.executable, "-m", "redflower"]


def _redflower(*words: str, env: dict[str, str]) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([*_COMMAND, *words], cwd=ROOT, env=env, stdout=sys.stderr, stderr=sys.stderr)


def _wait_until_ready(port: int, server: "subprocess.Popen[bytes]") -> None:
    for _ in range(1500):
        if server.poll() is not None:
            raise SystemExit("the site did not start")
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=1):
                return
        except OSError:
            time.sleep(0.2)
    raise SystemExit("the site was not ready in five minutes")


def _kill_now_and_then(supervisor: int, giving: "subprocess.Popen[bytes]", args: argparse.Namespace) -> list[str]:
    """Until giving ends: SIGKILL to one random process below the supervisor, each time written down."""
    chance, killed = random.Random(args.seed), []
    next_at = time.monotonic() + args.kill_every
    while giving.poll() is None:
        time.sleep(0.5)
        if args.kill_every and time.monotonic() >= next_at:
            next_at += args.kill_every
            by_name: dict[str, list[int]] = {}
            for pid in descendants(supervisor):
                by_name.setdefault(_name(pid), []).append(pid)
            if by_name:  # every kind of process is as likely, however many there are of it
                victim = chance.choice(by_name[chance.choice(sorted(by_name))])
                killed.append(_name(victim))
                os.kill(victim, signal.SIGKILL)
    return killed


def _name(pid: int) -> str:
    return " ".join(command_line(pid)[:4]) or "gone"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--rate", type=float, default=50)
    parser.add_argument("--faults", type=float, default=5)
    parser.add_argument("--kill-every", type=float, default=0, metavar="SECONDS", help="0: kill nothing")
    parser.add_argument("--port", type=int, default=8765)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--data", type=Path, metavar="DIR", help="a data folder that is there already, and stays")
    parser.add_argument("--keep", action="store_true", help="keep the data folder")
    return parser


if __name__ == "__main__":
    sys.exit(main())
