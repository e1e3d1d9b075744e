"""How a refusal is shown: a page for people, problem+json (RFC 9457) for programs."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext

from redflower.kernel.errors import Refusal


def tell(refusal: Refusal) -> str:
    """The refusal's sentence in the active language, with its facts."""
    return gettext(refusal.sentence).format(**refusal.facts)


def problem(status: int, code: str, title: str, **facts: Any) -> JsonResponse:
    """An RFC 9457 problem document."""
    body = {"type": f"urn:redflower:problem:{code}", "title": title, "status": status, "code": code, **facts}
    return JsonResponse(
        body, status=status, content_type="application/problem+json", json_dumps_params={"ensure_ascii": False}
    )


def wants_json(request: HttpRequest) -> bool:
    """True for programs: the API's and the notices' addresses, or a client that accepts only JSON."""
    return request.path.startswith(("/api/", "/notices/")) or request.headers.get("Accept", "").startswith(
        "application/json"
    )


def answer_refusal(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """The whole answer to a refused request."""
    sentence = tell(refusal)
    if wants_json(request):
        return problem(
            refusal.status, refusal.code, sentence, facts={key: str(value) for key, value in refusal.facts.items()}
        )
    if refusal.status == 404:
        return render(request, "shared/404.html", {"sentence": sentence}, status=404)
    return render(request, "shared/refusal.html", {"sentence": sentence, "code": refusal.code}, status=refusal.status)


def answer_unavailable(request: HttpRequest) -> HttpResponse:
    """The answer while the database is away."""
    sentence = gettext("我们暂时连不上账本，没有任何扣款或记录发生，请稍后再试")
    if wants_json(request):
        response: HttpResponse = problem(503, "unavailable", sentence)
    else:
        response = render(request, "shared/503.html", {"sentence": sentence}, status=503)
    response["Retry-After"] = "5"
    return response
