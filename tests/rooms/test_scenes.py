"""What settling reported deeds promises: caps, budgets, replays, refusals, each answered in its place."""

from datetime import timedelta

import msgspec
import pytest

from redflower.domains.flowers.audit import INVARIANTS as FLOWERS
from redflower.domains.flowers.selectors import count_flowers
from redflower.domains.flowers.services import give_flowers, release_deeds, reverse_deeds
from redflower.domains.flowers.types import FlowerGift
from redflower.domains.ledger.audit import INVARIANTS as LEDGER
from redflower.domains.ledger.selectors import get_balance
from redflower.domains.ledger.types import AccountKind
from redflower.domains.scenes.audit import INVARIANTS as SCENES
from redflower.domains.scenes.errors import DeedNotHeld, DeedReversed, NothingToPlace, ProjectNotInCampaign
from redflower.domains.scenes.posting.settlement import UnreadableRow
from redflower.domains.scenes.rules.judging import derive_donor_id
from redflower.domains.scenes.selectors.campaigns import get_campaign
from redflower.domains.scenes.selectors.deeds import list_held_deeds, list_unplaced
from redflower.domains.scenes.selectors.together import find_goal, get_team
from redflower.domains.scenes.services.campaigns import close_campaigns
from redflower.domains.scenes.services.deeds import dismiss_deeds, place_money
from redflower.domains.scenes.services.together import grant_goals, join_team, open_team
from redflower.domains.scenes.types import DeedStatus, Limits
from redflower.kernel.ids import new_id
from tests.factories import NOON, make_project, make_user
from tests.scenes import POLICY, answers, deed, make_campaign, make_partner, report

pytestmark = pytest.mark.django_db(transaction=True)


def flowers_of(partner, user):
    return count_flowers([derive_donor_id(partner.id, user, POLICY.salt)])


def test_a_good_walk_earns_flowers_and_the_sponsors_money():
    project = make_project()
    partner, campaign = make_partner(), make_campaign(budget_minor=1_000, projects=[project.id])
    outcome = report(partner, [deed(campaign)])[0]
    assert (outcome.status, outcome.flowers, outcome.money_minor) == (DeedStatus.ACCEPTED, 2, 30)
    assert flowers_of(partner, "u1") == 2
    assert get_balance(AccountKind.PROJECT, project.id) == 30
    assert get_balance(AccountKind.CAMPAIGN, campaign.id) == 970
    after = get_campaign(campaign.id)
    assert (after.spent_minor, after.flowers, after.deeds) == (30, 2, 1)


def test_every_row_is_answered_in_its_place_and_bad_ones_spoil_nothing():
    partner, campaign = make_partner(), make_campaign(limits=Limits(device_accounts=1))
    paused = make_campaign(opens_at=NOON + timedelta(days=1), closes_at=NOON + timedelta(days=2))
    rows = [
        deed(campaign, "a", device="phone"),
        UnreadableRow("x"),
        deed(campaign, "b", device="phone"),
        deed(campaign, "c", amount=100_001),
        deed(campaign, "d", amount=90_000, done_at=NOON - timedelta(hours=11)),
        deed(campaign, "e", done_at=NOON + timedelta(minutes=6)),
        deed(campaign, "f", done_at=NOON - timedelta(days=8)),
        deed(campaign, "g", amount=100),
        deed(paused, "h"),
        msgspec.structs.replace(deed(campaign, "i"), campaign="nowhere"),
        deed(campaign, "j", project="elsewhere"),
        deed(campaign, "k", done_at=NOON + timedelta(minutes=4)),
    ]
    assert answers(report(partner, rows)) == [
        ("accepted", ""),
        ("refused", "row_unreadable"),
        ("held", "device_shared"),
        ("refused", "impossible_amount"),
        ("refused", "faster_than_human"),
        ("refused", "done_in_future"),
        ("refused", "too_old"),
        ("accepted", "below_target"),
        ("refused", "campaign_not_open"),
        ("refused", "campaign_unknown"),
        ("refused", "project_not_in_campaign"),
        ("accepted", ""),
    ]


def test_a_deed_reported_again_is_answered_like_the_first_time_and_moves_nothing():
    partner, campaign = make_partner(), make_campaign(budget_minor=1_000)
    row = deed(campaign)
    first = report(partner, [row, row, msgspec.structs.replace(row, amount=9_000)])
    assert answers(first) == [("accepted", ""), ("replayed", ""), ("refused", "external_id_taken")]
    again = report(partner, [row, msgspec.structs.replace(row, amount=9_000)])
    assert answers(again) == [("replayed", ""), ("refused", "external_id_taken")]
    assert msgspec.structs.replace(again[0], status=DeedStatus.ACCEPTED, first=None) == first[0]
    assert again[0].first == DeedStatus.ACCEPTED
    assert flowers_of(partner, "u1") == 2
    assert get_campaign(campaign.id).spent_minor == 30
    assert answers(report(make_partner(), [row])) == [("accepted", "")]


def test_limits_hold_across_rows_and_requests():
    limits = Limits(person_day_flowers=3, person_day_minor=40)
    partner = make_partner()
    campaign = make_campaign("green", budget_minor=1_000, limits=limits, rule={"money_minor": 15})
    ride = lambda number: deed(campaign, subject=f"ride-{number}", facts={"act": "linen"})  # noqa: E731
    outcomes = report(partner, [ride(1), ride(2)]) + report(partner, [ride(3), ride(1)])
    assert answers(outcomes) == [
        ("accepted", ""),
        ("capped", "person_day_limit"),
        ("capped", "person_day_limit"),
        ("refused", "already_done"),
    ]
    assert [(each.flowers, each.money_minor) for each in outcomes] == [(2, 15), (1, 15), (0, 10), (0, 0)]
    tomorrow = NOON + timedelta(days=1)
    next_day = deed(campaign, subject="ride-4", facts={"act": "linen"}, done_at=tomorrow)
    assert answers(report(partner, [next_day], tomorrow)) == [("accepted", "")]


def test_the_last_fen_of_a_budget_is_given_and_no_more():
    partner, campaign = make_partner(), make_campaign(budget_minor=70, limits=Limits(day_minor=65))
    outcomes = report(partner, [deed(campaign, user) for user in "abcd"])
    assert [each.money_minor for each in outcomes] == [30, 30, 5, 0]
    assert answers(outcomes)[2:] == [("capped", "day_limit")] * 2
    tomorrow = NOON + timedelta(days=1)
    outcomes = report(partner, [deed(campaign, "a", done_at=tomorrow)], tomorrow)
    assert (outcomes[0].money_minor, outcomes[0].reason) == (5, "budget_spent")
    assert get_balance(AccountKind.CAMPAIGN, campaign.id) == 0


def test_another_partners_campaign_does_not_exist_and_a_sandbox_moves_nothing():
    owner, other, sandbox = make_partner(), make_partner(), make_partner(is_sandbox=True)
    campaign, played = make_campaign(partner=owner), make_campaign(partner=sandbox, budget_minor=500)
    assert answers(report(other, [deed(campaign)])) == [("refused", "campaign_unknown")]
    assert answers(report(sandbox, [deed(campaign), deed(played)])) == [
        ("refused", "campaign_unknown"),
        ("accepted", ""),
    ]
    assert flowers_of(sandbox, "u1") == 0
    assert get_campaign(played.id).spent_minor == 30


def check_books():
    """Every invariant that this room can break."""
    broken = {each.code: n for each in [*SCENES, *FLOWERS, *LEDGER] if (n := each.count_differences())}
    assert broken == {}


def test_the_books_add_up_after_all_kinds_of_answers():
    partner, sandbox = make_partner(), make_partner(is_sandbox=True)
    campaign = make_campaign(budget_minor=100, limits=Limits(person_day_flowers=2, device_accounts=1))
    played = make_campaign(partner=sandbox, budget_minor=100)
    report(partner, [deed(campaign, user, device="one") for user in "abc"])
    report(partner, [deed(campaign, user) for user in "abcdef"])
    report(sandbox, [deed(played)])
    check_books()


def test_a_held_deed_earns_when_it_is_released_and_only_once():
    partner = make_partner()
    campaign = make_campaign(budget_minor=100, limits=Limits(device_accounts=1))
    outcomes = report(partner, [deed(campaign, user, device="one") for user in "ab"])
    held, operator = outcomes[1].deed_id, make_user(is_operator=True).id
    assert (flowers_of(partner, "b"), [each.id for each in list_held_deeds()]) == (0, [held])
    release_deeds([held], "a family's phone", operator, "Asia/Shanghai", NOON)
    assert (flowers_of(partner, "b"), list_held_deeds()) == (2, [])
    assert get_campaign(campaign.id).spent_minor == 60
    for decide in (
        lambda: release_deeds([held], "", operator, "Asia/Shanghai", NOON),
        lambda: dismiss_deeds([held], "no", operator, NOON),
    ):
        with pytest.raises(DeedNotHeld):
            decide()
    assert answers(report(partner, [deed(campaign, "b")])) == [("accepted", "already_today")]
    check_books()


def test_a_reversed_deed_gives_back_what_it_earned_as_far_as_it_is_still_held():
    project = make_project()
    partner, campaign = make_partner(), make_campaign(budget_minor=100, projects=[project.id])
    kept, given = report(partner, [deed(campaign, "a"), deed(campaign, "b")])
    donor = derive_donor_id(partner.id, "b", POLICY.salt)
    give_flowers([FlowerGift(new_id(), donor, AccountKind.TEAM_FLOWERS, new_id(), 1)], NOON)
    operator = make_user(is_operator=True).id
    reverse_deeds([kept.deed_id, given.deed_id], "steps of a machine", operator, NOON)
    assert (flowers_of(partner, "a"), flowers_of(partner, "b")) == (0, 0)
    assert get_balance(AccountKind.PROJECT, project.id) == 0
    assert get_campaign(campaign.id).spent_minor == 0
    with pytest.raises(DeedReversed):
        reverse_deeds([kept.deed_id], "again", operator, NOON)
    check_books()


def test_a_person_places_what_a_shake_unlocked():
    near, far, stranger = make_project(), make_project(), make_project()
    partner = make_partner()
    campaign = make_campaign("shake", budget_minor=1_000, projects=[near.id, far.id])
    shake = deed(campaign, subject="pay-1", facts={"payment_minor": 500})
    outcome = report(partner, [shake])[0]
    donor = derive_donor_id(partner.id, "u1", POLICY.salt)
    assert 1 <= outcome.money_minor <= 100
    assert list_unplaced([donor]) == {outcome.deed_id: outcome.money_minor}
    with pytest.raises(NothingToPlace):
        place_money({outcome.deed_id: far.id}, [new_id()], NOON)
    with pytest.raises(ProjectNotInCampaign):
        place_money({outcome.deed_id: stranger.id}, [donor], NOON)
    assert place_money({outcome.deed_id: far.id}, [donor], NOON) == outcome.money_minor
    assert place_money({outcome.deed_id: far.id}, [donor], NOON) == 0
    with pytest.raises(NothingToPlace):
        place_money({outcome.deed_id: near.id}, [donor], NOON)
    assert get_balance(AccountKind.PROJECT, far.id) == outcome.money_minor
    check_books()


def test_a_closed_campaign_is_empty_and_what_nobody_placed_went_back():
    partner, campaign = make_partner(), make_campaign("shake", budget_minor=1_000)
    report(partner, [deed(campaign, subject="pay-1", facts={"payment_minor": 500})])
    close_campaigns([campaign.id], "over", make_user(is_operator=True).id, NOON)
    after = get_campaign(campaign.id)
    assert (after.returned_minor, after.spent_minor) == (1_000, 0)
    assert answers(report(partner, [deed(campaign, subject="pay-2", facts={"payment_minor": 500})])) == [
        ("refused", "campaign_closed")
    ]
    check_books()


def test_everybodys_flowers_together_unlock_a_grant_once():
    project = make_project()
    goal = {"goal": {"scope": "all", "measure": "flowers", "target": 3, "grant_minor": 500}}
    partner = make_partner()
    campaign = make_campaign("game", budget_minor=400, rule=goal, projects=[project.id])
    report(partner, [deed(campaign, user) for user in "ab"])
    assert (grant_goals([campaign.id], NOON), find_goal(campaign.id).reached) == (0, 2)
    report(partner, [deed(campaign, "c")])
    assert [grant_goals([campaign.id], NOON) for _ in range(2)] == [1, 0]
    assert get_balance(AccountKind.PROJECT, project.id) == 400
    check_books()


@pytest.mark.parametrize("measure", ["amount", "flowers", "deeds"])
def test_everybodys_goal_counts_no_deed_that_was_taken_back_or_is_held(measure):
    each = {"amount": 7_000, "flowers": 2, "deeds": 1}[measure]
    goal = {"goal": {"scope": "all", "measure": measure, "target": 3 * each, "grant_minor": 500}}
    partner, campaign, operator = (
        make_partner(),
        make_campaign(budget_minor=2_000, rule=goal),
        make_user(is_operator=True),
    )
    outcomes = report(partner, [deed(campaign, user, amount=7_000) for user in "abc"])
    held = report(partner, [deed(campaign, f"h{n}", amount=7_000, device="one") for n in range(9)])
    waiting = [each for each in held if each.status == DeedStatus.HELD]
    let_in = len(held) - len(waiting)
    assert len(waiting) > 2
    assert find_goal(campaign.id).reached == (3 + let_in) * each
    reverse_deeds([each.deed_id for each in (*outcomes[:2], *held[:let_in])], "not theirs", operator.id, NOON)
    dismiss_deeds([waiting[0].deed_id], "not theirs", operator.id, NOON)
    assert find_goal(campaign.id).reached == each
    assert grant_goals([campaign.id], NOON) == 0
    release_deeds([waiting[1].deed_id], "theirs", operator.id, POLICY.zone, NOON)
    assert find_goal(campaign.id).reached == 2 * each
    assert grant_goals([campaign.id], NOON) == 0
    report(partner, [deed(campaign, "d", amount=7_000)])
    assert [grant_goals([campaign.id], NOON) for _ in range(2)] == [1, 0]
    check_books()


def test_a_team_walks_together_and_a_day_told_twice_counts_once():
    goal = {"goal": {"scope": "team", "measure": "amount", "target": 15_000, "grant_minor": 50}}
    partner, campaign = make_partner(), make_campaign(budget_minor=1_000, rule=goal)
    donors = [derive_donor_id(partner.id, user, POLICY.salt) for user in "ab"]
    team = open_team(campaign.id, "一起走", donors[0], NOON.date(), NOON)
    assert join_team(team, donors[1], NOON.date(), NOON) == team
    report(
        partner,
        [deed(campaign, "a", amount=5_000), deed(campaign, "a", amount=8_000), deed(campaign, "b", amount=6_500)],
    )
    assert (get_team(team).amount, get_team(team).members) == (14_500, 2)
    assert grant_goals([campaign.id], NOON) == 0
    report(partner, [deed(campaign, "b", amount=7_500)])
    assert grant_goals([campaign.id], NOON) == 1
    assert get_team(team).granted_at == NOON
    check_books()
