"""The worked example of docs/howto/new-scene.md: a rule and its numbers, and a new kind of scene works."""

import json
import re
import sys
from types import ModuleType

import pytest

from redflower.domains.flowers.audit import INVARIANTS as FLOWERS
from redflower.domains.ledger.selectors import get_balance
from redflower.domains.ledger.types import AccountKind
from redflower.domains.scenes.audit import INVARIANTS as SCENES
from redflower.domains.scenes.rules import kinds
from redflower.domains.scenes.services import campaigns
from tests import scenes
from tests.factories import make_project
from tests.laws.house import ROOT
from tests.scenes import answers, deed, make_campaign, make_partner, report

pytestmark = pytest.mark.django_db(transaction=True)
PAGE = (ROOT / "docs" / "howto" / "new-scene.md").read_text("utf-8")


def read_block(language: str) -> str:
    [block] = re.findall(rf"```{language} planting\n(.*?)```", PAGE, re.DOTALL)
    return block


@pytest.fixture
def planting(monkeypatch):
    """The page's rule, found as if it lay beside the others."""
    module = ModuleType("planting")
    monkeypatch.setitem(sys.modules, "planting", module)
    exec(compile(read_block("python"), "new-scene.md", "exec"), module.__dict__)  # noqa: S102 - our own page
    known = {**kinds.list_kinds(), "planting": module}
    monkeypatch.setattr(kinds, "find_kind", known.__getitem__)
    for place in (campaigns, sys.modules["redflower.domains.scenes.posting.campaigns"]):
        monkeypatch.setattr(place, "find_kind", kinds.find_kind)
    preset = {"kind": "planting", "code": "planting", "version": 1, "body": json.loads(read_block("json"))}
    monkeypatch.setattr(scenes, "read_preset", lambda kind: preset)


def test_the_page_adds_a_kind_that_works(planting):
    project = make_project()
    partner, campaign = make_partner(), make_campaign("planting", budget_minor=1_000, projects=[project.id])
    rows = [
        deed(campaign, subject="oak-1", amount=7),
        deed(campaign, subject="oak-1", amount=9),
        deed(campaign, subject="oak-2", amount=3),
        deed(campaign, subject="oak-2", amount=7),
        deed(campaign, amount=7),
    ]
    assert answers(report(partner, rows)) == [
        ("accepted", ""),
        ("refused", "already_done"),
        ("accepted", "below_target"),
        ("accepted", ""),
        ("refused", "facts_missing"),
    ]
    assert get_balance(AccountKind.PROJECT, project.id) == 100
    assert sum(each.count_differences() for each in [*SCENES, *FLOWERS]) == 0
