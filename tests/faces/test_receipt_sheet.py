"""What a receipt on paper does with long words: nothing runs into its neighbour, no word is broken."""

import pytest
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont

from redflower.faces.proof_site.receipt_pdf import _cut, _runs, _width, _wrap

pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
LONG = "A hot lunch for children in the hills of Daliang — the whole winter, and the next one too"
HAN = "给大凉山孩子的一顿热午餐，让他们在整个冬天里都能吃饱，也让老师们不用再下山背米"


@pytest.mark.parametrize("text", [LONG, HAN, "The gift’s public facts: 第 12,345 条", "x" * 200, ""])
@pytest.mark.parametrize("room", [60, 150, 300])
def test_a_text_is_cut_to_its_room_with_an_ellipsis(text: str, room: int):
    cut = _cut(text, 9.5, room)
    assert _width(cut, 9.5) <= room
    assert cut == text or (cut.endswith("…") and text.startswith(cut[:-1]))


def test_lines_break_between_words_and_before_no_closing_mark():
    lines = _wrap(LONG, 9.5, 150)
    assert " ".join(lines).split() == LONG.split() and len(lines) > 1
    assert all(_width(line, 9.5) <= 150 for line in lines)
    lines = _wrap(HAN, 9.5, 118)
    assert "".join(lines) == HAN and len(lines) > 2
    assert not any(line[0] in "，。" for line in lines)


def test_western_quotes_and_dashes_are_western_where_all_is():
    assert _runs("China’s — “invoice”") == [("Helvetica", "China’s — “invoice”")]
    assert [font for font, _ in _runs("“给”")] == ["STSong-Light"]
