"""Liking an approved video: a fen of the sponsor's goes to the project the video is about."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from redflower.domains.scenes.rules.kinds import ITEMS, SUBJECTS
from redflower.domains.scenes.rules.reading import read_whole, refuse
from redflower.domains.scenes.types import Claim, History, ItemState, Verdict

KIND = "like"
NEEDS = frozenset({SUBJECTS, ITEMS})
HISTORY_DAYS = 0
PLACES_MONEY = False


@dataclass(frozen=True, slots=True)
class Terms:
    """Units: fen, flowers a like."""

    money_minor: int
    flowers: int


def read_terms(body: Mapping[str, Any]) -> Terms:
    """Errors: SceneRuleInvalid."""
    return Terms(read_whole(body, "money_minor"), read_whole(body, "flowers"))


def judge(terms: Terms, claim: Claim, history: History) -> Verdict:
    """One like per person and video (`subject`), and only of a video that was approved."""
    if claim.subject is None:
        return refuse("facts_missing")
    video = history.items.get(claim.subject)
    if video is None or video.state != ItemState.SHOWN:
        return refuse("item_not_shown")
    if claim.subject in history.subjects:
        return refuse("already_done")
    return Verdict(terms.flowers, terms.money_minor, project_id=video.project_id)
