"""Error pages, language switch, icons and health: what every face needs and none owns."""

from django.conf import settings
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_POST

from redflower.faces.shared.pictures import draw_picture
from redflower.faces.shared.refusals import problem, wants_json
from redflower.plumbing.db import check_database


def livez(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return HttpResponse("ok\n", content_type="text/plain")


def readyz(request: HttpRequest) -> HttpResponse:
    """The process and its database answer."""
    try:
        check_database()
    except OperationalError:
        return JsonResponse({"database": "unavailable"}, status=503)
    return JsonResponse({"database": "ok"})


@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Keeps the visitor's language in a cookie and goes back to where they were."""
    response = HttpResponseRedirect(_way_back(request))
    language = request.POST.get("language", "")
    if language in dict(settings.LANGUAGES):
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            language,
            max_age=31_536_000,
            samesite="Lax",
            secure=settings.SESSION_COOKIE_SECURE,
        )
    return response


def _way_back(request: HttpRequest) -> str:
    asked = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(asked, allowed_hosts={request.get_host()}) and asked.startswith("/"):
        return asked
    return "/"


@cache_control(public=True, max_age=86_400, immutable=True)
def picture(request: HttpRequest, motif: str, palette: str, seed: int) -> HttpResponse:
    """A project's drawing."""
    try:
        svg = draw_picture(motif, palette, seed)
    except ValueError:
        return HttpResponse(status=404)
    return HttpResponse(svg, content_type="image/svg+xml")


def _error(request: HttpRequest, status: int, code: str, sentence: str) -> HttpResponse:
    if wants_json(request):
        return problem(status, code, sentence)
    return render(request, f"shared/{status}.html", {"sentence": sentence}, status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400: the request itself is malformed."""
    return _error(request, 400, "bad_request", gettext("请求的格式不对"))


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403: known, but not allowed."""
    return _error(request, 403, "permission_denied", gettext("你没有查看这个页面的权限"))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404: nothing here."""
    return _error(request, 404, "not_found", gettext("没有找到这个页面"))


def server_error(request: HttpRequest) -> HttpResponse:
    """500: a bug of ours."""
    return _error(request, 500, "server_error", gettext("出错了，是我们的问题"))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403: a form that was not sent from our pages, or whose page has grown too old."""
    if wants_json(request):
        return problem(403, "csrf_failed", gettext("页面停留太久，请刷新后再试"))
    return render(request, "shared/csrf.html", {}, status=403)
