"""What a page may hold: no inline style or script, and no sentence that only one language's readers can read."""

import re
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser

import jinja2
import pytest
from jinja2 import nodes

from tests.laws.house import PACKAGE, ROOT, Module, breaches_in, hold, read_house, strings
from tests.laws.words import CHINESE, list_templates

# --- nothing inline -------------------------------------------------------------------------------

DATA_BLOCKS = ("application/json", "application/ld+json")  # data, which no browser runs
_JINJA = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
_LOOKS_LIKE_MARKUP = re.compile(r"<[a-zA-Z][^>]*>")


class _Inline(HTMLParser):
    """Collects what a strict content security policy would stop."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[int, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        line = self.getpos()[0]
        if tag == "style":
            self.found.append((line, "<style>"))
        if tag == "script" and "src" not in given and given.get("type") not in DATA_BLOCKS:
            self.found.append((line, "<script> without src"))
        for name, value in attrs:
            if name == "style" or name.startswith(("on", "hx-on")):
                self.found.append((line, f"{name}="))
            if (value or "").strip().lower().startswith("javascript:"):
                self.found.append((line, "javascript:"))


def find_inline(path: str, markup: str) -> Iterator[str]:
    """Inline styles, scripts and handlers of a template; what Jinja fills in stands there as a word."""
    parser = _Inline()
    # Line breaks stay, so that the reported line is the template's.
    parser.feed(_JINJA.sub(lambda part: "x" + "\n" * part[0].count("\n"), markup))
    yield from (f"{path}:{line}: {what}" for line, what in parser.found)


def find_inline_in_code(modules: Iterable[Module]) -> Iterator[str]:
    """The same in markup that Python writes: charts and pictures."""
    for module in modules:
        if module.floor == "faces":
            for text, node in strings(module.tree):
                if _LOOKS_LIKE_MARKUP.search(text):
                    yield from (
                        f"{module.at(node)}: {fault.split(': ')[1]}" for fault in find_inline(module.path, text)
                    )


def test_nothing_is_inline():
    pages = [*list_templates(), *PACKAGE.glob("**/static/**/*.svg")]
    hold(
        [
            *(breach for path in pages for breach in find_inline(str(path.relative_to(ROOT)), path.read_text("utf-8"))),
            *find_inline_in_code(read_house()),
        ],
        "the content security policy stops it, silently, in the donor's browser only",
        "a class and a rule in the face's style sheet; a data attribute and a listener in its script; SVG geometry as "
        "presentation attributes",
    )


@pytest.mark.parametrize(
    "markup",
    [
        '<p style="color: red">',
        "<style>p { color: red }</style>",
        "<script>alert(1)</script>",
        '<a href="javascript:void(0)">',
        "<button\n  onclick='give()'>",
        '<div {% if x %}class="y"{% endif %} hx-on:click="give()">',
    ],
)
def test_inline_parts_are_caught(markup):
    assert len(list(find_inline("page.html", markup))) == 1
    assert breaches_in(find_inline_in_code, "redflower.faces.shared.charts", f"x = {markup!r}")


def test_data_and_files_are_let_through():
    fine = '<script src="{{ static("a.js") }}" defer></script><script type="application/json">{{ x|tojson }}</script>'
    assert not list(find_inline("page.html", fine + '<rect width="{{ a < b }}" fill="red"/>'))


# --- nothing said in one language only ------------------------------------------------------------

# Chinese in every language: a language's own name, the flower's character, a seal's four (under lang="zh-Hans"), and the
# example in the field that asks for a Chinese name.
CHINESE_EVERYWHERE = ("简体中文", "中文", "花", "善始善终", "小红花公益")
# Pages that say everything in both languages at once, or show samples to those who build pages.
BILINGUAL = {
    "shared/500.html": "drawn when something broke, so it leans on no catalogue",
    "shared/gallery.html": "samples for the kit, seen by nobody else",
}


def find_unmarked(path: str, markup: str) -> Iterator[str]:
    """Chinese that stands in a template outside `_()` and `{% trans %}`."""
    environment = jinja2.Environment(extensions=["jinja2.ext.i18n"], autoescape=True)
    environment.newstyle_gettext = True  # type: ignore[attr-defined]
    tree = environment.parse(markup)
    for data in tree.find_all(nodes.TemplateData):
        for offset, line in enumerate(data.data.splitlines()):
            if _is_for_chinese_readers_only(line):
                yield f"{path}:{data.lineno + offset}: {line.strip()[:60]}"
    marked = {id(constant) for call in tree.find_all(nodes.Call) if _marks(call) for constant in call.args}
    for constant in tree.find_all(nodes.Const):
        if id(constant) not in marked and _is_for_chinese_readers_only(str(constant.value)):
            yield f"{path}:{constant.lineno}: {str(constant.value)[:60]}"


def _is_for_chinese_readers_only(text: str) -> bool:
    return CHINESE.search(re.sub("|".join(CHINESE_EVERYWHERE), "", text)) is not None


def _marks(call: nodes.Call) -> bool:
    return isinstance(call.node, nodes.Name) and call.node.name in ("_", "gettext", "ngettext", "pgettext", "npgettext")


def test_templates_speak_every_language():
    hold(
        (
            breach
            for path in list_templates()
            if not str(path).endswith(tuple(BILINGUAL))
            for breach in find_unmarked(str(path.relative_to(ROOT)), path.read_text("utf-8"))
        ),
        "an English reader meets Chinese in the middle of a page, and nobody notices",
        '{{ _("中文") }}, {{ ngettext(…) }} or {% trans %}, with the English in the package\'s catalogue',
    )


@pytest.mark.parametrize("markup", ["<p>谢谢</p>", '<a title="谢谢">', '{{ card("谢谢") }}', "{% set x = '谢谢' %}"])
def test_unmarked_sentences_are_caught(markup):
    assert len(list(find_unmarked("page.html", markup))) == 1


def test_marked_sentences_are_let_through():
    fine = '{{ _("谢谢 %(n)s", n=1) }}{% trans %}谢谢{% endtrans %}{{ card(_("谢谢")) }}<span lang="zh">简体中文</span>'
    assert not list(find_unmarked("page.html", fine))


# --- no line begins with a dot --------------------------------------------------------------------

_LOOSE_DOT = re.compile(r"(?<!&nbsp;)(?<=[ ])·[ ]")


def find_loose_dots(path: str, markup: str) -> Iterator[str]:
    """Dots between two facts that a line break may separate from the fact before them; titles never break."""
    bare = _JINJA.sub(lambda part: "x" + "\n" * part[0].count("\n"), re.sub(r"<title>.*?</title>", "", markup))
    for number, line in enumerate(bare.splitlines(), start=1):
        if _LOOSE_DOT.search(line):
            yield f"{path}:{number}: ·"


def test_a_dot_stays_with_the_fact_before_it():
    hold(
        [
            fault
            for path in list_templates()
            for fault in find_loose_dots(str(path.relative_to(ROOT)), path.read_text("utf-8"))
        ],
        why="a line of a narrow page begins with a dot",
        instead="write &nbsp;· between two facts",
    )


@pytest.mark.parametrize(
    ("markup", "found"),
    [("{{ a }} · {{ b }}", 1), ("{{ a }}&nbsp;· {{ b }}", 0), ('{{ _("a · b") }}', 0), ("<title>a · b</title>", 0)],
)
def test_loose_dots_are_caught_and_others_are_let_through(markup, found):
    assert len(list(find_loose_dots("page.html", markup))) == found
