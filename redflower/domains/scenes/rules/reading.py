"""Reading a rule's numbers out of its data."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from redflower.domains.scenes.errors import SceneRuleInvalid
from redflower.domains.scenes.types import DeedStatus, Verdict

_LARGEST = 2**31 - 1


def read_whole(
    body: Mapping[str, Any], field: str, low: int = 0, high: int = _LARGEST, default: int | None = None
) -> int:
    """A whole number of the data, within bounds.

    Errors: SceneRuleInvalid naming the field.
    """
    value = body.get(field, default)
    if type(value) is not int or not low <= value <= high:
        raise SceneRuleInvalid(field=field)
    return value


def read_text(body: Mapping[str, Any], field: str, default: str | None = None) -> str:
    """A text of the data. Errors: SceneRuleInvalid naming the field."""
    value = body.get(field, default)
    if not isinstance(value, str):
        raise SceneRuleInvalid(field=field)
    return value


def refuse(reason: str) -> Verdict:
    """Nothing is earned, nothing is written, and why."""
    return Verdict(status=DeedStatus.REFUSED, reason=reason)


def nothing(reason: str) -> Verdict:
    """A deed that counts and earns nothing, and why."""
    return Verdict(reason=reason)


def whole_fact(facts: Mapping[str, Any], name: str) -> int | None:
    """A whole number among a deed's facts; None where it is missing or something else."""
    value = facts.get(name)
    return value if type(value) is int else None


def count_streak(days: frozenset[date], today: date) -> int:
    """How many days in a row up to `today`, which counts as done."""
    streak = 1
    while today - timedelta(days=streak) in days:
        streak += 1
    return streak
