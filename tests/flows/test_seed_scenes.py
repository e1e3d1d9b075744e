"""The demo's scenes are written through the doors everybody uses, and add up."""

from random import Random
from zoneinfo import ZoneInfo

import pytest

from redflower.domains.flowers.audit import INVARIANTS as FLOWERS
from redflower.domains.ledger.audit import INVARIANTS as LEDGER
from redflower.domains.ledger.selectors import get_balance
from redflower.domains.ledger.types import AccountKind
from redflower.domains.scenes.audit import INVARIANTS as SCENES
from redflower.domains.scenes.selectors.campaigns import find_campaign
from redflower.domains.scenes.selectors.partners import find_partner, list_requests
from redflower.domains.scenes.selectors.together import list_teams
from redflower.faces.demo.scenes import cheer_walkers, write_scenes
from redflower.faces.followers.scenes import follow_once
from tests.factories import NOON, make_project

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_fortnight_of_deeds_adds_up():
    make_project()
    taken = write_scenes(NOON, ZoneInfo("Asia/Shanghai"), Random(7))
    while follow_once():
        pass
    cheer_walkers(NOON, Random(7))
    assert taken > 1_000
    walks = find_campaign("daily-steps")
    teams = list_teams(walks.id)
    assert [(team.granted_minor > 0, team.amount >= team.target) for team in teams] == [
        (True, True),
        *[(False, False)] * 3,
    ]
    assert all(get_balance(AccountKind.TEAM_FLOWERS, team.id) > 0 for team in teams)
    assert walks.deeds > 1_000
    assert 0 < walks.spent_minor < walks.budget_minor
    assert {each.code: n for each in [*SCENES, *FLOWERS, *LEDGER] if (n := each.count_differences())} == {}
    request, *practised = list_requests(find_partner("sandbox").id)
    assert (request.rows, request.accepted, request.held, request.refused, request.replayed) == (8, 2, 1, 4, 1)
    assert len(practised) == 6
    assert all(each.capped and each.refused and each.replayed for each in practised)  # every day its limit is reached
    sandbox = find_campaign("sandbox-steps")
    assert (sandbox.flowers > 2, 0 < sandbox.spent_minor < sandbox.budget_minor) == (True, True)
    assert get_balance(AccountKind.CAMPAIGN, sandbox.id) == 0  # nothing of it moves
