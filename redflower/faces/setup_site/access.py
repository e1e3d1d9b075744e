"""Who may walk through the guide: nobody once the site is open, and whoever proves to be its keeper before."""

import functools
import hmac
import ipaddress
from collections.abc import Callable

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from redflower.domains.people.selectors import is_empty_instance

View = Callable[[HttpRequest], HttpResponse]


def while_empty(view: View) -> View:
    """A page of the guide: it exists only until the site is open, and never in a demo."""

    @functools.wraps(view)
    def guarded(request: HttpRequest) -> HttpResponse:
        if settings.REDFLOWER_DEMO or not is_empty_instance():
            raise Http404
        return view(request)

    return guarded


def for_the_operator(view: View) -> View:
    """A page of the guide behind its first step."""

    @while_empty
    @functools.wraps(view)
    def guarded(request: HttpRequest) -> HttpResponse:
        if not (request.user.is_authenticated and request.user.is_operator):
            return redirect("setup_account")
        return view(request)

    return guarded


def may_found(request: HttpRequest, token: str) -> bool:
    """True for somebody who holds the set-up token, or, where there is none, who sits at the machine itself."""
    if settings.REDFLOWER_SETUP_TOKEN:
        return hmac.compare_digest(token.strip().encode(), settings.REDFLOWER_SETUP_TOKEN.encode())
    if "HTTP_X_FORWARDED_FOR" in request.META or "HTTP_FORWARDED" in request.META:
        return False
    try:
        return ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return not request.META.get("REMOTE_ADDR")  # a Unix socket
