"""The list of projects: search, filters that combine, and an order nobody can buy."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers

from redflower.domains.organizations.selectors import list_charities
from redflower.domains.organizations.types import CharityView
from redflower.domains.projects.selectors import list_projects
from redflower.domains.projects.types import Cause, ProjectView
from redflower.faces.donor_site.views.cards import load_cards
from redflower.faces.donor_site.views.stage import load_stage
from redflower.faces.shared.causes import list_causes
from redflower.faces.shared.paging import read_cursor
from redflower.faces.shared.regions import REGIONS
from redflower.kernel import clock

_PAGE = 12
_WORDS_MAX_CHARS = 60
_CHARITIES_MAX = 500
_OPENNESS = ("open", "finished", "all")


@dataclass(frozen=True, slots=True)
class Filters:
    """What a visitor asked for; anything unknown is left out, so an old link still shows something."""

    words: str
    cause: str
    region: str
    charity: CharityView | None
    openness: str

    @property
    def is_empty(self) -> bool:
        return not (self.words or self.cause or self.region or self.charity or self.openness != "open")

    def address(self, **extra: str) -> str:
        """The shortest address of these filters."""
        asked = {
            "q": self.words,
            "cause": self.cause,
            "region": self.region,
            "charity": self.charity.slug if self.charity else "",
            "open": "" if self.openness == "open" else self.openness,
            **extra,
        }
        query = urlencode({name: value for name, value in asked.items() if value})
        return f"/projects?{query}" if query else "/projects"


def projects(request: HttpRequest) -> HttpResponse:
    """All projects; for htmx only the part that changed."""
    now = clock.now()
    charities = list_charities(limit=_CHARITIES_MAX)
    filters = _read_filters(request, charities)
    day = _read_day(request, now)
    after = read_cursor(request)
    found = _find(filters, day, after, now)
    page = found[:_PAGE]
    more = filters.address(day=day, after=str(page[-1].id)) if len(found) > _PAGE else ""
    context = {"filters": filters, "cards": load_cards(page, now), "more": more, "is_first": after is None}
    part = _part(request)
    if not part:
        context |= {
            "causes": list_causes(),
            "regions": REGIONS,
            "charities": charities,
            "openness": _OPENNESS,
            "stage": load_stage(now),
        }
    response = render(request, f"donor_site/{part or 'projects'}.html", context)
    patch_vary_headers(response, ("HX-Request", "HX-Target"))
    if part == "projects_found":
        response["HX-Push-Url"] = filters.address()
    return response


def _part(request: HttpRequest) -> str:
    """The partial that htmx will put in place; none for a whole page."""
    if not request.htmx or request.htmx.history_restore_request:
        return ""
    return {"found": "projects_found", "more": "projects_more"}.get(request.htmx.target or "", "")


def _find(filters: Filters, day: str, after: UUID | None, now: datetime) -> list[ProjectView]:
    return list_projects(
        words=filters.words,
        cause=filters.cause,
        region=filters.region,
        charity_id=filters.charity.id if filters.charity else None,
        openness=filters.openness,
        after=after,
        limit=_PAGE + 1,
        now=now,
        day_seed=day,
    )


def _read_filters(request: HttpRequest, charities: Iterable[CharityView]) -> Filters:
    asked = request.GET
    openness = asked.get("open", "")
    return Filters(
        words=asked.get("q", "").replace("\0", "").strip()[:_WORDS_MAX_CHARS],
        cause=_known(asked.get("cause", ""), Cause),
        region=_known(asked.get("region", ""), (region.code for region in REGIONS)),
        charity=next((charity for charity in charities if charity.slug == asked.get("charity")), None),
        openness=openness if openness in _OPENNESS else "open",
    )


def _known(value: str, values: Iterable[str]) -> str:
    return value if value in tuple(values) else ""


def _read_day(request: HttpRequest, now: datetime) -> str:
    """The day whose shuffle is shown: later pages stay with the day of the first one, also past midnight."""
    today = str(clock.local_date(now, settings.TIME_ZONE))
    try:
        return str(date.fromisoformat(request.GET.get("day", today)))
    except ValueError:
        return today
