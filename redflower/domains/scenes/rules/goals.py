"""A shared goal: everybody together, or a team, reaches a number and unlocks a grant of the sponsor's."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from redflower.domains.scenes.errors import SceneRuleInvalid
from redflower.domains.scenes.rules.reading import read_text, read_whole

SCOPES = ("all", "team")
MEASURES = ("flowers", "amount", "deeds")


@dataclass(frozen=True, slots=True)
class Goal:
    """Units: `target` in the measure's own, `grant_minor` in fen."""

    scope: str
    measure: str
    target: int
    grant_minor: int


def read_goal(body: Mapping[str, Any]) -> Goal | None:
    """A rule set's shared goal, if it has one. Errors: SceneRuleInvalid."""
    goal = body.get("goal")
    if goal is None:
        return None
    if not isinstance(goal, dict):
        raise SceneRuleInvalid(field="goal")
    scope, measure = read_text(goal, "scope"), read_text(goal, "measure")
    if scope not in SCOPES:
        raise SceneRuleInvalid(field="goal.scope")
    if measure not in MEASURES:
        raise SceneRuleInvalid(field="goal.measure")
    return Goal(scope, measure, read_whole(goal, "target", 1, 2**53), read_whole(goal, "grant_minor", 1))
