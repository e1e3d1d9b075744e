"""What a gift must be, when it is asked about once more, and where it stands."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redflower.domains.donations import errors
from redflower.domains.donations.rules import (
    GivingHistory,
    GivingPolicy,
    check_gift,
    compute_request_hashes,
    compute_state,
    find_confirmation_reason,
    moderate_message,
)
from redflower.domains.donations.types import GiftColumns, GiftRequest, GiftState, MessageState
from redflower.kernel.errors import Refusal
from redflower.kernel.limits import (
    AMOUNT_MAX_MINOR,
    IDEMPOTENCY_KEY_MAX_CHARS,
    MESSAGE_MAX_CHARS,
    NAME_MAX_CHARS,
)
from redflower.kernel.money import AmountTooLarge, AmountTooSmall, AmountUnreadable

NOON = datetime(2026, 9, 9, 4, 0, tzinfo=UTC)
DONOR, PROJECT = UUID(int=1), UUID(int=2)
GIFT = GiftRequest("key", DONOR, PROJECT, 1000)
POLICY = GivingPolicy()


class TestChecking:
    @pytest.mark.parametrize(
        "change",
        [
            {},
            {"amount_minor": 1},
            {"amount_minor": AMOUNT_MAX_MINOR},
            {"idempotency_key": "k" * IDEMPOTENCY_KEY_MAX_CHARS},
            {"shown_as": "named", "shown_name": "张" * NAME_MAX_CHARS},
            {"shown_as": "pseudonym", "shown_name": " 小满 "},
            {"message": "愿每个孩子\n都吃上热饭 👨‍👩‍👧 <b>"},
            {"message": "长" * MESSAGE_MAX_CHARS},
        ],
    )
    def test_what_a_donor_may_ask_for(self, change):
        check_gift(GIFT._replace(**change))

    @pytest.mark.parametrize(
        ("change", "refusal"),
        [
            ({"idempotency_key": ""}, errors.IdempotencyKeyInvalid),
            ({"idempotency_key": "k" * (IDEMPOTENCY_KEY_MAX_CHARS + 1)}, errors.IdempotencyKeyInvalid),
            ({"idempotency_key": "k\x00"}, errors.IdempotencyKeyInvalid),
            ({"amount_minor": 0}, AmountTooSmall),
            ({"amount_minor": -1}, AmountTooSmall),
            ({"amount_minor": AMOUNT_MAX_MINOR + 1}, AmountTooLarge),
            ({"amount_minor": 2**63}, AmountTooLarge),
            ({"amount_minor": 1.5}, AmountUnreadable),
            ({"amount_minor": True}, AmountUnreadable),
            ({"shown_as": "hero"}, errors.ShownAsUnknown),
            ({"shown_as": ""}, errors.ShownAsUnknown),
            ({"shown_as": "named"}, errors.NameMissing),
            ({"shown_as": "pseudonym", "shown_name": " \u3000"}, errors.NameMissing),
            ({"shown_as": "named", "shown_name": "张\n三"}, errors.TextUnreadable),
            ({"shown_as": "named", "shown_name": "\u202e三张"}, errors.TextUnreadable),
            ({"shown_as": "named", "shown_name": "张" * (NAME_MAX_CHARS + 1)}, errors.NameTooLong),
            ({"message": "\x00"}, errors.TextUnreadable),
            ({"message": "\ud800"}, errors.TextUnreadable),
            ({"message": "\ufeff"}, errors.TextUnreadable),
            ({"message": "长" * (MESSAGE_MAX_CHARS + 1)}, errors.MessageTooLong),
        ],
    )
    def test_each_fault_has_its_name(self, change, refusal):
        with pytest.raises(refusal) as refused:
            check_gift(GIFT._replace(**change))
        assert refused.value.sentence.format(**refused.value.facts)

    def test_faults_are_told_in_the_order_that_is_written(self):
        worst = GiftRequest("", DONOR, PROJECT, 0, "hero", "\x00" * 99, "\x00" * 999)
        mended = [
            ({}, errors.IdempotencyKeyInvalid),
            ({"idempotency_key": "key"}, AmountTooSmall),
            ({"amount_minor": 1}, errors.ShownAsUnknown),
            ({"shown_as": "named"}, errors.TextUnreadable),
            ({"shown_name": " ", "message": "长" * 999}, errors.NameMissing),
            ({"shown_name": "名" * 99}, errors.NameTooLong),
            ({"shown_name": "名"}, errors.MessageTooLong),
        ]
        for change, refusal in mended:
            worst = worst._replace(**change)
            with pytest.raises(refusal):
                check_gift(worst)
        check_gift(worst._replace(message=""))

    @given(
        st.text(max_size=80),
        st.integers() | st.floats() | st.booleans() | st.text(),
        st.text(),
        st.text(),
        st.text(max_size=250),
    )
    def test_whatever_is_sent_is_taken_or_refused_by_name(self, key, amount, shown_as, name, message):
        try:
            check_gift(GiftRequest(key, DONOR, PROJECT, amount, shown_as, name, message))
        except Refusal as refusal:
            assert refusal.code


def compute_request_hash(request):
    key, donor, project, *rest = request
    [found] = compute_request_hashes(GiftColumns(*([each] for each in (key, donor.bytes, project.bytes, *rest))))
    return found


class TestSameRequest:
    def test_what_would_change_the_gift_changes_the_hash(self):
        changes = [
            {"amount_minor": 1001},
            {"project_id": DONOR},
            {"shown_as": "named"},
            {"shown_name": "小满"},
            {"message": "加油"},
        ]
        hashes = {compute_request_hash(GIFT._replace(**change)) for change in [{}, *changes]}
        assert len(hashes) == len(changes) + 1

    def test_who_asks_under_which_key_and_where_does_not(self):
        other = GIFT._replace(idempotency_key="other", donor_id=PROJECT, channel="api")
        assert compute_request_hash(other) == compute_request_hash(GIFT)


class TestModeration:
    @pytest.mark.parametrize("message", ["", " ", "\n\t\u3000"])
    def test_nothing_said_needs_no_moderator(self, message):
        assert moderate_message(message, ()) == MessageState.NONE

    @pytest.mark.parametrize("message", ["加油！", "2026 年，3 个孩子", "thank you ❤", "1 2 3 4 5 6"])
    def test_kind_words_are_shown_at_once(self, message):
        assert moderate_message(message, ("加v",)) == MessageState.SHOWN

    @pytest.mark.parametrize(
        "message",
        [
            "https://a.example",
            "看 WWW.a.example",
            "<b>大</b>",
            "138 0000 1111",
            "１３８００００",
            "想赚钱加V",
            "  加v  ",
        ],
    )
    def test_links_markup_numbers_and_listed_words_wait(self, message):
        assert moderate_message(message, ("加v",)) == MessageState.HELD


class TestAskingOnceMore:
    @pytest.mark.parametrize(
        ("amount", "settled", "this_hour", "reason"),
        [
            (99_999, [], 0, None),
            (100_000, [], 0, "first_large"),
            (100_000, [50_000], 0, None),
            (1, [1], 3, None),
            (1, [1], 4, "many_in_hour"),
            (9_999, [100], 0, None),  # far above, but not worth asking twice
            (10_000, [100], 0, "far_above_usual"),
            (19_999, [1000, 2000, 50_000], 0, None),
            (20_000, [1000, 2000, 50_000], 0, "far_above_usual"),
            (100_000, [], 9, "first_large"),
        ],
    )
    def test_a_first_large_gift_a_fifth_in_an_hour_and_ten_times_the_usual(self, amount, settled, this_hour, reason):
        assert find_confirmation_reason(amount, GivingHistory(settled, this_hour), POLICY) == reason

    @given(
        st.lists(st.integers(1, 10**6), max_size=20), st.integers(0, 9), st.integers(1, 10**9), st.integers(0, 10**9)
    )
    def test_whoever_is_asked_for_an_amount_is_asked_for_every_larger_one(self, settled, this_hour, amount, more):
        history = GivingHistory(settled, this_hour)
        if find_confirmation_reason(amount, history, POLICY):
            assert find_confirmation_reason(amount + more, history, POLICY)


class TestState:
    @given(st.booleans(), st.sampled_from([None, "failed", "cancelled"]), st.integers(-100, 100))
    def test_money_that_moved_outranks_an_end_and_an_end_outranks_the_clock(self, captured, ended, seconds):
        now = NOON + timedelta(seconds=seconds)
        expected = (
            GiftState.SETTLED
            if captured
            else GiftState(ended)
            if ended
            else GiftState.EXPIRED
            if seconds > 0
            else GiftState.PENDING
        )
        assert compute_state(captured, ended, NOON, now) == expected
