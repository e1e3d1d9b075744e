"""The words of the house: every sentence marked for translation, and every catalogue that is loaded."""

import functools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_file
from babel.messages.pofile import read_po
from django.apps import apps
from django.conf import settings

from tests.laws.house import PACKAGE, ROOT

CHINESE = re.compile(r"[\u3400-\u9fff]")
# Ways to mark a sentence in Python besides Babel's own.
KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "gettext_lazy": None,
    "lazy": None,
    "_": None,
    "ngettext_lazy": (1, 2),
    "translate": None,
}
_TEMPLATE_OPTIONS = {"trim_blocks": "true", "lstrip_blocks": "true", "silent": "false", "newstyle_gettext": "true"}
_BRACES = re.compile(r"\{(\w*)\}")
_PERCENTS = re.compile(r"%\((\w+)\)[sd]")


@dataclass(frozen=True)
class Sentence:
    """Something marked for translation, and where."""

    text: str
    plural: str
    path: str
    line: int

    @property
    def at(self) -> str:
        """Where it stands, as editors and terminals link it."""
        return f"{self.path}:{self.line}"


def list_templates() -> list[Path]:
    """Every Jinja template of the house."""
    return sorted(path for path in PACKAGE.glob("**/jinja2/**/*") if path.suffix in (".html", ".txt", ".svg", ".xml"))


@functools.cache
def read_sentences() -> tuple[Sentence, ...]:
    """Every sentence the house marks, in templates and in Python."""
    python = [path for path in PACKAGE.glob("**/*.py") if "migrations" not in path.parts]
    return tuple(sentence for path in sorted([*list_templates(), *python]) for sentence in extract(path))


def extract(path: Path) -> Iterator[Sentence]:
    """The sentences one file marks."""
    python = path.suffix == ".py"
    found = extract_from_file(
        "python" if python else "jinja2", path, KEYWORDS, options={} if python else _TEMPLATE_OPTIONS
    )
    for line, message, _, _ in found:
        # (text), (text, plural); what is built at run time comes as None and is somebody else's sentence.
        text, plural = (*message, "")[:2] if isinstance(message, tuple) else (message, "")
        if text:
            yield Sentence(text, plural or "", _shown(path), line)


def _shown(path: Path) -> str:
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else path.name


def list_catalogues() -> list[Path]:
    """Every English catalogue in the tree."""
    return sorted(PACKAGE.glob("**/locale/en/LC_MESSAGES/django.po"))


def is_loaded(catalogue: Path) -> bool:
    """Whether Django finds it: in an app, or named in LOCALE_PATHS."""
    folder = catalogue.parents[2]
    return folder in {Path(path) for path in settings.LOCALE_PATHS} or folder.parent in {
        Path(config.path) for config in apps.get_app_configs()
    }


@functools.cache
def read_english() -> dict[str, str]:
    """What English readers see for each sentence, from the catalogues that are loaded and from Django's own."""
    english: dict[str, str] = {}
    for path in filter(is_loaded, list_catalogues()):
        for message in read_catalogue(path):
            if isinstance(message.id, str) and message.id and message.string and not message.fuzzy:
                english[message.id] = str(message.string)
            elif isinstance(message.id, tuple) and all(message.string) and not message.fuzzy:
                english[message.id[0]] = " ".join(message.string)
    return english


def read_catalogue(path: Path) -> Catalog:
    """One catalogue, or an error with file and line."""
    with path.open("rb") as source:
        return read_po(source, locale="en", abort_invalid=True)


def find_rival_translations(catalogues: Iterable[tuple[str, Catalog]]) -> Iterator[str]:
    """Sentences that two catalogues put into different words; which one is shown depends on the order of apps."""
    told: dict[tuple[Any, Any], dict[str, str]] = {}
    for name, catalogue in catalogues:
        for message in catalogue:
            if message.id:
                key = (message.context, message.id)
                told.setdefault(key, {})[name] = str(message.string)
    for (_, sentence), by_name in sorted(told.items(), key=str):
        if len(set(by_name.values())) > 1:
            rivals = ", ".join(f"{name}: {words}" for name, words in sorted(by_name.items()))
            yield f"{sentence} → {rivals}"


def placeholders(text: str) -> set[str]:
    """The facts a sentence is filled with: `{title}` and `%(n)s`."""
    return {*_BRACES.findall(text), *_PERCENTS.findall(text)}


def find_untranslated(sentences: Iterable[Sentence], english: dict[str, str]) -> Iterator[str]:
    """Chinese sentences an English reader would meet in Chinese."""
    for sentence in sentences:
        if CHINESE.search(sentence.text) and sentence.text not in english:
            yield f"{sentence.at}: {sentence.text}"


def find_uneven(sentences: Iterable[Sentence], english: dict[str, str]) -> Iterator[str]:
    """Sentences whose translation is filled with other facts."""
    for sentence in sentences:
        told = english.get(sentence.text, "")
        # A number may be left out where the language says it by itself: "one gift".
        if told and not placeholders(told) <= placeholders(sentence.text + sentence.plural):
            yield f"{sentence.at}: {sentence.text} → {told}"
