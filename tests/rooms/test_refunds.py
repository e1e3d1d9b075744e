"""A refund: one case, every charity's answer, a second person, one reversal of everything the gift brought."""

from datetime import timedelta

import pytest
from django.db import connection

from redflower.domains.donations import errors
from redflower.domains.donations.selectors import (
    count_refunds,
    find_refunds_of_gifts,
    get_gift,
    get_refund_case,
    list_public_gifts,
    list_refunds,
    sum_gifts_of_donors,
)
from redflower.domains.donations.services import decide_refunds
from redflower.domains.donations.types import GiftState, RefundAnswer, RefundSide, RefundState
from redflower.domains.festivals.selectors import list_pools, sum_awards_of_donors
from redflower.domains.festivals.services import close_pools, draw_due_slices
from redflower.domains.flowers.selectors import get_flower_books
from redflower.domains.flowers.services import give_flowers
from redflower.domains.flowers.types import FlowerGift
from redflower.domains.insights.selectors import find_project_totals
from redflower.domains.ledger.selectors import get_balance, list_project_transfers
from redflower.domains.ledger.types import AccountKind
from redflower.domains.payments.selectors import list_open_alarms, list_unanswered_refunds
from redflower.domains.payments.types import AlarmKind, NoticeResult, RefundStatus
from redflower.domains.people.errors import OperatorNeeded, ReviewerIsSubmitter, ReviewNoteMissing
from redflower.faces.commands.audit import INVARIANTS
from redflower.faces.followers.insights import follow_once
from redflower.faces.shared.refunds import Refunds, release_refunds, settle_refund_notices
from redflower.kernel.ids import new_id
from tests.factories import NOON, give, make_donor, make_festival, make_project, make_user
from tests.faults.processes import eventually
from tests.refunds import LATER, accept, ask_back, donor_of, give_back, send_back, word

pytestmark = pytest.mark.django_db(transaction=True)

DRAWN = NOON + timedelta(minutes=5)
CLOSED = NOON + timedelta(hours=2)


def found() -> dict[str, int]:
    """Everything but the public log, which no test here keeps."""
    return {
        invariant.code: n
        for invariant in INVARIANTS
        if not invariant.code.startswith("proofs.") and (n := invariant.count_differences())
    }


def follow() -> None:
    unread = "SELECT count(*) FROM plumbing_event e, plumbing_cursor c WHERE (e.xid, e.id) > (c.xid, c.event_id)"
    assert eventually(lambda: follow_once() == 0 and _one(unread) == 0, 30)


def _one(sql: str):
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()[0]


def test_a_gift_goes_back_with_its_match_and_its_flower(settings):
    festival, project = make_festival(), make_project()
    kept, gone = give(project.id, 1000, NOON), give(project.id, 2000, NOON + timedelta(seconds=1))
    draw_due_slices(festival, "Asia/Shanghai", DRAWN)
    matched = sum_awards_of_donors([donor_of(gone)])
    assert matched
    granted = list_pools(festival)[0].granted_minor
    follow()

    give_back(gone)

    assert get_gift(gone, LATER).state == GiftState.REFUNDED
    assert get_balance(AccountKind.PROJECT, project.id) == 1000 + granted - matched
    assert get_balance(AccountKind.FLOWERS, donor_of(gone)) == 0
    assert get_flower_books([donor_of(gone)]).burned == 1
    assert sum_gifts_of_donors([donor_of(gone)])["gifts"] == 0
    assert sum_awards_of_donors([donor_of(gone)]) == 0
    assert [gift.id for gift in list_public_gifts(project.id, LATER)] == [kept]
    assert {each.kind for each in list_project_transfers(project.id)} == {
        "gift", "award", "gift_returned", "award_returned",
    }  # fmt: skip
    follow()
    totals = find_project_totals([project.id])[project.id]
    assert (totals.gifts, totals.amount_minor, totals.refunds, totals.refunded_minor) == (2, 1000, 1, 2000)
    assert totals.matched_minor == granted - matched
    assert found() == {}


def test_the_match_goes_to_the_sponsor_whether_the_pool_is_open_or_closed():
    festival, project = make_festival(), make_project()
    first, second = give(project.id, 1000, NOON), give(project.id, 2000, NOON + timedelta(seconds=30))
    draw_due_slices(festival, "Asia/Shanghai", DRAWN)
    pool = list_pools(festival)[0]
    owed = -get_balance(AccountKind.SPONSOR, pool.id)
    back = sum_awards_of_donors([donor_of(first)])
    give_back(first, at=DRAWN + timedelta(seconds=1))
    assert -get_balance(AccountKind.SPONSOR, pool.id) == owed - back
    assert get_balance(AccountKind.POOL, pool.id) == pool.free_minor

    draw_due_slices(festival, "Asia/Shanghai", CLOSED)
    close_pools(festival, CLOSED)
    assert get_balance(AccountKind.POOL, pool.id) == 0
    give_back(second)
    assert get_balance(AccountKind.POOL, pool.id) == 0
    assert get_balance(AccountKind.SPONSOR, pool.id) == 0, "everything has gone back"
    assert get_balance(AccountKind.PROJECT, project.id) == 0
    follow()
    assert found() == {}


def test_a_gift_that_goes_back_before_its_draw_takes_no_part_in_it():
    festival, project = make_festival(), make_project()
    kept, gone = give(project.id, 1000, NOON), give(project.id, 2000, NOON + timedelta(seconds=1))
    [refund] = send_back(gone, at=NOON + timedelta(seconds=2))
    draw_due_slices(festival, "Asia/Shanghai", DRAWN)
    assert _one(f"SELECT count(*) FROM festivals_award WHERE gift_id = '{gone}'") == 0
    assert sum_awards_of_donors([donor_of(kept)]) > 0
    settle_refund_notices([word(refund)], DRAWN)
    follow()
    assert found() == {}, "the draw replays without it"


def test_flowers_given_away_meanwhile_stay_where_they_are():
    project = make_project()
    gift = give(project.id, 1000)
    giving = FlowerGift(new_id(), donor_of(gift), AccountKind.TEAM_FLOWERS, new_id(), 1)
    give_flowers([giving], NOON)
    give_back(gift)
    assert get_balance(AccountKind.TEAM_FLOWERS, giving.to_owner_id) == 1
    assert get_flower_books([donor_of(gift)]).burned == 0
    follow()
    assert found() == {}


def test_one_case_holds_gifts_to_many_charities_and_each_answers_for_its_own():
    donor = make_donor()
    ours, theirs = make_project(), make_project()
    gifts = [give(ours.id, 1000, donor_id=donor), give(theirs.id, 2000, donor_id=donor)]
    case = ask_back(*gifts, note="付错了")
    assert ask_back(*gifts) == case, "asking again is the same case"
    [asked] = list_refunds(RefundState.ASKED, theirs.charity_id)
    assert (asked.gift_id, asked.note) == (gifts[1], "付错了")
    accept(gifts[0])
    decide_refunds([gifts[1]], RefundAnswer(False, RefundSide.CHARITY, "已经用在孩子们的午餐上"), _operator(), LATER)
    states = {refund.gift_id: refund.state for refund in get_refund_case(case).refunds}
    assert states == {gifts[0]: RefundState.ACCEPTED, gifts[1]: RefundState.DECLINED}
    assert count_refunds() == {**dict.fromkeys(RefundState, 0), RefundState.ACCEPTED: 1, RefundState.DECLINED: 1}


def _operator():
    return make_user(is_operator=True).id


def test_what_cannot_be_asked_is_refused_by_name():
    project = make_project()
    gift, other = give(project.id, 1000), give(project.id, 1000)
    with pytest.raises(errors.RefundReasonUnknown):
        ask_back(gift, reason="because")
    with pytest.raises(errors.RefundTooLate):
        ask_back(gift, at=NOON + timedelta(days=400))
    ask_back(gift)
    with pytest.raises(errors.RefundAskedAlready):
        ask_back(gift, other)
    from redflower.domains.donations.services import load_refund_policy, open_refund_case
    from redflower.domains.donations.types import RefundRequest

    with pytest.raises(errors.GiftNotFound):
        open_refund_case(
            RefundRequest([other], "mistake"), {make_donor()}, load_refund_policy(), "Asia/Shanghai", LATER
        )


def test_nobody_decides_or_releases_alone_or_too_early():
    gift = give(make_project().id, 1000)
    ask_back(gift)
    yes, platform = RefundAnswer(True, RefundSide.CHARITY, ""), RefundAnswer(True, RefundSide.PLATFORM, "")
    with pytest.raises(OperatorNeeded):
        decide_refunds([gift], yes, make_user().id, LATER)
    with pytest.raises(ReviewNoteMissing):
        decide_refunds([gift], RefundAnswer(False, RefundSide.CHARITY, " "), _operator(), LATER)
    with pytest.raises(errors.RefundNotDueYet):
        decide_refunds([gift], platform, _operator(), LATER)
    with pytest.raises(errors.RefundNotAccepted):
        release_refunds([gift], _operator(), LATER)
    maker = _operator()
    decide_refunds([gift], platform, maker, find_refunds_of_gifts([gift])[gift].due_at)
    with pytest.raises(errors.RefundDecidedAlready):
        decide_refunds([gift], yes, _operator(), LATER)
    with pytest.raises(ReviewerIsSubmitter):
        release_refunds([gift], maker, LATER)
    with pytest.raises(errors.RefundNotAccepted):  # nor the rule for a person
        release_refunds([gift], None, LATER)
    assert release_refunds([gift], _operator(), LATER) == 1
    assert release_refunds([gift], _operator(), LATER) == 0


def test_the_database_itself_wants_a_second_person():
    from django.db import IntegrityError

    gift = give(make_project().id, 1000)
    ask_back(gift)
    maker = accept(gift)
    with pytest.raises(IntegrityError, match="refund_is_released_by_a_second_person"), connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO payments_refund_order (id, order_id, attempt, provider, amount_minor, accepted_by_id,
                                                  released_by_id, asked_at)
               VALUES (%s, %s, 1, 'sandbox', 1000, %s, %s, now())""",
            [new_id(), gift, maker, maker],
        )


def test_asked_soon_after_paying_the_rule_gives_back_by_itself():
    project = make_project()
    small, large = give(project.id, 1000), give(project.id, 200_000)
    soon = NOON + timedelta(hours=1)
    ask_back(small, at=soon)
    ask_back(large, at=soon)
    assert Refunds().release_once() == 1
    assert [refund.order_id for refund in list_unanswered_refunds("sandbox", None, 10)] == [small]
    assert find_refunds_of_gifts([large])[large].state == RefundState.ACCEPTED, (
        "so much waits for a second pair of eyes"
    )
    assert release_refunds([large], _operator(), soon) == 1


def test_what_fails_at_the_provider_is_free_again_and_can_be_sent_again():
    project = make_project()
    gift = give(project.id, 1000)
    [refund] = send_back(gift)
    failed = word(refund, status=RefundStatus.FAILED)
    [outcome] = settle_refund_notices([failed], LATER)
    assert outcome.result == NoticeResult.ENDED
    assert get_gift(gift, LATER).state == GiftState.SETTLED
    assert find_refunds_of_gifts([gift])[gift].state == RefundState.FAILED
    assert get_balance(AccountKind.PROJECT, project.id) == 1000
    follow()
    assert found() == {}
    assert release_refunds([gift], _operator(), LATER) == 1
    [again] = list_unanswered_refunds("sandbox", None, 10)
    assert again.attempt == 2
    settle_refund_notices([word(again)], LATER)
    assert get_gift(gift, LATER).state == GiftState.REFUNDED
    follow()
    assert found() == {}


def test_money_that_was_spent_is_not_promised_back():
    from redflower.domains.ledger.posting import post_transfers
    from redflower.domains.ledger.rules import account_id
    from redflower.domains.ledger.types import Asset, NewTransfer
    from redflower.plumbing.db import command, raw_connection

    project = make_project()
    gift = give(project.id, 1000)
    sides = (account_id(AccountKind.PROJECT, project.id), account_id(AccountKind.DONORS, project.id))
    command(
        lambda: post_transfers(
            raw_connection(), [NewTransfer(new_id(), Asset.CNY, "test", *sides, 1, project.id)], NOON
        )
    )()
    ask_back(gift)
    accept(gift)
    with pytest.raises(errors.RefundMoneySpent):
        release_refunds([gift], _operator(), LATER)
    assert list_unanswered_refunds("sandbox", None, 10) == [], "nobody is asked for what cannot be booked"


def test_a_word_said_twice_is_booked_once_and_a_word_that_does_not_fit_is_parked():
    gifts = [give(make_project().id, 1000) for _ in range(5)]
    refunds = {refund.order_id: refund for refund in send_back(*gifts[:1])}
    for gift in gifts[1:]:
        refunds = {refund.order_id: refund for refund in send_back(gift)}
    a, b, c, d, e = (refunds[gift] for gift in gifts)
    outcomes = settle_refund_notices(
        [
            word(a), word(a), word(b, amount_minor=999), word(c, currency="USD"), word(d, provider="other"),
            word(e, status=RefundStatus.FAILED), word(e), word(a, refund_id=new_id()),
            word(b, provider_refund=f"refund-{a.id}"),
        ],
        LATER,
    )  # fmt: skip
    assert [outcome.result for outcome in outcomes[:2]] == [NoticeResult.SETTLED, NoticeResult.REPLAYED]
    assert [outcome.alarm for outcome in outcomes[2:]] == [
        AlarmKind.REFUND_DIFFERS, AlarmKind.REFUND_DIFFERS, AlarmKind.REFUND_DIFFERS, None,
        AlarmKind.REFUND_CONTRADICTS, AlarmKind.UNKNOWN_REFUND, AlarmKind.REFUNDED_TWICE,
    ]  # fmt: skip
    assert settle_refund_notices([word(a)], LATER)[0].result == NoticeResult.REPLAYED
    assert settle_refund_notices([word(a, provider_refund="another")], LATER)[0].alarm == AlarmKind.REFUNDED_TWICE
    assert len(list_open_alarms()) == 7
    follow()
    assert found() == {}


@pytest.mark.parametrize(
    ("tampering", "code"),
    [
        ("UPDATE payments_refund SET amount_minor = amount_minor + 1", "payments.refunds_within_paid"),
        ("UPDATE payments_capture SET amount_minor = amount_minor - 1", "payments.refunds_within_paid"),
        ("DELETE FROM payments_refund", "donations.refund_reverses_its_gift_once"),
        ("DELETE FROM plumbing_event WHERE kind = 'gifts.refunded'", "donations.refund_reverses_its_gift_once"),
        ("DELETE FROM donations_refund_decision", "donations.refund_reverses_its_gift_once"),
        (
            "DELETE FROM ledger_transfer WHERE kind = 'gift_returned' AND phase = 'post'",
            "donations.refund_reverses_its_gift_once",
        ),
        (
            "DELETE FROM ledger_transfer WHERE kind = 'award_returned' AND phase = 'post'",
            "festivals.award_lives_while_its_gift_is_settled",
        ),
        ("DELETE FROM ledger_transfer WHERE kind = 'award_to_sponsor'", "festivals.award_lives_while_its_gift_is_settled"),
        ("DELETE FROM flowers_burning", "flowers.reversed_deeds_are_burned"),
        ("DELETE FROM festivals_withdrawal", "festivals.draws_replay"),
        ("UPDATE insights_project_total SET refunded_minor = 0, refunds = 0", "insights.totals_fall_only_by_refunds"),
        (
            "DELETE FROM ledger_transfer WHERE kind = 'gift_returned' AND phase = 'pending'",
            "donations.refund_on_its_way_is_set_aside",
        ),
    ],
)  # fmt: skip
def test_tampering_is_found_and_named(tampering, code):
    festival, project = make_festival(), make_project()
    gone, early, waiting = (give(project.id, 1000, NOON + timedelta(seconds=number)) for number in range(3))
    early_refund = send_back(early, at=NOON + timedelta(seconds=9))[0]
    draw_due_slices(festival, "Asia/Shanghai", DRAWN)
    settle_refund_notices([word(early_refund)], DRAWN)
    give_back(gone)
    send_back(waiting)
    follow()
    assert found() == {}
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(tampering)
        cursor.execute("SET session_replication_role = origin")
    assert code in found()
