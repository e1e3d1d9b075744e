"""Volunteer hours that somebody on the spot has confirmed."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from redflower.domains.scenes.rules.kinds import SUBJECTS
from redflower.domains.scenes.rules.reading import nothing, read_whole, refuse
from redflower.domains.scenes.types import Claim, DeedStatus, History, Verdict

KIND = "volunteer"
NEEDS = frozenset({SUBJECTS})
HISTORY_DAYS = 0
PLACES_MONEY = False
_HOUR = 60


@dataclass(frozen=True, slots=True)
class Terms:
    """Units: flowers an hour, fen an hour, hours."""

    hour_flowers: int
    hour_minor: int
    hours_a_day: int
    confirmed_up_to_hours: int


def read_terms(body: Mapping[str, Any]) -> Terms:
    """Errors: SceneRuleInvalid."""
    return Terms(
        read_whole(body, "hour_flowers"),
        read_whole(body, "hour_minor", default=0),
        read_whole(body, "hours_a_day", 1, 24),
        read_whole(body, "confirmed_up_to_hours", 1, 24),
    )


def judge(terms: Terms, claim: Claim, history: History) -> Verdict:
    """A shift (`subject`), `amount` in minutes, confirmed by `facts.confirmed_by`; a long one is looked at first."""
    if claim.subject is None or not isinstance(claim.facts.get("confirmed_by"), str):
        return refuse("facts_missing")
    if claim.subject in history.subjects:
        return refuse("already_done")
    if claim.amount > terms.hours_a_day * _HOUR:
        return refuse("impossible_amount")
    hours = claim.amount // _HOUR
    if hours == 0:
        return nothing("below_target")
    earned = Verdict(hours * terms.hour_flowers, hours * terms.hour_minor)
    if claim.amount > terms.confirmed_up_to_hours * _HOUR:
        return replace(earned, status=DeedStatus.HELD, reason="unusually_long")
    return earned
