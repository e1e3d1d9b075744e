"""Projects as cards: the project's own words beside what it has received."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext

from redflower.domains.insights.selectors import find_project_totals
from redflower.domains.insights.types import ProjectTotals
from redflower.domains.organizations.types import CharityState
from redflower.domains.projects.rules import compute_openness
from redflower.domains.projects.types import Openness, ProjectView
from redflower.kernel.text import N_

_WAITS = {Openness.UPCOMING: N_("还没有开始"), Openness.PAUSED: N_("暂停接受捐赠")}


@dataclass(frozen=True, slots=True)
class ProjectCard:
    """What `project_card` of the kit shows. Units: fen."""

    slug: str
    title_zh: str
    title_en: str
    summary_zh: str
    summary_en: str
    charity_name_zh: str
    charity_name_en: str
    region: str
    raised_minor: int
    goal_minor: int
    gifts_count: int
    picture_url: str
    verified: bool
    ended: bool
    waits: str  # why it takes no gifts now, in the page's language; empty when it does


def load_cards(projects: Iterable[ProjectView], now: datetime) -> list[ProjectCard]:
    """Cards of projects in the order given; one query for all their totals."""
    listed = list(projects)
    totals = find_project_totals(project.id for project in listed)
    return [make_card(project, totals[project.id], now) for project in listed]


def make_card(project: ProjectView, totals: ProjectTotals, now: datetime) -> ProjectCard:
    """One card. A project that cannot be given to now carries no giving button."""
    openness = compute_openness(project, now)
    return ProjectCard(
        slug=project.slug,
        title_zh=project.title_zh,
        title_en=project.title_en,
        summary_zh=project.summary_zh,
        summary_en=project.summary_en,
        charity_name_zh=project.charity_name_zh,
        charity_name_en=project.charity_name_en,
        region=project.region,
        raised_minor=totals.raised_minor,
        goal_minor=project.goal_minor,
        gifts_count=totals.gifts,
        picture_url=project.picture_url,
        verified=project.charity_state == CharityState.PUBLISHED,
        ended=openness == Openness.FINISHED,
        waits=gettext(_WAITS[openness]) if openness in _WAITS else "",
    )
