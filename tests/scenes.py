"""The smallest valid partner and campaign, and deeds for them."""

import itertools
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from redflower.domains.scenes.posting.settlement import UnreadableRow
from redflower.domains.scenes.selectors.campaigns import get_campaign
from redflower.domains.scenes.services.campaigns import (
    publish_rule_set,
    read_preset,
    review_campaigns,
    save_campaigns,
    submit_campaigns,
)
from redflower.domains.scenes.services.partners import register_partners, review_partners
from redflower.domains.scenes.types import (
    CampaignView,
    DeedOutcome,
    Limits,
    NewCampaign,
    NewPartner,
    ReportedDeed,
    ReportingPartner,
)
from redflower.engine.deeds import DeedPolicy, settle_deeds
from redflower.plumbing.db import command, raw_connection
from tests.factories import NOON, make_project, make_user

POLICY = DeedPolicy("Asia/Shanghai", b"salt" * 4)
OPEN = {"opens_at": NOON - timedelta(days=30), "closes_at": NOON + timedelta(days=30)}
_numbers = itertools.count(1)


def make_partner(is_sandbox: bool = False) -> ReportingPartner:
    """An active partner."""
    number = next(_numbers)
    new = NewPartner(
        f"app-{number}", f"应用{number}", f"App {number}", "https://app.example", "a@app.example", is_sandbox
    )
    ids = register_partners([new], make_user().id, NOON)
    if not is_sandbox:
        review_partners(ids, True, "", make_user(is_operator=True).id, NOON)
    return ReportingPartner(ids[0], is_sandbox)


def make_campaign(
    kind: str = "steps",
    budget_minor: int = 0,
    limits: Limits | None = None,
    partner: ReportingPartner | None = None,
    projects: Sequence[UUID] | None = None,
    rule: dict[str, object] | None = None,
    **fields: object,
) -> CampaignView:
    """A published campaign of the kind's preset, open for a month around noon."""
    preset, number = read_preset(kind), next(_numbers)
    version = number + 1 if rule else preset["version"]
    rule_set = publish_rule_set(kind, preset["code"], version, {**preset["body"], **(rule or {})}, NOON)
    values = {
        "slug": f"{kind.replace('_', '-')}-{number}",
        "title_zh": "活动",
        "title_en": "Campaign",
        "summary_zh": "",
        "summary_en": "",
        "sponsor_zh": "赞助方",
        "sponsor_en": "Sponsor",
        "project_ids": tuple(projects if projects is not None else [make_project().id]),
        **OPEN,
        **fields,
    }
    new = NewCampaign(
        kind=kind,
        rule_set_id=rule_set,
        limits=limits or Limits(),
        budget_minor=budget_minor,
        partner_id=partner.id if partner else None,
        **values,
    )
    ids = save_campaigns([new], make_user().id, NOON)
    submit_campaigns(ids, make_user().id, NOON)
    review_campaigns(ids, True, "", make_user(is_operator=True).id, NOON)
    return get_campaign(ids[0])


def deed(campaign: CampaignView, user: str = "u1", **fields: object) -> ReportedDeed:
    """A deed done at noon, with an id of its own."""
    values = {"id": f"d{next(_numbers)}", "done_at": NOON, "amount": 8_000, **fields}
    return ReportedDeed(campaign=campaign.slug, user=user, **values)


@command
def report(
    partner: ReportingPartner, rows: Sequence[ReportedDeed | UnreadableRow], now: datetime = NOON
) -> list[DeedOutcome]:
    """Settles a request, durably."""
    return settle_deeds(raw_connection(), partner, rows, POLICY, now)


def answers(outcomes: Sequence[DeedOutcome]) -> list[tuple[str, str]]:
    """Status and reason of each."""
    return [(outcome.status.value, outcome.reason) for outcome in outcomes]
