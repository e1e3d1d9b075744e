"""Refunds when two things happen at once. Each guard has a control that fails without it."""

from datetime import timedelta

import pytest
from django.db import connection

from redflower.domains.donations.errors import RefundDecidedAlready
from redflower.domains.donations.services import decide_refunds
from redflower.domains.donations.types import RefundAnswer, RefundSide
from redflower.domains.festivals.posting import withdraw_tickets
from redflower.domains.festivals.services import draw_due_slices
from redflower.domains.payments.posting import claim_refunds, load_refund_terms, record_refund_orders
from redflower.domains.payments.types import RefundStatus
from redflower.faces.shared.refunds import release_refunds
from tests.factories import NOON, give, make_festival, make_project, make_user
from tests.races.conftest import Racer, without
from tests.races.test_races import Careless
from tests.refunds import LATER, accept, ask_back, send_back, word


def race_for_a_decision() -> list[str]:
    """Two desks answer one request at the same moment; returns what became of each."""
    gift = give(make_project().id, 1000)
    ask_back(gift)
    answers = [RefundAnswer(True, RefundSide.CHARITY, ""), RefundAnswer(False, RefundSide.CHARITY, "已经用了")]
    desks = [make_user(is_operator=True).id for _ in answers]
    racers = [
        Racer(lambda answer=answer, desk=desk: decide_refunds([gift], answer, desk, LATER))
        for answer, desk in zip(answers, desks, strict=True)
    ]
    for racer in racers:
        racer.start()
    results = []
    for racer in racers:
        try:
            racer.finish()
            results.append("decided")
        except RefundDecidedAlready:
            results.append("too late")
    return sorted(results)


@pytest.mark.django_db(transaction=True)
def test_two_desks_answer_one_request_once():
    assert race_for_a_decision() == ["decided", "too late"]


def race_to_release(connect) -> list[int]:
    """Two release one accepted gift at the same moment; returns how many refunds each wrote."""
    gift = give(make_project().id, 1000)
    ask_back(gift)
    accepted = [(gift, accept(gift))]
    people = [make_user(is_operator=True).id for _ in range(2)]
    first, second = connect(), connect()
    written = [len(record_refund_orders(first, accepted, people[0], LATER))]
    racer = Racer(lambda: record_refund_orders(second, accepted, people[1], LATER))
    racer.start()
    racer.waits()
    first.commit()
    written.append(len(racer.finish()))
    second.commit()
    return written


def test_two_releasing_one_gift_at_once_ask_for_one_refund(connect):
    assert race_to_release(connect) == [1, 0]


def test_control_without_the_unique_key_two_refunds_are_asked_for(connect, monkeypatch):
    from redflower.domains.payments import posting

    original = posting.record_refund_orders
    monkeypatch.setitem(
        globals(),
        "record_refund_orders",
        lambda conn, *rest: original(Careless(conn, "ON CONFLICT (order_id, attempt) DO NOTHING"), *rest),
    )
    with without("payments_refund_order", "refund_is_asked_for_once_per_attempt"):
        assert race_to_release(connect) == [1, 1]


def race_for_a_last_word(connect) -> list[int]:
    """The provider's notice and its answer to our question arrive at the same moment; returns who claimed it."""
    [refund] = send_back(give(make_project().id, 1000))
    done, failed = word(refund), word(refund, provider_refund="another", status=RefundStatus.FAILED)
    first, second = connect(), connect()
    claimed = [len(claim_refunds(first, [done], load_refund_terms(first, [refund.id]), LATER))]
    racer = Racer(lambda: claim_refunds(second, [failed], load_refund_terms(second, [refund.id]), LATER))
    racer.start()
    racer.waits()
    first.commit()
    claimed.append(len(racer.finish()))
    second.commit()
    return claimed


def test_the_first_last_word_stands(connect):
    assert race_for_a_last_word(connect) == [1, 0]


def test_control_without_its_key_a_refund_ends_twice(connect):
    with without("payments_refund", "payments_refund_pkey"):
        assert race_for_a_last_word(connect) == [1, 1]


def race_a_refund_against_the_draw(connect, guard=lambda conn: conn) -> bool:
    """A gift is taken out of its draw while the slice falls due; returns whether it was drawn all the same."""
    festival, project = make_festival(), make_project()
    give(project.id, 500, NOON)
    gift = give(project.id, 1000, NOON + timedelta(seconds=1))
    conn = connect()
    withdraw_tickets(guard(conn), [gift], NOON + timedelta(seconds=2))
    racer = Racer(lambda: draw_due_slices(festival, "Asia/Shanghai", NOON + timedelta(minutes=1)))
    racer.start()
    racer.waits()
    conn.commit()
    racer.finish()
    drawn = conn.execute("SELECT count(*) FROM festivals_award WHERE gift_id = %s", [gift]).fetchone()[0]
    conn.rollback()
    return drawn == 1


def test_a_gift_taken_out_before_its_draw_is_not_drawn(connect):
    assert not race_a_refund_against_the_draw(connect)


def test_control_without_the_shared_lock_it_is_drawn(connect):
    assert race_a_refund_against_the_draw(connect, lambda conn: Careless(conn, "FOR SHARE"))


def race_the_draw_against_a_refund(monkeypatch) -> int:
    """A slice is being drawn while its gift is released; returns how much of its award was not set aside."""
    festival, project = make_festival(), make_project()
    gift = give(project.id, 1000, NOON)
    ask_back(gift)
    accept(gift)
    releaser = make_user(is_operator=True).id
    racer = Racer(lambda: release_refunds([gift], releaser, LATER))
    from redflower.domains.festivals import services

    original = services.append_events

    def release_meanwhile(conn, events, now):
        original(conn, events, now)
        racer.start()
        racer.waits()

    monkeypatch.setattr(services, "append_events", release_meanwhile)
    draw_due_slices(festival, "Asia/Shanghai", NOON + timedelta(minutes=1))
    monkeypatch.undo()
    racer.finish()
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT coalesce(sum(a.amount_minor), 0) - coalesce((SELECT sum(amount) FROM ledger_transfer
                      WHERE kind = 'award_returned' AND phase = 'pending'), 0) FROM festivals_award a"""
        )
        return int(cursor.fetchone()[0])


@pytest.mark.django_db(transaction=True)
def test_an_award_drawn_meanwhile_is_set_aside_with_its_gift(monkeypatch):
    assert race_the_draw_against_a_refund(monkeypatch) == 0


@pytest.mark.django_db(transaction=True)
def test_control_without_the_shared_lock_an_award_outlives_its_gift(monkeypatch):
    from redflower.engine import refunds

    with pytest.MonkeyPatch.context() as careless:
        careless.setattr(
            refunds, "withdraw_tickets", lambda conn, *rest: withdraw_tickets(Careless(conn, "FOR SHARE"), *rest)
        )
        assert race_the_draw_against_a_refund(monkeypatch) > 0
