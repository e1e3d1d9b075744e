"""Reads of campaigns: what is open, what it costs, what deeds are about, how far goals have come."""

import json
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from uuid import UUID

from redflower.domains.scenes.errors import CampaignNotFound, ItemNotFound
from redflower.domains.scenes.types import CampaignState, CampaignView, DayCost, Item, ItemState, Limits, Ranked
from redflower.plumbing.db import fetch_all, fetch_one

_LIMITS = (
    "person_day_flowers",
    "person_day_minor",
    "person_total_minor",
    "day_minor",
    "device_accounts",
    "max_age_days",
)
_CAMPAIGN = f"""
SELECT c.id, c.slug, c.kind, c.partner_id, c.rule_set_id, r.code AS rule_code, r.version AS rule_version,
       r.body::text AS rule_body, r.sha256 AS rule_sha256, c.title_zh, c.title_en, c.summary_zh, c.summary_en, c.sponsor_zh,
       c.sponsor_en, c.budget_minor, c.spent_minor, c.returned_minor, c.flowers, c.deeds, c.opens_at, c.closes_at,
       {", ".join(f"c.{name}" for name in _LIMITS)}, c.state, c.is_sandbox, c.note, c.submitted_by_id,
       (SELECT coalesce(array_agg(p.project_id ORDER BY p.position, p.id), '{{}}') FROM scenes_campaign_project p
        WHERE p.campaign_id = c.id) AS project_ids
FROM scenes_campaign c JOIN scenes_rule_set r ON r.id = c.rule_set_id
"""
_ITEM = """
SELECT id, campaign_id, code, title_zh, title_en, body::text AS body, project_id, author_id, author_name, state, note, created_at
FROM scenes_item
"""


def _campaign(row: dict[str, Any]) -> CampaignView:
    limits = Limits(**{name: row.pop(name) for name in _LIMITS})
    read = {
        "rule_body": json.loads(row["rule_body"]),
        "state": CampaignState(row["state"]),
        "project_ids": tuple(row["project_ids"]),
    }
    return CampaignView(**{**row, **read, "limits": limits})


def _item(row: dict[str, Any]) -> Item:
    return Item(**{**row, "body": json.loads(row["body"]), "state": ItemState(row["state"])})


def find_campaign(slug: str) -> CampaignView | None:
    """A campaign by its slug, in any state: the caller decides who may see a draft."""
    row = fetch_one(f"{_CAMPAIGN} WHERE c.slug = %s", [slug])
    return _campaign(row) if row else None


def get_campaign(campaign_id: UUID) -> CampaignView:
    """A campaign by id. Errors: CampaignNotFound."""
    row = fetch_one(f"{_CAMPAIGN} WHERE c.id = %s", [campaign_id])
    if row is None:
        raise CampaignNotFound
    return _campaign(row)


def find_campaigns(ids: Iterable[UUID]) -> dict[UUID, CampaignView]:
    """Campaigns by id."""
    found = map(_campaign, fetch_all(f"{_CAMPAIGN} WHERE c.id = ANY(%s)", [list(ids)]))
    return {each.id: each for each in found}


def list_campaigns(
    state: CampaignState | None = None, partner_id: UUID | None = None, kind: str = "", limit: int = 100
) -> list[CampaignView]:
    """Campaigns for operators and consoles, the latest first."""
    rows = fetch_all(
        f"""{_CAMPAIGN} WHERE (%s::text IS NULL OR c.state = %s) AND (%s::uuid IS NULL OR c.partner_id = %s)
            AND (%s = '' OR c.kind = %s) ORDER BY c.id DESC LIMIT %s""",
        [state, state, partner_id, partner_id, kind, kind, limit],
    )
    return [_campaign(row) for row in rows]


def list_open_campaigns(now: datetime, partner_id: UUID | None = None, kind: str = "") -> list[CampaignView]:
    """What takes deeds now: the platform's own campaigns, and those of one partner where it is named; no sandboxes but its."""
    rows = fetch_all(
        f"""{_CAMPAIGN} LEFT JOIN scenes_partner s ON s.id = %s
            WHERE c.state = 'published' AND c.opens_at <= %s AND c.closes_at > %s AND (%s = '' OR c.kind = %s)
            AND (c.partner_id IS NULL OR c.partner_id = %s) AND c.is_sandbox = coalesce(s.is_sandbox, false)
            ORDER BY c.opens_at, c.id""",
        [partner_id, now, now, kind, kind, partner_id],
    )
    return [_campaign(row) for row in rows]


def list_costs(campaign_ids: Iterable[UUID], since: date) -> list[DayCost]:
    """What campaigns gave by day, the latest first."""
    rows = fetch_all(
        """SELECT campaign_id, day, deeds, flowers, money_minor, limit_minor FROM scenes_day
           WHERE campaign_id = ANY(%s) AND day >= %s ORDER BY day DESC, campaign_id""",
        [list(campaign_ids), since],
    )
    return [DayCost(**row) for row in rows]


def list_items(campaign_id: UUID, state: ItemState | None = ItemState.SHOWN, limit: int = 500) -> list[Item]:
    """What a campaign's deeds may be about, the oldest first; `state=None` for all."""
    rows = fetch_all(
        f"{_ITEM} WHERE campaign_id = %s AND (%s::text IS NULL OR state = %s) ORDER BY id LIMIT %s",
        [campaign_id, state, state, limit],
    )
    return [_item(row) for row in rows]


def list_items_to_moderate(limit: int = 50) -> list[Item]:
    """What waits for an operator's eye, the oldest first, over all campaigns."""
    return [_item(row) for row in fetch_all(f"{_ITEM} WHERE state = 'held' ORDER BY id LIMIT %s", [limit])]


def get_item(campaign_id: UUID, code: str) -> Item:
    """One item by its campaign and code. Errors: ItemNotFound."""
    row = fetch_one(f"{_ITEM} WHERE campaign_id = %s AND code = %s", [campaign_id, code])
    if row is None:
        raise ItemNotFound
    return _item(row)


def rank_items(campaign_id: UUID, limit: int = 20) -> list[Ranked]:
    """A campaign's shown items by how many different people they moved: a ranking of creators."""
    rows = fetch_all(
        """SELECT i.code AS subject, i.title_zh, i.title_en, i.author_name, i.project_id, count(DISTINCT d.donor_id) AS people,
                  coalesce(sum(d.flowers), 0)::bigint AS flowers, coalesce(sum(d.money_minor), 0)::bigint AS money_minor
           FROM scenes_item i LEFT JOIN scenes_deed d ON d.campaign_id = i.campaign_id AND d.subject = i.code AND d.status < 3
           WHERE i.campaign_id = %s AND i.state = 'shown' GROUP BY i.id ORDER BY people DESC, i.id LIMIT %s""",
        [campaign_id, limit],
    )
    return [Ranked(**row) for row in rows]


def rank_projects(campaign_id: UUID, limit: int = 20) -> list[Ranked]:
    """A campaign's projects by how many different people's deeds were for them."""
    rows = fetch_all(
        """SELECT p.slug AS subject, p.title_zh, p.title_en, '' AS author_name, p.id AS project_id,
                  count(DISTINCT d.donor_id) AS people, coalesce(sum(d.flowers), 0)::bigint AS flowers,
                  coalesce(sum(d.money_minor), 0)::bigint AS money_minor
           FROM scenes_campaign_project c JOIN projects_project p ON p.id = c.project_id
           LEFT JOIN scenes_deed d ON d.campaign_id = c.campaign_id AND d.project_id = p.id AND d.status < 3
           WHERE c.campaign_id = %s GROUP BY p.id, c.position ORDER BY people DESC, c.position LIMIT %s""",
        [campaign_id, limit],
    )
    return [Ranked(**row) for row in rows]


def read_secret(campaign_id: UUID) -> bytes:
    """A campaign's own secret, for the screen at an event that shows its code. Errors: CampaignNotFound."""
    row = fetch_one("SELECT secret FROM scenes_campaign WHERE id = %s", [campaign_id])
    if row is None:
        raise CampaignNotFound
    return bytes(row["secret"])
