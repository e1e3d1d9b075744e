"""The data folder's disk fills up under load, PostgreSQL dies on the full disk, space returns: nothing is lost.

    .venv/bin/python tests/faults/disk_full.py --rounds 3

Mounts a small file system of its own (root only; elsewhere it says so and ends with 77), serves a whole site on it, and
while a crowd gives it fills the disk to the last byte, kills PostgreSQL there with SIGKILL in every second round, and
after a while takes the filler away. While the disk is full every answer must be a named refusal, afterwards gifts must
be taken again without anybody's help, and at the end everything acknowledged must be there once and the audit be 0.
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
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.faults.crowd import Crowd, count_faults  # noqa: E402
from tests.faults.kill_any import GivingPlace, make_world  # noqa: E402
from tests.faults.whole_site import WholeSite  # noqa: E402

SKIPPED = 77
GIVERS = 6
BLOCK = 64 * 1024
RECOVERY_SECONDS = 120


def main() -> int:
    """Prints the figures; 0 when nothing was lost, done twice, or answered strangely."""
    args = _parser().parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that nothing is left running
    home = Path(tempfile.mkdtemp(prefix="redflower-disk-"))
    disk = home / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={args.megabytes}m", "redflower-disk-full", str(disk)]
    tried = subprocess.run(mount, capture_output=True, text=True, check=False) if shutil.which("mount") else None
    if tried is None or tried.returncode != 0:
        sys.stderr.write(f"skipped: this user may not mount a file system ({tried.stderr.strip() if tried else ''})\n")
        home.rmdir() if not any(home.iterdir()) else shutil.rmtree(home)
        return SKIPPED
    try:
        with _served(WholeSite(disk / "site", args.port)) as site:
            report = run(site, disk / "filler", args)
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=False)  # the books of the provider are open here
        if not args.keep:
            shutil.rmtree(home, ignore_errors=True)
    sys.stdout.write(json.dumps(report, ensure_ascii=False, indent=2) + "\n")
    return int(report["faults"] != 0)


@contextlib.contextmanager
def _served(site: WholeSite) -> Iterator[WholeSite]:
    site.serve()
    try:
        site.wait_until_ready()
        site.enter()
        yield site
    finally:
        site.stop()


def run(site: WholeSite, filler: Path, args: argparse.Namespace) -> dict[str, Any]:
    """The rounds, and what is left of everything afterwards."""
    crowd = Crowd(GivingPlace(site), make_world(), site.pay, ["/v1/notices/sandbox", f"{site.url}/notices/sandbox"])
    crowd.start(GIVERS)
    rounds = [_fill_and_free(site, crowd, filler, args.seconds, kill=number % 2 == 1) for number in range(args.rounds)]
    time.sleep(2)
    crowd.stop()
    site.wait_until_quiet()
    with site.connect() as conn:
        found = count_faults(crowd, conn.cursor())
    audit, told = site.audit()
    stuck = sum(each["seconds_to_recover"] is None for each in rounds)
    return {
        "rounds": rounds,
        "gifts_acknowledged": len(crowd.opened),
        "settlements_acknowledged": len(crowd.settled),
        "requests_without_an_answer": crowd.unanswered,
        "told_to_come_back": dict(crowd.refused),
        "strange_answers_were": dict(crowd.strange),
        "supervisor_starts": site.starts,
        **found,
        "audit_exit": audit,
        "audit": told,
        "faults": audit
        + stuck
        + (site.starts - 1)
        + sum(value for name, value in found.items() if name != "acknowledged"),
    }


def _fill_and_free(site: WholeSite, crowd: Crowd, filler: Path, seconds: float, *, kill: bool) -> dict[str, Any]:
    time.sleep(seconds)
    refused, acknowledged = crowd.refused.total(), len(crowd.opened)
    filled = _fill(filler)
    if kill:
        with contextlib.suppress(ProcessLookupError):
            for pid in site.processes().get("PostgreSQL", []):
                os.kill(pid, signal.SIGKILL)
    full_until = time.monotonic() + 2 * seconds
    while time.monotonic() < full_until:
        filled += _fill(filler)  # whatever was given back in between
        time.sleep(0.2)
    during = {"acknowledged": len(crowd.opened) - acknowledged, "refused": crowd.refused.total() - refused}
    filler.unlink()
    freed_at, before = time.monotonic(), len(crowd.opened)
    while len(crowd.opened) == before and time.monotonic() < freed_at + RECOVERY_SECONDS:
        time.sleep(0.05)
    recovered = len(crowd.opened) > before
    return {
        "filled_megabytes": filled // 1024**2,
        "postgres_killed": kill,
        "while_full": during,
        "seconds_to_recover": round(time.monotonic() - freed_at, 1) if recovered else None,
    }


def _fill(filler: Path) -> int:
    """Writes until nothing more fits; returns how much that was. Units: bytes."""
    written = 0
    size = BLOCK
    fd = os.open(filler, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    try:
        while size:
            try:
                written += os.write(fd, b"\0" * size)
            except OSError:
                size //= 2
    finally:
        os.close(fd)
    return written


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=6, help="of load before the disk is full; full for twice that")
    parser.add_argument("--megabytes", type=int, default=700)
    parser.add_argument("--port", type=int, default=8766)
    parser.add_argument("--keep", action="store_true", help="keep the log")
    return parser


if __name__ == "__main__":
    sys.exit(main())
