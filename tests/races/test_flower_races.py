"""A person's last flower when two of their forms arrive at once, with the control that spends it twice."""

import pytest

from redflower.domains.flowers import posting
from redflower.domains.flowers.errors import FlowersNotEnough
from redflower.domains.flowers.selectors import count_flowers
from redflower.domains.flowers.services import give_flowers_of_people
from redflower.domains.flowers.types import PersonGift
from redflower.domains.ledger import posting as ledger
from redflower.domains.ledger.errors import BalanceTooLow
from redflower.domains.ledger.types import AccountKind
from redflower.kernel.ids import new_id
from redflower.plumbing.db import command
from tests.dreaming import make_giver
from tests.factories import NOON
from tests.races.test_dream_races import race
from tests.races.test_races import Careless

pytestmark = pytest.mark.django_db(transaction=True)


def one_flower(donor, team, gift_id=None):
    """Gives one flower to somebody's team."""

    @command
    def give():
        gift = PersonGift(gift_id or new_id(), (donor,), AccountKind.TEAM_FLOWERS, team, 1)
        return give_flowers_of_people.__wrapped__([gift], NOON)

    return give


@pytest.fixture
def teams():
    """Two teams that have been given a flower each before: their accounts are open."""
    both = [new_id(), new_id()]
    for team in both:
        one_flower(make_giver(1), team)()
    return both


def test_the_last_flower_goes_to_one_team(teams):
    donor = make_giver(1)
    answers = race(*(one_flower(donor, team) for team in teams))
    assert [type(answer) for answer in answers] == [type(None), FlowersNotEnough]
    assert count_flowers([donor]) == 0


def test_without_holding_the_purse_only_the_ledger_notices(monkeypatch, teams):
    donor = make_giver(1)
    held = ledger.hold_accounts
    monkeypatch.setattr(posting, "hold_accounts", lambda conn, ids: held(Careless(conn, "FOR NO KEY UPDATE"), ids))
    monkeypatch.setattr(posting, "open_accounts", lambda *_: None)  # claiming an account waits for whoever books on it
    answers = race(*(one_flower(donor, team) for team in teams))
    assert isinstance(answers[1], BalanceTooLow)  # refused by the last guard, in words that help nobody
    assert count_flowers([donor]) == 0


def test_one_form_sent_twice_at_once_gives_once(teams):
    donor, form = make_giver(5), new_id()
    race(one_flower(donor, teams[0], form), one_flower(donor, teams[0], form))
    assert count_flowers([donor]) == 4
