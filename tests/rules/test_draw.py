"""The fair draw: what holds for every slice, every rule and every order in which its gifts arrived."""

import hashlib
import hmac
import itertools
import json
import struct
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from importlib import resources
from types import MappingProxyType
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from redflower.domains.festivals.errors import RuleSetInvalid
from redflower.domains.festivals.rules import (
    BONUS_MAX_BPS,
    assign_slice,
    compute_phase,
    count_slices,
    due_through,
    read_rule,
)
from redflower.domains.festivals.rules.bonuses import find_next_tier, find_tier
from redflower.domains.festivals.rules.drawing import (
    FULL_BPS,
    add_awards,
    draw_slice,
    gifts_root,
    list_decisions,
    make_tickets,
)
from redflower.domains.festivals.types import (
    AwardReason,
    Decision,
    FestivalPhase,
    FlowerTier,
    MatchRule,
    Method,
    TicketView,
)
from redflower.kernel.draw import (
    commit_secret,
    draw_chance,
    released_budget,
    slice_seed,
    split_by_weight,
)
from redflower.kernel.merkle import root_hash
from tests.draw_world import make_draw

OPENS = datetime(2026, 9, 7, 1, 0, tzinfo=UTC)


def derived(number: int) -> UUID:
    """A made-up id, always the same."""
    return UUID(bytes=hashlib.sha256(bytes([number])).digest()[:16])


SOME_ID = derived(0)

seeds = st.binary(min_size=32, max_size=32)
uuids = st.uuids()
people = st.integers(1, 5).map(derived)
budgets = st.integers(0, 10**8)


class TestArithmetic:
    @given(st.integers(0, 10**12), st.lists(st.integers(0, 10**9), max_size=50))
    def test_a_split_is_exact_and_every_part_within_one_unit_of_its_share(self, budget, weights):
        parts = split_by_weight(budget, weights)
        assert len(parts) == len(weights)
        if sum(weights) == 0:
            assert not any(parts)
            return
        assert sum(parts) == budget
        for part, weight in zip(parts, weights, strict=True):
            assert part >= 0
            assert abs(part - Fraction(budget * weight, sum(weights))) < 1

    @given(st.integers(1, 10**12), st.integers(1, 10**5), st.data())
    def test_a_pool_is_released_evenly_and_whole(self, budget, slices, data):
        assert released_budget(budget, slices, -1) == 0
        assert released_budget(budget, slices, slices - 1) == released_budget(budget, slices, slices + 7) == budget
        number = data.draw(st.integers(0, slices - 1))
        step = released_budget(budget, slices, number) - released_budget(budget, slices, number - 1)
        assert budget // slices <= step <= -(-budget // slices)

    @given(seeds, st.integers(0, 40))
    def test_chance_is_the_blocks_of_a_keyed_hash_two_tickets_each(self, seed, tickets):
        blocks = [
            hmac.new(seed, b"draw" + struct.pack(">I", number), hashlib.sha256).digest() for number in range(1, 21)
        ]
        assert draw_chance(seed, tickets) == b"".join(blocks)[: 16 * tickets]

    def test_every_number_of_a_range_is_drawn_about_as_often(self):
        chance = draw_chance(bytes(32), 9_000)
        counts = Counter(int.from_bytes(chance[at + 8 : at + 16], "big") % 9 for at in range(0, len(chance), 16))
        assert set(counts) == set(range(9))
        assert all(850 < count < 1150 for count in counts.values())  # 1000 each; five standard deviations

    def test_nobody_is_favoured_by_the_seed(self):
        def first(number: int) -> int:
            chance = draw_chance(number.to_bytes(2, "big"), 4)
            return min(range(4), key=lambda place: chance[16 * place : 16 * place + 8])

        firsts = Counter(first(number) for number in range(4000))
        assert all(850 < firsts[place] < 1150 for place in range(4))

    @given(seeds, st.integers(0, 2**40), st.binary(min_size=32, max_size=32), st.binary(max_size=8))
    def test_a_seed_follows_from_everything_that_was_published_and_from_the_secret(self, secret, number, root, beacon):
        seed = slice_seed(secret, number, root, beacon)
        message = number.to_bytes(8, "big") + root + beacon
        assert seed == hmac.new(secret, message, hashlib.sha256).digest()
        assert seed != slice_seed(secret, number + 1, root, beacon)
        assert seed != slice_seed(secret, number, bytes([root[0] ^ 1]) + root[1:], beacon)
        assert seed != slice_seed(secret + b"x", number, root, beacon)

    def test_a_commitment_is_the_plain_sha_256_of_the_secret(self):
        assert commit_secret(b"abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


projects = st.integers(1, 4).map(lambda number: derived(100 + number))


@st.composite
def tickets(draw: st.DrawFn) -> list[TicketView]:
    gifts = draw(st.lists(uuids, unique=True, max_size=25))
    return [
        TicketView(gift, draw(people), draw(projects), draw(st.integers(1, 10**6)), OPENS + timedelta(seconds=place))
        for place, gift in enumerate(gifts)
    ]


gathered = st.dictionaries(projects, st.integers(0, 300))  # flowers, by project


@st.composite
def tiers(draw: st.DrawFn) -> tuple[FlowerTier, ...]:
    found = []
    for flowers_from in sorted(draw(st.lists(st.integers(1, 200), unique=True, max_size=3))):
        least = draw(st.integers(0, BONUS_MAX_BPS))
        found.append(FlowerTier(flowers_from, least, draw(st.integers(least, BONUS_MAX_BPS))))
    return tuple(found)


@st.composite
def rules_of(draw: st.DrawFn) -> MatchRule:
    low = draw(st.integers(1, 1000))
    light = draw(st.integers(1, 100))
    method = draw(st.sampled_from(Method))
    return MatchRule(
        code="any",
        version=1,
        method=method,
        gift_min_minor=draw(st.sampled_from([1, 100, 5000])),
        award_min_minor=low,
        award_max_minor=low + draw(st.integers(0, 10**5)),
        award_max_bps=draw(st.none() | st.integers(1, 3 * FULL_BPS)),
        person_day_cap_minor=draw(st.none() | st.integers(1, 10**5)),
        weight_low=light,
        weight_high=light + draw(st.integers(0, 100)),
        flower_tiers=draw(tiers()) if method == Method.SHARE else (),
    )


def boost_plainly(rule: MatchRule, flowers: int, number: int | None) -> int:
    """What so many flowers make of a weight and a cap, in basis points, for a ticket with this number left of its chance;
    None for the middle of its tier."""
    boost = FULL_BPS
    for tier in rule.flower_tiers:
        if flowers >= tier.flowers_from:
            middle = (tier.least_bps + tier.most_bps) // 2
            drawn = middle if number is None else tier.least_bps + number % (tier.most_bps - tier.least_bps + 1)
            boost = FULL_BPS + drawn
    return boost


def cap_plainly(
    rule: MatchRule,
    turns: Sequence[TicketView],
    wishes: Sequence[int],
    available: int,
    already: Mapping[UUID, int],
    boosts: Sequence[int] = (),
) -> list[Decision]:
    """What caps and budget leave of each wish, one turn after the other."""
    left, had, decisions = available, dict(already), []
    for ticket, wish, boost in zip(turns, wishes, boosts or [FULL_BPS] * len(turns), strict=True):
        cap, before = rule.person_day_cap_minor, had.get(ticket.person_id, 0)
        amount, reason = 0, AwardReason.AWARDED
        if left == 0:
            reason = AwardReason.BUDGET_SPENT
        elif wish == 0:
            reason = AwardReason.SHARE_BELOW_ONE_FEN
        elif cap is not None and before >= cap:
            reason = AwardReason.PERSON_CAP_REACHED
        else:
            amount = min(wish, left, rule.award_max_minor)
            if cap is not None:
                amount = min(amount, cap - before)
            if rule.award_max_bps is not None:
                amount = min(amount, max(ticket.amount_minor * rule.award_max_bps * boost // 100_000_000, 1))
        left -= amount
        had[ticket.person_id] = before + amount
        decisions.append(Decision(ticket.gift_id, amount, reason))
    return decisions


def draw_plainly(
    rule: MatchRule,
    seed: bytes,
    tickets: Sequence[TicketView],
    available: int,
    already: Mapping[UUID, int],
    flowers: Mapping[UUID, int],
) -> list[Decision]:
    """The draw as docs/matching.md tells it, one ticket after the other: the second, simpler mind."""
    listed = sorted(tickets, key=lambda ticket: ticket.gift_id.bytes)
    ranked = []
    for place, ticket in enumerate(listed):
        block = hmac.new(seed, b"draw" + struct.pack(">I", place // 2 + 1), hashlib.sha256).digest()
        chance = block[16:] if place % 2 else block[:16]
        if ticket.amount_minor >= rule.gift_min_minor:
            ranked.append((chance[:8], place, int.from_bytes(chance[8:], "big")))
    ranked.sort()
    low, high = (
        (rule.award_min_minor, rule.award_max_minor)
        if rule.method == Method.LOTTERY
        else (rule.weight_low, rule.weight_high)
    )
    wishes = [low + number % (high - low + 1) for _, _, number in ranked]
    boosts = [
        boost_plainly(rule, flowers.get(listed[place].project_id, 0), number // (high - low + 1))
        for _, place, number in ranked
    ]
    if rule.method == Method.SHARE:
        weights = [
            listed[place].amount_minor * wish * boost
            for (_, place, _), wish, boost in zip(ranked, wishes, boosts, strict=True)
        ]
        totals = [sum(weights[:end]) for end in range(len(weights) + 1)]
        marks = [available * total // max(totals[-1], 1) for total in totals]
        wishes = [after - before for before, after in itertools.pairwise(marks)]
    decisions = cap_plainly(rule, [listed[place] for _, place, _ in ranked], wishes, available, already, boosts)
    below = [each for each in listed if each.amount_minor < rule.gift_min_minor]
    return decisions + [Decision(each.gift_id, 0, AwardReason.BELOW_MINIMUM) for each in below]


def decide(
    rule: MatchRule,
    seed: bytes,
    tickets: Sequence[TicketView],
    available: int,
    already: Mapping[UUID, int],
    flowers: Mapping[UUID, int] = MappingProxyType({}),
) -> list[Decision]:
    rows = make_tickets(tickets)
    known = {person.bytes: fen for person, fen in already.items()}
    counted = {project.bytes: count for project, count in flowers.items()}
    return list_decisions(rows, draw_slice(rule, seed, rows, available, known, counted))


class TestSlice:
    @settings(deadline=None)
    @given(rules_of(), seeds, tickets(), budgets | st.integers(0, 300) | st.just(2**62), gathered, st.randoms())
    def test_columns_and_the_told_algorithm_decide_alike_in_whatever_order_gifts_came(
        self, rule, seed, slice_tickets, available, flowers, random
    ):
        already = {ticket.person_id: random.randrange(2000) for ticket in slice_tickets[::2]}
        decisions = decide(rule, seed, slice_tickets, available, already, flowers)
        assert decisions == draw_plainly(rule, seed, slice_tickets, available, already, flowers)
        shuffled = random.sample(slice_tickets, len(slice_tickets))
        assert decisions == decide(rule, seed, shuffled, available, already, flowers)
        assert sorted(decision.gift_id for decision in decisions) == sorted(ticket.gift_id for ticket in slice_tickets)
        assert sum(decision.amount_minor for decision in decisions) <= available

    @settings(deadline=None)
    @given(rules_of(), seeds, tickets(), gathered)
    def test_numbers_beyond_any_machine_word_are_counted_exactly(self, rule, seed, slice_tickets, flowers):
        large = replace(
            rule, award_max_minor=2**63 - 1, award_max_bps=2**62, weight_high=2**63 - 1, person_day_cap_minor=2**63 - 1
        )
        expected = draw_plainly(large, seed, slice_tickets, 2**63 - 1, {}, flowers)
        assert decide(large, seed, slice_tickets, 2**63 - 1, {}, flowers) == expected

    @given(rules_of(), seeds, tickets(), budgets)
    def test_what_a_slice_gave_counts_for_its_people_in_the_next(self, rule, seed, slice_tickets, available):
        rows = make_tickets(slice_tickets)
        first: dict[bytes, int] = {derived(1).bytes: 3}
        drawn = draw_slice(rule, seed, rows, available, first)
        add_awards(first, rows, drawn)
        person_of = {ticket.gift_id: ticket.person_id for ticket in slice_tickets}
        told = Counter({derived(1): 3})
        for decision in list_decisions(rows, drawn):
            told[person_of[decision.gift_id]] += decision.amount_minor
        assert {UUID(bytes=person): fen for person, fen in first.items()} == {k: v for k, v in told.items() if v}

    @given(rules_of(), seeds, tickets(), budgets, gathered)
    def test_every_award_keeps_every_limit_and_every_reason_is_true(
        self, rule, seed, slice_tickets, available, flowers
    ):
        by_gift = {ticket.gift_id: ticket for ticket in slice_tickets}
        awarded: dict[object, int] = defaultdict(int)
        left = available
        for decision in decide(rule, seed, slice_tickets, available, {}, flowers):
            ticket = by_gift[decision.gift_id]
            cap = rule.person_day_cap_minor
            full = cap is not None and awarded[ticket.person_id] >= cap
            awarded[ticket.person_id] += decision.amount_minor
            assert (decision.amount_minor > 0) == (decision.reason == AwardReason.AWARDED)
            assert decision.amount_minor <= min(rule.award_max_minor, left)
            if rule.award_max_bps is not None and decision.amount_minor > 1:
                tier = find_tier(rule.flower_tiers, flowers.get(ticket.project_id, 0))
                most = rule.award_max_bps * (FULL_BPS + (tier.most_bps if tier else 0))
                assert decision.amount_minor * FULL_BPS**2 <= ticket.amount_minor * most
            assert cap is None or awarded[ticket.person_id] <= cap
            match decision.reason:
                case AwardReason.BELOW_MINIMUM:
                    assert ticket.amount_minor < rule.gift_min_minor
                case AwardReason.BUDGET_SPENT:
                    assert left == 0
                case AwardReason.PERSON_CAP_REACHED:
                    assert full
                case AwardReason.SHARE_BELOW_ONE_FEN:
                    assert rule.method == Method.SHARE
            if decision.reason != AwardReason.BELOW_MINIMUM:
                assert ticket.amount_minor >= rule.gift_min_minor
            left -= decision.amount_minor

    @given(rules_of(), seeds, tickets(), budgets, gathered, tiers())
    def test_a_share_without_limits_gives_the_whole_slice_to_the_fen(
        self, rule, seed, slice_tickets, available, flowers, flower_tiers
    ):
        free = replace(
            rule,
            method=Method.SHARE,
            gift_min_minor=1,
            award_max_minor=10**9,
            award_max_bps=None,
            person_day_cap_minor=None,
            flower_tiers=flower_tiers,
        )
        decisions = decide(free, seed, slice_tickets, available, {}, flowers)
        assert sum(decision.amount_minor for decision in decisions) == (available if slice_tickets else 0)

    @given(rules_of(), seeds, tickets(), budgets)
    def test_below_the_least_tier_nothing_changes(self, rule, seed, slice_tickets, available):
        plain = replace(rule, flower_tiers=())
        flowers = {
            ticket.project_id: min((tier.flowers_from for tier in rule.flower_tiers), default=300) - 1
            for ticket in slice_tickets
        }
        expected = decide(plain, seed, slice_tickets, available, {})
        assert decide(rule, seed, slice_tickets, available, {}, flowers) == expected
        assert decide(rule, seed, slice_tickets, available, {}) == expected
        assert decide(plain, seed, slice_tickets, available, {}, flowers) == expected

    @pytest.mark.parametrize(
        ("world", "pinned"),
        [
            ({}, "6adaf1ed0a3bb80ae43f706de4b1dc3453f175d902ec50b8c417a0ba63aba6a6"),
            ({"flower_tiers": []}, "6adaf1ed0a3bb80ae43f706de4b1dc3453f175d902ec50b8c417a0ba63aba6a6"),
            (
                {"person_day_cap_minor": 700, "budget_minor": 90_000, "late_from": 5},
                "09c7ced1d03ec70633c813f414e67053991f980d55e8c35484e2561ff4725186",
            ),
            (
                {"code": "surprise-2024", "beacon": True},
                "9edfa7123ef3685d3efed5755e9a3b4751aa5fb1acb788ebce15414ec6370e43",
            ),
        ],
    )
    def test_without_flowers_every_award_is_what_it_was_before_there_was_a_bonus(self, world, pinned):
        """300 gifts in 12 slices; the hashes are those of slices and awards as drawn by `random-2018@1`."""
        files, whole = make_draw(gifts=300, **world), hashlib.sha256()
        for name in sorted(files):
            if name.startswith(("slices", "awards")):
                whole.update(name.encode() + files[name])
        assert whole.hexdigest() == pinned

    def test_every_bonus_of_a_tier_is_drawn_about_as_often_whatever_the_chance(self):
        rule = load_preset("random-2018")
        rows = make_tickets([TicketView(UUID(int=n + 1), SOME_ID, SOME_ID, 100, OPENS) for n in range(20_000)])
        drawn = draw_slice(rule, bytes(32), rows, 10**6, {}, {SOME_ID.bytes: 40})
        assert drawn.boosts is not None
        by_boost = Counter((drawn.boosts - FULL_BPS).tolist())
        assert (min(by_boost), max(by_boost), len(by_boost)) == (500, 1000, 501)
        assert all(15 < count < 75 for count in by_boost.values())  # 40 each; more than five standard deviations
        high = drawn.chances > 50
        assert abs(drawn.boosts[high].mean() - drawn.boosts[~high].mean()) < 10  # five standard deviations of 144 / 70

    @given(seeds, tickets(), budgets)
    def test_a_lottery_stops_only_when_the_slice_is_spent(self, seed, slice_tickets, available):
        preset = load_preset("surprise-2024")
        decisions = decide(preset, seed, slice_tickets, available, {})
        granted = sum(decision.amount_minor for decision in decisions)
        if any(decision.reason == AwardReason.BUDGET_SPENT for decision in decisions):
            assert granted == available
        assert all(decision.amount_minor <= 990 for decision in decisions)

    @given(tickets(), st.data())
    def test_the_root_fixes_every_fact_of_every_ticket_and_not_their_order(self, slice_tickets, data):
        root = gifts_root(make_tickets(slice_tickets))
        assert gifts_root(make_tickets(data.draw(st.permutations(slice_tickets)))) == root
        if not slice_tickets:
            return
        place = data.draw(st.integers(0, len(slice_tickets) - 1))
        ticket = slice_tickets[place]
        changes = [
            {"amount_minor": ticket.amount_minor + 1},
            {"paid_at": ticket.paid_at + timedelta(microseconds=1)},
            {"person_id": SOME_ID},
            {"project_id": SOME_ID},
        ]
        others = slice_tickets[:place], slice_tickets[place + 1 :]
        for change in changes:
            assert gifts_root(make_tickets([*others[0], ticket._replace(**change), *others[1]])) != root
        assert gifts_root(make_tickets([*others[0], *others[1]])) != root

    @pytest.mark.parametrize("count", [0, 1, 255, 256, 257, 700])
    def test_a_page_of_the_tree_is_256_tickets_of_64_bytes(self, count):
        views = [
            TicketView(UUID(int=n + 1), SOME_ID, SOME_ID, n + 1, OPENS + n * timedelta(microseconds=1))
            for n in range(count)
        ]
        started = (OPENS - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
        rows = [
            struct.pack(">16s16s16sqq", UUID(int=n + 1).bytes, SOME_ID.bytes, SOME_ID.bytes, n + 1, started + n)
            for n in range(count)
        ]
        pages = [b"".join(rows[start : start + 256]) for start in range(0, count, 256)]
        assert gifts_root(make_tickets(views)) == root_hash(pages)


def load_body(code: str) -> dict[str, object]:
    text = (resources.files("redflower.domains.festivals") / "presets" / f"{code}.json").read_text("utf-8")
    return json.loads(text)["body"]


def load_preset(code: str) -> MatchRule:
    return read_rule(code, 1, load_body(code))


class TestReadingRules:
    @pytest.mark.parametrize("code", ["surprise-2024", "random-2018"])
    def test_the_presets_can_be_read(self, code):
        assert load_preset(code).label == f"{code}@1"

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            *(("method", value) for value in (None, "luck", 1)),
            *(("gift_min_minor", value) for value in (None, 0, -1, 1.0, True, "1")),
            ("award_min_minor", 0),
            ("award_max_minor", 0),
            ("award_max_bps", 0),
            ("person_day_cap_minor", 0.5),
            ("weight_low", None),
            ("weight_high", 0),
            ("projects_per_giver", None),
            ("projects_per_giver", 0),
            *(
                ("flower_tiers", value)
                for value in (
                    39,
                    {"from": 39},
                    [39],
                    [{"from": 39, "least_bps": 5}],
                    [{"from": 39, "least_bps": 6, "most_bps": 5}],
                    [{"from": 39, "least_bps": 0, "most_bps": 10_001}],
                    [{"from": 39, "least_bps": 0, "most_bps": 1, "to": 98}],
                    [{"from": n, "least_bps": 0, "most_bps": 1} for n in (39, 39)],
                )
            ),
        ],
    )
    def test_a_value_that_is_no_rule_is_named(self, field, value):
        with pytest.raises(RuleSetInvalid) as refused:
            read_rule("random-2018", 1, {**load_body("random-2018"), field: value})
        assert refused.value.facts == {"field": field}

    @pytest.mark.parametrize("field", ["from", "least_bps", "most_bps"])
    def test_a_number_of_a_tier_that_is_none_is_named(self, field):
        for value in (None, -1, 0.5, True, 2**63):
            tier = {"from": 39, "least_bps": 5, "most_bps": 6, field: value}
            with pytest.raises(RuleSetInvalid) as refused:
                read_rule("random-2018", 1, {**load_body("random-2018"), "flower_tiers": [tier]})
            assert refused.value.facts["field"] in (field, "flower_tiers")

    def test_only_a_share_has_tiers(self):
        body = load_body("surprise-2024") | {"flower_tiers": load_body("random-2018")["flower_tiers"]}
        with pytest.raises(RuleSetInvalid) as refused:
            read_rule("any", 1, body | {"projects_per_giver": 10})
        assert refused.value.facts == {"field": "flower_tiers"}

    def test_the_tier_of_flowers_and_the_one_that_comes_next(self):
        tiers = load_preset("random-2018").flower_tiers
        found = {flowers: find_tier(tiers, flowers) for flowers in (0, 38, 39, 98, 99, 10**6)}
        assert [tier and tier.flowers_from for tier in found.values()] == [None, None, 39, 39, 99, 99]
        coming = [find_next_tier(tiers, flowers) for flowers in found]
        assert [tier and tier.flowers_from for tier in coming] == [39, 39, 99, 99, None, None]

    def test_ranges_must_not_be_upside_down(self):
        body = load_body("random-2018")
        for field, other in (("award_max_minor", "award_min_minor"), ("weight_high", "weight_low")):
            with pytest.raises(RuleSetInvalid) as refused:
                read_rule("random-2018", 1, {**body, field: 5, other: 6})
            assert refused.value.facts == {"field": field}


@st.composite
def hours(draw: st.DrawFn) -> tuple[datetime, datetime, int]:
    seconds = draw(st.integers(1, 60))
    return OPENS, OPENS + timedelta(seconds=draw(st.integers(1, 5000))), seconds


offsets = st.integers(-100, 5200).map(lambda seconds: timedelta(seconds=seconds))


class TestTime:
    @given(hours())
    def test_slices_cover_the_hours_and_no_more(self, festival):
        opens, closes, seconds = festival
        slices = count_slices(opens, closes, seconds)
        assert timedelta(seconds=seconds) * (slices - 1) < closes - opens <= timedelta(seconds=seconds) * slices

    @given(hours(), offsets, offsets, offsets, st.integers(-1, 5000))
    def test_a_gift_never_joins_a_drawn_slice_nor_one_outside_the_hours(self, festival, intent, paid, noticed, drawn):
        opens, closes, seconds = festival
        slices = count_slices(opens, closes, seconds)
        drawn = min(drawn, slices - 1)
        slice_no = assign_slice(opens, closes, seconds, drawn, opens + intent, opens + paid, opens + noticed)
        effective = opens + min(max(paid, intent), noticed)
        if slice_no is None:
            assert not opens <= effective < closes or drawn >= (effective - opens) // timedelta(seconds=seconds)
            return
        assert drawn < slice_no < slices
        assert opens <= effective < closes
        assert effective < opens + timedelta(seconds=seconds) * (slice_no + 1)  # never a slice before its payment

    @given(hours(), offsets)
    def test_without_lateness_the_slice_is_that_of_the_payment(self, festival, paid):
        opens, closes, seconds = festival
        at = opens + paid
        slice_no = assign_slice(opens, closes, seconds, -1, at - timedelta(minutes=1), at, at + timedelta(minutes=1))
        if opens <= at < closes:
            assert slice_no == int(paid.total_seconds()) // seconds
        else:
            assert slice_no is None

    def test_a_payment_time_cannot_be_before_the_intent_nor_after_the_notice(self):
        closes = OPENS + timedelta(hours=1)
        minute = timedelta(minutes=1)

        def slice_of(intent: int, paid: int, noticed: int) -> int | None:
            return assign_slice(
                OPENS, closes, 60, -1, OPENS + intent * minute, OPENS + paid * minute, OPENS + noticed * minute
            )

        assert slice_of(10, 5, 20) == 10
        assert slice_of(10, 50, 20) == 20
        assert slice_of(10, 15, 20) == 15

    @given(hours(), st.integers(0, 30), st.integers(-10, 5200), st.integers(0, 100))
    def test_a_slice_is_due_exactly_when_its_end_and_the_allowance_have_passed(
        self, festival, allowance, elapsed, more
    ):
        opens, closes, seconds = festival
        slices = count_slices(opens, closes, seconds)
        now = opens + timedelta(seconds=elapsed)
        due = due_through(opens, slices, seconds, allowance, now)
        ended = [number for number in range(slices) if (number + 1) * seconds + allowance <= elapsed]
        assert due == max(ended, default=-1)
        assert due <= due_through(opens, slices, seconds, allowance, now + timedelta(seconds=more))

    def test_a_festival_passes_through_its_phases(self):
        closes, second = OPENS + timedelta(hours=1), timedelta(seconds=1)

        def phase(now: datetime, drawn: int) -> FestivalPhase:
            return compute_phase(OPENS, closes, 720, drawn, now)

        assert phase(OPENS - second, -1) == FestivalPhase.UPCOMING
        assert phase(OPENS, -1) == FestivalPhase.RUNNING
        assert phase(closes - second, 700) == FestivalPhase.RUNNING
        assert phase(closes, 718) == FestivalPhase.DRAWING
        assert phase(closes, 719) == FestivalPhase.OVER
