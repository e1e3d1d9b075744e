"""What lets the site be installed and answer without a network."""

from functools import cache
from importlib import resources

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.utils import translation
from django.utils.translation import gettext
from django.views.decorators.cache import cache_control

from redflower.faces.shared.context import site_name

_ICONS = (
    ("shared/icons/favicon.svg", "any", "image/svg+xml", "any"),
    ("shared/icons/icon-192.png", "192x192", "image/png", "any"),
    ("shared/icons/icon-512.png", "512x512", "image/png", "any"),
    ("shared/icons/icon-maskable-512.png", "512x512", "image/png", "maskable"),
)
# Private or for operators; nothing of them belongs in a search engine.
_UNINDEXED = ("/me", "/g/", "/accounts/", "/backoffice/", "/sandbox/", "/setup/", "/demo/", "/live/")


def manifest(request: HttpRequest) -> JsonResponse:
    """The web manifest, in the reader's language."""
    language = translation.get_language() or settings.LANGUAGE_CODE
    name = site_name(language)
    shortcuts = ((gettext("全部项目"), "/projects"), (gettext("我的捐赠"), "/me"))
    body = {
        "id": "/",
        "name": name,
        "short_name": name,
        "description": gettext("一朵小红花，一件善事。每一元都有去处，每一朵都可核验。"),
        "lang": language,
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": "#fdf7ee",
        "theme_color": "#c8161d",
        "icons": [
            {"src": static(path), "sizes": sizes, "type": kind, "purpose": purpose}
            for path, sizes, kind, purpose in _ICONS
        ],
        "shortcuts": [{"name": text, "url": address} for text, address in shortcuts],
    }
    return JsonResponse(body, content_type="application/manifest+json", json_dumps_params={"ensure_ascii": False})


@cache
def _worker() -> str:
    return (resources.files("redflower.faces.shared") / "static/shared/js/sw.js").read_text("utf-8")


@cache_control(no_cache=True)
def service_worker(request: HttpRequest) -> HttpResponse:
    """The service worker, from the root so that it may answer for every page."""
    return HttpResponse(_worker(), content_type="text/javascript; charset=utf-8")


def offline(request: HttpRequest) -> HttpResponse:
    """The page a reader without a network sees."""
    return render(request, "shared/offline.html")


def robots(request: HttpRequest) -> HttpResponse:
    """What search engines may read; a demo's made-up world is none of their business."""
    rules = ["Disallow: /"] if settings.REDFLOWER_DEMO else [f"Disallow: {path}" for path in _UNINDEXED]
    return HttpResponse("\n".join(["User-agent: *", *rules, ""]), content_type="text/plain; charset=utf-8")


@cache_control(public=True, max_age=86_400)
def favicon(request: HttpRequest) -> HttpResponse:
    """Where browsers look for an icon without being told."""
    return HttpResponseRedirect(static("shared/icons/favicon.svg"))
