"""Until an instance is set up, every public page leads to its guide."""

from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext

from redflower.domains.people.selectors import is_empty_instance
from redflower.faces.shared.refusals import answer_unavailable, problem, wants_json

_ALWAYS = ("/setup/", "/static/", "/accounts/", "/language", "/livez", "/readyz", "/manifest", "/sw.js", "/offline")


class SetupMiddleware:
    """Asks the database until the answer is "open", and never again; a demo is open from the start."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        if settings.REDFLOWER_DEMO:
            raise MiddlewareNotUsed
        self.get_response = get_response
        self._is_open = False

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if self._is_open or request.path.startswith(_ALWAYS):
            return self.get_response(request)
        try:
            self._is_open = not is_empty_instance()
        except (OperationalError, InterfaceError):
            return answer_unavailable(request)
        if self._is_open:
            return self.get_response(request)
        if wants_json(request):
            return problem(503, "not_open_yet", gettext("这个站点还在准备中"))
        return HttpResponseRedirect("/setup/")
