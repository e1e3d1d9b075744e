"""The frame of the partner console: who may come in, and what stands in its navigation."""

import functools
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache

from redflower.domains.scenes.selectors.partners import access_partner
from redflower.domains.scenes.types import PartnerView
from redflower.faces.shared.jinja import pick
from redflower.kernel.text import N_

_PAGES = (
    ("overview", "", N_("概况"), "chart-column"),
    ("keys", "keys/", N_("密钥"), "key-round"),
    ("webhooks", "webhooks/", N_("通知"), "mail"),
    ("start", "start/", N_("接入与练习"), "code-xml"),
)


def members_only(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A page about one partner, for its members and for operators; for anybody else the partner does not exist.

    The view is given the partner in place of its id. Errors: PartnerNotFound.
    """

    @never_cache
    @functools.wraps(view)
    def guarded(request: HttpRequest, partner_id: UUID, **parts: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        return view(request, access_partner(partner_id, request.user.id), **parts)

    return guarded


def show(request: HttpRequest, partner: PartnerView, page: str, *, status: int = 200, **context: Any) -> HttpResponse:
    """A page of the console; `page` is the entry of the navigation that is lit, and the template's name."""
    root = f"/partners/{partner.id}/"
    navigation = [
        {
            "text": gettext(text),
            "href": root + path,
            "icon": icon,
            "active": key == {"message": "webhooks"}.get(page, page),
            "count": 0,
        }
        for key, path, text, icon in _PAGES
    ]
    navigation.append({"text": gettext("全部合作方"), "href": "/partners", "icon": "list", "active": False, "count": 0})
    frame = {"console_name": pick(partner, "name"), "console_nav": navigation, "partner": partner, "root": root}
    return render(request, f"partner_api/{page}.html", {**frame, **context}, status=status)
