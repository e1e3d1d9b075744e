"""What every request of a widget passes: its token, the page it comes from, its size and its pace.

Only pages whose origin the partner has registered may use a token of its: browsers are told so by CORS, and the server
looks again, because a token that was carried off must be worth nothing elsewhere.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from redflower.domains.scenes.errors import PartnerNotActive
from redflower.domains.scenes.selectors.partners import get_partner, list_partners
from redflower.domains.scenes.types import PLATFORM, PartnerState, ReportingPartner
from redflower.faces.partner_api.refusals import (
    OriginNotRegistered,
    PartnerMethodNotAllowed,
    UserTokenMissing,
    WidgetBodyInvalid,
    WidgetBodyTooLarge,
    WidgetTooFast,
)
from redflower.faces.shared.pace import FixedWindow
from redflower.faces.shared.refusals import answer_refusal
from redflower.faces.shared.scenes.doors import token_key
from redflower.faces.shared.scenes.tokens import UserToken, read_token
from redflower.kernel import clock
from redflower.kernel.errors import Refusal

BODY_MAX_BYTES = 16 * 1024
REQUESTS_A_MINUTE = 120  # of one user: against a finger on the button, not against a crowd
_PREFLIGHT_SECONDS = 600
_LOCAL = "http://", "https://"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who speaks: the token, and the partner behind it."""

    token: UserToken
    partner: ReportingPartner
    now: datetime


View = Callable[..., dict[str, Any]]
_asked = FixedWindow()


def widget_door(method: str) -> Callable[[View], Callable[..., HttpResponse]]:
    """Wraps a view that answers a caller with JSON; `method` is the only one it takes besides the preflight.

    Errors: PartnerMethodNotAllowed, UserTokenMissing, UserTokenInvalid, UserTokenExpired, PartnerNotActive,
    OriginNotRegistered, WidgetTooFast, WidgetBodyTooLarge, WidgetBodyInvalid.
    """

    def wrap(view: View) -> Callable[..., HttpResponse]:
        @csrf_exempt
        @wraps(view)
        def guarded(request: HttpRequest, **parts: str) -> HttpResponse:
            origin = request.headers.get("Origin", "")
            if request.method == "OPTIONS":
                return _answer_preflight(origin, method)
            allowed = ""
            try:
                if request.method != method:
                    raise PartnerMethodNotAllowed(allowed=f"{method}, OPTIONS")
                caller = read_caller(request)
                allowed = origin
                response: HttpResponse = JsonResponse(
                    view(request, caller, **parts), json_dumps_params={"ensure_ascii": False}
                )
            except Refusal as refusal:
                # A page that is registered somewhere may read why it was refused; any other is told nothing.
                allowed = allowed or (origin if is_registered(origin) else "")
                response = answer_refusal(request, refusal)
            response["Cache-Control"] = "no-store"
            _let_page_read(response, allowed)
            return response

        return guarded

    return wrap


def _answer_preflight(origin: str, method: str) -> HttpResponse:
    response = HttpResponse(status=204)
    if is_registered(origin):
        _let_page_read(response, origin)
        response["Access-Control-Allow-Methods"] = method
        response["Access-Control-Allow-Headers"] = "authorization, content-type"
        response["Access-Control-Max-Age"] = str(_PREFLIGHT_SECONDS)
    else:
        response["Vary"] = "Origin"
    return response


def _let_page_read(response: HttpResponse, origin: str) -> None:
    response["Vary"] = "Origin, Accept-Language"
    if origin:
        response["Access-Control-Allow-Origin"] = origin


def is_registered(origin: str) -> bool:
    """True for pages of ours and of any active partner: a preflight carries no token, so it cannot say whose page it is."""
    if not origin.startswith(_LOCAL):
        return False
    return origin == settings.REDFLOWER_BASE_URL or any(
        origin in partner.allowed_origins for partner in list_partners(PartnerState.ACTIVE, limit=10_000)
    )


def read_caller(request: HttpRequest) -> Caller:
    """The caller behind a request; see `widget_door` for what is refused."""
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not text:
        raise UserTokenMissing
    now = clock.now()
    token = read_token(text, token_key(), now)
    _check_origin(request, token)
    wait = _asked.take(f"{token.partner_id}:{token.user}", 1, REQUESTS_A_MINUTE, now)
    if wait:
        raise WidgetTooFast(seconds=wait)
    if token.partner_id == PLATFORM:
        return Caller(token, ReportingPartner(PLATFORM), now)
    return Caller(token, ReportingPartner(token.partner_id, get_partner(token.partner_id).is_sandbox), now)


def _check_origin(request: HttpRequest, token: UserToken) -> None:
    origin = request.headers.get("Origin", "")
    if token.partner_id == PLATFORM:
        own = {settings.REDFLOWER_BASE_URL, f"{request.scheme}://{request.get_host()}"}
        # A page's own GET carries no Origin; the browser says in another header that it is a page's own.
        if origin in own or (not origin and request.headers.get("Sec-Fetch-Site") == "same-origin"):
            return
        raise OriginNotRegistered
    partner = get_partner(token.partner_id)
    if partner.state != PartnerState.ACTIVE:
        raise PartnerNotActive
    if origin not in partner.allowed_origins:
        raise OriginNotRegistered


def read_list(request: HttpRequest, name: str, limit: int) -> list[dict[str, Any]]:
    """The list of objects a body holds under a name.

    Errors: WidgetBodyTooLarge, WidgetBodyInvalid.
    """
    length = request.headers.get("Content-Length", "")
    if length.isdigit() and int(length[:12]) > BODY_MAX_BYTES:
        raise WidgetBodyTooLarge(limit=BODY_MAX_BYTES)
    try:
        told = json.loads(request.body)
    except (ValueError, RecursionError):
        raise WidgetBodyInvalid(field="body") from None
    found = told.get(name) if isinstance(told, dict) else None
    if not isinstance(found, list) or not 0 < len(found) <= limit or not all(isinstance(each, dict) for each in found):
        raise WidgetBodyInvalid(field=name)
    return found


def read_text(row: dict[str, Any], name: str, limit: int = 64) -> str:
    """A short text of a row.

    Errors: WidgetBodyInvalid.
    """
    value = row.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= limit or not value.isprintable():
        raise WidgetBodyInvalid(field=name)
    return value
