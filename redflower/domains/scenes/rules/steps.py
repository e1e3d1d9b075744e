"""Walking: enough steps in a day unlock a sponsor's money and flowers; teams walk together."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from redflower.domains.scenes.rules.kinds import DAYS
from redflower.domains.scenes.rules.reading import nothing, read_whole, refuse, whole_fact
from redflower.domains.scenes.types import Claim, History, Verdict

KIND = "steps"
NEEDS = frozenset({DAYS})
HISTORY_DAYS = 0
PLACES_MONEY = False


@dataclass(frozen=True, slots=True)
class Terms:
    """Units: steps, flowers, fen."""

    day_steps: int
    flowers: int
    money_minor: int
    impossible_steps: int
    steps_a_minute: int


def read_terms(body: Mapping[str, Any]) -> Terms:
    """Errors: SceneRuleInvalid."""
    return Terms(
        read_whole(body, "day_steps", 1),
        read_whole(body, "flowers"),
        read_whole(body, "money_minor"),
        read_whole(body, "impossible_steps", 1),
        read_whole(body, "steps_a_minute", 1),
    )


def judge(terms: Terms, claim: Claim, history: History) -> Verdict:
    """A day's steps so far. More than a day can hold, or faster than anybody walks, is refused."""
    if claim.amount > terms.impossible_steps:
        return refuse("impossible_amount")
    minutes = whole_fact(claim.facts, "minutes")
    if claim.amount * 60 > claim.local_seconds * terms.steps_a_minute:
        return refuse("faster_than_human")
    if minutes is not None and claim.amount > minutes * terms.steps_a_minute:
        return refuse("faster_than_human")
    if claim.amount < terms.day_steps:
        return nothing("below_target")
    if claim.done_on in history.days:
        return nothing("already_today")
    return Verdict(terms.flowers, terms.money_minor)


def judge_columns(
    terms: Terms,
    amounts: "np.ndarray[Any, Any]",
    local_seconds: "np.ndarray[Any, Any]",
    done_today: "np.ndarray[Any, Any]",
) -> "tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]] | None":
    """As `judge`, for whole columns without facts: flowers, and places in `COLUMN_REASONS`. None: judge them one by one."""
    if (amounts > terms.impossible_steps).any() or (amounts * 60 > local_seconds * terms.steps_a_minute).any():
        return None
    short = amounts < terms.day_steps
    reasons = np.where(short, 1, np.where(done_today, 2, 0))
    return np.where(reasons == 0, terms.flowers, 0), reasons


COLUMN_REASONS = ("", "below_target", "already_today")
