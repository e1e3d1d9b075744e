"""Spare change: a payment that is not whole is rounded up for a project, each time because the person said so.

The spare change itself is the person's gift and goes the way of every gift; a sponsor may add to it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from redflower.domains.scenes.rules.kinds import SUBJECTS
from redflower.domains.scenes.rules.reading import read_whole, refuse, whole_fact
from redflower.domains.scenes.types import Claim, History, Verdict

KIND = "round_up"
NEEDS = frozenset({SUBJECTS})
HISTORY_DAYS = 0
PLACES_MONEY = False
_YUAN = 100
_FULL_BPS = 10_000


@dataclass(frozen=True, slots=True)
class Terms:
    """Units: fen, flowers, basis points of the spare change that the sponsor adds."""

    payment_above_minor: int
    flowers: int
    sponsor_bps: int


def read_terms(body: Mapping[str, Any]) -> Terms:
    """Errors: SceneRuleInvalid."""
    return Terms(
        read_whole(body, "payment_above_minor"),
        read_whole(body, "flowers"),
        read_whole(body, "sponsor_bps", 0, 100 * _FULL_BPS, default=0),
    )


def compute_spare(payment_minor: int, payment_above_minor: int) -> int:
    """What would make a payment whole, at most 99 fen; 0 where nothing is offered. Units: fen."""
    return -payment_minor % _YUAN if payment_minor > payment_above_minor else 0


def judge(terms: Terms, claim: Claim, history: History) -> Verdict:
    """One round-up per payment (`subject`): `amount` is the spare change, `facts.confirmed` the person's own yes."""
    payment = whole_fact(claim.facts, "payment_minor")
    if claim.subject is None or payment is None:
        return refuse("facts_missing")
    if claim.facts.get("confirmed") is not True:
        return refuse("not_confirmed")
    spare = compute_spare(payment, terms.payment_above_minor)
    if spare == 0:
        return refuse("nothing_to_round_up")
    if claim.amount != spare:
        return refuse("amount_differs")
    if claim.subject in history.subjects:
        return refuse("already_done")
    return Verdict(terms.flowers, spare * terms.sponsor_bps // _FULL_BPS)
