"""A slice drawn later than promised pays what is expected: no secret in it, no fen too much, every cap kept."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from redflower.domains.festivals.rules.drawing import draw_slice, list_decisions, make_tickets
from redflower.domains.festivals.rules.late import draw_late_slice, is_late
from redflower.domains.festivals.types import AwardReason, Decision, MatchRule, Method, TicketView
from tests.rules.test_draw import (
    OPENS,
    boost_plainly,
    budgets,
    cap_plainly,
    gathered,
    load_preset,
    people,
    rules_of,
    tickets,
)


def decide(
    rule: MatchRule,
    slice_tickets: Sequence[TicketView],
    available: int,
    already: Mapping[UUID, int],
    flowers: Mapping[UUID, int] = MappingProxyType({}),
) -> dict[UUID, Decision]:
    rows = make_tickets(slice_tickets)
    known, counted = ({each.bytes: count for each, count in told.items()} for told in (already, flowers))
    drawn = draw_late_slice(rule, rows, available, known, counted)
    return {decision.gift_id: decision for decision in list_decisions(rows, drawn)}


def decide_plainly(
    rule: MatchRule,
    slice_tickets: Sequence[TicketView],
    available: int,
    already: Mapping[UUID, int],
    flowers: Mapping[UUID, int],
) -> dict[UUID, Decision]:
    """As docs/matching.md tells it, one ticket after the other."""
    listed = sorted(slice_tickets, key=lambda ticket: ticket.gift_id.bytes)
    able = [ticket for ticket in listed if ticket.amount_minor >= rule.gift_min_minor]
    boosts = [boost_plainly(rule, flowers.get(ticket.project_id, 0), None) for ticket in able]
    if rule.method == Method.LOTTERY:
        weights, money = [1] * len(able), len(able) * ((rule.award_min_minor + rule.award_max_minor) // 2)
    else:
        weights = [ticket.amount_minor * boost for ticket, boost in zip(able, boosts, strict=True)]
        money = available
    money = min(money, available)
    whole = sum(weights)
    marks = [money * sum(weights[:place]) // max(whole, 1) for place in range(len(able) + 1)]
    wishes = [after - before for before, after in itertools.pairwise(marks)]
    decided = {each.gift_id: Decision(each.gift_id, 0, AwardReason.BELOW_MINIMUM) for each in listed}
    decided |= {each.gift_id: each for each in cap_plainly(rule, able, wishes, available, already, boosts)}
    return decided


@settings(deadline=None)
@given(
    rules_of(),
    tickets(),
    budgets | st.integers(0, 300) | st.just(2**62),
    st.dictionaries(people, st.integers(0, 2000)),
    gathered,
)
def test_columns_and_the_told_algorithm_decide_alike(rule, slice_tickets, available, already, flowers):
    decided = decide(rule, slice_tickets, available, already, flowers)
    assert decided == decide_plainly(rule, slice_tickets, available, already, flowers)
    assert sum(each.amount_minor for each in decided.values()) <= available


@given(tickets(), budgets)
def test_a_lottery_gives_all_the_same_to_the_fen_and_never_more_than_the_average(slice_tickets, available):
    rule = load_preset("surprise-2024")
    amounts = [each.amount_minor for each in decide(rule, slice_tickets, available, {}).values()]
    assert sum(amounts) == min(available, len(slice_tickets) * 495)
    assert not amounts or max(amounts) - min(amounts) <= 1


@given(tickets(), st.integers(0, 10**6))
def test_a_share_gives_the_whole_slice_by_amount(slice_tickets, available):
    preset = load_preset("random-2018")
    rule = replace(preset, award_max_minor=10**9, award_max_bps=None, person_day_cap_minor=None, gift_min_minor=1)
    decided = decide(rule, slice_tickets, available, {})
    assert sum(each.amount_minor for each in decided.values()) == (available if slice_tickets else 0)
    total = sum(ticket.amount_minor for ticket in slice_tickets)
    for ticket in slice_tickets:
        exact = available * ticket.amount_minor / total
        assert abs(decided[ticket.gift_id].amount_minor - exact) < 1.001


def test_what_is_paid_late_is_what_draws_pay_on_average():
    """Over many seeds a draw of a slice with money enough comes to the expected amount: who waits wins nothing."""
    rule = load_preset("surprise-2024")
    rows = make_tickets([TicketView(UUID(int=n + 1), UUID(int=1), UUID(int=2), 100, OPENS) for n in range(20)])
    drawn = [draw_slice(rule, seed.to_bytes(32, "big"), rows, 10**6, {}).granted_minor for seed in range(2000)]
    late = draw_late_slice(rule, rows, 10**6, {}).granted_minor
    assert late == 20 * 495
    assert abs(sum(drawn) / len(drawn) - late) < 150  # five standard deviations, and half a fen a gift


def test_a_late_share_pays_flowers_what_they_bring_on_average():
    """Two projects, one with flowers: over many seeds its part of a slice is what it is paid late."""
    rule = replace(load_preset("random-2018"), award_max_bps=None, person_day_cap_minor=None, award_max_minor=10**9)
    rows = make_tickets(
        [TicketView(UUID(int=n + 1), UUID(int=1), UUID(int=2 + n % 2), 10_000, OPENS) for n in range(200)]
    )
    flowers, with_flowers = {UUID(int=2).bytes: 99}, slice(None, None, 2)
    drawn = [
        int(draw_slice(rule, seed.to_bytes(32, "big"), rows, 10**6, {}, flowers).amounts[with_flowers].sum())
        for seed in range(600)
    ]
    late = int(draw_late_slice(rule, rows, 10**6, {}, flowers).amounts[with_flowers].sum())
    assert abs(late - 10**6 * 12_000 // 22_000) <= 100  # the middle of 10–30 % more, within a fen a gift
    assert abs(sum(drawn) / len(drawn) - late) < 5 * 20_500 / 600**0.5  # five standard errors


def test_late_begins_behind_the_promised_moment():
    assert not is_late(OPENS, OPENS)
    assert is_late(OPENS, OPENS + timedelta(microseconds=1))
    assert not is_late(None, OPENS)
