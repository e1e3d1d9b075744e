"""The home page, and the two small parts of it that keep themselves fresh."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import get_language, gettext

from redflower.domains.disclosures.selectors import list_latest_reports
from redflower.domains.disclosures.types import ReportKind
from redflower.domains.donations.selectors import list_public_gifts
from redflower.domains.dreams.selectors import list_dreams, list_rounds
from redflower.domains.dreams.types import DreamState, DreamView, RoundPhase
from redflower.domains.insights.selectors import get_site_totals, list_hours, sum_between, sum_by_region
from redflower.domains.insights.types import HourTotals
from redflower.domains.people.selectors import is_empty_instance
from redflower.domains.projects.rules import compute_openness
from redflower.domains.projects.selectors import count_open_projects, find_projects_by_id, list_projects
from redflower.domains.projects.types import Openness
from redflower.faces.donor_site.views.cards import load_cards
from redflower.faces.donor_site.views.feed import FeedItem, load_feed
from redflower.faces.donor_site.views.qr import draw_qr
from redflower.faces.donor_site.views.stage import load_stage
from redflower.faces.shared.context import site_name
from redflower.faces.shared.jinja import pick
from redflower.faces.shared.labels import REPORT_KINDS
from redflower.faces.shared.schema_org import describe_site
from redflower.kernel import clock

_CARDS = 6
_FEED = 6
_REPORTS = 4
_MAP_DAYS = 7
_DREAMS = 3


@dataclass(frozen=True, slots=True)
class Today:
    """The gifts of a local day, hour by hour, beside the day before. Units: fen."""

    amount_minor: int
    gifts: int
    hours: tuple[int, ...]  # gifts of each hour that has begun
    hours_before: tuple[int, ...]  # 24, of the day before


def home(request: HttpRequest) -> HttpResponse:
    """The festival or the quiet season, totals, projects, and what has just happened."""
    now = clock.now()
    site = get_site_totals()
    projects = list_projects(limit=_CARDS, now=now, day_seed=str(clock.local_date(now, settings.TIME_ZONE)))
    if not projects and site.gifts == 0:
        return _unopened(request)
    return render(
        request,
        "donor_site/home.html",
        {
            "linked": describe_site(site_name(get_language() or ""), request.build_absolute_uri("/")),
            "stage": load_stage(now),
            "today": load_today(now),
            "site": site,
            "open_projects": count_open_projects(now),
            "cards": load_cards(projects, now),
            "feed": _load_latest(now),
            "by_region": sum_by_region(now - timedelta(days=_MAP_DAYS), now),
            "map_days": _MAP_DAYS,
            "reports": _load_reports(now),
            "dreams": _load_dreams(now),
            "qr": draw_qr(request.build_absolute_uri("/"), gettext("本站的二维码")),
        },
    )


def _unopened(request: HttpRequest) -> HttpResponse:
    """An instance without a project: its operator is led on, a visitor is told to come back."""
    if not settings.REDFLOWER_DEMO and is_empty_instance():
        return HttpResponseRedirect("/setup/")
    return render(request, "donor_site/unopened.html")


def home_live(request: HttpRequest) -> HttpResponse:
    """Today's total and what the pools still hold; asked for every two seconds."""
    now = clock.now()
    start, end = clock.day_bounds(clock.local_date(now, settings.TIME_ZONE), settings.TIME_ZONE)
    gifts, amount = sum_between(start, end)
    context = {"stage": load_stage(now), "today": Today(amount, gifts, (), ())}
    return render(request, "donor_site/home_live.html", context)


def feed_live(request: HttpRequest) -> HttpResponse:
    """The latest gifts; asked for every few seconds."""
    return render(request, "donor_site/home_feed.html", {"feed": _load_latest(clock.now())})


def load_today(now: datetime) -> Today:
    """Today and the day before, in one query."""
    zone = settings.TIME_ZONE
    day = clock.local_date(now, zone)
    start, end = clock.day_bounds(day, zone)
    before = clock.day_bounds(day - timedelta(days=1), zone)[0]
    rows = list_hours(before, end)
    today = [row for row in rows if row.hour >= start]
    begun = int((now - start) / timedelta(hours=1)) + 1
    return Today(
        amount_minor=sum(row.amount_minor for row in today),
        gifts=sum(row.gifts for row in today),
        hours=_by_hour(today, start, begun),
        hours_before=_by_hour([row for row in rows if row.hour < start], before, 24),
    )


def _by_hour(rows: list[HourTotals], start: datetime, count: int) -> tuple[int, ...]:
    gifts = {int((row.hour - start) / timedelta(hours=1)): row.gifts for row in rows}
    return tuple(gifts.get(hour, 0) for hour in range(min(count, 24)))


def _load_dreams(now: datetime) -> list[DreamView]:
    """Three dreams that take flowers now; a different three each day."""
    rounds = [each.id for each in list_rounds() if each.phase(now) == RoundPhase.OPEN]
    dreams = [dream for dream in list_dreams(rounds, now) if dream.state == DreamState.OPEN] if rounds else []
    first = clock.local_date(now, settings.TIME_ZONE).toordinal() * _DREAMS % max(len(dreams), 1)
    return (dreams + dreams)[first : first + min(_DREAMS, len(dreams))]


def _load_latest(now: datetime) -> list[FeedItem]:
    return load_feed(list_public_gifts(None, now, limit=_FEED), with_project=True)


def _load_reports(now: datetime) -> list[dict[str, Any]]:
    """The newest reports as a timeline, leaving out those of projects that have left the public's sight."""
    reports = list_latest_reports(now, _REPORTS * 2)
    projects = find_projects_by_id({report.project_id for report in reports})
    shown = [report for report in reports if compute_openness(projects[report.project_id], now) != Openness.UNLISTED]
    return [
        {
            "at": report.published_at,
            "title": pick(report, "title"),
            "text": pick(projects[report.project_id], "title"),
            "icon": REPORT_KINDS[report.kind].icon,
            "tone": "green" if report.kind == ReportKind.FINANCE else "",
            "href": f"/projects/{projects[report.project_id].slug}#reports",
            "link_text": gettext("读这份报告"),
        }
        for report in shown[:_REPORTS]
    ]
