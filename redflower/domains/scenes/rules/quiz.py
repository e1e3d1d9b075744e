"""The daily quiz: questions picked for the day, each explained, and a flower for the friend who was brought along."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from redflower.domains.scenes.rules.kinds import DAYS, ITEMS, SUBJECTS
from redflower.domains.scenes.rules.reading import nothing, read_whole, refuse
from redflower.domains.scenes.types import Claim, History, ItemState, Verdict

KIND = "quiz"
NEEDS = frozenset({DAYS, ITEMS, SUBJECTS})
HISTORY_DAYS = 0
PLACES_MONEY = False
FRIEND_PASSED = "friend_passed"  # earned by somebody else's answers: one's own five are still to be answered that day


@dataclass(frozen=True, slots=True)
class Terms:
    """Units: questions, flowers."""

    questions: int
    pass_from: int
    flowers: int
    perfect_flowers: int
    invite_flowers: int


def read_terms(body: Mapping[str, Any]) -> Terms:
    """Errors: SceneRuleInvalid."""
    questions = read_whole(body, "questions", 1, 50)
    return Terms(
        questions,
        read_whole(body, "pass_from", 1, questions),
        read_whole(body, "flowers", 1),
        read_whole(body, "perfect_flowers"),
        read_whole(body, "invite_flowers"),
    )


def pick_daily(codes: Iterable[str], day: date, count: int) -> list[str]:
    """The day's questions out of a bank, the same for everybody, in an order of the day's own."""
    name = day.isoformat().encode()
    return sorted(codes, key=lambda code: hashlib.blake2b(name + code.encode(), digest_size=8).digest())[:count]


def count_right(answers: Mapping[str, Any], history: History) -> int:
    """How many answers (a question's code -> the chosen option's number, as text) are right."""
    return sum(str(history.items[code].body.get("answer")) == answer for code, answer in answers.items())


def judge(terms: Terms, claim: Claim, history: History) -> Verdict:
    """The day's five, answered once a day; or a friend (`subject`) who passed because this person invited them."""
    if claim.facts.get("invited") is True:
        if claim.subject is None:
            return refuse("facts_missing")
        if claim.subject in history.subjects:
            return refuse("already_done")
        return Verdict(terms.invite_flowers, reason=FRIEND_PASSED)
    answers = claim.facts.get("answers")
    if not isinstance(answers, dict):
        return refuse("facts_missing")
    shown = [code for code, item in history.items.items() if item.state == ItemState.SHOWN]
    if set(answers) != set(pick_daily(shown, claim.done_on, terms.questions)):
        return refuse("not_todays_questions")
    if claim.done_on in history.days:
        return nothing("already_today")
    right = count_right(answers, history)
    if right < terms.pass_from:
        return nothing("below_target")
    return Verdict(terms.flowers + (terms.perfect_flowers if right == len(answers) else 0))
