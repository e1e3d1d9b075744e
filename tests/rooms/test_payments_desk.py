"""The payment desk: orders with what became of them, and notices that did not fit until somebody has looked."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from redflower.domains.donations.selectors import count_held_messages, get_gift
from redflower.domains.donations.services import moderate_messages
from redflower.domains.donations.types import MessageState
from redflower.domains.ledger.selectors import get_balance
from redflower.domains.ledger.types import AccountKind
from redflower.domains.payments import selectors
from redflower.domains.payments.errors import AlarmNotFound, OrderNotFound
from redflower.domains.payments.services import resolve_alarms
from redflower.domains.payments.types import AlarmKind, NoticeStatus, OrderQuery, OrderState
from redflower.domains.people.errors import OperatorNeeded, ReviewNoteMissing
from redflower.domains.people.selectors import list_audit_rows
from redflower.domains.people.services import make_operator
from redflower.faces.shared.settlement import settle
from tests.factories import NOON, POLICY, ask, give, intend, make_project, make_user, notice

pytestmark = pytest.mark.django_db
SOON = NOON + timedelta(minutes=1)
LATER = NOON + timedelta(hours=2)


@pytest.fixture
def operator() -> UUID:
    return make_operator("op@example.org", NOON)


@pytest.fixture
def parked() -> UUID:
    """A notice that says another amount than was ordered."""
    settle([notice(intend(ask(make_project().id)), amount_minor=999)], POLICY, SOON)
    return selectors.list_open_alarms()[0].id


def _states(at=LATER, **query: object) -> list[OrderState]:
    return [order.state for order in selectors.list_orders(OrderQuery(**query), at)]


def test_an_orders_state_follows_from_what_came_after_it():
    project = make_project()
    settled, failed, cancelled, silent = [intend(ask(project.id)) for _ in range(4)]
    settle(
        [
            notice(settled),
            notice(failed, status=NoticeStatus.FAILED),
            notice(cancelled, status=NoticeStatus.CANCELLED),
        ],
        POLICY,
        SOON,
    )

    def state(intent, at) -> OrderState:
        return selectors.get_order(intent.gift_id, at).state

    assert [state(intent, SOON) for intent in (settled, failed, cancelled, silent)] == [
        OrderState.SETTLED,
        OrderState.FAILED,
        OrderState.CANCELLED,
        OrderState.PENDING,
    ]
    assert state(silent, LATER) == OrderState.EXPIRED
    settle([notice(failed), notice(silent)], POLICY, LATER)  # the money came after all
    assert (state(failed, LATER), state(silent, LATER)) == (OrderState.SETTLED, OrderState.SETTLED)
    counts = selectors.count_orders_by_state(NOON - timedelta(days=1), LATER)
    assert counts == dict.fromkeys(OrderState, 0) | {OrderState.SETTLED: 3, OrderState.CANCELLED: 1}


def test_orders_are_found_by_state_day_number_and_transaction():
    project = make_project()
    first, second = intend(ask(project.id)), intend(ask(project.id), NOON + timedelta(days=1))
    settle([notice(first)], POLICY, SOON)
    assert _states(state=OrderState.SETTLED) == [OrderState.SETTLED]
    assert len(_states(since=NOON + timedelta(hours=1))) == 1
    assert len(_states(until=NOON + timedelta(hours=1))) == 1
    for number in (str(first.gift_id), str(first.gift_id).upper(), f"txn-{first.gift_id}"):
        [order] = selectors.list_orders(OrderQuery(number=number), LATER)
        assert order.id == first.gift_id
    assert selectors.list_orders(OrderQuery(number="nothing' OR true --"), LATER) == []
    [latest] = selectors.list_orders(OrderQuery(), LATER, limit=1)
    assert latest.id == second.gift_id
    [older] = selectors.list_orders(OrderQuery(), LATER, before=latest.id)
    assert older.id == first.gift_id
    with pytest.raises(OrderNotFound):
        selectors.get_order(uuid4(), LATER)


def test_closing_a_notice_keeps_the_conclusion_and_moves_no_money(parked: UUID, operator: UUID):
    [alarm] = selectors.list_open_alarms()
    assert (alarm.kind, alarm.facts["amount_minor"]) == (AlarmKind.WRONG_AMOUNT, 999)
    resolve_alarms([parked], " 支付方已退款 ", operator, LATER)
    assert selectors.count_open_alarms() == 0
    [done] = selectors.list_resolved_alarms()
    assert (done.note, done.resolved_at) == ("支付方已退款", LATER)
    [row] = list_audit_rows(subject_id=parked)
    assert (row.act, row.facts) == ("alarm_resolved", {"note": "支付方已退款"})
    project_id = get_gift(alarm.order_id, LATER).project_id
    assert get_balance(AccountKind.PROJECT, project_id) == 0
    assert [one.id for one in selectors.list_alarms_of_order(alarm.order_id)] == [parked]


def test_a_notice_is_closed_once_with_a_reason_by_an_operator(parked: UUID, operator: UUID):
    with pytest.raises(OperatorNeeded):
        resolve_alarms([parked], "x", make_user().id, LATER)
    with pytest.raises(ReviewNoteMissing):
        resolve_alarms([parked], "  ", operator, LATER)
    with pytest.raises(AlarmNotFound):
        resolve_alarms([parked, uuid4()], "x", operator, LATER)
    assert selectors.count_open_alarms() == 1  # all or none
    resolve_alarms([parked], "已核对", operator, LATER)
    with pytest.raises(AlarmNotFound):
        resolve_alarms([parked], "again", operator, LATER)
    assert selectors.list_resolved_alarms()[0].note == "已核对"


def test_the_database_refuses_a_resolver_without_a_time(parked: UUID, operator: UUID):
    with (
        pytest.raises(IntegrityError, match="alarm_resolved_by_somebody_has_a_time"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("UPDATE payments_alarm SET resolved_by_id = %s WHERE id = %s", [operator, parked])


def test_a_held_message_is_decided_once_and_on_record(operator: UUID):
    project = make_project()
    gift = give(project.id, message="加微信 13800138000")
    other = give(project.id, message="愿山里的灯一直亮着")
    assert count_held_messages() == 1
    with pytest.raises(OperatorNeeded):
        moderate_messages([gift], True, make_user().id, LATER)
    assert moderate_messages([gift, other], False, operator, LATER) == 1
    assert moderate_messages([gift], True, operator, LATER) == 0
    assert get_gift(gift, LATER).message_state == MessageState.REMOVED
    assert [row.act for row in list_audit_rows(subject_id=gift)] == ["message_removed"]
    assert list_audit_rows(subject_id=other) == []
