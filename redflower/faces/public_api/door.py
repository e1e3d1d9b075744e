"""What every request to the API passes through, before and after the operation that answers it."""

import hashlib
from collections.abc import Callable, Iterator
from functools import wraps

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response

from redflower.faces.public_api import refusals
from redflower.faces.public_api.document import find_operation
from redflower.faces.public_api.problems import answer_faults, describe_fault, quote
from redflower.faces.shared.refusals import answer_refusal
from redflower.kernel.errors import Refusal
from redflower.kernel.text import has_forbidden_characters

View = Callable[..., HttpResponse]

_READING = frozenset({"GET", "HEAD"})
# Data answers speak both languages at once, so one copy serves everybody.
_LIST_FRESH = "public, max-age=2"
_BOTH_LANGUAGES = "zh-Hans, en"
_PREFLIGHT_SECONDS = 86_400


def door(view: View) -> View:
    """Wraps a view of the API: checks the request, answers HEAD and OPTIONS, and lets caches and browsers know.

    Errors: AddressNotFound, a problem naming each query parameter in fault, MediaTypeUnsupported, BodyLengthMissing,
    BodyTooLarge, BodyUnreadable (an empty body), MethodNotAllowed.
    """

    @wraps(view)
    def pass_through(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        asked = request.method or ""
        if asked == "HEAD":
            request.method = "GET"
        try:
            response = _refuse_parameters(request) or view(request, *args, **kwargs)
            response = _answer_method(request, asked, response)
        except Refusal as refusal:
            response = answer_refusal(request, refusal)
            if refusal.status == 405:
                response["Allow"] = refusal.facts["allowed"]
        if response.status_code == 200 and asked in _READING:
            response = _let_caches_know(request, response)
        if asked == "HEAD" and response.status_code != 304:
            response["Content-Length"] = str(len(response.content))
            response.content = b""
        if asked in _READING or (asked == "OPTIONS" and response.status_code == 204):
            _let_browsers_know(response)
        return response

    return pass_through


def _refuse_parameters(request: HttpRequest) -> HttpResponse | None:
    if has_forbidden_characters(request.path):
        raise refusals.AddressNotFound
    operation = find_operation(request)
    if operation is None:  # the view knows which methods there are
        return None
    if "requestBody" in operation:
        _check_body(request)
    faults = list(_find_faults(request, {item["name"] for item in operation["parameters"] if item["in"] == "query"}))
    return answer_faults(faults) if faults else None


def _find_faults(request: HttpRequest, known: set[str]) -> Iterator[dict[str, str]]:
    """A parameter that would be ignored is a filter somebody believes in: it is refused."""
    for name, values in request.GET.lists():
        if name not in known:
            yield describe_fault("query", quote(name), "extra_forbidden")
        elif len(values) > 1:
            yield describe_fault("query", name, "repeated")
        elif has_forbidden_characters(values[0]):
            yield describe_fault("query", name, "text_unreadable")


def _check_body(request: HttpRequest) -> None:
    charset = request.content_params.get("charset", "utf-8").lower()
    if (
        request.content_type != "application/json"
        or charset not in ("utf-8", "utf8")
        or request.headers.get("Content-Encoding", "identity") != "identity"
    ):
        raise refusals.MediaTypeUnsupported
    if "Transfer-Encoding" in request.headers:
        raise refusals.BodyLengthMissing
    limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    length = request.headers.get("Content-Length", "")
    if length.isascii() and length.isdigit() and int(length[:20]) > limit:
        raise refusals.BodyTooLarge(limit_bytes=limit)
    if not request.body:
        raise refusals.BodyUnreadable


def _answer_method(request: HttpRequest, asked: str, response: HttpResponse) -> HttpResponse:
    if response.status_code != 405:
        return response
    methods = {name.strip() for name in response["Allow"].split(",")}
    allowed = ", ".join(sorted(methods | {"OPTIONS"} | ({"HEAD"} if "GET" in methods else set())))
    if asked != "OPTIONS":
        raise refusals.MethodNotAllowed(method=quote(asked), allowed=allowed)
    return HttpResponse(status=204, headers={"Allow": allowed})


def _let_caches_know(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    headers = response.headers
    headers.setdefault("Cache-Control", _LIST_FRESH)
    headers.setdefault("Vary", "Accept-Encoding")
    headers.setdefault("Content-Language", _BOTH_LANGUAGES)
    headers["ETag"] = f'"{hashlib.sha256(response.content).hexdigest()[:32]}"'
    answered: HttpResponse = get_conditional_response(request, etag=headers["ETag"], response=response)
    return answered


def _let_browsers_know(response: HttpResponse) -> None:
    """Pages of other sites may read what is public; only GET, and without cookies."""
    response["Access-Control-Allow-Origin"] = "*"
    response["Access-Control-Expose-Headers"] = "ETag, Retry-After"
    if response.status_code == 204:
        response["Access-Control-Allow-Methods"] = "GET, HEAD"
        response["Access-Control-Allow-Headers"] = "Accept, Accept-Language, Content-Type, If-None-Match"
        response["Access-Control-Max-Age"] = str(_PREFLIGHT_SECONDS)
