"""Who a visitor is in a scene of the platform's own: their donor, as a token the same doors believe that partners' widgets use."""

from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest

from redflower.domains.scenes.types import PLATFORM, CampaignView
from redflower.faces.shared.donor_cookie import donor_of_account, donors_of, read_donor
from redflower.faces.shared.scenes.tokens import LIFE, UserToken
from redflower.kernel.clock import local_date

_PAYMENT_MINOR = 1_850


def find_visitor(request: HttpRequest) -> UUID | None:
    """The donor this visitor is, or will be once they do something; None for a browser that keeps no cookies."""
    known = donors_of(request)
    if known:
        return known[0]
    return donor_of_account(request.user.id) if request.user.is_authenticated else read_donor(request)


def make_token(donor_id: UUID, campaign: CampaignView, now: datetime) -> UserToken:
    """A token of the platform's own for one donor and one campaign."""
    return UserToken(PLATFORM, str(donor_id), (campaign.slug,), vouch(donor_id, campaign, now), now + LIFE)


def vouch(donor_id: UUID, campaign: CampaignView, now: datetime) -> dict[str, dict[str, Any]]:
    """What the platform vouches for: in a demo, that somebody has walked, paid or ridden today; else nothing.

    A kind whose deeds happen in partners' apps cannot be done on a page; a demo pretends, and says so.
    """
    if not settings.REDFLOWER_DEMO:
        return {}
    today = local_date(now, settings.TIME_ZONE).isoformat()
    name = f"demo-{donor_id.hex[-12:]}-{today}"
    paid = {"payment_minor": _PAYMENT_MINOR}
    pretended: dict[str, dict[str, Any]] = {
        # At a quarter past midnight nobody has walked far.
        "steps": {"amount": min(7_204, _minutes(now) * 100)},
        "green": {"subject": name, "facts": {"act": "ride"}},
        "shake": {"subject": name, "facts": paid},
        "round_up": {"subject": name, "facts": paid},
        "game": {},
        "volunteer": {"subject": name, "amount": 120, "facts": {"confirmed_by": "demo"}},
    }
    return {campaign.slug: pretended[campaign.kind]} if campaign.kind in pretended else {}


def _minutes(now: datetime) -> int:

    local = now.astimezone(ZoneInfo(settings.TIME_ZONE))
    return local.hour * 60 + local.minute
