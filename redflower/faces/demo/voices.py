"""What the demo's donors are called and what they say."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from random import Random
from typing import Any

ENGLISH_SHARE = 0.06
OWN_CAUSE_SHARE = 0.4


@cache
def _words() -> dict[str, Any]:
    return tomllib.loads((resources.files("redflower.faces.demo") / "voices.toml").read_text("utf-8"))


@dataclass(frozen=True, slots=True)
class Signature:
    """How somebody wishes to be shown."""

    shown_as: str
    shown_name: str


ANONYMOUS = Signature("anonymous", "")


def choose_signature(rng: Random, anonymous_share: float = 0.6) -> Signature:
    """A donor's habit: most stay anonymous, the others split between names and pen names."""
    words = _words()
    if rng.random() < anonymous_share:
        return ANONYMOUS
    kind = rng.random()
    if kind < ENGLISH_SHARE:
        return Signature("named", rng.choice(words["english"]))
    if kind < 0.55:
        return Signature("named", rng.choice(words["surnames"]) + rng.choice(words["given"]))
    return Signature("pseudonym", rng.choice(words["pseudonyms"]))


def choose_message(rng: Random, cause: str) -> str:
    """A few words to a project, some of them about its cause."""
    words = _words()
    if rng.random() < ENGLISH_SHARE:
        return str(rng.choice(words["english_messages"]["lines"]))
    lines = words["by_cause"].get(cause) if rng.random() < OWN_CAUSE_SHARE else None
    return _fill(rng, rng.choice(lines or words["general"]))


def list_groups(rng: Random) -> list[Signature]:
    """Who gives together: companies, schools, streets; each with its name."""
    return [Signature("named", _fill(rng, name)) for name in _words()["groups"]["names"]]


def choose_group_message(rng: Random) -> str:
    """What a group says with a large gift."""
    return str(rng.choice(_words()["groups"]["lines"]))


def choose_last_message(rng: Random) -> str:
    """What is said with the gift that completes a project."""
    return str(rng.choice(_words()["last"]["lines"]))


def list_waiting_messages() -> list[str]:
    """Messages that a moderator has to look at."""
    return list(_words()["waiting"]["lines"])


def _fill(rng: Random, line: str) -> str:
    if "{" not in line:
        return line
    words = _words()
    return line.format(who=rng.choice(words["who"]), city=rng.choice(words["city"]), today=rng.choice(words["today"]))
