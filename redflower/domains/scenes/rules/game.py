"""A daily task in a game: a week in a row wins an item and flowers; everybody's flowers together unlock a grant."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from redflower.domains.scenes.rules.kinds import DAYS
from redflower.domains.scenes.rules.reading import count_streak, nothing, read_text, read_whole
from redflower.domains.scenes.types import Claim, History, Verdict

KIND = "game"
NEEDS = frozenset({DAYS})
HISTORY_DAYS = 400
PLACES_MONEY = False


@dataclass(frozen=True, slots=True)
class Terms:
    """Units: days, flowers. `item` is the game's own name of what is won."""

    streak_days: int
    day_flowers: int
    streak_flowers: int
    item: str


def read_terms(body: Mapping[str, Any]) -> Terms:
    """Errors: SceneRuleInvalid."""
    return Terms(
        read_whole(body, "streak_days", 2, 366),
        read_whole(body, "day_flowers"),
        read_whole(body, "streak_flowers", 1),
        read_text(body, "item"),
    )


def judge(terms: Terms, claim: Claim, history: History) -> Verdict:
    """The day's task, once a day. Every full streak wins again."""
    if claim.done_on in history.days:
        return nothing("already_today")
    if count_streak(history.days, claim.done_on) % terms.streak_days == 0:
        return Verdict(terms.day_flowers + terms.streak_flowers, item=terms.item)
    return Verdict(terms.day_flowers)
