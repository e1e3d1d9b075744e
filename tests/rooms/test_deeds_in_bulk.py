"""A bulk request is settled by the column, and answers and books exactly what row by row would."""

from datetime import timedelta

import msgspec
import pytest

from redflower.domains.flowers.audit import INVARIANTS as FLOWERS
from redflower.domains.flowers.selectors import count_flowers
from redflower.domains.ledger.audit import INVARIANTS as LEDGER
from redflower.domains.ledger.selectors import get_balance
from redflower.domains.ledger.types import AccountKind
from redflower.domains.scenes.audit import INVARIANTS as SCENES
from redflower.domains.scenes.posting import deeds as row_by_row
from redflower.domains.scenes.rules.judging import derive_donor_id
from redflower.domains.scenes.selectors.campaigns import get_campaign
from redflower.domains.scenes.selectors.deeds import find_deeds_by_external_id
from redflower.domains.scenes.types import DeedStatus, Limits
from redflower.engine.deeds import settle_deeds
from redflower.faces.followers.scenes import follow_once
from redflower.plumbing.db import command, raw_connection
from tests.factories import NOON
from tests.scenes import POLICY, answers, deed, make_campaign, make_partner, report

SAME = (
    "campaign_id",
    "done_at",
    "done_on",
    "amount",
    "subject",
    "status",
    "reason",
    "flowers",
    "money_minor",
    "item",
    "project_id",
    "received_at",
)
pytestmark = pytest.mark.django_db(transaction=True)


def check_books():
    assert {each.code: n for each in [*SCENES, *FLOWERS, *LEDGER] if (n := each.count_differences())} == {}


def walks(campaign, count=100, **fields):
    return [
        deed(campaign, f"user-{n}", amount=5_900 + n * 2, device=f"phone-{n // 2}", id=f"walk-{n}", **fields)
        for n in range(count)
    ]


def others(rows):
    """The same walks by other people with phones of their own."""
    return [
        msgspec.structs.replace(row, id=f"late-{n}", user=f"late-{n}", device=f"late-{n}") for n, row in enumerate(rows)
    ]


def strip(outcomes):
    return [msgspec.structs.replace(outcome, deed_id=None) for outcome in outcomes]


def test_by_the_column_and_row_by_row_answer_and_store_the_same(monkeypatch):
    limits = Limits(person_day_flowers=6)
    first, second = make_partner(), make_partner()
    campaign = make_campaign(limits=limits)
    quick = report(first, walks(campaign))
    follow_once()
    monkeypatch.setattr(row_by_row, "settle_plain", lambda *_: False)
    slow = report(second, [msgspec.structs.replace(row, device=f"other-{row.device}") for row in walks(campaign)])
    assert strip(quick) == strip(slow)
    assert answers(quick)[:51] == [("accepted", "below_target")] * 50 + [("accepted", "")]
    ids = [f"walk-{n}" for n in range(100)]
    stored = [find_deeds_by_external_id(partner.id, ids) for partner in (first, second)]
    for name in ids:
        pair = [found[name] for found in stored]
        assert pair[0].id == quick[int(name[5:])].deed_id
        for field in SAME:
            assert getattr(pair[0], field) == getattr(pair[1], field), field
        assert [each.donor_id for each in pair] == [
            derive_donor_id(p.id, f"user-{name[5:]}", POLICY.salt) for p in (first, second)
        ]
    check_books()


def test_flowers_wait_in_the_bed_until_they_are_handed_out_once():
    partner, campaign = make_partner(), make_campaign()
    report(partner, walks(campaign))
    donors = [derive_donor_id(partner.id, f"user-{n}", POLICY.salt) for n in range(100)]
    assert (count_flowers(donors), get_balance(AccountKind.BED, campaign.id)) == (0, 100)
    check_books()
    while follow_once():
        pass
    assert (count_flowers(donors), get_balance(AccountKind.BED, campaign.id)) == (100, 0)
    check_books()


def test_the_same_request_again_is_a_replay_and_moves_nothing():
    partner, campaign = make_partner(), make_campaign()
    rows = walks(campaign)
    first = report(partner, rows)
    again = report(partner, rows)
    assert {outcome.status for outcome in again} == {DeedStatus.REPLAYED}
    assert [outcome.deed_id for outcome in again] == [outcome.deed_id for outcome in first]
    assert get_campaign(campaign.id).flowers == 100
    check_books()


def test_one_row_that_is_not_plain_spoils_nothing():
    partner, campaign = make_partner(), make_campaign(limits=Limits(device_accounts=1))
    rows = walks(campaign)
    rows[0] = msgspec.structs.replace(rows[0], done_at=NOON + timedelta(hours=1))
    outcomes = report(partner, rows)
    assert answers(outcomes)[0] == ("refused", "done_in_future")
    held = [outcome for outcome in outcomes if outcome.status == DeedStatus.HELD]
    assert {outcome.reason for outcome in held} == {"device_shared"}
    assert len(held) == 49  # each phone's second account; of the first phone only one was heard
    check_books()


def test_whoever_walked_before_earns_nothing_more_that_day():
    partner, campaign = make_partner(), make_campaign()
    report(partner, walks(campaign))
    later = [msgspec.structs.replace(row, id=f"later-{row.id}", amount=9_000) for row in walks(campaign)]
    outcomes = report(partner, later)
    assert answers(outcomes)[50:] == [("accepted", "already_today")] * 50
    assert [outcome.flowers for outcome in outcomes[:50]] == [2] * 50
    check_books()


def test_a_roster_sees_what_was_written_beside_it():
    partner, campaign = make_partner(), make_campaign()
    report(partner, walks(campaign))
    [beside] = report(partner, [deed(campaign, "late-7")])  # row by row: no roster hears of it
    assert beside.flowers == 2
    late = others(walks(campaign))
    late[7] = msgspec.structs.replace(late[7], amount=9_000)
    outcomes = report(partner, late)
    assert answers(outcomes)[7] == ("accepted", "already_today")
    assert sum(outcome.flowers for outcome in outcomes) == 100
    check_books()


def test_a_roster_does_not_believe_a_request_that_was_taken_back():
    partner, campaign = make_partner(), make_campaign()
    report(partner, others(walks(campaign)))

    @command
    def fail():
        for rows in (walks(campaign), more):  # the second request of a transaction sees the first
            outcomes = settle_deeds(raw_connection(), partner, rows, POLICY, NOON)
        assert [each.reason for each in outcomes[50:]] == ["already_today"] * 50
        raise ZeroDivisionError

    more = [msgspec.structs.replace(row, id=f"more-{row.id}") for row in walks(campaign)]
    with pytest.raises(ZeroDivisionError):
        fail()
    report(partner, [deed(campaign, "somebody")])
    assert sum(outcome.flowers for outcome in report(partner, walks(campaign))) == 100
    assert get_campaign(campaign.id).flowers == 202
    check_books()
