"""What people of a campaign do together: items to be about, teams that walk, goals that unlock a grant."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

import psycopg

from redflower.domains.ledger.posting import post_transfers
from redflower.domains.people.rules import check_note, check_second_person
from redflower.domains.people.selectors import check_operator
from redflower.domains.people.services import write_audit_rows
from redflower.domains.scenes import errors
from redflower.domains.scenes.posting.goals import find_reached, plan_grants
from redflower.domains.scenes.types import ItemState
from redflower.kernel.ids import new_id
from redflower.kernel.limits import NAME_MAX_CHARS
from redflower.kernel.text import has_forbidden_characters
from redflower.plumbing.db import command, raw_connection
from redflower.plumbing.events import append_events

Connection = psycopg.Connection[Any]
ITEM_CODE_MAX_CHARS = 64


@dataclass(frozen=True, slots=True)
class NewItem:
    """Something deeds of a campaign may be about. `body` is what its kind asks for: a question, a video's address."""

    campaign_id: UUID
    code: str
    title_zh: str
    title_en: str
    body: Mapping[str, Any] = field(default_factory=dict)
    project_id: UUID | None = None
    author_id: UUID | None = None
    author_name: str = ""


@command
def add_items(items: Sequence[NewItem], state: ItemState, now: datetime) -> list[UUID]:
    """Adds items, held for a moderator or (written by an operator) shown at once; returns their ids in order.

    Errors: ItemInvalid naming the field (a code that is taken, too).
    """
    for item in items:
        if not 0 < len(item.code) <= ITEM_CODE_MAX_CHARS or not item.code.isprintable():
            raise errors.ItemInvalid(field="code")
        if not item.title_zh.strip() or has_forbidden_characters(item.title_zh + item.title_en + item.author_name):
            raise errors.ItemInvalid(field="title_zh")
    ids = [new_id() for _ in items]
    try:
        raw_connection().execute(
            """INSERT INTO scenes_item (id, campaign_id, code, title_zh, title_en, body, project_id, author_id, author_name,
                                        state, note, created_at)
               SELECT i.id, campaign, code, zh, en, body::jsonb, project, author, name, %s, '', %s
               FROM unnest(%s::uuid[], %s::uuid[], %s::text[], %s::text[], %s::text[], %s::text[], %s::uuid[], %s::uuid[],
                           %s::text[]) AS i(id, campaign, code, zh, en, body, project, author, name)""",
            [
                state.value,
                now,
                ids,
                [item.campaign_id for item in items],
                [item.code for item in items],
                [item.title_zh for item in items],
                [item.title_en for item in items],
                [json.dumps(dict(item.body)) for item in items],
                [item.project_id for item in items],
                [item.author_id for item in items],
                [item.author_name for item in items],
            ],
        )
    except psycopg.errors.UniqueViolation:
        raise errors.ItemInvalid(field="code") from None
    return ids


@command
def moderate_items(ids: Sequence[UUID], show: bool, note: str, actor_id: UUID, now: datetime) -> None:
    """Shows held items, or removes held and shown ones with the reason; all or none.

    Errors: OperatorNeeded, ReviewNoteMissing (a removal without a reason), ItemNotFound (or decided about before),
    ReviewerIsSubmitter (shows what they wrote themselves).
    """
    check_operator(actor_id)
    reason = note.strip() if show else check_note(note)
    states = ["held"] if show else ["held", "shown"]
    state = ItemState.SHOWN if show else ItemState.REMOVED
    changed = (
        raw_connection()
        .execute(
            "UPDATE scenes_item SET state = %s, note = %s WHERE id = ANY(%s) AND state = ANY(%s) RETURNING author_id",
            [state.value, reason, list(ids), states],
        )
        .fetchall()
    )
    if len(changed) != len(set(ids)):
        raise errors.ItemNotFound
    if show:
        for (author_id,) in changed:
            check_second_person(author_id, actor_id)
    write_audit_rows(actor_id, f"scene_item_{state.value}", ids, {"note": reason}, now)


@command
def open_team(campaign_id: UUID, name: str, captain_id: UUID, today: date, now: datetime) -> UUID:
    """Opens a team with its captain as the first member; returns its id.

    Errors: TeamNameInvalid, TeamNotOpen. Replay: somebody who is in a team of this campaign stays there; its id.
    """
    clean = name.strip()
    if not clean or len(clean) > NAME_MAX_CHARS or has_forbidden_characters(clean) or "\n" in clean:
        raise errors.TeamNameInvalid(limit=NAME_MAX_CHARS)
    conn = raw_connection()
    _hold_open(conn, campaign_id, now)
    team_id = new_id()
    conn.execute(
        "INSERT INTO scenes_team (id, campaign_id, name, captain_id, created_at) VALUES (%s, %s, %s, %s, %s)",
        [team_id, campaign_id, clean, captain_id, now],
    )
    joined = _join(conn, campaign_id, team_id, captain_id, today)
    if joined != team_id:
        conn.execute("DELETE FROM scenes_team WHERE id = %s", [team_id])
    return joined


@command
def join_team(team_id: UUID, donor_id: UUID, today: date, now: datetime) -> UUID:
    """Joins a team; returns the team the person is in, which is another one when they had joined that before.

    Errors: TeamNotFound, TeamNotOpen.
    """
    conn = raw_connection()
    row = conn.execute("SELECT campaign_id FROM scenes_team WHERE id = %s", [team_id]).fetchone()
    if row is None:
        raise errors.TeamNotFound
    _hold_open(conn, row[0], now)
    return _join(conn, row[0], team_id, donor_id, today)


def _hold_open(conn: Connection, campaign_id: UUID, now: datetime) -> None:
    """Holds a campaign in which teams walk and deeds are taken now."""
    row = conn.execute(
        """SELECT 1 FROM scenes_campaign c JOIN scenes_rule_set r ON r.id = c.rule_set_id
           WHERE c.id = %s AND c.state = 'published' AND c.opens_at <= %s AND %s < c.closes_at
                 AND r.body -> 'goal' ->> 'scope' = 'team' FOR SHARE OF c""",
        [campaign_id, now, now],
    ).fetchone()
    if row is None:
        raise errors.TeamNotOpen


def _join(conn: Connection, campaign_id: UUID, team_id: UUID, donor_id: UUID, today: date) -> UUID:
    conn.execute(
        """INSERT INTO scenes_team_member (team_id, campaign_id, donor_id, joined_on) VALUES (%s, %s, %s, %s)
           ON CONFLICT (campaign_id, donor_id) DO NOTHING""",
        [team_id, campaign_id, donor_id, today],
    )
    row = conn.execute(
        "SELECT team_id FROM scenes_team_member WHERE campaign_id = %s AND donor_id = %s", [campaign_id, donor_id]
    ).fetchone()
    assert row is not None  # noqa: S101 - just written, by us or before us
    return UUID(str(row[0]))


@command
def grant_goals(campaign_ids: Sequence[UUID], now: datetime) -> int:
    """Pays out the sponsor's grant of every shared goal that has been reached, once each; returns how many.

    A goal whose campaign has less left than its grant gets what is left.
    """
    conn = raw_connection()
    reached = find_reached(conn, campaign_ids)
    if not reached:
        return 0
    transfers = plan_grants(conn, reached, now)
    append_events(conn, [("goal.reached", {"campaign": str(each.campaign_id)}) for each in reached], now)
    if transfers:
        post_transfers(conn, transfers, now)
    return len(reached)
