"""What a partner's server asks for, besides reporting deeds: tokens for its users, and its campaigns."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from redflower.domains.scenes.selectors.campaigns import list_open_campaigns
from redflower.domains.scenes.types import CampaignView, ReportingPartner, Scope
from redflower.faces.partner_api.refusals import CampaignNotYours, LinkUsersInvalid, UserTokensInvalid
from redflower.faces.partner_api.signed import signed_door
from redflower.faces.shared.scenes.doors import token_key
from redflower.faces.shared.scenes.linking import make_link_pages
from redflower.faces.shared.scenes.tokens import LIFE, UserToken, issue_token
from redflower.kernel import clock
from redflower.kernel.canon import instant
from redflower.kernel.errors import Refusal

USERS_MAX = 1_000
_CAMPAIGNS_MAX = 20
_VOUCHED_MAX_CHARS = 2_000
_NAME_MAX_CHARS = 128
_VOUCHED = {"amount": int, "subject": str, "facts": dict, "device": str}


@signed_door("POST", Scope.TOKENS)
def user_tokens(body: bytes, partner: ReportingPartner) -> dict[str, Any]:
    """Tokens for users' browsers: for 15 minutes, for a set of campaigns, with what the partner vouches for.

    Errors: UserTokensInvalid, CampaignNotYours; all or none.
    """
    now = clock.now()
    open_slugs = {campaign.slug for campaign in list_open_campaigns(now, partner.id)}
    return {"tokens": [_issue(row, partner, open_slugs, now) for row in _read_users(body, UserTokensInvalid)]}


@signed_door("POST", Scope.TOKENS)
def links(body: bytes, partner: ReportingPartner) -> dict[str, Any]:
    """Pages on which users link themselves with who they are here: an address each, for 15 minutes, for one link.

    Errors: LinkUsersInvalid; all or none.
    """
    users = [_read_name(row, LinkUsersInvalid) for row in _read_users(body, LinkUsersInvalid)]
    pages = zip(users, make_link_pages(partner.id, users, clock.now()), strict=True)
    return {"links": [{"user": user, "url": url, "expires_at": instant(ends)} for user, (url, ends) in pages]}


@signed_door("GET", Scope.READ)
def campaigns(body: bytes, partner: ReportingPartner) -> dict[str, Any]:
    """The campaigns this partner may report to now, with what is left of each."""
    return {"campaigns": [_show(campaign) for campaign in list_open_campaigns(clock.now(), partner.id)]}


def _read_users(body: bytes, fault: type[Refusal]) -> list[Mapping[str, Any]]:
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        raise fault(field="body", limit=USERS_MAX) from None
    users = told.get("users") if isinstance(told, dict) else None
    if not isinstance(users, list) or not 0 < len(users) <= USERS_MAX:
        raise fault(field="users", limit=USERS_MAX)
    if not all(isinstance(each, dict) for each in users):
        raise fault(field="users", limit=USERS_MAX)
    return users


def _read_name(row: Mapping[str, Any], fault: type[Refusal]) -> str:
    user = row.get("user")
    if not isinstance(user, str) or not 0 < len(user) <= _NAME_MAX_CHARS or not user.isprintable():
        raise fault(field="user", limit=USERS_MAX)
    return user


def _issue(row: Mapping[str, Any], partner: ReportingPartner, open_slugs: set[str], now: datetime) -> dict[str, Any]:
    user = _read_name(row, UserTokensInvalid)
    asked = row.get("campaigns") or sorted(open_slugs)
    if not isinstance(asked, list) or len(asked) > _CAMPAIGNS_MAX or not all(isinstance(each, str) for each in asked):
        raise UserTokensInvalid(field="campaigns", limit=USERS_MAX)
    for slug in asked:
        if slug not in open_slugs:
            raise CampaignNotYours(campaign=slug[:60])
    deeds = row.get("deeds") or {}
    _check_vouched(deeds)
    expires_at = now + LIFE
    token = UserToken(partner.id, user, tuple(asked), deeds, expires_at)
    return {"user": user, "token": issue_token(token, token_key()), "expires_at": instant(expires_at)}


def _check_vouched(deeds: Any) -> None:
    """What is vouched for is said once, here: a browser cannot add to it."""
    fine = isinstance(deeds, dict) and len(json.dumps(deeds)) <= _VOUCHED_MAX_CHARS
    if fine:
        for told in deeds.values():
            fine = fine and isinstance(told, dict)
            fine = fine and all(name in _VOUCHED and type(value) is _VOUCHED[name] for name, value in told.items())
    if not fine:
        raise UserTokensInvalid(field="deeds", limit=USERS_MAX)


def _show(campaign: CampaignView) -> dict[str, Any]:
    return {
        "slug": campaign.slug,
        "kind": campaign.kind,
        "title_zh": campaign.title_zh,
        "title_en": campaign.title_en,
        "rule": campaign.rule_label,
        "terms": campaign.rule_body,
        "opens_at": instant(campaign.opens_at),
        "closes_at": instant(campaign.closes_at),
        "budget_minor": campaign.budget_minor,
        "left_minor": campaign.free_minor,
        "person_day_flowers": campaign.limits.person_day_flowers,
        "person_day_minor": campaign.limits.person_day_minor,
        "is_sandbox": campaign.is_sandbox,
    }
