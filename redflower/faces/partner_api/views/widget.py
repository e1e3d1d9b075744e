"""The widget: its module for any page, and what it asks for and does, in the name of one user."""

import hashlib
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from redflower.domains.scenes.errors import NothingToPlace
from redflower.faces.partner_api.refusals import WidgetBodyInvalid
from redflower.faces.partner_api.widget_door import Caller, read_list, read_text, widget_door
from redflower.faces.shared.refusals import tell
from redflower.faces.shared.scenes.acting import Doing, Giving, earn, give
from redflower.faces.shared.scenes.placing import place
from redflower.faces.shared.scenes.standing import find_scene, show_standing
from redflower.kernel.errors import Refusal

MODULE = Path(__file__).resolve().parents[1] / "static" / "partner_api" / "red-flower.js"
_ACTS_MAX = 10
_GIFT_MAX = 99


@cache
def _module() -> tuple[bytes, str]:
    source = MODULE.read_bytes()
    return source, f'"{hashlib.sha256(source).hexdigest()[:32]}"'


@require_safe
def module(request: HttpRequest) -> HttpResponse:
    """The component's module: one address for ever, for every page of the Internet; it holds no secret."""
    source, etag = _module()
    response = HttpResponse(source, content_type="text/javascript; charset=utf-8")
    response["ETag"] = etag
    response["Cache-Control"] = "public, max-age=300"
    response["Access-Control-Allow-Origin"] = "*"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    response["Content-Language"] = "zh-Hans, en"
    response["Vary"] = "Accept-Encoding"
    answered: HttpResponse = get_conditional_response(request, etag=etag, response=response)
    return answered


@widget_door("GET")
def scene(request: HttpRequest, caller: Caller, scene: str) -> dict[str, Any]:
    """Where the user stands in a campaign."""
    return show_standing(caller.token, find_scene(caller.token, scene), caller.now)


@widget_door("POST")
def deeds(request: HttpRequest, caller: Caller) -> dict[str, Any]:
    """Earns: a list of deeds, an answer each, and how the user stands in the last one's campaign."""
    doings = [
        Doing(read_text(row, "id"), find_scene(caller.token, read_text(row, "scene")), _facts(row))
        for row in read_list(request, "deeds", _ACTS_MAX)
    ]
    answers = earn(caller.token, caller.partner, doings, caller.now)
    return {
        "answers": answers,
        "state": show_standing(caller.token, _again(caller, doings[-1].campaign.slug), caller.now),
    }


@widget_door("POST")
def flowers(request: HttpRequest, caller: Caller) -> dict[str, Any]:
    """Gives: a list of gifts of flowers, an answer each."""
    givings = []
    for row in read_list(request, "gives", _ACTS_MAX):
        count = row.get("flowers")
        if type(count) is not int or not 0 < count <= _GIFT_MAX:
            raise WidgetBodyInvalid(field="flowers")
        if row.get("kind") not in ("project", "dream"):
            raise WidgetBodyInvalid(field="kind")
        campaign = find_scene(caller.token, read_text(row, "scene"))
        givings.append(Giving(read_text(row, "id"), campaign, row["kind"], read_text(row, "to", 100), count))
    answers = give(caller.token, givings, caller.now)
    return {"answers": answers, "state": show_standing(caller.token, givings[-1].campaign, caller.now)}


@widget_door("POST")
def placements(request: HttpRequest, caller: Caller) -> dict[str, Any]:
    """Places what was unlocked into projects of the campaign, an answer each."""
    answers, slug = [], ""
    for row in read_list(request, "placements", _ACTS_MAX):
        campaign = find_scene(caller.token, read_text(row, "scene"))
        slug = campaign.slug
        name = read_text(row, "id")
        try:
            place(caller.token, _deed_id(name), read_text(row, "project", 100), campaign, caller.now)
        except Refusal as refusal:
            answers.append({"id": name, "result": "refused", "code": refusal.code, "title": tell(refusal)})
        else:
            answers.append({"id": name, "result": "placed", "code": "", "title": ""})
    return {"answers": answers, "state": show_standing(caller.token, _again(caller, slug), caller.now)}


def _again(caller: Caller, slug: str) -> Any:
    """The campaign after the act: its pool may have changed."""
    return find_scene(caller.token, slug)


def _facts(row: dict[str, Any]) -> dict[str, Any]:
    facts = row.get("facts", {})
    if not isinstance(facts, dict):
        raise WidgetBodyInvalid(field="facts")
    return facts


def _deed_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NothingToPlace from None
