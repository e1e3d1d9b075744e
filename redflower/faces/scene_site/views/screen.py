"""The big screen of an event: a code that changes every half minute, as a QR code and in letters."""

from typing import Any

import segno
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from markupsafe import Markup

from redflower.domains.scenes.errors import CampaignNotFound
from redflower.domains.scenes.rules.checkin import make_code
from redflower.domains.scenes.selectors.campaigns import get_item, read_secret
from redflower.faces.scene_site.views.scene import get_shown
from redflower.kernel import clock


@never_cache
@require_safe
def screen(request: HttpRequest, slug: str, event: str) -> HttpResponse:
    """The screen; for operators, and for everybody in a demo.

    Errors: CampaignNotFound, ItemNotFound.
    """
    return render(request, "scene_site/screen.html", _context(request, slug, event))


@never_cache
@require_safe
def screen_code(request: HttpRequest, slug: str, event: str) -> HttpResponse:
    """The part of the screen that changes."""
    return render(request, "scene_site/screen_code.html", _context(request, slug, event))


def _context(request: HttpRequest, slug: str, event: str) -> dict[str, Any]:
    campaign = get_shown(slug)
    if campaign.kind != "checkin":
        raise CampaignNotFound
    if not settings.REDFLOWER_DEMO and not getattr(request.user, "is_operator", False):
        raise PermissionDenied
    item = get_item(campaign.id, event)
    seconds = campaign.rule_body["code_seconds"]
    code = make_code(read_secret(campaign.id), item.code, clock.now(), seconds)
    address = f"{settings.REDFLOWER_BASE_URL}/scenes/{slug}?event={item.code}&code={code}"
    return {"campaign": campaign, "item": item, "code": code, "seconds": seconds, "qr": _draw(address)}


def _draw(address: str) -> Markup:
    """An inline SVG of an address, in the ink and paper of its box."""
    code = segno.make(address, error="m", micro=False)
    width, height = code.symbol_size(scale=1, border=2)
    squares = "".join(
        f"M{column} {row}h1v1h-1z"
        for row, line in enumerate(code.matrix_iter(scale=1, border=2))
        for column, dark in enumerate(line)
        if dark
    )
    return Markup('<svg class="qr-code" viewBox="0 0 {} {}" aria-hidden="true"><path d="{}"/></svg>').format(
        width, height, squares
    )
