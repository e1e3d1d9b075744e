"""What is new, as Atom; festivals and report dates, as iCalendar. In either language, the same for everybody."""

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils import translation
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from redflower.domains.disclosures.rules import CHINA_2023, compute_duties
from redflower.domains.disclosures.selectors import find_reports_by_project, list_latest_reports
from redflower.domains.disclosures.types import DutyState, Report, ReportKind
from redflower.domains.festivals.selectors import list_all_pools, list_festivals
from redflower.domains.festivals.types import FestivalView, PoolState, PoolView
from redflower.domains.projects.rules import compute_openness
from redflower.domains.projects.selectors import (
    find_projects_by_id,
    get_project,
    list_projects,
    list_projects_for_operators,
)
from redflower.domains.projects.types import Openness, ProjectView
from redflower.faces.proof_site import atom, icalendar
from redflower.faces.proof_site.atom import NewsItem
from redflower.faces.proof_site.icalendar import Event
from redflower.faces.shared.context import site_name
from redflower.faces.shared.formats import day, yuan
from redflower.faces.shared.jinja import pick
from redflower.kernel import clock
from redflower.kernel.ids import derive_id
from redflower.kernel.text import N_

_ITEMS = 40
_PAGE = 200
_CACHE = "public, max-age=300"
_REPORTS = {ReportKind.PROGRESS: N_("进展报告"), ReportKind.FINANCE: N_("财务报告"), ReportKind.FINAL: N_("结项报告")}


@require_safe
def news(request: HttpRequest) -> HttpResponse:
    """New projects, published reports and festival results, the latest first; `?language=` says in which language."""
    return _answer(request, _write_news, atom.MEDIA_TYPE)


@require_safe
def calendar(request: HttpRequest) -> HttpResponse:
    """Festivals and the dates by which reports are due: of all projects, or of one with `?project=`.

    Errors: ProjectNotFound.
    """
    return _answer(request, _write_calendar, icalendar.MEDIA_TYPE)


def _answer(request: HttpRequest, write: Callable[[HttpRequest, datetime], bytes], kind: str) -> HttpResponse:
    asked = request.GET.get("language", "")
    language = asked if asked in dict(settings.LANGUAGES) else translation.get_language() or settings.LANGUAGE_CODE
    now = clock.now()
    with translation.override(language):
        body = write(request, now)
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    if tag in request.headers.get("If-None-Match", ""):
        response: HttpResponse = HttpResponseNotModified()
    else:
        response = HttpResponse(body, content_type=kind)
    response["ETag"] = tag
    response["Cache-Control"] = _CACHE
    response["Access-Control-Allow-Origin"] = "*"
    if asked == language:  # else it was chosen by who asked, and caches must know
        response["Content-Language"] = language
    return response


def _write_news(request: HttpRequest, now: datetime) -> bytes:
    root = request.build_absolute_uri("/")[:-1]
    language = translation.get_language() or ""
    name = site_name(language)
    found = [*_new_projects(root, now), *_new_reports(root, now), *_results(root, language)]
    items = sorted(found, key=lambda item: (item.at, item.id), reverse=True)[:_ITEMS]
    address = f"{root}/open/news.atom?language={language}"
    return atom.write_feed(address, f"{root}/", gettext("%(site)s的新消息") % {"site": name}, name, language, items)


def _new_projects(root: str, now: datetime) -> list[NewsItem]:
    return [
        NewsItem(
            id=project.id,
            at=project.published_at,
            kind="project",
            title=gettext("新项目：%(title)s") % {"title": pick(project, "title")},
            text=pick(project, "summary"),
            href=f"{root}/projects/{project.slug}",
        )
        for project in list_projects_for_operators("published", limit=_ITEMS)
        if project.published_at and compute_openness(project, now) != Openness.UNLISTED
    ]


def _new_reports(root: str, now: datetime) -> list[NewsItem]:
    reports = list_latest_reports(now, _ITEMS)
    projects = find_projects_by_id({report.project_id for report in reports})
    return [
        NewsItem(
            id=report.id,
            at=report.published_at,
            kind="report",
            title=f"{pick(projects[report.project_id], 'title')} · {pick(report, 'title')}",
            text=_opening(report),
            href=f"{root}/projects/{projects[report.project_id].slug}#reports",
        )
        for report in reports
        if compute_openness(projects[report.project_id], now) != Openness.UNLISTED
    ]


def _opening(report: Report) -> str:
    return pick(report, "body").split("\n\n")[0]


def _results(root: str, language: str) -> list[NewsItem]:
    """Festivals whose pools are all closed."""
    pools: dict[FestivalView, list[PoolView]] = {}
    for festival, pool in list_all_pools():
        pools.setdefault(festival, []).append(pool)
    return [
        NewsItem(
            id=derive_id(festival.id, "results"),
            at=max(pool.closed_at for pool in each if pool.closed_at),
            kind="festival",
            title=gettext("%(festival)s的结果") % {"festival": pick(festival, "name")},
            text=gettext("配出 %(granted)s，退回出资方 %(returned)s。秘密已经公开，谁都可以重抽一遍。")
            % {
                "granted": yuan(sum(pool.granted_minor for pool in each), language),
                "returned": yuan(sum(pool.returned_minor for pool in each), language),
            },
            href=f"{root}/festivals/{festival.slug}",
        )
        for festival, each in pools.items()
        if all(pool.state == PoolState.CLOSED for pool in each)
    ]


def _write_calendar(request: HttpRequest, now: datetime) -> bytes:
    root = request.build_absolute_uri("/")[:-1]
    name = site_name(translation.get_language() or "")
    slug = request.GET.get("project", "")
    if slug:
        project = get_project(slug, now)
        name = f"{pick(project, 'title')} · {name}"
        events = _dues([project], root, now)
    else:
        events = [_festival(festival, root) for festival in list_festivals()]
        page = list_projects(openness="all", limit=_PAGE, now=now)
        while page:
            events += _dues(page, root, now)
            page = list_projects(openness="all", after=page[-1].id, limit=_PAGE, now=now)
    # The same file all day, unless something in it changes.
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return icalendar.write_calendar(name, sorted(events, key=lambda event: event.uid), today)


def _festival(festival: FestivalView, root: str) -> Event:
    return Event(
        uid=f"festival-{festival.id}@{_host(root)}",
        starts=festival.opens_at,
        ends=festival.closes_at,
        title=pick(festival, "name"),
        text=pick(festival, "summary"),
        href=f"{root}/festivals/{festival.slug}",
        kind=gettext("公益节"),
    )


def _dues(projects: Sequence[ProjectView], root: str, now: datetime) -> list[Event]:
    """The reports these projects still owe, each on its last day."""
    reports = find_reports_by_project([project.id for project in projects])
    events = []
    for project in projects:
        known = reports.get(project.id, [])
        for duty in compute_duties(project.starts_at, project.ends_at, known, CHINA_2023, now):
            if duty.state == DutyState.MET:
                continue
            due_on = clock.local_date(duty.due_at, settings.TIME_ZONE)
            what = {"project": pick(project, "title"), "report": gettext(_REPORTS[duty.kind])}
            events.append(
                Event(
                    uid=f"due-{project.id}-{duty.kind}-{due_on:%Y%m%d}@{_host(root)}",
                    starts=due_on,
                    ends=None,
                    title=gettext("%(project)s：%(report)s到期") % what,
                    text=gettext("按《慈善法》，最晚在 %(day)s 公布。")
                    % {"day": day(due_on, translation.get_language() or "", now.date())},
                    href=f"{root}/projects/{project.slug}#reports",
                    kind=gettext("报告期限"),
                )
            )
    return events


def _host(root: str) -> str:
    return urlsplit(root).hostname or "localhost"
