"""Campaigns as settlement needs them: locked, with their rule, limits and what is left."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import psycopg

from redflower.domains.scenes.rules.kinds import ITEMS, Kind, find_kind
from redflower.domains.scenes.types import CampaignState, Item, ItemState, Limits
from redflower.kernel.ids import id_at, millisecond_of

Connection = psycopg.Connection[Any]


@dataclass(slots=True)
class LiveCampaign:
    """A campaign while deeds are being settled: `spent`, `flowers`, `deeds` and `days` grow with them."""

    id: UUID
    slug: str
    kind: Kind
    terms: Any
    label: str
    partner_id: UUID | None
    is_sandbox: bool
    state: CampaignState
    opens_at: datetime
    closes_at: datetime
    limits: Limits
    budget_left: int
    secret: bytes
    has_money: bool  # False: flowers only, whatever the rule says of money
    last_request_id: UUID | None  # the request settled last in it
    is_uncommitted: bool  # that request was settled in this very transaction
    projects: dict[str, UUID]  # by slug, the first one is where money goes unless somebody chooses
    items: dict[str, Item] = field(default_factory=dict)
    days: dict[date, "LiveDay"] = field(default_factory=dict)


@dataclass(slots=True)
class LiveDay:
    """What a campaign gives on one day: before, and by the deeds in hand. Units: fen, flowers."""

    before_minor: int = 0
    deeds: int = 0  # reported
    counted: int = 0  # of them those that count, besides held ones released
    flowers: int = 0
    money_minor: int = 0


def lock_campaigns(
    conn: Connection, slugs: Collection[str], is_sandbox: bool, with_projects: bool = True
) -> dict[str, LiveCampaign]:
    """Campaigns by slug, their rows held until the transaction ends: one settlement at a time spends of each.

    Needs: an open transaction. Shape: a sandbox partner meets sandbox campaigns only, and nobody else meets those. Without
    `with_projects`, for deeds that name none, projects come only with money to place.
    """
    rows = conn.execute(
        """SELECT id, slug, kind, rule_set_id, partner_id, is_sandbox, state, opens_at, closes_at,
                  person_day_flowers, person_day_minor, person_total_minor, day_minor, device_accounts, max_age_days,
                  budget_minor - spent_minor - returned_minor, secret, budget_minor > 0, last_request_id,
                  coalesce(xmin::text = (pg_current_xact_id_if_assigned()::text::numeric %% 4294967296)::text, false)
           FROM scenes_campaign WHERE slug = ANY(%s) AND is_sandbox = %s ORDER BY id FOR NO KEY UPDATE""",
        [list(slugs), is_sandbox],
    ).fetchall()
    if not rows:
        return {}
    rule_sets = _read_rule_sets(conn, frozenset(row[3] for row in rows))
    projects = _load_projects(conn, [row[0] for row in rows if with_projects or row[17]])
    found = {}
    for row in rows:
        kind, terms, label = rule_sets[row[3]]
        found[row[1]] = LiveCampaign(
            id=row[0],
            slug=row[1],
            kind=kind,
            terms=terms,
            label=label,
            partner_id=row[4],
            is_sandbox=row[5],
            state=CampaignState(row[6]),
            opens_at=row[7],
            closes_at=row[8],
            limits=Limits(*row[9:15]),
            budget_left=row[15],
            secret=bytes(row[16]),
            has_money=row[17],
            last_request_id=row[18],
            is_uncommitted=row[19],
            projects=projects.get(row[0], {}),
        )
    with_items = [campaign for campaign in found.values() if ITEMS in campaign.kind.NEEDS]
    if with_items:
        items = load_items(conn, [campaign.id for campaign in with_items])
        for campaign in with_items:
            campaign.items = items.get(campaign.id, {})
    return found


def _load_projects(conn: Connection, campaign_ids: list[UUID]) -> dict[UUID, dict[str, UUID]]:
    if not campaign_ids:
        return {}
    rows = conn.execute(
        """SELECT c.campaign_id, p.slug, p.id FROM scenes_campaign_project c JOIN projects_project p ON p.id = c.project_id
           WHERE c.campaign_id = ANY(%s) ORDER BY c.campaign_id, c.position, c.id""",
        [campaign_ids],
    ).fetchall()
    found: dict[UUID, dict[str, UUID]] = {}
    for campaign_id, slug, project_id in rows:
        found.setdefault(campaign_id, {})[slug] = project_id
    return found


def load_items(conn: Connection, campaign_ids: list[UUID]) -> dict[UUID, dict[str, Item]]:
    """Every item of these campaigns, by campaign and code."""
    rows = conn.execute(
        """SELECT id, campaign_id, code, title_zh, title_en, body::text, project_id, author_id, author_name, state, note,
                  created_at
           FROM scenes_item WHERE campaign_id = ANY(%s) ORDER BY campaign_id, code""",
        [campaign_ids],
    ).fetchall()
    found: dict[UUID, dict[str, Item]] = {}
    for row in rows:
        item = Item(
            id=row[0],
            campaign_id=row[1],
            code=row[2],
            title_zh=row[3],
            title_en=row[4],
            body=json.loads(row[5]),
            project_id=row[6],
            author_id=row[7],
            author_name=row[8],
            state=ItemState(row[9]),
            note=row[10],
            created_at=row[11],
        )
        found.setdefault(item.campaign_id, {})[item.code] = item
    return found


# Rule sets never change, so what was read once is read for good.
_known_rules: dict[UUID, tuple[Kind, Any, str]] = {}


def _read_rule_sets(conn: Connection, ids: frozenset[UUID]) -> Mapping[UUID, tuple[Kind, Any, str]]:
    missing = ids - _known_rules.keys()
    if missing:
        rows = conn.execute(
            "SELECT id, kind, code, version, body::text FROM scenes_rule_set WHERE id = ANY(%s)", [list(missing)]
        ).fetchall()
        for rule_set_id, name, code, version, body in rows:
            kind = find_kind(name)
            _known_rules[rule_set_id] = (kind, _read_terms(name, body), f"{code}@{version}")
    return _known_rules


@lru_cache(maxsize=1_024)
def _read_terms(name: str, body: str) -> Any:
    return find_kind(name).read_terms(json.loads(body))


def load_days(conn: Connection, campaign: LiveCampaign, days: Collection[date]) -> None:
    """Reads what a campaign has given on these days before, where a daily limit asks for it."""
    campaign.days = {day: LiveDay() for day in days}
    if campaign.limits.day_minor is None:
        return
    rows = conn.execute(
        "SELECT day, money_minor FROM scenes_day WHERE campaign_id = %s AND day = ANY(%s)", [campaign.id, list(days)]
    ).fetchall()
    for day, money in rows:
        campaign.days[day].before_minor = money


def count_campaigns(conn: Connection, campaigns: Collection[LiveCampaign], request_id: UUID | None = None) -> None:
    """Adds what was just given to the campaigns' counters, in all and by day, and names the request that brought it.

    Needs: the campaigns' rows locked. The named checks refuse whatever the rules let slip.
    """
    touched = [
        (campaign.id, day, live.deeds, live.flowers, live.money_minor, campaign.limits.day_minor, live.counted)
        for campaign in sorted(campaigns, key=lambda campaign: campaign.id)
        for day, live in sorted(campaign.days.items())
        if live.deeds or live.counted or live.flowers or live.money_minor
    ]
    if not touched:
        return
    columns = [list(column) for column in zip(*touched, strict=True)]
    conn.execute(
        """INSERT INTO scenes_day AS d (campaign_id, day, deeds, flowers, money_minor, limit_minor)
           SELECT * FROM unnest(%s::uuid[], %s::date[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[])
           ON CONFLICT (campaign_id, day) DO UPDATE SET deeds = d.deeds + excluded.deeds,
               flowers = d.flowers + excluded.flowers, money_minor = d.money_minor + excluded.money_minor""",
        columns[:6],
    )
    conn.execute(
        """UPDATE scenes_campaign c SET spent_minor = c.spent_minor + t.money, flowers = c.flowers + t.flowers,
                  deeds = c.deeds + t.deeds, last_request_id = coalesce(%s, c.last_request_id)
           FROM (SELECT id, sum(deeds) AS deeds, sum(flowers) AS flowers, sum(money) AS money
                 FROM unnest(%s::uuid[], %s::bigint[], %s::bigint[], %s::bigint[]) AS u(id, deeds, flowers, money)
                 GROUP BY id) t WHERE c.id = t.id""",
        [request_id, columns[0], columns[6], *columns[3:5]],
    )


def new_request_id(campaigns: Collection[LiveCampaign], now: datetime) -> UUID:
    """The id of a request, above that of every request settled in its campaigns before; its deeds take theirs from it.

    Needs: the campaigns' rows locked.
    """
    # Two machines' clocks may differ, and a campaign's requests come one after the other all the same.
    after = max((each.last_request_id.int >> 80 for each in campaigns if each.last_request_id), default=0) + 1
    return UUID(int=id_at(max(millisecond_of(now), after)).int | 0xFFFF)
