"""Linking oneself in a partner's app with who one is here: read first, say yes, and take it back whenever one likes."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from redflower.domains.flowers.selectors import count_flowers
from redflower.domains.scenes.errors import (
    LinkStatementExpired,
    LinkStatementUsed,
    PartnerNotActive,
    UserLinkedElsewhere,
)
from redflower.domains.scenes.selectors.links import find_link, get_link, is_statement_used, list_links
from redflower.domains.scenes.selectors.partners import get_partner
from redflower.domains.scenes.services.links import link_donors, release_users, unlink_donors
from redflower.domains.scenes.types import LinkStatement, LinkView, NewLink, PartnerState, PartnerView
from redflower.faces.shared.donor_cookie import donors_of, ensure_donor, promise_donor, remember_donor
from redflower.faces.shared.jinja import pick
from redflower.faces.shared.private_pages import keep_private
from redflower.faces.shared.refusals import tell
from redflower.faces.shared.scenes.linking import PATH, read_link_statement
from redflower.kernel import clock
from redflower.kernel.errors import Refusal


@dataclass(frozen=True, slots=True)
class Linked:
    """One of my links as the list shows it."""

    link: LinkView
    flowers: int


@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """The apps in which I am somebody, too; each can be let go."""
    links = [Linked(each, count_flowers([each.partner_donor_id])) for each in list_links(donors_of(request))]
    return keep_private(render(request, "scene_site/links.html", {"links": links}))


@require_POST
def end(request: HttpRequest, link_id: UUID) -> HttpResponse:
    """Ends one of my links.

    Errors: LinkNotFound.
    """
    donors = donors_of(request)
    link = get_link(link_id, donors)
    unlink_donors([link.id], donors, _actor(request), clock.now())
    messages.success(request, gettext("已经解除和“{app}”的关联").format(app=pick(link, "name")))
    return redirect("links")


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Asks whether to link, by a partner's statement, and does so; what stands in the way is told on the same page.

    Errors: LinkStatementInvalid, PartnerNotFound.
    """
    text = request.POST.get("statement") or request.GET.get("statement", "")
    statement = read_link_statement(text)
    partner = get_partner(statement.partner_id)
    if request.method != "POST":
        return _show(request, text, statement, partner)
    return _release(request, text, statement) if "release" in request.POST else _link(request, text, statement, partner)


def _link(request: HttpRequest, text: str, statement: LinkStatement, partner: PartnerView) -> HttpResponse:
    first, now = ensure_donor(request), clock.now()
    donors = (first, *(each for each in donors_of(request) if each != first))
    try:
        link_donors([NewLink(statement, donors)], _actor(request), now)
    except Refusal:
        return _show(request, text, statement, partner)  # which finds out by itself what stands in the way
    messages.success(
        request, gettext("关联好了。在“{app}”得到的小红花，从此也在这里").format(app=pick(partner, "name"))
    )
    response = redirect("links")
    remember_donor(request, response, first)
    return response


def _release(request: HttpRequest, text: str, statement: LinkStatement) -> HttpResponse:
    """Ends a link with somebody else, then asks again."""
    try:
        release_users([statement], clock.now())
    except Refusal as refusal:
        messages.error(request, tell(refusal))
    else:
        messages.success(request, gettext("原来的关联已经解除"))
    return redirect(_address(text))


def _find_obstacle(statement: LinkStatement, partner: PartnerView, link: LinkView | None) -> Refusal | None:
    """Why this statement links nobody: as the service would refuse it, in the same order."""
    if clock.now() >= statement.expires_at:
        return LinkStatementExpired()
    if partner.state != PartnerState.ACTIVE:
        return PartnerNotActive()
    if is_statement_used(statement.id):
        return LinkStatementUsed()
    return UserLinkedElsewhere() if link else None


def _show(request: HttpRequest, text: str, statement: LinkStatement, partner: PartnerView) -> HttpResponse:
    donors, link = donors_of(request), find_link(statement.partner_donor_id)
    is_mine = link is not None and link.donor_id in donors
    obstacle = None if is_mine else _find_obstacle(statement, partner, link)
    context: dict[str, Any] = {
        "partner": partner,
        "statement": text,
        "flowers": count_flowers([statement.partner_donor_id]),
        "here": count_flowers(donors) if donors else 0,
        "is_mine": is_mine,
        "is_donor": bool(donors),
        "error": tell(obstacle) if obstacle else "",
        "code": obstacle.code if obstacle else "",
        "sign_in": f"{reverse('account_login')}?{urlencode({'next': _address(text)})}",
    }
    response = render(request, "scene_site/link.html", context, status=obstacle.status if obstacle else 200)
    promise_donor(request, response)
    return keep_private(response)  # the address is worth something for a quarter of an hour


def _address(text: str) -> str:
    return f"{PATH}?{urlencode({'statement': text})}"


def _actor(request: HttpRequest) -> UUID | None:
    return request.user.id if request.user.is_authenticated else None
