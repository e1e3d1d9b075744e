"""Refunds as pure decisions: clocks, states, what a provider's word means."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redflower.domains.donations import errors, rules
from redflower.domains.donations.posting import ReturnedGift, plan_gift_end, plan_gift_promise
from redflower.domains.donations.services import load_refund_policy
from redflower.domains.donations.types import AskedGift, GiftState, RefundState
from redflower.domains.festivals.posting import ReturnedAward, plan_award_end, plan_award_promise
from redflower.domains.ledger.rules import compute_balance_changes
from redflower.domains.payments.rules import judge_refund
from redflower.domains.payments.types import RefundNotice, RefundStatus, RefundTerms

POLICY = load_refund_policy()
NOW = datetime(2026, 9, 9, 4, tzinfo=UTC)
ids = st.uuids()
amounts = st.integers(1, 10**12)


@pytest.mark.parametrize(
    ("asked", "due"),
    [
        (date(2026, 11, 26), date(2026, 12, 3)),  # Thursday: a weekend lies between
        (date(2026, 9, 30), date(2026, 10, 13)),  # the holidays of October, and a Saturday that is worked
        (date(2026, 2, 13), date(2026, 2, 27)),  # Spring Festival: a worked Saturday before, nine days off
    ],
)
def test_a_charity_has_five_working_days(asked, due):
    assert rules.compute_due_on(asked, POLICY) == due


@given(st.dates(date(2025, 1, 1), date(2028, 1, 1)))
def test_the_clock_ends_on_a_working_day_and_holds_exactly_so_many(asked):
    due = rules.compute_due_on(asked, POLICY)
    between = [asked + timedelta(days=n) for n in range(1, (due - asked).days + 1)]
    assert rules.is_working_day(due, POLICY)
    assert sum(rules.is_working_day(day, POLICY) for day in between) == POLICY.answer_working_days


@given(st.timedeltas(timedelta(0), timedelta(days=800)))
def test_what_can_be_asked_and_what_the_rule_gives_back_follow_the_age_of_the_gift(age):
    gift = AskedGift(UUID(int=1), UUID(int=2), UUID(int=3), 100, NOW - age, None)
    assert rules.is_given_back_at_once(gift, POLICY, NOW) == (age <= timedelta(hours=POLICY.regret_hours))
    if age > timedelta(days=POLICY.ask_days):
        with pytest.raises(errors.RefundTooLate):
            rules.check_askable(gift, POLICY, NOW)
    else:
        rules.check_askable(gift, POLICY, NOW)


@pytest.mark.parametrize(
    "field", ["ask_days", "answer_working_days", "regret_hours", "unchecked_max_minor", "days_off"]
)
@pytest.mark.parametrize("value", [None, -1, 1.5, True, "5", ["no day"]])
def test_a_rule_that_cannot_be_read_is_refused_by_its_field(field, value):
    body = {
        "ask_days": 1, "answer_working_days": 1, "regret_hours": 1, "unchecked_max_minor": 1, "days_off": [],
        "worked_weekends": [],
    }  # fmt: skip
    rules.read_refund_policy(1, body)
    with pytest.raises(errors.RefundRuleInvalid) as refused:
        rules.read_refund_policy(1, {**body, field: value})
    assert refused.value.facts == {"field": field}


@given(st.none() | st.booleans(), st.booleans(), st.sampled_from([None, "done", "failed"]))
def test_a_refund_only_stands_where_the_steps_before_it_were_taken(is_accepted, is_sent, ended):
    state = rules.compute_refund_state(is_accepted, is_sent, ended)
    if state == RefundState.RETURNED:
        assert is_accepted
        assert is_sent
    assert (state == RefundState.ASKED) == (is_accepted is None)


@given(st.booleans(), st.none() | st.sampled_from(["failed", "cancelled"]))
def test_money_that_moved_last_outranks_everything(captured, ended):
    assert rules.compute_state(captured, ended, NOW, NOW, refunded=True) == GiftState.REFUNDED


terms = st.builds(
    RefundTerms, ids, st.just(1), st.sampled_from(["sandbox", "other"]), amounts, st.just("CNY"),
    st.sampled_from([None, *RefundStatus]), st.sampled_from([None, "r1", "r2"]),
)  # fmt: skip
notices = st.builds(
    RefundNotice, st.sampled_from(["sandbox", "other"]), st.sampled_from(["r1", "r2"]), ids, amounts,
    st.sampled_from(["CNY", "USD"]), st.sampled_from(list(RefundStatus)), st.just(NOW),
)  # fmt: skip


@given(terms, notices, st.booleans())
def test_only_the_whole_payment_back_from_its_own_provider_is_booked(asked, notice, is_same):
    if is_same:
        asked = asked._replace(amount_minor=notice.amount_minor, provider=notice.provider)
    if judge_refund(asked, notice) is None:
        assert (notice.amount_minor, notice.currency, notice.provider) == (asked.amount_minor, "CNY", asked.provider)
        assert asked.ended in (None, notice.status)


@given(ids, ids, ids, amounts, amounts, st.integers(1, 5), st.booleans())
def test_every_promise_ends_in_nothing_or_in_exactly_what_came(
    project, pool, gift_id, given_minor, matched, attempt, is_back
):
    gift = ReturnedGift(gift_id, project, given_minor, attempt)
    award = ReturnedAward(UUID(int=5), pool, gift_id, project, matched)
    promised = [plan_gift_promise(gift), plan_award_promise(award, attempt)]
    ended = [plan_gift_end(gift, is_back), *plan_award_end(award, attempt, is_back)]
    changes = compute_balance_changes([*promised, *ended])
    assert all(pending == 0 for _, _, *sides in changes.values() for pending in sides)
    out = changes[promised[0].debit_id][0]
    assert out == (given_minor + matched if is_back else 0)
    debits, credits = changes[promised[1].credit_id][:2]
    assert debits == credits, "a pool holds nothing of it"
    assert {each.reverses_id is not None for each in ended[:2]} == {is_back}
