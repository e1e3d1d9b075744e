"""Mine: what I have given, what became of it, and the flowers I have earned; for accounts, and for this device's guest."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from redflower.domains.donations.selectors import list_gifts_of_donors, list_years_of_donors, sum_gifts_of_donors
from redflower.domains.donations.types import GiftView
from redflower.domains.festivals.selectors import count_undrawn_tickets, list_awards_of_gifts, sum_awards_of_donors
from redflower.domains.flowers.rules import FIRST_GIFT_OF_DAY
from redflower.domains.flowers.selectors import count_by_day, count_by_deed, count_flowers, find_earnings_of_subjects
from redflower.domains.people.errors import ShownNameInvalid
from redflower.domains.people.selectors import find_donor
from redflower.domains.people.services import rename_donor
from redflower.domains.projects.selectors import find_projects_by_id
from redflower.faces.donor_site.views.ledger_place import find_ledger_place
from redflower.faces.shared.donor_cookie import donors_of, ensure_donor, remember_donor
from redflower.faces.shared.instance import gift_path
from redflower.faces.shared.paging import read_cursor
from redflower.faces.shared.refusals import tell
from redflower.kernel import clock
from redflower.kernel.text import N_

_PAGE = 12
_WEEKS = 6
# What each deed is called where flowers are told by where they came from.
DEED_NAMES = {FIRST_GIFT_OF_DAY: N_("当天的第一笔捐赠")}


@dataclass(frozen=True, slots=True)
class MyGift:
    """One of my gifts as the list shows it. Units: fen."""

    gift: GiftView
    picture_url: str
    path: str
    ledger_place: str
    award_minor: int
    is_drawing: bool
    flowers: int


@require_safe
def me(request: HttpRequest) -> HttpResponse:
    """My gifts and flowers; a guest sees this device's, with an invitation to sign in.

    With HTMX only the next gifts of the list.
    Errors: CursorInvalid.
    """
    return _show(request)


@require_POST
def rename(request: HttpRequest) -> HttpResponse:
    """Keeps the name that the giving form offers next time."""
    donor_id = ensure_donor(request)
    try:
        rename_donor(donor_id, request.POST.get("shown_name", ""))
    except ShownNameInvalid as refusal:
        return _show(request, refusal.status, name_typed=request.POST["shown_name"], name_error=tell(refusal))
    messages.success(request, gettext("名字已经记下"))
    response = HttpResponseRedirect("/me", status=303)
    remember_donor(request, response, donor_id)
    return response


def _show(request: HttpRequest, status: int = 200, **facts: str) -> HttpResponse:
    now = clock.now()
    donors = donors_of(request)
    after = read_cursor(request)
    listed = list_gifts_of_donors(donors, now, after, _PAGE + 1)
    context: dict[str, Any] = {
        "gifts": _tell_gifts(listed[:_PAGE]),
        "next_after": listed[_PAGE - 1].id if len(listed) > _PAGE else None,
        "after": after,
    }
    page = "donor_site/me_gifts.html"
    if not request.htmx:
        page, context = "donor_site/me.html", context | _sum_up(donors, now) | facts
    response = render(request, page, context, status=status)
    response["Cache-Control"] = "private, no-store"
    return response


def _tell_gifts(gifts: Sequence[GiftView]) -> list[MyGift]:
    ids = [gift.id for gift in gifts]
    projects = find_projects_by_id({gift.project_id for gift in gifts})
    awards = list_awards_of_gifts(ids)
    undrawn = count_undrawn_tickets(ids)
    flowers = find_earnings_of_subjects(ids)
    return [
        MyGift(
            gift=gift,
            picture_url=projects[gift.project_id].picture_url,
            path=gift_path(gift.id),
            ledger_place=find_ledger_place(gift),
            award_minor=sum(award.amount_minor for award in awards.get(gift.id, ())),
            is_drawing=gift.id in undrawn,
            flowers=flowers[gift.id].amount if gift.id in flowers else 0,
        )
        for gift in gifts
    ]


def _sum_up(donors: Sequence[UUID], now: datetime) -> dict[str, Any]:
    today = clock.local_date(now, settings.TIME_ZONE)
    return {
        "sums": sum_gifts_of_donors(donors),
        "matched_minor": sum_awards_of_donors(donors),
        "years": list_years_of_donors(donors, settings.TIME_ZONE),
        "flowers": count_flowers(donors),
        "by_day": count_by_day(donors, today - timedelta(weeks=_WEEKS)),
        "by_deed": [(DEED_NAMES.get(deed, deed), count) for deed, count in count_by_deed(donors).items()],
        "today": today,
        "weeks": _WEEKS,
        "donor": find_donor(donors[0]) if donors else None,
    }
