"""Who may enter the back office."""

import functools
from collections.abc import Callable
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache


def operators_only(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A page for operators: strangers are asked to sign in, others are told that it is not for them."""

    @never_cache
    @functools.wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if not request.user.is_operator:
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded
