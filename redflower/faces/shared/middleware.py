"""What every request passes through."""

import logging
from collections.abc import Callable, Sequence

import psycopg
from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation.trans_real import get_supported_language_variant, parse_accept_lang_header

from redflower.faces.shared.refusals import answer_refusal, answer_unavailable
from redflower.faces.shared.site import offered_languages
from redflower.kernel.errors import Refusal

logger = logging.getLogger("redflower")


class LanguageMiddleware:
    """Chooses among the site's languages: the visitor's cookie, else what their browser asks for, else the first."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        offered = offered_languages()
        translation.activate(chosen if chosen in offered else _choose_asked(request, offered))
        request.LANGUAGE_CODE = translation.get_language()  # type: ignore[attr-defined]
        response = self.get_response(request)
        if "Content-Language" not in response.headers:  # an answer that names its languages is the same for everybody
            response.headers["Content-Language"] = translation.get_language() or settings.LANGUAGE_CODE
            patch_vary_headers(response, ("Accept-Language", "Cookie"))
        return response


def _choose_asked(request: HttpRequest, offered: Sequence[str]) -> str:
    """The first language of the browser's list that the site offers, else the site's own default."""
    for asked, _ in parse_accept_lang_header(request.headers.get("Accept-Language", "")):
        try:
            known = get_supported_language_variant(asked)
        except LookupError:
            continue
        if known in offered:
            return known
    return offered[0]


# Rooms speak to the database through Django and through the driver itself; both can find it gone.
DATABASE_AWAY = (OperationalError, InterfaceError, psycopg.OperationalError, psycopg.InterfaceError)


class RefusalMiddleware:
    """Turns a named refusal that a view let pass into a page or problem+json in the reader's language."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, Refusal):
            return answer_refusal(request, exception)
        if isinstance(exception, DATABASE_AWAY):
            # The database is away, not the visitor's fault and not a bug: say so and invite a retry.
            logger.error("database unavailable: %s", exception)
            return answer_unavailable(request)
        return None
