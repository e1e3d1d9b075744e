"""A person's account of flowers: how many, from which deeds, where they went, what they made happen."""

import pytest

from redflower.domains.flowers import selectors
from redflower.domains.flowers.services import give_flowers, reverse_deeds
from redflower.domains.flowers.types import FlowerBooks, FlowerGift
from redflower.domains.ledger.types import AccountKind
from redflower.domains.scenes.rules.judging import derive_donor_id
from redflower.domains.scenes.services.links import link_donors
from redflower.domains.scenes.types import NewLink
from redflower.kernel.ids import new_id
from tests.factories import NOON, give, make_donor, make_project, make_user
from tests.rooms.test_links import state
from tests.scenes import POLICY, deed, make_campaign, make_partner, report

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_persons_account_adds_up_over_gifts_scenes_and_partners_apps():
    project, donor = make_project(), make_donor()
    partner = make_partner()
    walk = make_campaign(budget_minor=1_000, projects=[project.id])
    ride = make_campaign("green")
    give(project.id, donor_id=donor)
    outcomes = report(
        partner, [deed(walk, "me"), deed(ride, "me", subject="r1", facts={"act": "linen"}), deed(walk, "you")]
    )
    link_donors([NewLink(state(partner, "me"), (donor,))], None, NOON)
    me = selectors.list_donors_of_person([donor])
    assert me == [donor, derive_donor_id(partner.id, "me", POLICY.salt)]
    team = new_id()
    give_flowers([FlowerGift(new_id(), me[1], AccountKind.TEAM_FLOWERS, team, 3)], NOON)
    reverse_deeds([outcomes[1].deed_id], "not a hotel", make_user(is_operator=True).id, NOON)
    books = selectors.get_flower_books(me)
    assert books == FlowerBooks(earned=5, burned=1, given=3, returned=0, held=1, on_their_way=0)
    assert books.earned - books.burned - books.given + books.returned == books.held
    assert selectors.count_flowers_by_kind(me) == {"steps": 2, "first_gift_of_day": 1}
    assert selectors.count_deeds_by_kind(me) == {"first_gift_of_day": 1, "steps": 1}
    earned = {each.deed: (each.flowers, each.is_burned) for each in selectors.list_deeds_that_earned(me)}
    assert earned == {"green": (2, True), "steps": (2, False), "first_gift_of_day": (1, False)}
    [given] = selectors.list_given(me)
    assert (given.to_kind, given.to_owner_id, given.amount, given.is_returned) == (
        AccountKind.TEAM_FLOWERS,
        team,
        3,
        False,
    )
    [unlocked] = selectors.list_unlocked(me)
    assert (unlocked.project_id, unlocked.money_minor, unlocked.deeds) == (project.id, 30, 1)
    assert selectors.count_flowers_by_day(me, NOON.date()) == {NOON.date(): 3}


def test_flowers_of_a_bulk_request_are_told_before_they_arrive():
    partner, campaign = make_partner(), make_campaign()
    report(partner, [deed(campaign, f"user-{number}") for number in range(70)])
    books = selectors.get_flower_books([derive_donor_id(partner.id, "user-1", POLICY.salt)])
    assert books == FlowerBooks(earned=2, burned=0, given=0, returned=0, held=0, on_their_way=2)
