"""What the door says: JSON for what it did, problem+json (RFC 9457) in the reader's language for what it refused."""

import gettext
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import msgspec

from redflower.engine.refusals import FIELD_OTHER, FIELD_SENTENCES, FieldsInvalid, MethodNotAllowed
from redflower.kernel.errors import Refusal

Headers = list[tuple[str, str]]
Reply = tuple[int, Headers, bytes]

_JSON: Headers = [("content-type", "application/json"), ("cache-control", "no-store")]
_PACKAGE = Path(__file__).resolve().parents[1]
_encode = msgspec.json.Encoder().encode


def reply(body: Any, status: int = 200) -> Reply:
    """A structure, or a list of them, as JSON."""
    return status, _JSON, _encode(body)


def refuse(refusal: Refusal, accept_language: str) -> Reply:
    """The whole answer to a refused request."""
    language = choose_language(accept_language)
    headers = [("content-type", "application/problem+json"), ("content-language", language), *_JSON[1:]]
    if refusal.status in (429, 503):
        headers.append(("retry-after", str(refusal.facts.get("seconds", 1))))
    if isinstance(refusal, MethodNotAllowed):
        headers.append(("allow", refusal.facts["allowed"]))
    return refusal.status, headers, _encode(describe(refusal, language))


def describe(refusal: Refusal, language: str) -> dict[str, Any]:
    """The problem document of a refusal, of a whole request or of one item."""
    problem = {
        "type": f"urn:redflower:problem:{refusal.code}",
        "title": translate(refusal.sentence, language).format(**refusal.facts),
        "status": refusal.status,
        "code": refusal.code,
        "facts": {name: str(value) for name, value in refusal.facts.items()},
    }
    if isinstance(refusal, FieldsInvalid):
        problem["errors"] = [
            {
                "place": "body",
                "field": field,
                "code": code,
                "message": translate(FIELD_SENTENCES.get(code, FIELD_OTHER), language).format_map(refusal.limits),
            }
            for field, code in refusal.faults
        ]
    return problem


@lru_cache(maxsize=256)
def choose_language(accept_language: str) -> str:
    """`zh-hans` or `en`: what the reader's list names first; Chinese where it names neither."""
    asked = []
    for place, item in enumerate(accept_language.lower().split(",")):
        tag, _, weight = item.strip().partition(";")
        asked.append((weight.strip() or "q=1", -place, tag.strip()[:2]))
    for weight, _, language in sorted(asked, reverse=True):
        if language in ("zh", "en") and weight.strip("q=0.") != "":
            return "en" if language == "en" else "zh-hans"
    return "zh-hans"


def translate(sentence: str, language: str) -> str:
    """A sentence in the reader's language; Chinese is the source."""
    return _read_english().gettext(sentence) if language == "en" else sentence


@cache
def _read_english() -> gettext.NullTranslations:
    """Every compiled catalogue of the house in one: the rooms' refusals are spoken here as on the pages."""
    whole = gettext.NullTranslations()
    for path in sorted(_PACKAGE.glob("**/locale/en/LC_MESSAGES/django.mo")):
        with path.open("rb") as file:
            catalogue = gettext.GNUTranslations(file)
        catalogue.add_fallback(whole)
        whole = catalogue
    return whole
