"""Being there: an event shows a code that changes every half minute and that only its campaign can make."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from redflower.domains.scenes.rules.kinds import ITEMS, SUBJECTS
from redflower.domains.scenes.rules.reading import read_whole, refuse
from redflower.domains.scenes.types import Claim, History, ItemState, Verdict
from redflower.kernel.ids import millisecond_of

KIND = "checkin"
NEEDS = frozenset({SUBJECTS, ITEMS})
HISTORY_DAYS = 0
PLACES_MONEY = False


@dataclass(frozen=True, slots=True)
class Terms:
    """Units: seconds a code lives, flowers, fen."""

    code_seconds: int
    flowers: int
    money_minor: int


def read_terms(body: Mapping[str, Any]) -> Terms:
    """Errors: SceneRuleInvalid."""
    return Terms(
        read_whole(body, "code_seconds", 5, 3_600),
        read_whole(body, "flowers"),
        read_whole(body, "money_minor", default=0),
    )


def make_code(secret: bytes, event: str, at: datetime, code_seconds: int) -> str:
    """The code an event shows at an instant: 13 characters that fit a QR code or a hand."""
    return _sign(secret, event, _window(at, code_seconds))


def is_code(secret: bytes, event: str, code: str, at: datetime, code_seconds: int) -> bool:
    """Whether the event showed this code at that instant, or in the window before."""
    now = _window(at, code_seconds)
    given = code.strip().upper().encode()
    return any(hmac.compare_digest(_sign(secret, event, window).encode(), given) for window in (now, now - 1))


def judge(terms: Terms, claim: Claim, history: History) -> Verdict:
    """One check-in per person and event (`subject`), with the code (`facts.code`) that was on show when it was done."""
    event = history.items.get(claim.subject or "")
    if event is None or event.state != ItemState.SHOWN:
        return refuse("item_not_shown")
    if event.code in history.subjects:
        return refuse("already_done")
    code = claim.facts.get("code")
    if not isinstance(code, str) or not is_code(history.secret, event.code, code, claim.done_at, terms.code_seconds):
        return refuse("code_wrong_or_old")
    return Verdict(terms.flowers, terms.money_minor, project_id=event.project_id)


def _window(at: datetime, code_seconds: int) -> int:
    return millisecond_of(at) // (code_seconds * 1_000)


def _sign(secret: bytes, event: str, window: int) -> str:
    digest = hmac.digest(secret, f"checkin:{event}:{window}".encode(), hashlib.sha256)
    return base64.b32encode(digest[:8]).decode().rstrip("=")
