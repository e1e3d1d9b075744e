"""What a partner's or a campaign's file must say before anybody looks at it."""

import re
from urllib.parse import urlsplit

from redflower.domains.people.rules import check_email
from redflower.domains.scenes import errors
from redflower.domains.scenes.types import CampaignState, KeyAlgorithm, NewCampaign, NewKey, NewPartner, PartnerState
from redflower.kernel.text import has_forbidden_characters

TITLE_MAX_CHARS = 40
SUMMARY_MAX_CHARS = 400
KEY_BYTES = 32
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_PARTNER_MOVES = {
    ("submitted", "publish"): PartnerState.ACTIVE,
    ("submitted", "return"): PartnerState.RETURNED,
    ("active", "suspend"): PartnerState.SUSPENDED,
    ("suspended", "resume"): PartnerState.ACTIVE,
}
_CAMPAIGN_MOVES = {
    ("draft", "submit"): CampaignState.SUBMITTED,
    ("returned", "submit"): CampaignState.SUBMITTED,
    ("submitted", "publish"): CampaignState.PUBLISHED,
    ("submitted", "return"): CampaignState.RETURNED,
    ("published", "pause"): CampaignState.PAUSED,
    ("paused", "resume"): CampaignState.PUBLISHED,
    ("published", "close"): CampaignState.CLOSED,
    ("paused", "close"): CampaignState.CLOSED,
}


def check_partner(partner: NewPartner) -> None:
    """Refuses a partner's file that is not complete.

    Errors: PartnerInvalid naming the field, EmailInvalid.
    """
    if not _SLUG.fullmatch(partner.slug) or len(partner.slug) > TITLE_MAX_CHARS:
        raise errors.PartnerInvalid(field="slug")
    for name in ("name_zh", "name_en"):
        if not _is_line(getattr(partner, name), TITLE_MAX_CHARS):
            raise errors.PartnerInvalid(field=name)
    if partner.homepage and not is_origin_like(partner.homepage):
        raise errors.PartnerInvalid(field="homepage")
    for origin in partner.allowed_origins:
        if not is_origin_like(origin) or urlsplit(origin).path not in ("", "/"):
            raise errors.PartnerInvalid(field="allowed_origins")
    check_email(partner.contact_email)


def is_origin_like(url: str) -> bool:
    """True for an http(s) address with a host and no user in it."""
    parts = urlsplit(url)
    return parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc


def check_key(key: NewKey) -> None:
    """Refuses a key nobody could verify with. Errors: KeyInvalid naming the field."""
    if key.algorithm == KeyAlgorithm.ED25519 and len(key.public_key) != KEY_BYTES:
        raise errors.KeyInvalid(field="public_key")
    if key.algorithm == KeyAlgorithm.HMAC_SHA256 and key.public_key:
        raise errors.KeyInvalid(field="public_key")
    if not key.scopes:
        raise errors.KeyInvalid(field="scopes")
    if len(key.label) > TITLE_MAX_CHARS or has_forbidden_characters(key.label):
        raise errors.KeyInvalid(field="label")


def check_campaign(campaign: NewCampaign, kind_places_money: bool) -> None:
    """Refuses a campaign's file that is not complete. Errors: CampaignInvalid naming the first field."""
    if not _SLUG.fullmatch(campaign.slug) or len(campaign.slug) > 60:
        raise errors.CampaignInvalid(field="slug")
    for name in ("title_zh", "title_en"):
        if not _is_line(getattr(campaign, name), 2 * TITLE_MAX_CHARS):
            raise errors.CampaignInvalid(field=name)
    for name in ("summary_zh", "summary_en"):
        text = getattr(campaign, name)
        if len(text) > SUMMARY_MAX_CHARS or has_forbidden_characters(text):
            raise errors.CampaignInvalid(field=name)
    if campaign.closes_at <= campaign.opens_at:
        raise errors.CampaignInvalid(field="closes_at")
    if campaign.budget_minor < 0:
        raise errors.CampaignInvalid(field="budget_minor")
    if campaign.budget_minor and not campaign.sponsor_zh.strip():
        raise errors.CampaignInvalid(field="sponsor_zh")
    if (campaign.budget_minor or kind_places_money) and not campaign.project_ids:
        raise errors.CampaignInvalid(field="project_ids")
    limits = campaign.limits
    bounds = (limits.person_day_flowers, limits.person_day_minor, limits.person_total_minor, limits.day_minor)
    if (
        any(bound is not None and bound < 0 for bound in bounds)
        or limits.device_accounts < 1
        or limits.max_age_days < 1
    ):
        raise errors.CampaignInvalid(field="limits")


def next_partner_state(state: PartnerState, act: str) -> PartnerState:
    """Where an act takes a partner. Errors: PartnerStateConflict."""
    if (state.value, act) not in _PARTNER_MOVES:
        raise errors.PartnerStateConflict(current=state.value)
    return _PARTNER_MOVES[state.value, act]


def next_campaign_state(state: CampaignState, act: str) -> CampaignState:
    """Where an act takes a campaign. Errors: CampaignStateConflict."""
    if (state.value, act) not in _CAMPAIGN_MOVES:
        raise errors.CampaignStateConflict(current=state.value)
    return _CAMPAIGN_MOVES[state.value, act]


def _is_line(text: str, limit: int) -> bool:
    return 0 < len(text.strip()) <= limit and not has_forbidden_characters(text) and "\n" not in text
