"""What settling reported deeds promises: caps, budgets, replays, refusals, each answered in its place."""

from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest

from redflower.domains.flowers.selectors import count_flowers
from redflower.domains.ledger.selectors import get_balance
from redflower.domains.ledger.types import AccountKind
from redflower.domains.scenes.posting.deeds import UnreadableRow
from redflower.domains.scenes.rules.judging import derive_donor_id
from redflower.domains.scenes.selectors.campaigns import get_campaign
from redflower.domains.scenes.types import DeedStatus, Limits
from tests.factories import NOON, make_project
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
    assert replace(again[0], status=DeedStatus.ACCEPTED, first=None) == first[0]
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
