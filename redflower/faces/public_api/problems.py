"""Every fault as problem+json (RFC 9457): whole answers, one item's refusal, and faults of single fields."""

import logging
from collections.abc import Iterable, Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.request import UnreadablePostError
from django.utils.translation import gettext
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from redflower.engine.refusals import FIELD_OTHER, FIELD_SENTENCES, FieldsInvalid
from redflower.faces.public_api.refusals import AddressNotFound, BodyUnreadable, TooManyGifts
from redflower.faces.shared.middleware import DATABASE_AWAY
from redflower.faces.shared.refusals import answer_refusal, answer_unavailable, problem, tell
from redflower.kernel.errors import Refusal
from redflower.kernel.text import N_

logger = logging.getLogger("redflower")

# What each kind of fault that pydantic finds is called to people; the rest says `FIELD_OTHER`.
_SENTENCES = {
    **FIELD_SENTENCES,
    "repeated": N_("这一项只能出现一次"),
    "text_unreadable": N_("文字里有看不见的控制符，请删掉后再试"),
    "int_parsing": N_("应是整数，只用 0 到 9"),
    "string_unicode": N_("文字的编码不完整"),
    "string_too_long": N_("最多 {max_length} 个字符"),
    "string_too_short": N_("至少 {min_length} 个字符"),
    "string_pattern_mismatch": N_("写法不对，应符合 {pattern}"),
    "enum": N_("只能是 {expected}"),
    "literal_error": N_("只能是 {expected}"),
    "greater_than_equal": N_("至少是 {ge}"),
    "less_than_equal": N_("最多是 {le}"),
    "uuid_parsing": N_("应是 UUID"),
}
_QUOTED_CHARS = 40


def describe_refusal(refusal: Refusal) -> dict[str, Any]:
    """The problem document of one item's refusal, as `answer_refusal` writes it for a whole request."""
    return {
        "type": f"urn:redflower:problem:{refusal.code}",
        "title": tell(refusal),
        "status": refusal.status,
        "code": refusal.code,
        "facts": {key: str(value) for key, value in refusal.facts.items()},
    }


def quote(word: object) -> str:
    """A name that a client wrote, safe to repeat to it: short, and ASCII whatever it was."""
    return ascii(str(word)[:_QUOTED_CHARS])[1:-1]


def describe_fault(place: str, field: str, code: str, facts: Mapping[str, Any] | None = None) -> dict[str, str]:
    """One field's fault: where it stands (`path`, `query`, `body`), its name, a code and a sentence."""
    sentence = gettext(_SENTENCES.get(code, FIELD_OTHER)).format_map(dict(facts or {}))
    return {"place": place, "field": field, "code": code, "message": sentence}


def answer_faults(faults: Iterable[dict[str, str]]) -> HttpResponse:
    """422 that names every field in fault."""
    found = list(faults)
    return problem(422, "validation_failed", gettext(FieldsInvalid.sentence).format(count=len(found)), errors=found)


def add_handlers(api: NinjaAPI) -> None:
    """Tells the API how each fault is answered; what is not listed is a bug and goes up to Django's log."""
    api.add_exception_handler(Refusal, _answer_refusal)
    api.add_exception_handler(ValidationError, _answer_invalid)
    api.add_exception_handler(HttpError, _answer_unread)
    api.add_exception_handler(UnreadablePostError, _answer_unread)
    for fault in DATABASE_AWAY:
        api.add_exception_handler(fault, _answer_away)


def _answer_refusal(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    response = answer_refusal(request, refusal)
    if isinstance(refusal, TooManyGifts):
        response["Retry-After"] = str(refusal.facts["seconds"])
    elif refusal.status == 503:
        response["Retry-After"] = "5"
    return response


def _answer_invalid(request: HttpRequest, invalid: ValidationError) -> HttpResponse:
    if any(fault["loc"][0] == "path" for fault in invalid.errors):
        return answer_refusal(request, AddressNotFound())
    return answer_faults(_read_fault(fault) for fault in invalid.errors)


def _read_fault(fault: dict[str, Any]) -> dict[str, str]:
    place, *steps = fault["loc"]
    if place == "body":
        steps = steps[1:]  # the name that the view gives the body
    code = "model_type" if fault["type"] == "model_attributes_type" else fault["type"]
    return describe_fault(place, ".".join(map(quote, steps)), code, fault.get("ctx"))


def _answer_unread(request: HttpRequest, error: Exception) -> HttpResponse:
    cause = error.__cause__
    return answer_refusal(request, cause if isinstance(cause, Refusal) else BodyUnreadable())


def _answer_away(request: HttpRequest, error: Exception) -> HttpResponse:
    logger.error("database unavailable: %s", error)
    return answer_unavailable(request)
