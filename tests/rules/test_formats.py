"""Numbers, money and time as people read them."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redflower.faces.shared import formats

NOW = datetime(2025, 9, 9, 19, 42, tzinfo=UTC)


@pytest.mark.parametrize(
    ("fen", "shown"),
    [(0, "¥0"), (1, "¥0.01"), (10_050, "¥100.50"), (12_840_639, "¥128,406.39"), (500, "¥5"), (-500, "−¥5")],
)
def test_yuan_drops_empty_decimals_and_keeps_every_fen(fen, shown):
    assert formats.yuan(fen, "zh-hans") == formats.yuan(fen, "en") == shown


@given(st.integers(-(10**14), 10**14))
def test_yuan_can_be_read_back_to_the_fen(fen):
    text = formats.yuan(fen, "zh-hans").replace("¥", "").replace(",", "").replace("−", "-")
    yuan, _, decimals = text.partition(".")
    sign = -1 if text.startswith("-") else 1
    assert abs(int(yuan)) * 100 * sign + int(decimals or 0) * sign == fen


@pytest.mark.parametrize(
    ("number", "chinese", "english"),
    [
        (9_999, "9,999", "9,999"),
        (10_000, "1 万", "10K"),
        (128_406, "12.8 万", "128K"),
        (999_999, "99.9 万", "999K"),
        (37_200_000, "3,720 万", "37.2M"),
        (128_406_392, "1.28 亿", "128M"),
    ],
)
def test_short_numbers_count_as_each_language_counts_and_never_round_up(number, chinese, english):
    assert formats.num_short(number, "zh-hans").replace("\N{NO-BREAK SPACE}", " ") == chinese
    assert formats.num_short(number, "en") == english
    assert formats.yuan_short(number * 100, "en") == f"¥{english}"


@pytest.mark.parametrize(
    ("part", "whole", "shown"),
    [
        (6, 10, "60%"),
        (995, 1000, "99%"),
        (1, 10**6, "<0.1%"),
        (37, 1000, "3.7%"),
        (0, 5, "0%"),
        (13, 10, "130%"),
        (1, 0, "0%"),
    ],
)
def test_percentages_say_reached_only_when_reached(part, whole, shown):
    assert formats.pct(part, whole) == shown


def test_days_say_their_year_only_when_it_is_another():
    assert formats.day(NOW, "zh-hans", NOW.date()) == "9月9日"
    assert formats.day(NOW, "zh-hans", date(2026, 1, 1)) == "2025年9月9日"
    assert formats.day(NOW, "en", NOW.date()) == "Sep 9"
    assert formats.moment(NOW, "en", date(2026, 1, 1)) == "Sep 9, 2025, 19:42"


def test_ago_tells_past_and_future_in_words():
    assert formats.ago(NOW - timedelta(seconds=20), NOW, "zh-hans") == "刚刚"
    assert formats.ago(NOW - timedelta(minutes=3), NOW, "zh-hans") == "3 分钟前"
    assert formats.ago(NOW + timedelta(hours=2), NOW, "en") == "in 2 hours"
