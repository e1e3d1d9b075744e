"""Kills doors in the middle of load and counts: `python tests/faults/kill_doors.py [--rounds 10] [--seconds 3]`.

Two doors on one durable database; a crowd gives through both, a provider notifies; in every round one door gets kill -9
at a random moment and another is started. Whoever gets no answer asks again with the same key, as clients do. At the
end every acknowledged gift must be there once, settled where its settlement was acknowledged, and the audit must be 0.
"""

import argparse
import json
import random
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))


class Crowd:
    """Givers who do not give up, and what they were told."""

    def __init__(self, doors: Any, slugs: list[str]) -> None:
        self.doors, self.slugs = doors, slugs
        self.opened: dict[str, str] = {}  # key → gift token that was acknowledged
        self.settled: set[str] = set()  # order numbers whose settlement was acknowledged
        self.twice: list[str] = []  # keys that were told two different gifts
        self.broken = 0  # requests without an answer
        self.stop = threading.Event()

    def give(self, number: int) -> None:
        """Gives until told to stop."""
        from tests.doors import asked, paid

        dice = random.Random(number)
        # A new connection for every request: the kernel decides anew at which door it comes in.
        limits = httpx.Limits(max_keepalive_connections=0)
        client = httpx.Client(base_url=self.doors.url, timeout=20, trust_env=False, limits=limits)
        token = ""
        while not self.stop.is_set():
            gift = asked(dice.choice(self.slugs)) | ({"donor_token": token} if token else {})
            opened = self._insist(client, "/v1/gifts", json.dumps(gift).encode(), {"Content-Type": "application/json"})
            token = opened["donor_token"]
            if dice.random() < 0.2:  # as from a client that lost the answer
                again = self._insist(
                    client,
                    "/v1/gifts",
                    json.dumps(gift | {"donor_token": token}).encode(),
                    {"Content-Type": "application/json"},
                )
                if "donor_token" in gift and again["gift_token"] != opened["gift_token"]:
                    self.twice.append(gift["idempotency_key"])
            self.opened[gift["idempotency_key"]] = opened["gift_token"]
            fact = paid(opened)
            for _ in range(dice.choice((1, 1, 3))):
                self._insist(client, "/v1/notices/sandbox", *self.doors.sign(fact))
            self.settled.add(fact["order_no"])

    def _insist(self, client: httpx.Client, path: str, body: bytes, headers: dict[str, str]) -> Any:
        while True:
            try:
                answer = client.post(path, content=body, headers=headers)
                if answer.status_code == 200:
                    return answer.json()
                if answer.status_code not in (429, 503):
                    raise RuntimeError(f"{answer.status_code} {answer.text}")
            except httpx.HTTPError:
                self.broken += 1
            time.sleep(0.05)


def run_rounds(doors: Any, crowd: Crowd, rounds: int, seconds: float, givers: int = 12) -> int:
    """Kills one door a round while the crowd gives; returns how many were killed."""
    threads = [threading.Thread(target=crowd.give, args=(number,), daemon=True) for number in range(givers)]
    for thread in threads:
        thread.start()
    killed = 0
    for _ in range(rounds):
        time.sleep(random.uniform(seconds / 3, seconds))
        random.choice([door for door in doors.processes if door.poll() is None]).kill()
        killed += 1
        time.sleep(0.1)
        doors.start_one()
    crowd.stop.set()
    for thread in threads:
        thread.join(60)
    return killed


def count_faults(crowd: Crowd) -> dict[str, int]:
    """What became of everything that was acknowledged, read from the tables themselves."""
    from django.db import connection

    from redflower.faces.shared import instance

    gift_ids = [instance.read_gift_token(token) for token in crowd.opened.values()]
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM donations_gift WHERE id = ANY(%s)", [gift_ids])
        kept = cursor.fetchone()[0]
        cursor.execute("SELECT count(*) FROM payments_capture WHERE order_id = ANY(%s::uuid[])", [list(crowd.settled)])
        captured = cursor.fetchone()[0]
        cursor.execute(
            """SELECT count(*) FROM (SELECT subject_id FROM ledger_transfer WHERE kind = 'gift' AND reverses_id IS NULL
               GROUP BY subject_id HAVING count(*) > 1) AS doubled"""
        )
        doubled = cursor.fetchone()[0]
        cursor.execute("SELECT count(*) FROM ledger_transfer WHERE kind = 'gift' AND subject_id = ANY(%s)", [gift_ids])
        booked = cursor.fetchone()[0]
    return {
        "acknowledged": len(gift_ids),
        "lost_gifts": len(gift_ids) - kept,
        "lost_settlements": len(crowd.settled) - captured,
        "unbooked": len(crowd.settled) - booked,
        "double_bookings": doubled,
        "keys_answered_twice_differently": len(crowd.twice),
    }


def main() -> int:
    """Prints the figures; 0 when nothing was lost or done twice."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=3)
    args = parser.parse_args()
    from bench.database import bench_database

    with bench_database(), tempfile.TemporaryDirectory(prefix="redflower-kill-") as folder:
        from bench.p1_settle import check_books
        from tests.doors import around_now, open_doors
        from tests.factories import make_project

        slugs = [make_project(**around_now()).slug for _ in range(5)]
        with open_doors(Path(folder), count=2, REDFLOWER_API_GIFTS_PER_MINUTE="0") as doors:
            crowd = Crowd(doors, slugs)
            killed = run_rounds(doors, crowd, args.rounds, args.seconds)
        faults = count_faults(crowd)
        print(json.dumps({"killed": killed, "unanswered_requests": crowd.broken, **faults}, indent=2))
        # Every invariant of ours, raising where one does not hold; the provider of this script keeps no books to compare.
        check_books()
    return int(any(value for name, value in faults.items() if name != "acknowledged"))


if __name__ == "__main__":
    sys.exit(main())
