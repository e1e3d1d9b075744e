"""Lines of one spelling: read as columns, and no other spelling is taken for it."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from redflower.faces.commands.line_columns import Ending, read_ids, read_instants, read_lines

ENDINGS = (
    Ending((b',"gift":"', ("gift", 36), b'","reason":"yes"}\n')),
    Ending((b',"gift":"', ("gift", 36), b'","reason":"rather not"}\n')),
)
IDS = st.uuids()
AMOUNTS = st.integers(0, 10**18 - 1)
INSTANTS = st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1))  # noqa: DTZ001 - spelled as UTC below


def spell(amount: int, gift: UUID, is_wanted: bool) -> bytes:
    return f'{{"amount_minor":{amount},"gift":"{gift}","reason":"{"yes" if is_wanted else "rather not"}"}}\n'.encode()


def column(*texts: bytes) -> "np.ndarray":
    return np.array(texts, f"V{len(texts[0])}")


@given(st.lists(st.tuples(AMOUNTS, IDS, st.booleans())))
def test_lines_come_back_as_they_were_written(rows):
    lines = read_lines(b"".join(spell(*row) for row in rows), ENDINGS)
    assert lines.amounts.tolist() == [amount for amount, _, _ in rows]
    assert lines.endings.tolist() == [0 if wanted else 1 for _, _, wanted in rows]
    if rows:
        assert read_ids(lines.fields["gift"]) == b"".join(gift.bytes for _, gift, _ in rows)


GIFT = UUID("01990000-0000-7000-8000-000000000001")
WHOLE = spell(120, GIFT, True)


@pytest.mark.parametrize(
    "line",
    [
        WHOLE[:-1],
        WHOLE + b"{",
        b"\n" + WHOLE,
        b" " + WHOLE,
        WHOLE.replace(b"120", b""),
        WHOLE.replace(b"120", b"1" * 19),
        WHOLE.replace(b"120", b"-12"),
        WHOLE.replace(b"120", b'1,"amount_minor":2'),
        WHOLE.replace(b"yes", b"no"),
        WHOLE.replace(b'"gift"', b'"Gift"'),
        WHOLE.replace(b'"}\n', b'"}\r\n'),
        b"\n",
        b"x",
    ],
)
def test_a_line_that_is_spelled_otherwise_is_refused_alone_and_among_others(line: bytes):
    for content in (line, WHOLE + line, line + WHOLE):
        with pytest.raises(ValueError):
            read_lines(content, ENDINGS)


@given(st.lists(IDS, min_size=1))
def test_ids_are_their_bytes(ids):
    assert read_ids(column(*(str(each).encode() for each in ids))) == b"".join(each.bytes for each in ids)


@pytest.mark.parametrize(
    "spelled",
    [str(GIFT).upper().replace("0", "A"), str(GIFT).replace("-", "0"), f"{GIFT}"[1:] + " ", "0-" + f"{GIFT}"[2:]],
)
def test_an_id_of_another_spelling_is_refused(spelled: str):
    with pytest.raises(ValueError):
        read_ids(column(str(GIFT).encode(), spelled.encode()))


@given(st.lists(INSTANTS, min_size=1))
def test_instants_are_microseconds(instants):
    spelled = [each.isoformat(timespec="microseconds").encode() for each in instants]
    since = datetime(1970, 1, 1, tzinfo=UTC)
    expected = [(each.replace(tzinfo=UTC) - since) // timedelta(microseconds=1) for each in instants]
    assert read_instants(column(*spelled)).tolist() == expected


@pytest.mark.parametrize(
    "spelled",
    [
        "2026-09-09 02:00:00.000000",
        "2026-09-09T24:00:00.000000",
        "2026-09-09T02:60:00.000000",
        "2026-09-09T02:00:60.000000",
        "2026-02-30T02:00:00.000000",
        "2026-13-01T02:00:00.000000",
        "2026-09-09T02:00:00,000000",
        "2026-09-09T02:00:00.00000Z",
        "+026-09-09T02:00:00.000000",
    ],
)
def test_an_instant_that_is_none_is_refused(spelled: str):
    with pytest.raises(ValueError):
        read_instants(column(b"2026-09-09T02:00:00.000000", spelled.encode()))
