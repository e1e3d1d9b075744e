"""People who give through the pages, one gift at a time: form, provider's page, and now and then a look at the receipt."""

import json
import re
import secrets
import threading
import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from random import Random

from redflower.faces.demo import voices
from redflower.faces.demo.browser import Answer, Browser, Cookies
from redflower.faces.demo.money import choose_amount
from redflower.faces.demo.tally import Tally

CSRF_COOKIE = "rf_csrf"
DONOR_COOKIE = "rf_donor"
GIFTS_AN_HOUR = 4  # more, and the site asks each time whether this is meant
HOUR_SECONDS = 3600
RETURNING_SHARE = 0.7
MESSAGE_SHARE = 0.25
LARGE_SHARE = 0.02
LOOKS_FIRST_SHARE = 0.1  # of a crowd's new visitors: the others send a form that a friend has opened
USUAL_MOST_MINOR = 10_000
FOLLOWED_SHARE = 0.1
REFUND_SHARE = 0.05  # of those who look at their receipt
REFUND_REASONS = ("mistake", "twice", "not_mine", "other")
LOOKS_AFTER_SECONDS = (1.0, 3.0, 8.0, 20.0, 60.0, 60.0)  # between looks at a receipt; the late notice takes 90
FAULTS = ("twice", "late", "slow", "fail", "cancel", "double", "abandon")
_NOTICED = {"twice": "twice", "late": "late", "slow": "slow", "fail": "fail"}
_CONFIRM = re.compile(rb'name="confirmed" value="([a-z_]+)"')
_SEE_OTHER = 303


@dataclass(frozen=True, slots=True)
class Choice:
    """A project to give to, and how much it is still in need."""

    slug: str
    cause: str
    weight: float


@dataclass(slots=True)
class Visitor:
    """Somebody with a browser and habits."""

    cookies: Cookies
    signature: voices.Signature
    gave_at: deque[float] = field(default_factory=lambda: deque(maxlen=GIFTS_AN_HOUR))

    def may_give(self, now: float) -> bool:
        """Whether another gift within the hour would not look odd."""
        return len(self.gave_at) < GIFTS_AN_HOUR or now - self.gave_at[0] > HOUR_SECONDS


@dataclass(frozen=True, slots=True)
class Look:
    """A receipt to look at again."""

    token: str
    cookies: Cookies
    tries: int = 0

    @property
    def wait_seconds(self) -> float:
        return LOOKS_AFTER_SECONDS[self.tries]


class Visitors:
    """Everybody who visits: knows old visitors, makes new ones, and sends them to give."""

    def __init__(self, browser: Browser, tally: Tally, rng: Random, faults_share: float, *, frugal: bool) -> None:
        """`frugal` spares the server most of the pages a crowd would open, so that what is measured is giving."""
        self._browser = browser
        self._frugal = frugal
        self._opened_csrf = ""
        self._tally = tally
        self._rng = rng  # one for all threads: each single draw is atomic
        self._faults_share = faults_share
        self._resting: list[Visitor] = []
        self._lock = threading.Lock()
        self._second_hands = ThreadPoolExecutor(4, "second-hand")

    def give(self, projects: Sequence[Choice]) -> "Look | None":
        """One gift up to its payment; what happens is written into the tally. Some come back to look at the receipt.

        Errors: browser.Unreachable.
        """
        visitor = self._invite()
        try:
            token = self._give(visitor, projects)
        finally:
            with self._lock:
                self._resting.append(visitor)
        return Look(token, visitor.cookies) if token and self._rng.random() < FOLLOWED_SHARE else None

    def _invite(self) -> Visitor:
        now = time.monotonic()
        with self._lock:
            if self._resting and self._rng.random() < RETURNING_SHARE:
                place = self._rng.randrange(len(self._resting))
                self._resting[place], self._resting[-1] = self._resting[-1], self._resting[place]
                if self._resting[-1].may_give(now):
                    return self._resting.pop()
        return Visitor(Cookies(), voices.choose_signature(self._rng))

    def _give(self, visitor: Visitor, projects: Sequence[Choice]) -> str:
        """Returns the receipt's token when a gift was paid."""
        project = self._rng.choices(projects, [each.weight for each in projects])[0]
        fault = self._rng.choice(FAULTS) if self._rng.random() < self._faults_share else ""
        self._tally.count("sent")
        page = f"/projects/{project.slug}/give"
        # Whoever has given before is known by both cookies; a first try that was refused leaves only the form's.
        known = visitor.cookies.find(CSRF_COOKIE) and (visitor.cookies.find(DONOR_COOKIE) or fault != "double")
        if not known and not self._meet_form(page, visitor, twice=fault == "double"):
            return ""
        form = self._fill_in(visitor, project)
        answer = self._send(page, visitor, form, twice=fault == "double")
        reason = _CONFIRM.search(answer.body) if answer.status == 409 else None
        if reason:
            answer = self._send(page, visitor, {**form, "confirmed": reason[1].decode()})
        if answer.status != _SEE_OTHER or "/pay/" not in answer.location:
            self._tally.count(f"refused give {answer.status}")
            return ""
        visitor.gave_at.append(time.monotonic())
        if fault == "abandon":
            self._tally.count("abandoned")
            return ""
        return self._pay(answer.location, visitor, fault)

    def _meet_form(self, page: str, visitor: Visitor, *, twice: bool) -> bool:
        """Opens the form as a new visitor does. Who presses its button twice must have: it tells the site who they are."""
        if self._frugal and self._opened_csrf and not twice and self._rng.random() > LOOKS_FIRST_SHARE:
            visitor.cookies.kept[CSRF_COOKIE] = (self._opened_csrf, "/")
            return True
        answer = self._see(self._browser.get(f"{page}?read_facts=1", visitor.cookies))
        if answer.status != 200:
            self._tally.count(f"refused form {answer.status}")
        self._opened_csrf = visitor.cookies.find(CSRF_COOKIE)
        return answer.status == 200

    def _fill_in(self, visitor: Visitor, project: Choice) -> dict[str, str]:
        amount = choose_amount(self._rng)
        while amount > USUAL_MOST_MINOR and self._rng.random() > LARGE_SHARE:
            amount = choose_amount(self._rng)
        says_something = self._rng.random() < MESSAGE_SHARE
        return {
            "csrfmiddlewaretoken": visitor.cookies.find(CSRF_COOKIE),
            "read_facts": "1",
            "amount": f"{amount // 100}.{amount % 100:02d}".removesuffix(".00"),
            "shown_as": visitor.signature.shown_as,
            "shown_name": visitor.signature.shown_name,
            "message": voices.choose_message(self._rng, project.cause) if says_something else "",
            "key": secrets.token_urlsafe(12),
        }

    def _send(self, page: str, visitor: Visitor, form: dict[str, str], *, twice: bool = False) -> Answer:
        """Sends the form; `twice` presses the button again before the first answer is there."""
        if not twice:
            return self._see(self._browser.post(page, visitor.cookies, form))
        second = self._second_hands.submit(self._browser.post, page, Cookies(dict(visitor.cookies.kept)), form)
        first = self._see(self._browser.post(page, visitor.cookies, form))
        other = self._see(second.result())
        if first.status == other.status == _SEE_OTHER and first.location != other.location:
            self._tally.count("errors")  # one form, two payments
        return first

    def _pay(self, page: str, visitor: Visitor, fault: str) -> str:
        form = {
            "csrfmiddlewaretoken": visitor.cookies.find(CSRF_COOKIE),
            "act": "cancel" if fault == "cancel" else "pay",
            "behaviour": _NOTICED.get(fault, "normal"),
        }
        answer = self._see(self._browser.post(page, visitor.cookies, form))
        if answer.status != _SEE_OTHER or not answer.location.startswith("/g/"):
            self._tally.count(f"refused pay {answer.status}")
            return ""
        if fault in ("fail", "cancel"):
            self._tally.count("unpaid")
            return ""
        self._tally.count("paid")
        return answer.location.removeprefix("/g/")

    def look(self, look: "Look") -> "Look | None":
        """Looks at a receipt, and says when to look again if the gift has not arrived.

        Errors: browser.Unreachable.
        """
        if look.tries == 0:
            self._see(self._browser.get(f"/g/{look.token}", look.cookies))
        answer = self._see(self._browser.get(f"/api/v1/gifts/{look.token}", Cookies()))
        gift = json.loads(answer.body) if answer.status == 200 else {}
        if gift.get("state") == "settled":
            paid_at, settled_at = (datetime.fromisoformat(gift[name]) for name in ("paid_at", "settled_at"))
            self._tally.settled((settled_at - paid_at).total_seconds())
            if self._rng.random() < REFUND_SHARE:
                self._ask_back(look)
            return None
        if look.tries + 1 == len(LOOKS_AFTER_SECONDS):
            self._tally.count("lost")
            return None
        return Look(look.token, look.cookies, look.tries + 1)

    def _ask_back(self, look: "Look") -> None:
        """Asks for a gift back; so soon after paying the rule gives it back by itself."""
        form = {
            "csrfmiddlewaretoken": look.cookies.find(CSRF_COOKIE),
            "reason": self._rng.choice(REFUND_REASONS),
            "note": "",
        }
        answer = self._see(self._browser.post(f"/g/{look.token}/refund", look.cookies, form))
        asked = answer.status == _SEE_OTHER and answer.location.startswith("/refunds/")
        self._tally.count("asked_back" if asked else f"refused refund {answer.status}")

    def leave(self) -> None:
        """Ends the threads that press buttons twice."""
        self._second_hands.shutdown(cancel_futures=True)

    def _see(self, answer: Answer) -> Answer:
        self._tally.saw(answer.status, answer.seconds)
        return answer
