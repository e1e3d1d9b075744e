"""Finding the rule of a kind: every module beside this one that names a `KIND`."""

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from types import ModuleType
from typing import Any, Protocol, cast

from redflower.domains.scenes import rules
from redflower.domains.scenes.errors import SceneKindUnknown
from redflower.domains.scenes.types import Claim, History, Verdict

DAYS = "days"  # the days on which the person did it before
SUBJECTS = "subjects"  # what the person's deeds were about: each counts once
ITEMS = "items"  # the campaign's items that deeds speak of


class Kind(Protocol):
    """What a kind's module offers."""

    KIND: str
    NEEDS: frozenset[str]
    HISTORY_DAYS: int  # how many days back `DAYS` looks
    PLACES_MONEY: bool  # the person chooses the project, later if they like

    def read_terms(self, body: Mapping[str, Any]) -> Any:
        """The rule's numbers from its data. Errors: SceneRuleInvalid."""
        ...

    # A kind that comes in bulk may also offer `judge_columns` and `COLUMN_REASONS`, as `steps` does.
    judge_columns: Any
    COLUMN_REASONS: tuple[str, ...]

    def judge(self, terms: Any, claim: Claim, history: History) -> Verdict:
        """What a deed earns before limits."""
        ...


@cache
def list_kinds() -> dict[str, Kind]:
    """Every kind there is, by name."""
    found: dict[str, Kind] = {}
    for module in pkgutil.iter_modules(rules.__path__):
        loaded: ModuleType = importlib.import_module(f"{rules.__name__}.{module.name}")
        if hasattr(loaded, "KIND"):
            found[loaded.KIND] = cast("Kind", loaded)
    return found


def find_kind(name: str) -> Kind:
    """The rule of a kind.

    Errors: SceneKindUnknown.
    """
    kind = list_kinds().get(name)
    if kind is None:
        raise SceneKindUnknown(kind=name)
    return kind
