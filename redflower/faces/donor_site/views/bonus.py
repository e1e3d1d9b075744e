"""Flowers for a project's bonus in a festival: how many it has, what they do, and the form that gives some."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import patch_cache_control
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from redflower.domains.donations.errors import ProjectNotOpen
from redflower.domains.festivals.errors import BonusOver
from redflower.domains.festivals.rules import read_rule
from redflower.domains.festivals.rules.bonuses import find_next_tier, find_tier, first_day_that_counts
from redflower.domains.festivals.selectors import get_festival, list_pools
from redflower.domains.festivals.selectors.bonuses import (
    get_bonus_standing,
    list_bonus_projects,
    list_bonus_standings,
)
from redflower.domains.festivals.types import BonusStanding, FlowerTier, MatchRule
from redflower.domains.flowers.selectors import count_flowers
from redflower.domains.flowers.services import give_bonus_flowers
from redflower.domains.flowers.types import BonusGift
from redflower.domains.projects.rules import compute_openness
from redflower.domains.projects.selectors import find_projects_by_id, get_project
from redflower.domains.projects.types import Openness, ProjectView
from redflower.faces.donor_site.views.stage import Stage, make_stage
from redflower.faces.shared.donor_cookie import ensure_donor, promise_donor, remember_donor
from redflower.faces.shared.flower_forms import read_flowers, read_gift_key
from redflower.faces.shared.jinja import pick
from redflower.faces.shared.purses import purses_of
from redflower.faces.shared.refusals import tell
from redflower.kernel import clock
from redflower.kernel.clock import local_date
from redflower.kernel.errors import Refusal
from redflower.kernel.ids import new_id

_PRESETS = (1, 3, 5, 10)
_LEADERS = 6


@dataclass(frozen=True, slots=True)
class Tier:
    """A tier as pages tell it: from how many flowers, up to where the next one begins, and how much it adds."""

    flowers_from: int
    below: int | None
    adds: str


@dataclass(frozen=True, slots=True)
class Bonus:
    """A project's bonus in a festival at one moment. Units: flowers."""

    standing: BonusStanding
    tiers: Sequence[Tier]
    today: Tier | None  # what counts in today's draws
    coming: Tier | None  # what will count once every flower does
    following: Tier | None  # the tier after that
    missing: int  # flowers to it
    most_projects: int
    counts_from: date | None  # for flowers given now; None when the festival takes none any more

    @property
    def goal(self) -> int:
        """How many flowers the last tier wants."""
        return self.tiers[-1].flowers_from


def find_bonus(stage: Stage, project_id: UUID, now: datetime) -> Bonus | None:
    """A project's bonus in a festival; None where the festival's rules count no flowers, or it is over and the project has
    none."""
    rule = _find_rule(stage)
    if rule is None:
        return None
    today = local_date(now, settings.TIME_ZONE)
    return _make(stage, rule, get_bonus_standing(stage.festival.id, project_id, today), now)


def list_leaders(stage: Stage, now: datetime) -> list[tuple[ProjectView, Bonus]] | None:
    """The projects of a festival with the most flowers, most first; None where its rules count none."""
    rule = _find_rule(stage)
    if rule is None:
        return None
    standings = list_bonus_standings(stage.festival.id, local_date(now, settings.TIME_ZONE), _LEADERS)
    projects = find_projects_by_id(standings) if standings else {}
    return [
        (projects[project_id], _make(stage, rule, standing, now))
        for project_id, standing in standings.items()
        if project_id in projects and compute_openness(projects[project_id], now) != Openness.UNLISTED
    ]


def _find_rule(stage: Stage) -> MatchRule | None:
    """The first rule of a festival's pools that counts flowers."""
    rules = (read_rule(pool.rule_code, pool.rule_version, pool.rule_body) for pool in stage.pools)
    return next((rule for rule in rules if rule.flower_tiers), None)


def _make(stage: Stage, rule: MatchRule, standing: BonusStanding, now: datetime) -> Bonus:
    festival, tiers = stage.festival, rule.flower_tiers
    try:
        counts_from = first_day_that_counts(
            festival.opens_at,
            festival.closes_at,
            festival.slice_seconds,
            festival.drawn_through,
            settings.TIME_ZONE,
            now,
        )
    except BonusOver:
        counts_from = None
    ends = [tier.flowers_from for tier in tiers[1:]]
    told = {tier: Tier(tier.flowers_from, below, _adds(tier)) for tier, below in zip(tiers, [*ends, None], strict=True)}
    now_in, then_in = find_tier(tiers, standing.counted), find_tier(tiers, standing.gathered)
    following = find_next_tier(tiers, standing.gathered)
    return Bonus(
        standing=standing,
        tiers=list(told.values()),
        today=told[now_in] if now_in else None,
        coming=told[then_in] if then_in else None,
        following=told[following] if following else None,
        missing=following.flowers_from - standing.gathered if following else 0,
        most_projects=rule.projects_per_giver or 0,
        counts_from=counts_from,
    )


def _adds(tier: FlowerTier) -> str:
    """5%–10%; one number where a tier has one."""
    numbers = [f"{bps // 100}.{bps % 100:02}".rstrip("0").rstrip(".") + "%" for bps in (tier.least_bps, tier.most_bps)]
    return "–".join(dict.fromkeys(numbers))


@require_http_methods(["GET", "HEAD", "POST"])
def bonus(request: HttpRequest, slug: str, project_slug: str) -> HttpResponse:
    """A project's bonus in a festival; sent the form, gives flowers, and tells beside it what is wrong.

    Sending one form twice gives once.
    Errors: FestivalNotFound, ProjectNotFound.
    """
    now = clock.now()
    festival, project = get_festival(slug), get_project(project_slug, now)
    stage = make_stage(festival, list_pools(festival.id), now)
    if _find_rule(stage) is None:
        raise Http404
    if request.method != "POST":
        response = _show(request, stage, project, now)
        promise_donor(request, response)
        return response
    first = ensure_donor(request)
    donors = (first, *(donor for donor in purses_of(request) if donor != first))
    try:
        flowers = read_flowers(request.POST.get("flowers", "") or request.POST.get("preset", ""))
        if not _is_open(project, now):
            raise ProjectNotOpen(title=pick(project, "title"))
        given = BonusGift(read_gift_key(request), donors, festival.id, project.id, flowers)
        give_bonus_flowers([given], settings.TIME_ZONE, now)
    except Refusal as refusal:
        response = _show(request, stage, project, now, refusal.status, error=tell(refusal), typed=request.POST)
    else:
        said = ngettext("攒上了 {n} 朵，谢谢你", "攒上了 {n} 朵，谢谢你", flowers)
        messages.success(request, said.format(n=flowers))
        response = redirect("bonus", slug, project_slug)
    remember_donor(request, response, first)
    return response


def _is_open(project: ProjectView, now: datetime) -> bool:
    return compute_openness(project, now) in (Openness.OPEN, Openness.UPCOMING)


def _show(
    request: HttpRequest, stage: Stage, project: ProjectView, now: datetime, status: int = 200, **facts: Any
) -> HttpResponse:
    donors = purses_of(request)
    mine = list_bonus_projects(stage.festival.id, donors) if donors else set()
    found = find_bonus(stage, project.id, now)
    context = {
        "festival": stage.festival,
        "project": project,
        "bonus": found,
        "is_open": _is_open(project, now) and found is not None and found.counts_from is not None,
        "held": count_flowers(donors) if donors else 0,
        "given_to": len(mine),
        "is_mine": project.id in mine,
        "presets": _PRESETS,
        "key": new_id(),
        "share": f"{settings.REDFLOWER_BASE_URL}/festivals/{stage.festival.slug}/bonus/{project.slug}",
        "error": "",
        "typed": {},
        **facts,
    }
    response = render(request, "donor_site/bonus.html", context, status=status)
    patch_cache_control(response, private=True, no_cache=True)
    return response
