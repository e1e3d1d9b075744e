"""Tells partners what became of their deeds and campaigns: queues messages here, the worker delivers them."""

from typing import Any
from uuid import UUID

from redflower.domains.partners.services import queue_messages
from redflower.domains.partners.types import NewMessage
from redflower.domains.scenes.errors import CampaignNotFound, DeedNotFound
from redflower.domains.scenes.selectors.campaigns import get_campaign
from redflower.domains.scenes.selectors.deeds import get_deed
from redflower.domains.scenes.types import PLATFORM
from redflower.kernel import clock
from redflower.plumbing.db import command, raw_connection
from redflower.plumbing.events import Happened, follow_events

FOLLOWER = "webhooks"
# Events of scenes → what partners hear them as.
KINDS = (
    "deeds.settled", "deed.ruled", "campaign.paused", "campaign.published", "campaign.closed", "partner.suspended",
    "partner.active",
)  # fmt: skip


@command
def follow_once() -> int:
    """Queues the next events for partners' endpoints, together with the cursor; returns how many there were."""
    return follow_events(raw_connection(), FOLLOWER, _react)


def _react(events: list[Happened]) -> None:
    news = [message for event in events if event.kind in KINDS for message in _read(event)]
    queue_messages(news, clock.now())


def _read(event: Happened) -> list[NewMessage]:
    facts: dict[str, Any] = event.facts
    key = f"event-{event.id}"
    try:
        if event.kind == "deeds.settled":
            partner = UUID(facts["partner"])
            campaigns = [
                {"campaign": get_campaign(UUID(each)).slug, **told} for each, told in facts["campaigns"].items()
            ]
            told = {"request": facts["request"], "sandbox": facts["sandbox"], "campaigns": campaigns}
            return [] if partner == PLATFORM else [NewMessage(partner, key, event.kind, told)]
        if event.kind.startswith("campaign."):
            campaign = get_campaign(UUID(facts["campaign"]))
            told = {"campaign": campaign.slug, "left_minor": campaign.free_minor}
            return [NewMessage(campaign.partner_id, key, event.kind, told)] if campaign.partner_id else []
        if event.kind == "deed.ruled":
            deed = get_deed(UUID(facts["deed"]))
            told = {"id": deed.external_id, "deed_id": str(deed.id), "ruling": facts["ruling"]}
            return [] if deed.partner_id == PLATFORM else [NewMessage(deed.partner_id, key, event.kind, told)]
        return [NewMessage(UUID(facts["partner"]), key, event.kind, {})]
    except (CampaignNotFound, DeedNotFound, KeyError):  # an event of an older shape tells nobody anything
        return []
