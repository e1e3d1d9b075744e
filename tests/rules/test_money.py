"""What is typed is what is charged: reading yuan into fen, and refusing everything else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redflower.kernel.limits import AMOUNT_MAX_MINOR
from redflower.kernel.money import AmountTooLarge, AmountTooSmall, AmountUnreadable, check_amount, parse_yuan

amounts = st.integers(1, AMOUNT_MAX_MINOR)


def spellings(fen: int) -> list[str]:
    """Every way to write an amount that is allowed."""
    yuan, rest = divmod(fen, 100)
    written = [f"{yuan}.{rest:02}"]
    if rest % 10 == 0:
        written.append(f"{yuan}.{rest // 10}")
    if rest == 0:
        written.append(str(yuan))
    return written


@given(amounts)
def test_every_spelling_of_an_amount_is_read_to_the_fen(fen):
    for text in spellings(fen):
        assert parse_yuan(text) == parse_yuan(f" \t{text}\r\n") == fen


@given(st.text())
def test_a_text_is_read_as_it_is_written_or_refused_by_name(text):
    try:
        fen = parse_yuan(text)
    except (AmountUnreadable, AmountTooSmall, AmountTooLarge):
        return
    assert text.strip(" \t\r\n") in spellings(fen)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            " ",
            ".",
            "1.",
            ".5",
            "01",
            "00",
            "0.001",
            "1e2",
            "1E2",
            "+1",
            "-1",
            "-0",
            "−1",
            "1,000",
            "1 000",
            "1_000",
        ),
        *(
            "１０",
            "1０",
            "١٠",
            "十",
            "¥1",
            "1元",
            "NaN",
            "nan",
            "Infinity",
            "inf",
            "0x10",
            "1.2.3",
            "1\x00",
            "\u202e1",
            "1\u200b",
        ),
        *("1\n.5", "9" * 5000, "1/2", "½", "²"),
    ],
)
def test_what_is_no_plain_amount_is_unreadable(text):
    with pytest.raises(AmountUnreadable):
        parse_yuan(text)


@pytest.mark.parametrize("text", ["0", "0.0", "0.00"])
def test_nothing_is_too_small(text):
    with pytest.raises(AmountTooSmall):
        parse_yuan(text)


@pytest.mark.parametrize("text", ["10000000.01", "10000001", str(2**63)])
def test_more_than_one_transfer_carries_is_too_large_and_says_the_limit(text):
    with pytest.raises(AmountTooLarge) as refused:
        parse_yuan(text)
    assert refused.value.facts == {"limit_yuan": "10,000,000"}


@given(st.integers())
def test_an_integer_passes_unchanged_exactly_within_the_bounds(fen):
    if fen < 1:
        with pytest.raises(AmountTooSmall):
            check_amount(fen)
    elif fen > AMOUNT_MAX_MINOR:
        with pytest.raises(AmountTooLarge):
            check_amount(fen)
    else:
        assert check_amount(fen) == fen


@pytest.mark.parametrize("fen", [True, 1.0, float("nan"), "1", None, [1]])
def test_only_an_integer_is_an_amount(fen):
    with pytest.raises(AmountUnreadable):
        check_amount(fen)
