"""Charities: all of them, and one: who they are, what they run, and whether they report in time."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_safe
from markupsafe import Markup

from redflower.domains.disclosures.rules import CHINA_2023, compute_duties
from redflower.domains.disclosures.selectors import find_reports_by_project
from redflower.domains.disclosures.types import DutyState
from redflower.domains.organizations.selectors import get_charity, list_charities
from redflower.domains.organizations.types import CharityKind, CharityView
from redflower.domains.projects.rules import compute_openness
from redflower.domains.projects.selectors import count_projects_by_charity, list_projects
from redflower.domains.projects.types import Openness, ProjectView
from redflower.faces.donor_site.views.cards import ProjectCard, load_cards
from redflower.faces.donor_site.views.corrections import load_corrections
from redflower.faces.shared.jinja import pick
from redflower.faces.shared.paging import read_cursor
from redflower.faces.shared.pictures import draw_charity_mark
from redflower.faces.shared.regions import find_region
from redflower.faces.shared.schema_org import describe_charity, describe_crumbs
from redflower.kernel import clock
from redflower.kernel.text import N_

_PAGE = 48
_PROJECTS_MAX = 200
_KINDS = {
    CharityKind.FOUNDATION: N_("基金会"),
    CharityKind.ASSOCIATION: N_("社会团体"),
    CharityKind.SERVICE: N_("社会服务机构"),
}


@dataclass(frozen=True, slots=True)
class Punctuality:
    """How a charity keeps the deadlines of the law: those that have fallen due, and how they were met."""

    due: int
    in_time: int
    late: int
    overdue: int


@dataclass(frozen=True, slots=True)
class Listed:
    """A charity as the list shows it, with how many projects it runs now and how many there have been."""

    charity: CharityView
    kind: str
    mark: Markup
    running: int
    projects: int


@require_safe
def charities(request: HttpRequest) -> HttpResponse:
    """Every charity the public may see, the first to join first.

    Errors: CursorInvalid.
    """
    found = list_charities(after=read_cursor(request), limit=_PAGE + 1)
    page = found[:_PAGE]
    counts = count_projects_by_charity([each.id for each in page], clock.now())
    listed = [Listed(each, gettext(_KINDS[each.kind]), draw_mark(each), *counts.get(each.id, (0, 0))) for each in page]
    following = f"/charities?after={page[-1].id}" if len(found) > _PAGE else ""
    return render(request, "donor_site/charities.html", {"listed": listed, "following": following})


@require_safe
def charity(request: HttpRequest, slug: str) -> HttpResponse:
    """A charity's page.

    Errors: CharityNotFound, also for drafts.
    """
    now = clock.now()
    view = get_charity(slug)
    run = list_projects(charity_id=view.id, openness="all", limit=_PROJECTS_MAX, now=now)
    cards = dict(zip((project.id for project in run), load_cards(run, now), strict=True))
    openness = {project.id: compute_openness(project, now) for project in run}
    root = request.build_absolute_uri("/")[:-1]
    places = [(gettext("公益机构"), f"{root}/charities"), (pick(view, "name"), f"{root}/charities/{view.slug}")]
    finished = [cards[key] for key, value in openness.items() if value == Openness.FINISHED]
    current = [cards[key] for key, value in openness.items() if value != Openness.FINISHED]
    return render(
        request,
        "donor_site/charity.html",
        {
            "charity": view,
            "linked": describe_charity(view, root) & describe_crumbs(places),
            "kind": gettext(_KINDS[view.kind]),
            "mark": draw_mark(view),
            "current": current,
            "finished": finished,
            "raised_minor": _sum_raised(cards.values()),
            "gifts": sum(card.gifts_count for card in cards.values()),
            "punctuality": _judge(run, now),
            "corrections": load_corrections(view.id),
        },
    )


def draw_mark(view: CharityView) -> Markup:
    """A charity's seal as inline SVG, with the first character of its name behind its province."""
    region = find_region(view.region)
    name = view.name_zh.removeprefix(region.name_zh if region else "") or view.name_zh
    # Drawn by code that escapes the one character it is given.
    return Markup(draw_charity_mark(name[:1], view.palette, view.id.int % 997))  # noqa: S704


def _sum_raised(cards: Iterable[ProjectCard]) -> int:
    return sum(card.raised_minor for card in cards)


def _judge(run: list[ProjectView], now: datetime) -> Punctuality:
    """Counts every duty of every project that has fallen due; one query for all their reports."""
    reports = find_reports_by_project(project.id for project in run)
    duties = [
        duty
        for project in run
        for duty in compute_duties(project.starts_at, project.ends_at, reports.get(project.id, ()), CHINA_2023, now)
        if duty.state != DutyState.DUE_LATER
    ]
    overdue = sum(duty.state == DutyState.OVERDUE for duty in duties)
    late = sum(duty.met_at is not None and duty.met_at > duty.due_at for duty in duties)
    return Punctuality(due=len(duties), in_time=len(duties) - overdue - late, late=late, overdue=overdue)
