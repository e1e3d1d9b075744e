"""kill -9 of anything, at random moments, under load: what was acknowledged is there, once.

    .venv/bin/python tests/faults/kill_any.py --rounds 100 --seconds 2 --seed 1

Serves a site of its own with two doors and a festival that is being drawn. A crowd gives at the doors, pays at the
provider, and the provider's word comes from the crowd and from the provider's own post, at the doors and at the pages.
In every round one process dies by SIGKILL: a door, the worker, the pages' master or one of its workers, the provider's
post, PostgreSQL or any process of it, or the supervisor itself, which is then started again as a service manager would.
Prints one JSON object; exits 1 when anything acknowledged is missing, was done twice, or an invariant differs.
"""

import argparse
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.faults.crowd import Crowd, count_faults  # noqa: E402
from tests.faults.whole_site import WholeSite  # noqa: E402

GIVERS = 10
RECOVERY_SECONDS = 180


def main() -> int:
    """Prints the figures; 0 when nothing was lost or done twice."""
    args = _parser().parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that nothing is left running
    home = Path(tempfile.mkdtemp(prefix="redflower-kill-"))
    site = WholeSite(home / "site", args.port)
    try:
        report = run(site, args.rounds, args.seconds, args.seed)
    finally:
        site.stop()
        if not args.keep:
            shutil.rmtree(home, ignore_errors=True)
    sys.stdout.write(json.dumps(report, ensure_ascii=False, indent=2) + "\n")
    return int(report["faults"] != 0)


def run(site: WholeSite, rounds: int, seconds: float, seed: int) -> dict[str, Any]:
    """The rounds, and what is left of everything afterwards."""
    site.serve()
    site.wait_until_ready()
    site.enter()
    slugs = make_world()
    notice_urls = ["/v1/notices/sandbox", "/v1/notices/sandbox", f"{site.url}/notices/sandbox"]
    crowd = Crowd(GivingPlace(site), slugs, site.pay, notice_urls, seed)
    began = time.monotonic()
    crowd.start(GIVERS)
    killed = _kill(site, crowd, rounds, seconds, random.Random(seed))
    site.wait_until_ready()
    crowd.stop()
    lasted = time.monotonic() - began
    site.wait_until_quiet()
    with site.connect() as conn:
        found = count_faults(crowd, conn.cursor())
        [[drawn, awards]] = conn.execute(
            "SELECT (SELECT count(*) FROM festivals_slice), (SELECT count(*) FROM festivals_award)"
        ).fetchall()
    audit, told = site.audit()
    return {
        "rounds": sum(killed.values()),
        "seed": seed,
        "killed": dict(sorted(killed.items())),
        "seconds": round(lasted, 1),
        "gifts_acknowledged": len(crowd.opened),
        "settlements_acknowledged": len(crowd.settled),
        "slices_drawn": drawn,
        "awards": awards,
        "requests_without_an_answer": crowd.unanswered,
        "told_to_come_back": dict(crowd.refused),
        "strange_answers_were": dict(crowd.strange),
        "longest_wait_seconds": round(crowd.longest_wait_seconds, 1),
        **found,
        "audit_exit": audit,
        "audit": told,
        "faults": audit + sum(value for name, value in found.items() if name != "acknowledged"),
    }


class GivingPlace:
    """The site as a crowd sees it."""

    def __init__(self, site: WholeSite) -> None:
        self.url, self.sign = site.door_url, site.sign


def make_world() -> list[str]:
    """Projects, and a festival of ten-second slices that has just begun; returns the projects' names."""
    from redflower.kernel import clock
    from tests.doors import around_now
    from tests.factories import make_festival, make_project

    now = clock.now()
    make_festival(budget_minor=100_000_000, opens_at=now - timedelta(seconds=5), hours=2, slice_seconds=10)
    return [make_project(**around_now(), goal_minor=10**12).slug for _ in range(5)]


def _kill(site: WholeSite, crowd: Crowd, rounds: int, seconds: float, dice: random.Random) -> Counter[str]:
    """Kills one process a round, at a random moment after gifts have begun to go through again; every kind is as likely,
    however many there are of it."""
    killed: Counter[str] = Counter()
    while killed.total() < rounds:
        _wait_for_gifts(site, crowd)
        time.sleep(dice.uniform(0, seconds))
        kinds = site.processes()
        kind = dice.choice(sorted(kinds))
        try:
            os.kill(dice.choice(kinds[kind]), signal.SIGKILL)
        except ProcessLookupError:
            continue
        killed[kind] += 1
        if kind == "supervisor":
            site.supervisor.wait()
    return killed


def _wait_for_gifts(site: WholeSite, crowd: Crowd) -> None:
    """Errors: SystemExit when the site takes no gift for so long."""
    before, deadline = len(crowd.settled), time.monotonic() + RECOVERY_SECONDS
    while len(crowd.settled) <= before:
        site.keep_serving()
        if time.monotonic() > deadline:
            raise SystemExit(f"no gift went through for {RECOVERY_SECONDS} s:\n{site.read_log()[-3000:]}")
        time.sleep(0.05)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=2, help="of giving between two kills, at most")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--port", type=int, default=8766)
    parser.add_argument("--keep", action="store_true", help="keep the data folder")
    return parser


if __name__ == "__main__":
    sys.exit(main())
