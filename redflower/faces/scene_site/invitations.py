"""Invitations to a quiz: a link that says who sent it to us, and to nobody else; whoever passes by it earns a flower for the sender."""

import base64
import binascii
import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.urls import reverse

from redflower.domains.scenes.rules.quiz import FRIEND_PASSED
from redflower.domains.scenes.selectors.deeds import count_by_campaign, count_deeds_for
from redflower.domains.scenes.types import PLATFORM, CampaignView, ReportedDeed, ReportingPartner
from redflower.engine.config import key_for
from redflower.faces.shared.scenes.doors import report_deeds
from redflower.plumbing.sealing import seal, unseal


def has_invitations(campaign: CampaignView) -> bool:
    """True for a campaign in which a friend who passes earns something for whoever brought them."""
    return campaign.kind == "quiz" and bool(campaign.rule_body["invite_flowers"])


def show_invitation(campaign: CampaignView, visitor: UUID, code: str) -> dict[str, Any]:
    """What the page says of invitations: the visitor's own link and how many came by it, and whether they came by one."""
    if not has_invitations(campaign):
        return {}
    query = urlencode({"from": _write(campaign, visitor)})
    return {
        "invite_link": f"{settings.REDFLOWER_BASE_URL}{reverse('scene', args=[campaign.slug])}?{query}",
        "friends_passed": count_deeds_for(campaign.id, [visitor], FRIEND_PASSED),
        "invitation": code if _read(campaign, code) not in (None, visitor) else "",
    }


def thank_inviter(campaign: CampaignView, code: str, friends: Sequence[UUID], earned: int, now: datetime) -> None:
    """Reports that somebody was brought along, once they have passed for the first time.

    Replay: a friend is brought along once in a campaign, by whoever was first.
    """
    inviter = _read(campaign, code) if has_invitations(campaign) else None
    if inviter is None or inviter in friends or not earned:
        return
    if count_by_campaign(friends).get(campaign.id, 0) > earned:
        return  # they have played before
    friend = hashlib.blake2b(friends[0].bytes, person=campaign.id.bytes, digest_size=16).hexdigest()
    deed = ReportedDeed(
        id=f"i.{friend}",
        campaign=campaign.slug,
        user=str(inviter),
        done_at=now,
        subject=friend,
        facts={"invited": True},
    )
    report_deeds(ReportingPartner(PLATFORM), [deed], now)


def _key() -> bytes:
    return key_for(settings.SECRET_KEY, "scene-invitation")


def _write(campaign: CampaignView, inviter: UUID) -> str:
    return base64.urlsafe_b64encode(seal(_key(), campaign.id, inviter.bytes)).decode().rstrip("=")


def _read(campaign: CampaignView, code: str) -> UUID | None:
    try:
        sealed = base64.b64decode(code + "=" * (-len(code) % 4), altchars=b"-_", validate=True)
        return UUID(bytes=unseal(_key(), campaign.id, sealed))
    except (binascii.Error, ValueError):
        return None
