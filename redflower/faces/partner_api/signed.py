"""Requests that a partner's server has signed: who signed them, and how they are answered."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from redflower.adapters.partner_signature import SignedRequest
from redflower.domains.scenes.types import ReportingPartner, Scope
from redflower.engine.deed_door import BODY_MAX_BYTES, DeedDoorPolicy, identify, take_deeds
from redflower.faces.partner_api.refusals import PartnerMethodNotAllowed, WidgetBodyTooLarge
from redflower.faces.shared.refusals import answer_refusal
from redflower.faces.shared.scenes.doors import deed_policy, seal_key
from redflower.kernel import clock
from redflower.kernel.errors import Refusal
from redflower.plumbing.db import command, raw_connection


def read_signed(request: HttpRequest) -> SignedRequest:
    """The request as it came in, its body read within the door's limit.

    Errors: WidgetBodyTooLarge.
    """
    # Read past Django's limit for forms: a list of deeds has a larger one of its own.
    body = request.read(BODY_MAX_BYTES + 1)
    if len(body) > BODY_MAX_BYTES:
        raise WidgetBodyTooLarge(limit=BODY_MAX_BYTES)
    return SignedRequest(
        method=request.method or "",
        path=request.path,
        headers={name.lower(): value for name, value in request.headers.items()},
        body=body,
        query=request.META.get("QUERY_STRING", ""),
        authority=request.get_host(),
    )


def signed_door(method: str, scope: Scope) -> Callable[[Callable[..., Any]], Callable[..., HttpResponse]]:
    """Wraps a view that answers a partner with JSON: `view(body, partner)`.

    Errors: PartnerMethodNotAllowed, WidgetBodyTooLarge, and what `engine.deed_door.identify` refuses.
    """

    def wrap(view: Callable[[bytes, ReportingPartner], Any]) -> Callable[..., HttpResponse]:
        @csrf_exempt
        @wraps(view)
        def guarded(request: HttpRequest) -> HttpResponse:
            try:
                if request.method != method:
                    raise PartnerMethodNotAllowed(allowed=method)
                signed = read_signed(request)
                partner = _identify(signed, scope)
                response: HttpResponse = JsonResponse(
                    view(signed.body, partner), json_dumps_params={"ensure_ascii": False}
                )
            except Refusal as refusal:
                response = answer_refusal(request, refusal)
            response["Cache-Control"] = "no-store"
            return response

        return guarded

    return wrap


@command
def _identify(signed: SignedRequest, scope: Scope) -> ReportingPartner:
    return identify(raw_connection(), signed, seal_key(), scope, clock.now())


@csrf_exempt
def deeds(request: HttpRequest) -> HttpResponse:
    """The door for deeds, for installations that do not run the engine's: the same code, the same answers."""
    try:
        if request.method != "POST":
            raise PartnerMethodNotAllowed(allowed="POST")
        signed = read_signed(request)
    except Refusal as refusal:
        return answer_refusal(request, refusal)
    status, headers, body = _take(signed)
    response = HttpResponse(body, status=status)
    for name, value in headers:
        response[name] = value
    return response


@command
def _take(signed: SignedRequest) -> tuple[int, list[tuple[str, str]], bytes]:
    policy = DeedDoorPolicy(deed_policy(), seal_key())
    return take_deeds(raw_connection(), signed, policy, clock.now())
