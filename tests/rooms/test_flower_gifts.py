"""Flowers given away: they move by transfer, never below zero, once."""

import pytest

from redflower.domains.flowers.audit import INVARIANTS
from redflower.domains.flowers.posting import plan_flower_returns
from redflower.domains.flowers.selectors import count_flowers
from redflower.domains.flowers.services import give_flowers
from redflower.domains.flowers.types import FlowerGift
from redflower.domains.ledger.errors import BalanceTooLow, TransferConflict
from redflower.domains.ledger.posting import post_transfers
from redflower.domains.ledger.selectors import get_balance
from redflower.domains.ledger.types import AccountKind
from redflower.kernel.ids import new_id
from redflower.plumbing.db import command, raw_connection
from tests.factories import NOON, give, make_donor, make_project

pytestmark = pytest.mark.django_db(transaction=True)


def make_giver():
    """A donor with one flower, earned by a gift."""
    donor = make_donor()
    give(make_project().id, donor_id=donor)
    return donor


def gift(donor, **fields):
    values = {"id": new_id(), "to_kind": AccountKind.TEAM_FLOWERS, "to_owner_id": new_id(), "amount": 1}
    return FlowerGift(donor_id=donor, **{**values, **fields})


def test_flowers_move_once_however_often_they_are_asked_to():
    donor = make_giver()
    given = gift(donor)
    assert give_flowers([given], NOON) == {given.id}
    assert give_flowers([given], NOON) == set()
    assert (count_flowers([donor]), get_balance(AccountKind.TEAM_FLOWERS, given.to_owner_id)) == (0, 1)
    assert sum(invariant.count_differences() for invariant in INVARIANTS) == 0


def test_nobody_gives_flowers_they_do_not_hold_and_the_whole_list_stays():
    rich, poor = make_giver(), make_donor()
    with pytest.raises(BalanceTooLow):
        give_flowers([gift(rich), gift(poor)], NOON)
    assert count_flowers([rich]) == 1


def test_the_same_id_for_another_gift_is_a_conflict():
    given = gift(make_giver())
    give_flowers([given], NOON)
    with pytest.raises(TransferConflict):
        give_flowers([gift(given.donor_id, id=given.id)], NOON)


def test_flowers_come_back_once():
    given = gift(make_giver())
    give_flowers([given], NOON)
    bring_back = command(lambda: post_transfers(raw_connection(), plan_flower_returns([given]), NOON))
    bring_back()
    bring_back()
    assert count_flowers([given.donor_id]) == 1
    assert sum(invariant.count_differences() for invariant in INVARIANTS) == 0
