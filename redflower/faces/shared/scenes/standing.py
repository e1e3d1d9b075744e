"""Where a person stands in a campaign, as the widget draws it: what they have, what they can do, whom they can give to.

Shape: plain JSON, every text in both languages, so that a page may switch without asking again.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.conf import settings

from redflower.domains.dreams.selectors.rounds import list_dreams, list_rounds
from redflower.domains.dreams.types import RoundPhase
from redflower.domains.flowers.selectors import count_flowers
from redflower.domains.projects.selectors import find_projects_by_id
from redflower.domains.scenes.rules.quiz import pick_daily
from redflower.domains.scenes.rules.round_up import compute_spare
from redflower.domains.scenes.selectors.campaigns import find_campaign, list_items
from redflower.domains.scenes.selectors.deeds import (
    get_deed,
    get_person_day,
    list_deeds_of_donors,
    list_unplaced,
)
from redflower.domains.scenes.types import CampaignState, CampaignView, Item, PersonDay
from redflower.faces.shared.scenes.doors import donors_behind
from redflower.faces.shared.scenes.refusals import SceneNotInToken
from redflower.faces.shared.scenes.tokens import UserToken
from redflower.kernel.clock import local_date

_DREAMS_SHOWN = 3
_DAILY = ("steps", "game", "quiz")  # once a day; the others once per payment, ride, video …
_HISTORY = 200

Json = dict[str, Any]


def find_scene(token: UserToken, scene: str) -> CampaignView:
    """The campaign a widget means: by its slug, or the first of a kind among the token's.

    Errors: SceneNotInToken.
    """
    found = [find_campaign(slug) for slug in ([scene] if scene in token.campaigns else token.campaigns)]
    for campaign in found:
        if campaign is not None and scene in (campaign.slug, campaign.kind):
            return campaign
    raise SceneNotInToken


def show_standing(token: UserToken, campaign: CampaignView, now: datetime) -> Json:
    """Everything a widget draws for one person and one campaign."""
    donors = donors_behind(token.partner_id, token.user)
    today = local_date(now, settings.TIME_ZONE)
    person = get_person_day(campaign.id, donors, today)
    subjects = {
        deed.subject
        for deed in list_deeds_of_donors(donors, _HISTORY)
        if deed.campaign_id == campaign.id and deed.subject and not deed.rulings
    }
    vouched = token.deeds.get(campaign.slug)
    deed = _show_deed(campaign, person, vouched, subjects, today)
    cap = campaign.limits.person_day_flowers
    return {
        "campaign": _show_campaign(campaign, now),
        "me": {
            "flowers": count_flowers(donors),
            "today": person.flowers_today,
            "cap": cap,
            "done": bool(deed.pop("done")),
            "streak_days": person.streak_days,
        },
        "deed": deed,
        "targets": [*_show_projects(campaign), *_show_dreams(now)],
        "unplaced": _show_unplaced(campaign, donors, person),
    }


def _both(thing: Any, name: str) -> Json:
    return {"zh": getattr(thing, f"{name}_zh"), "en": getattr(thing, f"{name}_en")}


def _show_campaign(campaign: CampaignView, now: datetime) -> Json:
    is_over = campaign.state == CampaignState.CLOSED or now >= campaign.closes_at
    return {
        "slug": campaign.slug,
        "kind": campaign.kind,
        "title": _both(campaign, "title"),
        "sponsor": _both(campaign, "sponsor") if campaign.sponsor_zh else None,
        "page": f"{settings.REDFLOWER_BASE_URL}/scenes/{campaign.slug}",
        "ended": is_over,
        "paused": not is_over and not campaign.is_open(now),
        "spent": bool(campaign.budget_minor) and campaign.free_minor == 0,
        "pool_left_minor": campaign.free_minor if campaign.budget_minor else None,
        "pool_budget_minor": campaign.budget_minor or None,
    }


def _show_projects(campaign: CampaignView) -> list[Json]:
    known = find_projects_by_id(campaign.project_ids)
    projects = [known[each] for each in campaign.project_ids if each in known]
    return [
        {"id": each.slug, "kind": "project", "title": _both(each, "title"), "by": _both(each, "charity_name")}
        for each in projects
    ]


def _show_dreams(now: datetime) -> list[Json]:
    open_rounds = [each.id for each in list_rounds() if each.phase(now) == RoundPhase.OPEN]
    dreams = [each for each in list_dreams(open_rounds, now) if each.flowers < each.minimum] if open_rounds else []
    dreams.sort(key=lambda dream: (-dream.flowers * 1_000 // dream.minimum, dream.slug))
    return [
        {"id": each.slug, "kind": "dream", "title": _both(each, "title"), "by": _both(each, "charity_name")}
        for each in dreams[:_DREAMS_SHOWN]
    ]


def _show_unplaced(campaign: CampaignView, donors: Sequence[UUID], person: PersonDay) -> list[Json]:
    if not person.unplaced_minor:
        return []
    return [
        {"id": str(deed_id), "amount_minor": amount}
        for deed_id, amount in list_unplaced(donors).items()
        if get_deed(deed_id).campaign_id == campaign.id
    ]


# --- what each kind shows of today's deed ---------------------------------------------------------


def _show_deed(
    campaign: CampaignView, person: PersonDay, vouched: Mapping[str, Any] | None, subjects: set[str], today: date
) -> Json:
    """`ready` says that there is something to collect; `done`, that it has been."""
    kind, rule = campaign.kind, campaign.rule_body
    told = vouched or {}
    amount = told.get("amount", 0)
    subject_done = told.get("subject") in subjects
    if kind == "steps":
        goal = rule["day_steps"]
        return {"value": amount, "goal": goal, "ready": amount >= goal, "done": person.flowers_today > 0}
    if kind == "game":
        streak = person.streak_days
        full = rule["streak_days"]
        value = full if streak and streak % full == 0 else streak % full
        return {
            "value": value,
            "goal": full,
            "ready": vouched is not None,
            "done": person.deeds_today > 0,
            "shared": _show_goal(campaign),
        }
    if kind == "quiz":
        return {"questions": _show_questions(campaign, today), "done": person.deeds_today > 0}
    if kind == "like":
        videos = [
            {"id": each.code, "title": _both(each, "title"), "liked": each.code in subjects}
            for each in list_items(campaign.id)
        ]
        videos.sort(key=lambda video: video["liked"])
        return {"videos": videos, "done": bool(videos) and all(video["liked"] for video in videos)}
    if kind == "read":
        return _show_article(campaign, subjects)
    if kind == "checkin":
        events = [each.code for each in list_items(campaign.id)]
        return {"ready": bool(events), "done": bool(events) and all(each in subjects for each in events)}
    if kind == "round_up":
        payment = (told.get("facts") or {}).get("payment_minor", 0)
        spare = compute_spare(payment, rule["payment_above_minor"])
        return {"value": spare, "ready": spare > 0 and not subject_done, "done": subject_done}
    if kind == "volunteer":
        return {"value": amount // 60, "ready": vouched is not None and not subject_done, "done": subject_done}
    return {"ready": vouched is not None and not subject_done, "done": subject_done}


def _show_goal(campaign: CampaignView) -> Json | None:
    goal = campaign.rule_body.get("goal")
    if not goal or goal["scope"] != "all":
        return None
    return {"value": campaign.deeds if goal["measure"] == "deeds" else campaign.flowers, "goal": goal["target"]}


def list_daily_questions(campaign: CampaignView, today: date) -> list[Item]:
    """The day's questions, in the day's order."""
    bank = {each.code: each for each in list_items(campaign.id)}
    return [bank[code] for code in pick_daily(bank, today, campaign.rule_body["questions"])]


def _show_questions(campaign: CampaignView, today: date) -> list[Json]:
    return [
        {
            "id": each.code,
            "text": _both(each, "title"),
            "options": [
                {"zh": zh, "en": en} for zh, en in zip(each.body["options_zh"], each.body["options_en"], strict=True)
            ],
        }
        for each in list_daily_questions(campaign, today)
    ]


def _show_article(campaign: CampaignView, subjects: set[str]) -> Json:
    unread = [each for each in list_items(campaign.id) if each.code not in subjects]
    if not unread:
        return {"ready": False, "done": True}
    article = unread[0]
    characters = article.body.get("characters", 0)
    seconds = max(campaign.rule_body["seconds"], characters * 60 // campaign.rule_body["characters_a_minute"])
    return {
        "article": article.code,
        "title": _both(article, "title"),
        "text": {"zh": article.body.get("text_zh", ""), "en": article.body.get("text_en", "")},
        "seconds": seconds,
        "ready": True,
        "done": False,
    }
