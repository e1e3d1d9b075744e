"""What the settlement promises of one gift and of many."""

from datetime import timedelta

import pytest

from redflower.domains.donations.selectors import get_gift
from redflower.domains.donations.types import GiftState
from redflower.domains.festivals.selectors import list_awards_of_gifts, list_pools
from redflower.domains.festivals.services import close_pools, draw_due_slices
from redflower.domains.flowers.selectors import count_flowers
from redflower.domains.ledger.selectors import get_balance
from redflower.domains.ledger.types import AccountKind
from redflower.domains.payments.models import Alarm
from redflower.domains.payments.types import AlarmKind, NoticeResult, NoticeStatus
from redflower.faces.shared.settlement import settle
from tests.factories import NOON, POLICY, ask, give, intend, make_donor, make_festival, make_project, notice

pytestmark = pytest.mark.django_db
ZONE = "Asia/Shanghai"
LATER = NOON + timedelta(minutes=1)


def test_a_paid_gift_reaches_the_project_and_earns_the_first_flower_of_the_day():
    project, donor = make_project(), make_donor()
    intent = intend(ask(project.id, donor, 1234))
    assert get_gift(intent.gift_id, NOON).state == GiftState.PENDING
    [outcome] = settle([notice(intent)], POLICY, LATER)
    assert outcome.result == NoticeResult.SETTLED
    assert get_gift(intent.gift_id, LATER).state == GiftState.SETTLED
    assert get_balance(AccountKind.PROJECT, project.id) == 1234
    assert get_balance(AccountKind.DONORS, project.id) == -1234
    assert count_flowers([donor]) == 1
    settle([notice(intend(ask(project.id, donor, 500)))], POLICY, LATER)
    assert count_flowers([donor]) == 1  # the second gift of the day earns none


def test_a_notice_sent_again_is_answered_as_before_and_moves_nothing():
    project = make_project()
    intent = intend(ask(project.id))
    first = settle([notice(intent), notice(intent)], POLICY, LATER)
    assert [outcome.result for outcome in first] == [NoticeResult.SETTLED, NoticeResult.REPLAYED]
    again = settle([notice(intent)], POLICY, LATER)
    assert again[0].result == NoticeResult.REPLAYED
    assert get_balance(AccountKind.PROJECT, project.id) == 1000


def test_a_repetition_is_one_even_where_the_clock_was_set_back_behind_the_payment():
    project = make_project()
    intent = intend(ask(project.id))
    tomorrow = NOON + timedelta(days=1)
    settle([notice(intent, paid_at=tomorrow)], POLICY, tomorrow)
    [outcome] = settle([notice(intent, paid_at=tomorrow)], POLICY, LATER)
    assert outcome.result == NoticeResult.REPLAYED and not Alarm.objects.exists()


@pytest.mark.parametrize(
    ("fields", "alarm"),
    [
        ({"amount_minor": 999}, AlarmKind.WRONG_AMOUNT),
        ({"currency": "USD"}, AlarmKind.WRONG_CURRENCY),
        ({"provider": "other"}, AlarmKind.WRONG_PROVIDER),
        ({"paid_at": NOON + timedelta(days=1)}, AlarmKind.PAID_IN_FUTURE),
        ({"order_id": make_project}, AlarmKind.UNKNOWN_ORDER),
    ],
)
def test_a_notice_that_does_not_fit_is_parked_once_and_settles_nothing(fields, alarm):
    project = make_project()
    intent = intend(ask(project.id))
    if callable(fields.get("order_id")):
        fields = {"order_id": project.id}
    for _ in range(2):
        [outcome] = settle([notice(intent, **fields)], POLICY, LATER)
        assert (outcome.result, outcome.alarm) == (NoticeResult.PARKED, alarm)
    assert Alarm.objects.filter(kind=alarm).count() == 1
    assert get_balance(AccountKind.PROJECT, project.id) == 0
    assert get_gift(intent.gift_id, LATER).state == GiftState.PENDING


def test_an_order_paid_by_two_transactions_settles_once_and_raises_an_alarm():
    project = make_project()
    intent = intend(ask(project.id))
    settle([notice(intent)], POLICY, LATER)
    [outcome] = settle([notice(intent, provider_txn="another")], POLICY, LATER)
    assert outcome.alarm == AlarmKind.PAID_TWICE
    other = intend(ask(project.id))
    [outcome] = settle([notice(other, provider_txn=f"txn-{intent.gift_id}")], POLICY, LATER)
    assert outcome.alarm == AlarmKind.TXN_REUSED
    assert get_balance(AccountKind.PROJECT, project.id) == 1000


def test_a_payment_after_expiry_or_after_a_failed_attempt_still_settles():
    project = make_project()
    late, failed = intend(ask(project.id)), intend(ask(project.id))
    settle([notice(failed, status=NoticeStatus.FAILED)], POLICY, LATER)
    assert get_gift(failed.gift_id, LATER).state == GiftState.FAILED
    tomorrow = NOON + timedelta(days=1)
    assert get_gift(late.gift_id, tomorrow).state == GiftState.EXPIRED
    outcomes = settle([notice(late), notice(failed)], POLICY, tomorrow)
    assert {outcome.result for outcome in outcomes} == {NoticeResult.SETTLED}
    assert get_balance(AccountKind.PROJECT, project.id) == 2000


def test_every_ticket_of_a_drawn_slice_gets_one_decision_and_the_pool_closes_to_zero():
    festival, project = make_festival(presets=("surprise-2024", "random-2018")), make_project()
    gifts = [give(project.id, 500 + number, NOON + timedelta(seconds=number)) for number in range(12)]
    drawn = draw_due_slices(festival, ZONE, NOON + timedelta(minutes=2))
    assert drawn == 3
    assert draw_due_slices(festival, ZONE, NOON + timedelta(minutes=2)) == 0
    awards = list_awards_of_gifts(gifts)
    assert sorted(awards) == sorted(gifts)
    assert all(len(decisions) == 2 for decisions in awards.values())
    pools = list_pools(festival)
    by_pool = {
        pool.id: sum(a.amount_minor for g in awards.values() for a in g if a.pool_id == pool.id) for pool in pools
    }
    for pool in pools:
        assert pool.granted_minor == by_pool[pool.id] > 0
        assert get_balance(AccountKind.POOL, pool.id) == pool.budget_minor - pool.granted_minor
    over = NOON + timedelta(hours=3)
    draw_due_slices(festival, ZONE, over)
    assert close_pools(festival, over) == 2
    for pool in list_pools(festival):
        assert pool.free_minor == 0
        assert pool.revealed_secret
        assert get_balance(AccountKind.POOL, pool.id) == 0


def test_a_late_notice_joins_the_slice_that_is_open_on_its_arrival():
    festival, project = make_festival(), make_project()
    give(project.id, 500, NOON)
    slow = intend(ask(project.id))
    draw_due_slices(festival, ZONE, NOON + timedelta(seconds=30))
    arrival = NOON + timedelta(seconds=40)
    settle([notice(slow, paid_at=NOON + timedelta(seconds=1))], POLICY, arrival)
    draw_due_slices(festival, ZONE, NOON + timedelta(minutes=2))
    [award] = list_awards_of_gifts([slow.gift_id])[slow.gift_id]
    assert award.slice_no == (arrival - (NOON - timedelta(hours=1))) // timedelta(seconds=5)
