"""Reading an article to its end, in the time it takes a person to read it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from redflower.domains.scenes.rules.kinds import ITEMS, SUBJECTS
from redflower.domains.scenes.rules.reading import read_whole, refuse
from redflower.domains.scenes.types import Claim, History, ItemState, Verdict

KIND = "read"
NEEDS = frozenset({SUBJECTS, ITEMS})
HISTORY_DAYS = 0
PLACES_MONEY = False


@dataclass(frozen=True, slots=True)
class Terms:
    """Units: seconds, characters a minute, flowers, fen."""

    seconds: int
    characters_a_minute: int
    flowers: int
    money_minor: int


def read_terms(body: Mapping[str, Any]) -> Terms:
    """Errors: SceneRuleInvalid."""
    return Terms(
        read_whole(body, "seconds", 1),
        read_whole(body, "characters_a_minute", 1),
        read_whole(body, "flowers"),
        read_whole(body, "money_minor", default=0),
    )


def judge(terms: Terms, claim: Claim, history: History) -> Verdict:
    """One article (`subject`) per person; `amount` is the seconds it was open and in view."""
    article = history.items.get(claim.subject or "")
    if article is None or article.state != ItemState.SHOWN:
        return refuse("item_not_shown")
    if article.code in history.subjects:
        return refuse("already_done")
    characters = article.body.get("characters")
    needed = characters * 60 // terms.characters_a_minute if type(characters) is int else terms.seconds
    if claim.amount < max(needed, terms.seconds):
        return refuse("faster_than_human")
    return Verdict(terms.flowers, terms.money_minor, project_id=article.project_id)
