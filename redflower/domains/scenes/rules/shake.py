"""Shaking after a payment: a small sum of the sponsor's is unlocked, and the person chooses which project it goes to."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from redflower.domains.scenes.errors import SceneRuleInvalid
from redflower.domains.scenes.rules.kinds import SUBJECTS
from redflower.domains.scenes.rules.reading import read_whole, refuse, whole_fact
from redflower.domains.scenes.types import Claim, History, Verdict

KIND = "shake"
NEEDS = frozenset({SUBJECTS})
HISTORY_DAYS = 0
PLACES_MONEY = True


@dataclass(frozen=True, slots=True)
class Terms:
    """Units: fen, flowers."""

    payment_min_minor: int
    money_low_minor: int
    money_high_minor: int
    flowers: int


def read_terms(body: Mapping[str, Any]) -> Terms:
    """Errors: SceneRuleInvalid."""
    terms = Terms(
        read_whole(body, "payment_min_minor"),
        read_whole(body, "money_low_minor", 1),
        read_whole(body, "money_high_minor", 1),
        read_whole(body, "flowers"),
    )
    if terms.money_high_minor < terms.money_low_minor:
        raise SceneRuleInvalid(field="money_high_minor")
    return terms


def judge(terms: Terms, claim: Claim, history: History) -> Verdict:
    """One shake per payment (`subject`). The size is drawn from the payment by the campaign's secret, so that asking
    again, or from another phone, changes nothing."""
    payment = whole_fact(claim.facts, "payment_minor")
    if claim.subject is None or payment is None:
        return refuse("facts_missing")
    if payment < terms.payment_min_minor:
        return refuse("payment_too_small")
    if claim.subject in history.subjects:
        return refuse("already_done")
    span = terms.money_high_minor - terms.money_low_minor + 1
    drawn = int.from_bytes(hmac.digest(history.secret, claim.subject.encode(), hashlib.sha256)[:8], "big") % span
    return Verdict(terms.flowers, terms.money_low_minor + drawn)
