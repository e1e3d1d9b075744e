"""One campaign's page: what to do, who pays for it, what is left, and where it goes; and doing it, with or without script."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core import signing
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from redflower.domains.projects.selectors import find_projects_by_id
from redflower.domains.scenes.errors import CampaignNotFound
from redflower.domains.scenes.selectors.campaigns import find_campaign, list_items, rank_items, rank_projects
from redflower.domains.scenes.selectors.together import find_team_of, list_teams
from redflower.domains.scenes.types import PLATFORM, CampaignState, CampaignView, ReportingPartner
from redflower.faces.scene_site.invitations import show_invitation, thank_inviter
from redflower.faces.scene_site.views.index import make_card
from redflower.faces.scene_site.visitor import find_visitor, make_token
from redflower.faces.shared.donor_cookie import donors_of, ensure_donor, promise_donor, remember_donor
from redflower.faces.shared.formats import yuan
from redflower.faces.shared.refusals import tell
from redflower.faces.shared.scenes.acting import Doing, earn
from redflower.faces.shared.scenes.doors import token_key
from redflower.faces.shared.scenes.placing import place
from redflower.faces.shared.scenes.standing import show_standing
from redflower.faces.shared.scenes.tokens import LIFE, issue_token
from redflower.kernel import clock
from redflower.kernel.errors import Refusal
from redflower.kernel.limits import NAME_MAX_CHARS

_OPENED = "scene-opened"
_TEAMS_SHOWN = 6
_SHOWN = (CampaignState.PUBLISHED, CampaignState.PAUSED, CampaignState.CLOSED)


def get_shown(slug: str) -> CampaignView:
    """A campaign the public may see.

    Errors: CampaignNotFound.
    """
    campaign = find_campaign(slug)
    if campaign is None or campaign.state not in _SHOWN or campaign.is_sandbox:
        raise CampaignNotFound
    return campaign


@require_safe
@never_cache
def scene(request: HttpRequest, slug: str) -> HttpResponse:
    """A campaign's page.

    Errors: CampaignNotFound.
    """
    campaign = get_shown(slug)
    response = render(request, "scene_site/scene.html", scene_context(request, campaign))
    promise_donor(request, response)
    return response


def scene_context(request: HttpRequest, campaign: CampaignView, **more: Any) -> dict[str, Any]:
    """What a campaign's page shows to this visitor."""
    now = clock.now()
    visitor = find_visitor(request) or UUID(int=0)
    token = make_token(visitor, campaign, now)
    known = find_projects_by_id(campaign.project_ids)
    rankings = campaign.kind == "like"
    return {
        "card": make_card(campaign),
        "campaign": campaign,
        "standing": show_standing(token, campaign, now),
        "is_open": campaign.is_open(now),
        "can_pretend": bool(token.deeds),
        "projects": [known[each] for each in campaign.project_ids if each in known],
        "items": list_items(campaign.id) if campaign.kind in ("like", "read", "checkin") else [],
        "creators": rank_items(campaign.id) if rankings else [],
        "moved": rank_projects(campaign.id) if rankings else [],
        "partner_url": settings.REDFLOWER_DEMO_PARTNER,
        "code": request.GET.get("code", "")[:64],
        "event": request.GET.get("event", "")[:64],
        **_show_teams(campaign, visitor),
        **show_invitation(campaign, visitor, (request.POST.get("from") or request.GET.get("from", ""))[:200]),
        "opened": signing.dumps(now.isoformat(), salt=_OPENED),
        **more,
    }


def has_teams(campaign: CampaignView) -> bool:
    """True for a campaign whose shared goal belongs to teams."""
    return bool((campaign.rule_body.get("goal") or {}).get("scope") == "team")


def _show_teams(campaign: CampaignView, visitor: UUID) -> dict[str, Any]:
    if not has_teams(campaign):
        return {}
    return {
        "goal": campaign.rule_body["goal"],
        "teams": list_teams(campaign.id, _TEAMS_SHOWN),
        "my_team": find_team_of(campaign.id, [visitor]),
        "name_max": NAME_MAX_CHARS,
    }


@never_cache
@require_safe
def token(request: HttpRequest, slug: str) -> HttpResponse:
    """A short-lived token for the widget on our own page; nobody for a browser that keeps no cookies.

    Errors: CampaignNotFound.
    """
    campaign = get_shown(slug)
    visitor = find_visitor(request)
    if visitor is None:
        return HttpResponse(status=204)
    now = clock.now()
    if request.headers.get("Sec-Fetch-Site", "same-origin") == "same-origin":
        ensure_donor(request)
    return JsonResponse({"token": issue_token(make_token(visitor, campaign, now), token_key())})


@require_POST
def do(request: HttpRequest, slug: str) -> HttpResponse:
    """Does what the page is about, for whoever sends its form.

    Errors: CampaignNotFound.
    """
    campaign = get_shown(slug)
    now = clock.now()
    donor_id = ensure_donor(request)
    token = replace(make_token(donor_id, campaign, now), expires_at=_opened_at(request, now) + LIFE)
    key = request.POST.get("key", "")[:64] or "form"
    doing = Doing(key, campaign, _read_facts(request, campaign))
    [answer] = earn(token, ReportingPartner(PLATFORM), [doing], now)
    thank_inviter(
        campaign, request.POST.get("from", "")[:200], donors_of(request) or [donor_id], answer["flowers"], now
    )
    if campaign.kind == "quiz" and "explanations" in answer:
        response: HttpResponse = render(
            request, "scene_site/scene.html", scene_context(request, get_shown(slug), told=answer)
        )
    else:
        _say(request, answer)
        response = redirect("scene", slug=slug)
    remember_donor(request, response, donor_id)
    return response


def _opened_at(request: HttpRequest, now: datetime) -> datetime:
    """When the page behind a form was opened: nobody can have read it for longer."""
    try:
        return datetime.fromisoformat(signing.loads(request.POST.get("opened", ""), salt=_OPENED))
    except (signing.BadSignature, ValueError, TypeError):
        return now


def _read_facts(request: HttpRequest, campaign: CampaignView) -> dict[str, Any]:
    posted = request.POST
    if campaign.kind == "quiz":
        return {"answers": {name[2:]: value for name, value in posted.items() if name.startswith("a-")}}
    seconds = posted.get("seconds", "")
    return {
        "video": posted.get("video", "")[:64],
        "article": posted.get("article", "")[:64],
        "event": posted.get("event", "")[:64],
        "code": posted.get("code", "")[:64],
        "seconds": int(seconds) if seconds.isascii() and seconds.isdigit() and len(seconds) < 6 else 0,
    }


def _say(request: HttpRequest, answer: dict[str, Any]) -> None:
    flowers, money = answer["flowers"], answer["money_minor"]
    parts = []
    if flowers:
        parts.append(ngettext("收下了 {n} 朵小红花", "收下了 {n} 朵小红花", flowers).format(n=flowers))
    if money:
        said = gettext("点亮了出资方的 {sum}") if answer["unlocked_minor"] else gettext("出资方捐出 {sum}")
        parts.append(said.format(sum=yuan(money, get_language() or "")))
    if parts:
        messages.success(request, gettext("，").join(parts))
    elif answer["title"]:
        (messages.error if answer["result"] == "refused" else messages.info)(request, answer["title"])
    else:
        messages.info(request, gettext("已经收到"))


@require_POST
def placement(request: HttpRequest, slug: str) -> HttpResponse:
    """Puts what was unlocked into a project, from the page's own form.

    Errors: CampaignNotFound.
    """
    campaign = get_shown(slug)
    now = clock.now()
    visitor = find_visitor(request)
    if visitor is not None:
        try:
            token = make_token(visitor, campaign, now)
            place(token, UUID(request.POST.get("deed", "")), request.POST.get("project", ""), campaign, now)
        except Refusal as refusal:
            messages.error(request, tell(refusal))
        except ValueError:
            messages.error(request, gettext("没有找到这笔爱心额度"))
        else:
            messages.success(request, gettext("已经放进你选的项目，谢谢你"))
    return redirect("scene", slug=slug)
