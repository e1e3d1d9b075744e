"""A team's page: how far it has walked, what that unlocked, joining by its link, and flowers from friends."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST, require_safe

from redflower.domains.donations.rules import moderate_message
from redflower.domains.donations.types import MessageState
from redflower.domains.flowers.selectors import count_flowers
from redflower.domains.flowers.services import give_flowers_of_people
from redflower.domains.flowers.types import PersonGift
from redflower.domains.ledger.selectors import get_balance
from redflower.domains.ledger.types import AccountKind
from redflower.domains.projects.selectors import find_projects_by_id
from redflower.domains.projects.types import ProjectView
from redflower.domains.scenes.errors import TeamNameUnwelcome, TeamNotFound, TeamNotOpen
from redflower.domains.scenes.selectors.together import find_team_of, find_teams, get_team, list_team_days
from redflower.domains.scenes.services.together import join_team, open_team
from redflower.domains.scenes.types import CampaignView, TeamView
from redflower.faces.scene_site.views.index import make_card
from redflower.faces.scene_site.views.scene import get_shown, has_teams, scene_context
from redflower.faces.shared.cards import answer_card
from redflower.faces.shared.donor_cookie import ensure_donor, promise_donor, remember_donor
from redflower.faces.shared.flower_forms import read_flowers, read_gift_key
from redflower.faces.shared.instance import giving_policy
from redflower.faces.shared.jinja import pick
from redflower.faces.shared.purses import purses_of
from redflower.faces.shared.refusals import tell
from redflower.kernel import clock
from redflower.kernel.clock import local_date
from redflower.kernel.errors import Refusal
from redflower.kernel.ids import new_id

_DAYS = 14
_PRESETS = (1, 3, 5)


def _find(slug: str, team_id: UUID) -> tuple[CampaignView, TeamView]:
    campaign = get_shown(slug)
    found = get_team(team_id)
    if found.campaign_id != campaign.id:
        raise TeamNotFound
    return campaign, found


@require_POST
def open_(request: HttpRequest, slug: str) -> HttpResponse:
    """Opens a team with this visitor as its captain; what is wrong with the name is told beside it.

    Errors: CampaignNotFound.
    """
    campaign, now = get_shown(slug), clock.now()
    name, donor = request.POST.get("name", ""), ensure_donor(request)
    try:
        if not has_teams(campaign):
            raise TeamNotOpen
        if moderate_message(name, giving_policy().held_words) == MessageState.HELD:
            raise TeamNameUnwelcome
        team_id = open_team(campaign.id, name, donor, local_date(now, settings.TIME_ZONE), now)
    except Refusal as refusal:
        facts = {"team_error": tell(refusal), "team_name": name}
        context = scene_context(request, campaign, **facts)
        response = render(request, "scene_site/scene.html", context, status=refusal.status)
    else:
        response = redirect("scene_team", slug, team_id)
    remember_donor(request, response, donor)
    return response


@require_safe
def team(request: HttpRequest, slug: str, team_id: UUID) -> HttpResponse:
    """A team's page.

    Errors: CampaignNotFound, TeamNotFound.
    """
    return _show(request, *_find(slug, team_id))


@require_safe
def share_card(request: HttpRequest, slug: str, team_id: UUID) -> HttpResponse:
    """The picture shown where a team's address is shared.

    Errors: CampaignNotFound, TeamNotFound.
    """
    campaign, found = _find(slug, team_id)
    return answer_card(found.name, pick(campaign, "title"), "mountain", "forest", found.id.int % 900 + 1)


@require_POST
def join(request: HttpRequest, slug: str, team_id: UUID) -> HttpResponse:
    """Joins; somebody who walks with another team of this campaign stays there, and is told.

    Errors: CampaignNotFound, TeamNotFound.
    """
    found = _find(slug, team_id)[1]
    now, donor = clock.now(), ensure_donor(request)
    try:
        joined = join_team(found.id, donor, local_date(now, settings.TIME_ZONE), now)
    except Refusal as refusal:
        messages.error(request, tell(refusal))
    else:
        if joined == found.id:
            messages.success(request, gettext("你已经是队员，从今天起走的每一步都算进来"))
    response = redirect("scene_team", slug, found.id)
    remember_donor(request, response, donor)
    return response


@require_POST
def give(request: HttpRequest, slug: str, team_id: UUID) -> HttpResponse:
    """Gives flowers to a team; what is wrong is told beside the form.

    Errors: CampaignNotFound, TeamNotFound.
    """
    campaign, found = _find(slug, team_id)
    first = ensure_donor(request)
    donors = (first, *(donor for donor in purses_of(request) if donor != first))
    try:
        flowers = read_flowers(request.POST.get("flowers", "") or request.POST.get("preset", ""))
        gift = PersonGift(read_gift_key(request), donors, AccountKind.TEAM_FLOWERS, found.id, flowers)
        give_flowers_of_people([gift], clock.now())
    except Refusal as refusal:
        response = _show(request, campaign, found, refusal.status, error=tell(refusal), typed=request.POST)
    else:
        said = ngettext("送出了 {n} 朵小红花，谢谢你", "送出了 {n} 朵小红花，谢谢你", flowers)
        messages.success(request, said.format(n=flowers))
        response = redirect("scene_team", slug, found.id)
    remember_donor(request, response, first)
    return response


def _find_project(campaign: CampaignView, found: TeamView) -> ProjectView | None:
    """Where the team's grant went, or will go: the campaign's first project."""
    wanted = [found.project_id] if found.project_id else list(campaign.project_ids[:1])
    return next(iter(find_projects_by_id(wanted).values()), None) if wanted else None


def _show(
    request: HttpRequest, campaign: CampaignView, found: TeamView, status: int = 200, **facts: Any
) -> HttpResponse:
    now = clock.now()
    today = local_date(now, settings.TIME_ZONE)
    donors = purses_of(request)
    days = list_team_days(found.id, today - timedelta(days=_DAYS - 1))
    mine = find_team_of(campaign.id, donors) if donors else None
    shown = [today - timedelta(days=ago) for ago in range(_DAYS - 1, -1, -1)]
    context = {
        "campaign": campaign,
        "team": found,
        "card": make_card(campaign),
        "is_open": campaign.is_open(now),
        "is_mine": mine == found.id,
        "elsewhere": find_teams([mine]).get(mine) if mine and mine != found.id else None,
        "my_team": mine,
        "project": _find_project(campaign, found),
        "today": days.get(today, 0),
        "days": [
            {"label": str(each.day), "value": days.get(each, 0), "active": each == today and today in days}
            for each in shown
        ],
        "walked": any(days.values()),
        "flowers": get_balance(AccountKind.TEAM_FLOWERS, found.id),
        "held": count_flowers(donors) if donors else 0,
        "presets": _PRESETS,
        "key": new_id(),
        "share": f"{settings.REDFLOWER_BASE_URL}/scenes/{campaign.slug}/teams/{found.id}",
        "error": "",
        "typed": {},
        **facts,
    }
    response = render(request, "scene_site/team.html", context, status=status)
    promise_donor(request, response)
    patch_cache_control(response, private=True, no_cache=True)
    return response
