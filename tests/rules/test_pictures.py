"""The projects' pictures: every motif in every palette draws, stays small and stays safe to inline."""

import re
from xml.etree import ElementTree

import pytest

from redflower.faces.shared.picture_art.card import wrap
from redflower.faces.shared.pictures import MOTIFS, PALETTES, draw_charity_mark, draw_picture, draw_share_card

MOST_BYTES = 9000
SVG = "{http://www.w3.org/2000/svg}"
DRAWN = {"svg", "g", "path", "rect", "circle", "ellipse", "text", "title"}
DEFINED = {"defs", "linearGradient", "radialGradient", "stop", "clipPath", "filter", "feDropShadow"}
ALLOWED = {SVG + name for name in DRAWN | DEFINED}


def parse(text: str) -> ElementTree.Element:
    return ElementTree.fromstring(text)


def assert_safe(text: str) -> ElementTree.Element:
    """Nothing that a strict content security policy would refuse, and every reference resolves inside."""
    root = parse(text)
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    for element in root.iter():
        assert element.tag in ALLOWED
        names = {name.split("}")[-1] for name in element.attrib}
        assert not names & {"style", "class", "href", "src"}
        assert not any(name.startswith("on") for name in names)
    assert set(re.findall(r"url\(#([^)]+)\)", text)) <= set(ids)
    assert not re.search(r"\b(nan|inf)\b", text)
    return root


@pytest.mark.parametrize("motif", MOTIFS)
def test_a_motif_draws_in_every_palette(motif: str) -> None:
    for palette in PALETTES:
        text = draw_picture(motif, palette, 7)
        root = assert_safe(text)
        assert root.get("viewBox") == "0 0 1200 675"
        assert len(text.encode()) < MOST_BYTES


@pytest.mark.parametrize("motif", MOTIFS)
def test_any_seed_stays_in_size_and_hides_one_flower(motif: str) -> None:
    for seed in (*range(12), -1, 2**40):
        text = draw_picture(motif, "wheat", seed)
        assert_safe(text)
        assert len(text.encode()) < MOST_BYTES
        assert text.count('fill="#c8161d"') == 1


@pytest.mark.parametrize("motif", MOTIFS)
def test_the_same_arguments_draw_the_same_picture(motif: str) -> None:
    assert draw_picture(motif, "tea", 3) == draw_picture(motif, "tea", 3)
    assert draw_picture(motif, "tea", 3) != draw_picture(motif, "tea", 4)


def test_two_pictures_on_one_page_share_no_ids() -> None:
    def ids(text: str) -> set[str]:
        return set(re.findall(r' id="([^"]+)"', text))

    seen: set[str] = set()
    for motif in MOTIFS:
        for palette in PALETTES:
            found = ids(draw_picture(motif, palette, 1))
            assert not found & seen
            seen |= found


def test_size_is_what_was_asked() -> None:
    root = parse(draw_picture("river", "river", 1, 358, 200))
    assert (root.get("width"), root.get("height")) == ("358", "200")


def test_unknown_names_are_refused() -> None:
    with pytest.raises(ValueError, match="unknown motif"):
        draw_picture("dragon", "tea", 1)
    with pytest.raises(ValueError, match="unknown palette"):
        draw_picture("tree", "neon", 1)
    with pytest.raises(ValueError, match="unknown palette"):
        draw_charity_mark("心", "neon", 1)


@pytest.mark.parametrize("palette", PALETTES)
def test_a_charity_mark_carries_its_character(palette: str) -> None:
    for seed in range(8):
        text = draw_charity_mark("心", palette, seed)
        root = assert_safe(text)
        assert root.findtext(f"{SVG}text") == "心"
        assert len(text.encode()) < 4096


def test_a_mark_escapes_what_it_is_given() -> None:
    assert parse(draw_charity_mark("<", "tea", 1)).findtext(f"{SVG}text") == "<"


def test_a_share_card_carries_title_and_flower() -> None:
    text = draw_share_card("听见世界 & <人工耳蜗>", "为听障儿童提供手术与两年语训。", "ear", "rose", 5)
    root = assert_safe(text)
    assert root.findtext(f"{SVG}title") == "听见世界 & <人工耳蜗>"
    assert root.get("viewBox") == "0 0 1200 630"


def test_a_long_title_ends_in_an_ellipsis() -> None:
    assert "…" in draw_share_card("为山区的孩子" * 30, "说明", "book", "sky", 1)


def test_wrapping_keeps_words_whole_and_punctuation_off_line_starts() -> None:
    assert wrap("Hear the world again", 7) == ["Hear the", "world again"]
    assert wrap("一朵小红花，一件善事", 5) == ["一朵小红花，", "一件善事"]
    assert wrap("", 5) == [""]
