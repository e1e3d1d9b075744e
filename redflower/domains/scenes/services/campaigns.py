"""Campaigns: their rule sets, their files, their money, and what they are about."""

import json
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from importlib import resources
from typing import Any
from uuid import UUID

import psycopg

from redflower.domains.ledger.posting import open_accounts, post_transfers
from redflower.domains.people.posting import submit_files
from redflower.domains.people.rules import check_note, check_second_person
from redflower.domains.people.selectors import check_operator
from redflower.domains.people.services import write_audit_rows
from redflower.domains.scenes import errors
from redflower.domains.scenes.posting.rulings import campaign_accounts, plan_campaign_money, plan_unplaced
from redflower.domains.scenes.rules.files import check_campaign, next_campaign_state
from redflower.domains.scenes.rules.goals import read_goal
from redflower.domains.scenes.rules.kinds import find_kind
from redflower.domains.scenes.types import CampaignState, NewCampaign
from redflower.kernel.canon import sha256_hex
from redflower.kernel.ids import new_id
from redflower.plumbing.db import command, raw_connection
from redflower.plumbing.events import append_events

Connection = psycopg.Connection[Any]
_SECRET_BYTES = 32
# What a save writes of a campaign's file, with the type PostgreSQL reads it as.
_SAVED = {
    "slug": "text", "kind": "text", "rule_set_id": "uuid", "partner_id": "uuid", "title_zh": "text", "title_en": "text",
    "summary_zh": "text", "summary_en": "text", "sponsor_zh": "text", "sponsor_en": "text", "budget_minor": "bigint",
    "opens_at": "timestamptz", "closes_at": "timestamptz",
}  # fmt: skip
_LIMITS = {
    "person_day_flowers": "integer", "person_day_minor": "bigint", "person_total_minor": "bigint", "day_minor": "bigint",
    "device_accounts": "integer", "max_age_days": "integer",
}  # fmt: skip


def read_preset(kind: str) -> dict[str, Any]:
    """A rule set that ships with the platform: {kind, code, version, body}. Errors: FileNotFoundError."""
    text = (resources.files("redflower.domains.scenes") / "presets" / f"{kind}.json").read_text("utf-8")
    preset: dict[str, Any] = json.loads(text)
    return preset


@command
def publish_rule_set(kind: str, code: str, version: int, body: Mapping[str, Any], now: datetime) -> UUID:
    """Publishes a version of a scene's rule and returns its id.

    Errors: SceneKindUnknown, SceneRuleInvalid.
    Replay: a version published before keeps its first content.
    """
    find_kind(kind).read_terms(body)
    read_goal(body)
    conn = raw_connection()
    conn.execute(
        """INSERT INTO scenes_rule_set (id, kind, code, version, body, sha256, created_at)
           VALUES (%s, %s, %s, %s, %s::jsonb, %s, %s) ON CONFLICT (code, version) DO NOTHING""",
        [new_id(), kind, code, version, json.dumps(body), sha256_hex(dict(body)), now],
    )
    row = conn.execute("SELECT id FROM scenes_rule_set WHERE code = %s AND version = %s", [code, version]).fetchone()
    assert row is not None  # noqa: S101 - just written
    return UUID(str(row[0]))


def publish_rule(kind: str, body: Mapping[str, Any], now: datetime) -> UUID:
    """Publishes a rule by what it says: as the preset's version where it says the same, else under a name of its own.

    Errors: SceneKindUnknown, SceneRuleInvalid. Replay: the same words and numbers are the same rule set.
    """
    try:
        preset = read_preset(kind)
    except FileNotFoundError:
        preset = {"body": None}
    if preset["body"] == body:
        return publish_rule_set(kind, preset["code"], preset["version"], body, now)
    return publish_rule_set(kind, f"{kind}-{sha256_hex(dict(body))[:12]}", 1, body, now)


@command
def save_campaigns(campaigns: Sequence[NewCampaign], actor_id: UUID, now: datetime) -> list[UUID]:
    """Writes drafts, new ones or (by `id`) ones that are still drafts or were returned; returns their ids in order.

    All or none are written. A campaign of a sandbox partner is a sandbox campaign.
    Errors: SceneKindUnknown, CampaignInvalid, CampaignSlugTaken, CampaignStateConflict.
    """
    for campaign in campaigns:
        check_campaign(campaign, find_kind(campaign.kind).PLACES_MONEY)
    ids = [campaign.id or new_id() for campaign in campaigns]
    conn = raw_connection()
    if len(_write(conn, campaigns, ids, now)) != len(set(ids)):
        raise errors.CampaignStateConflict(current="submitted")
    _write_projects(conn, campaigns, ids)
    write_audit_rows(actor_id, "campaign_saved", ids, {}, now)
    return ids


def _write(
    conn: Connection, campaigns: Sequence[NewCampaign], ids: Sequence[UUID], now: datetime
) -> list[tuple[Any, ...]]:
    names = [*_SAVED, *_LIMITS]
    columns = [[getattr(campaign, name) for campaign in campaigns] for name in _SAVED]
    columns += [[getattr(campaign.limits, name) for campaign in campaigns] for name in _LIMITS]
    try:
        rows = conn.execute(
            f"""INSERT INTO scenes_campaign (id, {", ".join(names)}, is_sandbox, secret, spent_minor, returned_minor, flowers,
                                             deeds, state, note, created_at)
                SELECT c.id, {", ".join(f"c.{name}" for name in names)}, coalesce(p.is_sandbox, false), c.secret, 0, 0, 0, 0,
                       'draft', '', %s
                FROM unnest(%s::uuid[], {", ".join(f"%s::{each}[]" for each in (*_SAVED.values(), *_LIMITS.values()))},
                            %s::bytea[]) AS c(id, {", ".join(names)}, secret)
                JOIN scenes_rule_set r ON r.id = c.rule_set_id AND r.kind = c.kind
                LEFT JOIN scenes_partner p ON p.id = c.partner_id
                ON CONFLICT (id) DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in (*names, "is_sandbox"))}
                WHERE scenes_campaign.state IN ('draft', 'returned') RETURNING id""",
            [now, list(ids), *columns, [secrets.token_bytes(_SECRET_BYTES) for _ in campaigns]],
        ).fetchall()
    except psycopg.errors.UniqueViolation:
        raise errors.CampaignSlugTaken(slug=", ".join(each.slug for each in campaigns[:3])) from None
    except psycopg.errors.ForeignKeyViolation:
        raise errors.CampaignInvalid(field="partner_id") from None
    return rows


def _write_projects(conn: Connection, campaigns: Sequence[NewCampaign], ids: Sequence[UUID]) -> None:
    rows = [
        (campaign_id, project_id, place)
        for campaign_id, campaign in zip(ids, campaigns, strict=True)
        for place, project_id in enumerate(campaign.project_ids)
    ]
    conn.execute("DELETE FROM scenes_campaign_project WHERE campaign_id = ANY(%s)", [list(ids)])
    if not rows:
        return
    try:
        conn.execute(
            """INSERT INTO scenes_campaign_project (campaign_id, project_id, position)
               SELECT * FROM unnest(%s::uuid[], %s::uuid[], %s::smallint[])""",
            [list(column) for column in zip(*rows, strict=True)],
        )
    except (psycopg.errors.ForeignKeyViolation, psycopg.errors.UniqueViolation):
        raise errors.CampaignInvalid(field="project_ids") from None


@command
def submit_campaigns(ids: Sequence[UUID], actor_id: UUID, now: datetime) -> None:
    """Hands drafts (or returned files) to a second person; all or none.

    Errors: CampaignNotFound, CampaignStateConflict.
    """
    conn = raw_connection()
    _lock(conn, ids, "submit")
    submit_files(conn, "scenes_campaign", ids, actor_id)
    write_audit_rows(actor_id, "campaign_submitted", ids, {}, now)


@command
def review_campaigns(ids: Sequence[UUID], publish: bool, note: str, reviewer_id: UUID, now: datetime) -> None:
    """Publishes submitted campaigns, each funded in the ledger before its first deed, or returns them; all or none.

    Errors: OperatorNeeded, ReviewNoteMissing (a return without a reason), CampaignNotFound, CampaignStateConflict,
    ReviewerIsSubmitter.
    """
    check_operator(reviewer_id)
    reason = note.strip() if publish else check_note(note)
    conn = raw_connection()
    rows = _lock(conn, ids, "publish" if publish else "return")
    for _, submitter_id, _, _ in rows:
        check_second_person(submitter_id, reviewer_id)
    state = CampaignState.PUBLISHED if publish else CampaignState.RETURNED
    conn.execute(
        "UPDATE scenes_campaign SET state = %s, note = %s, reviewed_by_id = %s WHERE id = ANY(%s)",
        [state.value, reason, reviewer_id, list(ids)],
    )
    _tell(conn, ids, state.value, reason, reviewer_id, now)
    if publish:
        funded = [(each, budget) for each, _, budget, is_sandbox in rows if budget and not is_sandbox]
        if funded:
            open_accounts(conn, [account for each, _ in funded for account in campaign_accounts(each)], now)
            post_transfers(conn, [plan_campaign_money(each, "campaign_funded", budget) for each, budget in funded], now)


@command
def pause_campaigns(ids: Sequence[UUID], note: str, actor_id: UUID, now: datetime) -> None:
    """Stops campaigns from taking deeds at once; what was earned stays.

    Needs: an operator, or the partner's member asked by the caller through `access_partner`.
    Errors: ReviewNoteMissing, CampaignNotFound, CampaignStateConflict.
    """
    _move(ids, "pause", CampaignState.PAUSED, note, actor_id, now)


@command
def resume_campaigns(ids: Sequence[UUID], note: str, actor_id: UUID, now: datetime) -> None:
    """Lets paused campaigns take deeds again.

    Errors: OperatorNeeded, ReviewNoteMissing, CampaignNotFound, CampaignStateConflict.
    """
    check_operator(actor_id)
    _move(ids, "resume", CampaignState.PUBLISHED, note, actor_id, now)


@command
def close_campaigns(ids: Sequence[UUID], note: str, actor_id: UUID, now: datetime) -> None:
    """Ends campaigns for good at exactly 0: what is left, and what nobody placed, returns to the sponsor.

    Errors: OperatorNeeded, ReviewNoteMissing, CampaignNotFound, CampaignStateConflict.
    """
    check_operator(actor_id)
    reason = check_note(note)
    conn = raw_connection()
    _lock(conn, ids, "close")
    transfers = plan_unplaced(conn, ids, now)
    rows = conn.execute(
        """UPDATE scenes_campaign SET returned_minor = budget_minor - spent_minor, state = 'closed', note = %s
           WHERE id = ANY(%s) RETURNING id, returned_minor, is_sandbox""",
        [reason, list(ids)],
    ).fetchall()
    transfers += [
        plan_campaign_money(each, "campaign_returned", left)
        for each, left, is_sandbox in rows
        if left and not is_sandbox
    ]
    _tell(conn, ids, "closed", reason, actor_id, now)
    if transfers:
        post_transfers(conn, transfers, now)


def _move(ids: Sequence[UUID], act: str, target: CampaignState, note: str, actor_id: UUID, now: datetime) -> None:
    reason = check_note(note)
    conn = raw_connection()
    _lock(conn, ids, act)
    conn.execute(
        "UPDATE scenes_campaign SET state = %s, note = %s WHERE id = ANY(%s)", [target.value, reason, list(ids)]
    )
    _tell(conn, ids, target.value, reason, actor_id, now)


def _lock(conn: Connection, ids: Sequence[UUID], act: str) -> list[tuple[UUID, UUID | None, int, bool]]:
    rows = conn.execute(
        """SELECT id, submitted_by_id, budget_minor, is_sandbox, state FROM scenes_campaign WHERE id = ANY(%s)
           ORDER BY id FOR NO KEY UPDATE""",
        [list(ids)],
    ).fetchall()
    if len(rows) != len(set(ids)):
        raise errors.CampaignNotFound
    for row in rows:
        next_campaign_state(CampaignState(row[4]), act)
    return [(row[0], row[1], row[2], row[3]) for row in rows]


def _tell(conn: Connection, ids: Sequence[UUID], what: str, note: str, actor_id: UUID, now: datetime) -> None:
    write_audit_rows(actor_id, f"campaign_{what}", ids, {"note": note}, now)
    append_events(conn, [(f"campaign.{what}", {"campaign": str(each)}) for each in ids], now)
