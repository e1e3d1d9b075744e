"""Givers who do not give up, and what became of everything they were told."""

import json
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import httpx

_PATIENCE_SECONDS = 120


class Place(Protocol):
    """Where one can give, and a provider who signs."""

    @property
    def url(self) -> str:
        """The door's address."""

    def sign(self, *facts: dict[str, Any]) -> tuple[bytes, dict[str, str]]:
        """A delivery of the provider's."""


class Crowd:
    """Givers at the door; whoever gets no answer asks again with the same key, as clients do.

    `pay` turns an opened gift into the provider's word; each word is said once or three times, at any of
    `notice_urls`. Nothing but 200, 429 and 503 is an answer: what else comes is counted as `strange`.
    """

    def __init__(
        self,
        place: Place,
        slugs: Sequence[str],
        pay: Callable[[Mapping[str, Any]], dict[str, Any]],
        notice_urls: Sequence[str] = ("/v1/notices/sandbox",),
        seed: int = 1,
    ) -> None:
        self.opened: dict[str, str] = {}  # key → gift token that was acknowledged
        self.settled: set[str] = set()  # order numbers whose settlement was acknowledged
        self.twice: list[str] = []  # keys that were told two different gifts
        self.unanswered = 0  # requests without an answer
        self.refused: Counter[str] = Counter()  # "come back later", by status and code
        self.strange: Counter[str] = Counter()  # what no client should ever see
        self.longest_wait_seconds = 0.0  # of any one request, until it was answered with 200
        self._place, self._slugs, self._pay, self._notice_urls, self._seed = place, slugs, pay, notice_urls, seed
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self, givers: int) -> None:
        """Begins to give."""
        self._threads = [threading.Thread(target=self._give, args=(number,), daemon=True) for number in range(givers)]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Ends after the gifts in hand; one that waits in vain for its answer is counted as strange."""
        self._stop.set()
        deadline = time.monotonic() + _PATIENCE_SECONDS
        for thread in self._threads:
            thread.join(max(deadline - time.monotonic(), 0))
        self.strange.update({"never answered": sum(thread.is_alive() for thread in self._threads)})
        self.strange = +self.strange

    def _give(self, number: int) -> None:
        from tests.doors import asked

        dice = random.Random(f"{self._seed} {number}")
        # A new connection for every request: the kernel decides anew at which door it comes in.
        limits = httpx.Limits(max_keepalive_connections=0)
        client = httpx.Client(base_url=self._place.url, timeout=20, trust_env=False, limits=limits)
        json_type = {"Content-Type": "application/json"}
        token = ""
        while not self._stop.is_set():
            gift = asked(dice.choice(self._slugs)) | ({"donor_token": token} if token else {})
            opened = self._insist(client, "/v1/gifts", lambda gift=gift: (json.dumps(gift).encode(), json_type))
            if opened is None:
                continue
            token = opened["donor_token"]
            if "donor_token" in gift and dice.random() < 0.2:  # as from a client that lost the answer
                again = self._insist(client, "/v1/gifts", lambda gift=gift: (json.dumps(gift).encode(), json_type))
                if again is not None and again["gift_token"] != opened["gift_token"]:
                    self.twice.append(gift["idempotency_key"])
            self.opened[gift["idempotency_key"]] = opened["gift_token"]
            if opened["pay_url"] is None:  # paid meanwhile
                continue
            fact = self._pay_until_done(opened)
            for _ in range(dice.choice((1, 1, 3))):
                if self._insist(client, dice.choice(self._notice_urls), lambda fact=fact: self._place.sign(fact)):
                    self.settled.add(fact["order_no"])

    def _pay_until_done(self, opened: Mapping[str, Any]) -> dict[str, Any]:
        """The provider may be down as well."""
        from redflower.adapters.sandbox_bank import BankDown

        while True:
            try:
                return self._pay(opened)
            except BankDown:
                self.refused["provider down"] += 1
                time.sleep(0.2)

    def _insist(self, client: httpx.Client, url: str, write: Callable[[], tuple[bytes, dict[str, str]]]) -> Any:
        """The answer, however often it takes; None after something strange. A notice is signed anew each time."""
        began = time.monotonic()
        while True:
            try:
                body, headers = write()
                answer = client.post(url, content=body, headers=headers)
                if answer.status_code == 200:
                    self.longest_wait_seconds = max(self.longest_wait_seconds, time.monotonic() - began)
                    return answer.json()
                if answer.status_code not in (429, 503):
                    self.strange[f"{answer.status_code} {answer.text[:200]}"] += 1
                    return None
                self.refused[f"{answer.status_code} {answer.json()['code']}"] += 1
            except httpx.HTTPError:
                self.unanswered += 1
            time.sleep(0.05)


def count_faults(crowd: Crowd, cursor: Any) -> dict[str, int]:
    """What became of everything that was acknowledged, read from the tables themselves; all but the first should be 0."""
    from redflower.faces.shared import instance

    gift_ids = [instance.read_gift_token(token) for token in crowd.opened.values()]
    settled = list(crowd.settled)

    def count(sql: str, *params: Any) -> int:
        cursor.execute(sql, params or None)
        return int(cursor.fetchone()[0])

    return {
        "acknowledged": len(gift_ids) + len(settled),
        "lost_gifts": len(gift_ids) - count("SELECT count(*) FROM donations_gift WHERE id = ANY(%s)", gift_ids),
        "lost_settlements": len(settled)
        - count("SELECT count(*) FROM payments_capture WHERE order_id = ANY(%s::uuid[])", settled),
        "unbooked": len(settled)
        - count("SELECT count(*) FROM ledger_transfer WHERE kind = 'gift' AND subject_id = ANY(%s::uuid[])", settled),
        "double_bookings": count(
            """SELECT count(*) FROM (SELECT subject_id FROM ledger_transfer WHERE kind = 'gift' AND reverses_id IS NULL
               GROUP BY subject_id HAVING count(*) > 1) AS doubled"""
        ),
        "keys_answered_twice_differently": len(crowd.twice),
        "strange_answers": sum(crowd.strange.values()),
    }
