"""Every reader is spoken to in their own language, and every refusal has a sentence."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog

from tests.laws import words
from tests.laws.house import Module, breaches_in, calls, dotted, hold, read_house, read_module, strings

BASE = "Refusal"


# --- refusals -------------------------------------------------------------------------------------


def list_refusals(modules: Iterable[Module]) -> Iterator[tuple[Module, ast.ClassDef, dict[str, ast.expr]]]:
    """Every class that is, or inherits from, a refusal, with what it sets."""
    classes = [(module, node) for module in modules for node in module.tree.body if isinstance(node, ast.ClassDef)]
    known = {BASE}
    while more := {
        node.name
        for _, node in classes
        if node.name not in known and any(dotted(base).split(".")[-1] in known for base in node.bases)
    }:
        known |= more
    for module, node in classes:
        if node.name in known and node.name != BASE:
            yield module, node, _assignments(node)


def _assignments(node: ast.ClassDef) -> dict[str, ast.expr]:
    found = {}
    for line in node.body:
        if isinstance(line, ast.Assign):
            found[dotted(line.targets[0])] = line.value
        elif isinstance(line, ast.AnnAssign) and line.value is not None:
            found[dotted(line.target)] = line.value
    return found


def find_speechless_refusals(modules: Iterable[Module]) -> Iterator[str]:
    """Refusals without a code of their own, a Chinese sentence for the catalogue, or a status a client is answered with."""
    by_code: dict[str, set[str]] = defaultdict(set)
    for module, node, values in list_refusals(modules):
        code, sentence, status = values.get("code"), values.get("sentence"), values.get("status")
        if not (isinstance(code, ast.Constant) and re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", str(code.value))):
            yield f"{module.at(node)}: {node.name} has no snake_case code"
        if not (isinstance(sentence, ast.Call) and dotted(sentence.func).split(".")[-1] == "N_"):
            yield f"{module.at(node)}: {node.name} has no sentence marked with N_"
        elif not words.CHINESE.search(str(ast.literal_eval(sentence.args[0]))):
            yield f"{module.at(node)}: {node.name} does not speak Chinese"
        if status is not None and not (isinstance(status, ast.Constant) and 400 <= int(status.value) < 600):
            yield f"{module.at(node)}: {node.name} answers with no error status"
        if isinstance(code, ast.Constant) and sentence is not None:
            by_code[str(code.value)].add(ast.unparse(sentence))
    yield from (f"the code {code} has {len(said)} sentences" for code, said in by_code.items() if len(said) > 1)


def test_every_refusal_has_a_code_and_a_sentence():
    hold(
        find_speechless_refusals(read_house()),
        "a refusal is an answer to somebody: clients go by its code, people by its sentence",
        'code = "project_not_open"; sentence = N_("“{title}”现在不接受捐赠"); status = 409; a code stands for one sentence',
    )


@pytest.mark.parametrize(
    "body",
    [
        'sentence = N_("不行")',
        'code = "No Way"\n    sentence = N_("不行")',
        'code = "no_way"\n    sentence = "不行"',
        'code = "no_way"\n    sentence = N_("no way")',
        'code = "no_way"\n    sentence = N_("不行")\n    status = 200',
        'code = "no_way"\n    sentence = N_("不行")\nclass Never(No):\n    code = "no_way"\n    sentence = N_("永远不行")',
    ],
)
def test_speechless_refusals_are_caught(body):
    source = f"class Refused(Refusal):\n    code = 'refused'\n    sentence = N_('不')\nclass No(Refused):\n    {body}"
    assert len(breaches_in(find_speechless_refusals, "redflower.domains.people.errors", source)) == 1


# --- translations ---------------------------------------------------------------------------------


def test_every_sentence_has_its_english():
    hold(
        words.find_untranslated(words.read_sentences(), words.read_english()),
        "half a page in the other language tells a reader that they were not expected",
        "add the msgid to locale/en/LC_MESSAGES/django.po of the package that says it, with its English",
    )


# Where Chinese in Python is data or a sample, not a sentence to a reader: the demo's world, provinces, made-up givers,
# examples in the API's description, and words a moderator looks at. What starts before Django says both languages itself.
HOLDS_CHINESE_DATA = (
    "faces.demo", "faces.shared", "faces.commands", "faces.public_api.schemas", "project", "plumbing.postgres",
    "plumbing.console",
)  # fmt: skip


def find_unmarked_sentences(modules: Iterable[Module]) -> Iterator[str]:
    """Chinese strings in Python that nothing marks for translation."""
    for module in modules:
        if module.name.removeprefix("redflower.").startswith(HOLDS_CHINESE_DATA):
            continue
        marked = {
            id(part)
            for name, call in calls(module.tree)
            if name.split(".")[-1] in words.KEYWORDS
            for argument in call.args
            for part in ast.walk(argument)
        }
        for text, node in strings(module.tree):
            if words.CHINESE.search(text) and id(node) not in marked:
                yield f"{module.at(node)}: {text[:60]}"


def test_no_sentence_is_left_unmarked_in_python():
    hold(
        find_unmarked_sentences(read_house()),
        "an English reader gets it in Chinese, and no law can ask for its translation",
        "gettext where it is shown, N_ where it is only written down",
    )


@pytest.mark.parametrize("source", ["messages.info(request, '好了')", "TEXT = '好了'", "say(f'{n} 笔')"])
def test_unmarked_sentences_in_python_are_caught(source):
    assert breaches_in(find_unmarked_sentences, "redflower.faces.donor_site.views.home", source)
    assert not breaches_in(
        find_unmarked_sentences, "redflower.faces.donor_site.views.home", "say(gettext('好了'), N_('好'))"
    )


def test_translations_are_filled_with_the_same_facts():
    hold(
        words.find_uneven(words.read_sentences(), words.read_english()),
        "a placeholder that the sentence is not given is an error on the page, in one language only",
        "use the same {names} or %(names)s on both sides",
    )


def find_glued_phrases(english: str) -> list[str]:
    """Where a phrase mark stands between two English words without the space they need: the mark itself is not shown."""
    return re.findall(r"\w+\|\w+", english)


def test_english_phrases_keep_their_spaces():
    hold(
        (
            f"{path}: {glued}"
            for path in words.list_catalogues()
            for entry in words.read_catalogue(path)
            if not entry.fuzzy
            for english in ([entry.string] if isinstance(entry.string, str) else entry.string)
            for glued in find_glued_phrases(english)
        ),
        "what stands on both sides of a | is shown as one word",
        "put a space before the |",
    )
    assert find_glued_phrases("Do you want|this back?") == ["want|this"]
    assert find_glued_phrases("Do you want |this back?") == []


def test_every_catalogue_is_read_and_loaded():
    for path in words.list_catalogues():
        words.read_catalogue(path)  # raises with file and line
    hold(
        (str(path) for path in words.list_catalogues() if not words.is_loaded(path)),
        "a catalogue Django does not know of translates nothing",
        "its package is an installed app, or its locale folder stands in LOCALE_PATHS",
    )


def test_one_sentence_has_one_translation():
    catalogues = ((path.parents[3].name, words.read_catalogue(path)) for path in words.list_catalogues())
    hold(
        words.find_rival_translations(catalogues),
        "catalogues are merged into one: the English of one page silently becomes that of all",
        "agree on one translation, or tell two meanings apart (pgettext, or other Chinese)",
    )


def test_rival_translations_are_caught():
    one, other = Catalog("en"), Catalog("en")
    for catalogue, pool, amount in ((one, "Pool", "Amount"), (other, "Pools", "Amount")):
        catalogue.add("配捐池", pool)
        catalogue.add("金额", amount)
    other.add("配捐池", "The pool", context="title")
    found = list(words.find_rival_translations([("one", one), ("other", other)]))
    assert found == ["配捐池 → one: Pool, other: Pools"]


def test_missing_and_uneven_translations_are_caught(tmp_path: Path):
    page = tmp_path / "page.html"
    page.write_text('{{ _("谢谢") }} {{ _("已有 %(n)s 人", n=3) }} {{ ngettext("%(num)s 朵", "%(num)s 朵花", 2) }}')
    code = tmp_path / "code.py"
    code.write_text('N_("不行 {title}")\nlazy("稍等")\n')
    sentences = [*words.extract(page), *words.extract(code)]
    assert [sentence.text for sentence in sentences] == ["谢谢", "已有 %(n)s 人", "%(num)s 朵", "不行 {title}", "稍等"]
    english = {"谢谢": "Thanks", "已有 %(n)s 人": "%(count)s people", "不行 {title}": "No {title}", "稍等": "Wait"}
    assert len(list(words.find_untranslated(sentences, english))) == 1
    assert len(list(words.find_uneven(sentences, english))) == 1


def test_refusals_are_translated_where_they_are_met():
    """The refusals above are among the sentences above: nothing marks them in a way the extractor misses."""
    marked = {sentence.text for sentence in words.read_sentences()}
    said = {
        ast.literal_eval(values["sentence"].args[0])
        for _, _, values in list_refusals(read_house())
        if isinstance(values.get("sentence"), ast.Call)
    }
    assert said
    assert said <= marked


def test_refusals_are_found_through_their_parents():
    source = "class A(Refusal): ...\nclass B(errors.A): ...\nclass C(B): ...\nclass D(Exception): ..."
    found = list_refusals([read_module("redflower.domains.people.errors", source)])
    assert [node.name for _, node, _ in found] == ["A", "B", "C"]
