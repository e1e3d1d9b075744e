"""Example traffic for a sandbox: good deeds, a few too small, one impossible, one twice; nothing of it ever moves."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from redflower.domains.scenes.types import CampaignView, DeedOutcome, ReportedDeed, ReportingPartner
from redflower.faces.shared.scenes.doors import report_deeds

_COUNT = 20


def practise(partner_id: UUID, campaigns: Sequence[CampaignView], now: datetime, rng: Random) -> list[DeedOutcome]:
    """Reports twenty example deeds for a sandbox partner, as its app would; none where it has no campaign.

    Shape: steps for a campaign of steps; anything else is reported as done once per subject.
    """
    if not campaigns:
        return []
    rows = [_make(rng, place, rng.choice(campaigns), now) for place in range(_COUNT - 1)]
    return report_deeds(ReportingPartner(partner_id, is_sandbox=True), [*rows, rows[0]], now)


def _make(rng: Random, place: int, campaign: CampaignView, now: datetime) -> ReportedDeed:
    steps = 150_000 if place == 3 else rng.randint(2_000, 12_000)
    name = f"practice-{rng.getrandbits(48):012x}"
    return ReportedDeed(
        id=name,
        campaign=campaign.slug,
        user=f"example-{rng.randrange(40)}",
        done_at=now + timedelta(hours=1) if place == 5 else now,
        amount=steps if campaign.kind == "steps" else 1,
        subject=name,
        facts={"act": "ride", "payment_minor": 1_850, "confirmed": True, "confirmed_by": "example"},
    )
