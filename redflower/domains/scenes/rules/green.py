"""A greener day: a ride instead of a drive, a hotel's linen kept for another night."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from redflower.domains.scenes.errors import SceneRuleInvalid
from redflower.domains.scenes.rules.kinds import SUBJECTS
from redflower.domains.scenes.rules.reading import read_whole, refuse
from redflower.domains.scenes.types import Claim, History, Verdict

KIND = "green"
NEEDS = frozenset({SUBJECTS})
HISTORY_DAYS = 0
PLACES_MONEY = False


@dataclass(frozen=True, slots=True)
class Terms:
    """Units: flowers an act, fen an act."""

    flowers: Mapping[str, int]
    money_minor: int


def read_terms(body: Mapping[str, Any]) -> Terms:
    """Errors: SceneRuleInvalid."""
    acts = body.get("acts")
    if not isinstance(acts, dict) or not acts:
        raise SceneRuleInvalid(field="acts")
    return Terms({act: read_whole(acts, act) for act in acts}, read_whole(body, "money_minor", default=0))


def judge(terms: Terms, claim: Claim, history: History) -> Verdict:
    """One act (`facts.act`) per ride or stay (`subject`)."""
    flowers = terms.flowers.get(str(claim.facts.get("act")))
    if flowers is None or claim.subject is None:
        return refuse("facts_missing")
    if claim.subject in history.subjects:
        return refuse("already_done")
    return Verdict(flowers, terms.money_minor)
