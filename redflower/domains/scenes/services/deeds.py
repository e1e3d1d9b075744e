"""What is decided about deeds after their first answer: held ones released or dismissed, all of them reversible; unlocked
money placed."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import psycopg

from redflower.domains.ledger.posting import post_transfers
from redflower.domains.ledger.types import NewTransfer
from redflower.domains.people.rules import check_note
from redflower.domains.people.selectors import check_operator
from redflower.domains.people.services import write_audit_rows
from redflower.domains.scenes import errors
from redflower.domains.scenes.posting import rulings
from redflower.domains.scenes.posting.campaigns import count_campaigns, load_days, lock_campaigns
from redflower.domains.scenes.posting.deeds import spend
from redflower.domains.scenes.posting.history import load_past
from redflower.domains.scenes.posting.signers import forget_nonces as _forget_nonces
from redflower.domains.scenes.types import Claim, RulingKind
from redflower.kernel.ids import new_id
from redflower.plumbing.db import command, raw_connection, step
from redflower.plumbing.events import append_events

Connection = psycopg.Connection[Any]


@dataclass(frozen=True, slots=True)
class RuledFlowers:
    """Flowers that a ruling issues or burns: the room of flowers carries it out."""

    deed_id: UUID
    donor_id: UUID
    flowers: int
    rule: str


@dataclass(frozen=True, slots=True)
class Ruled:
    """What a ruling moves: the transfers of money, to be booked by the caller together with the flowers'."""

    flowers: list[RuledFlowers]
    transfers: list[NewTransfer]


@step
def release_deeds(ids: Sequence[UUID], note: str, actor_id: UUID, zone: str, now: datetime) -> Ruled:
    """Lets held deeds earn what their day's limits leave of them; `flowers.services.release_deeds` books what it moves.

    Errors: OperatorNeeded, DeedNotFound, DeedNotHeld (decided before, or never held).
    """
    check_operator(actor_id)
    conn = raw_connection()
    rows = _read_held(conn, ids)
    slugs = {row["slug"] for row in rows}
    campaigns = {**lock_campaigns(conn, slugs, False), **lock_campaigns(conn, slugs, True)}
    ruled = Ruled([], [])
    for row in rows:
        campaign = campaigns[row["slug"]]
        day = row["done_on"]
        if day not in campaign.days:
            load_days(conn, campaign, {*campaign.days, day})
        past = load_past(conn, campaign, {row["donor_id"]}, day, day, set())
        done = row["done_at"].astimezone(ZoneInfo(zone))
        seconds = done.hour * 3_600 + done.minute * 60 + done.second
        claim = Claim(row["amount"], row["done_at"], day, seconds, row["subject"], row["facts"])
        verdict = campaign.kind.judge(campaign.terms, claim, past.history_of(row["donor_id"]))
        earned = spend(campaign, past, row["donor_id"], day, verdict)
        project = None
        if earned.money_minor and not campaign.kind.PLACES_MONEY:
            project = verdict.project_id or next(iter(campaign.projects.values()))
        campaign.days[day].counted = 1
        count_campaigns(conn, [campaign])  # at once: the next held deed of the same person must see it
        for live in campaign.days.values():
            live.before_minor += live.money_minor
            live.counted = live.flowers = live.money_minor = 0
        written = (row["id"], earned.flowers, earned.money_minor, project)
        _write_rulings(conn, [written], RulingKind.RELEASED, note.strip(), actor_id, now)
        if campaign.is_sandbox:
            continue
        if earned.flowers:
            ruled.flowers.append(RuledFlowers(row["id"], row["donor_id"], earned.flowers, campaign.label))
        if earned.money_minor:
            ruled.transfers.append(
                rulings.plan_unlock(row["id"], campaign.id, project, earned.money_minor, campaign.label)
            )
    write_audit_rows(actor_id, "deed_released", ids, {"note": note}, now)
    append_events(conn, [("deeds.released", {"deeds": [str(each) for each in ids]})], now)
    return ruled


@command
def dismiss_deeds(ids: Sequence[UUID], note: str, actor_id: UUID, now: datetime) -> None:
    """Decides that held deeds earn nothing; all or none.

    Errors: OperatorNeeded, ReviewNoteMissing, DeedNotFound, DeedNotHeld.
    """
    check_operator(actor_id)
    reason = check_note(note)
    conn = raw_connection()
    rows = _read_held(conn, ids)
    _write_rulings(conn, [(row["id"], 0, 0, None) for row in rows], RulingKind.DISMISSED, reason, actor_id, now)
    write_audit_rows(actor_id, "deed_dismissed", ids, {"note": reason}, now)
    append_events(conn, [("deeds.dismissed", {"deeds": [str(each) for each in ids]})], now)


@step
def reverse_deeds(ids: Sequence[UUID], note: str, actor_id: UUID, now: datetime) -> Ruled:
    """Takes back what deeds earned: money returns to its campaign, or to the sponsor of one that is closed;
    `flowers.services.reverse_deeds` books it and burns the flowers.

    Errors: OperatorNeeded, ReviewNoteMissing, DeedNotFound, DeedReversed.
    """
    check_operator(actor_id)
    reason = check_note(note)
    conn = raw_connection()
    campaign_ids = [
        row[0] for row in conn.execute("SELECT DISTINCT campaign_id FROM scenes_deed WHERE id = ANY(%s)", [list(ids)])
    ]
    conn.execute(
        "SELECT 1 FROM scenes_campaign WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE", [campaign_ids]
    ).fetchall()
    rows = conn.execute(rulings.EARNED_DEEDS, [list(ids)]).fetchall()
    if len(rows) != len(set(ids)):
        raise errors.DeedNotFound
    earned = [rulings.EarnedDeed(*row) for row in rows]
    _write_rulings(
        conn,
        [(deed.id, deed.flowers, deed.money_minor, deed.project_id) for deed in earned],
        RulingKind.REVERSED,
        reason,
        actor_id,
        now,
    )
    write_audit_rows(actor_id, "deed_reversed", ids, {"note": reason}, now)
    append_events(conn, [("deeds.reversed", {"deeds": [str(each) for each in ids]})], now)
    burnt = [
        RuledFlowers(deed.id, deed.donor_id, deed.flowers, deed.rule)
        for deed in earned
        if deed.flowers and not deed.is_sandbox
    ]
    return Ruled(burnt, rulings.take_back(conn, earned))


@command
def place_money(placements: Mapping[UUID, UUID], donor_ids: Sequence[UUID], now: datetime) -> int:
    """Sends the money that a person's deeds unlocked (deed -> project) where they choose; returns the sum. Units: fen.

    Errors: NothingToPlace (not theirs, placed before, taken back), ProjectNotInCampaign.
    Replay: the same placement again moves nothing and is answered with 0.
    """
    conn = raw_connection()
    done = dict(
        conn.execute("SELECT id, project_id FROM scenes_placement WHERE id = ANY(%s)", [list(placements)]).fetchall()
    )
    fresh = {deed: project for deed, project in placements.items() if done.get(deed) != project}
    if not fresh:
        return 0
    rows = conn.execute(
        f"""SELECT u.id, u.campaign_id, u.amount, c.is_sandbox FROM ({rulings.UNPLACED_DEEDS}) AS u
            JOIN scenes_campaign c ON c.id = u.campaign_id WHERE u.id = ANY(%s) AND u.donor_id = ANY(%s) ORDER BY u.id""",
        [list(fresh), list(donor_ids)],
    ).fetchall()
    if len(rows) != len(fresh):
        raise errors.NothingToPlace
    allowed = set(
        conn.execute(
            "SELECT campaign_id, project_id FROM scenes_campaign_project WHERE campaign_id = ANY(%s)",
            [[row[1] for row in rows]],
        ).fetchall()
    )
    if any((row[1], fresh[row[0]]) not in allowed for row in rows):
        raise errors.ProjectNotInCampaign
    claimed = conn.execute(
        """INSERT INTO scenes_placement (id, campaign_id, project_id, amount_minor, placed_at)
           SELECT p.*, %s FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::bigint[]) AS p
           ON CONFLICT (id) DO NOTHING RETURNING id""",
        [
            now,
            [row[0] for row in rows],
            [row[1] for row in rows],
            [fresh[row[0]] for row in rows],
            [row[2] for row in rows],
        ],
    ).fetchall()
    if len(claimed) != len(rows):
        raise errors.NothingToPlace
    append_events(conn, [("deeds.placed", {"deeds": [str(row[0]) for row in rows]})], now)
    moves = [rulings.plan_placement(row[0], row[1], fresh[row[0]], row[2]) for row in rows if not row[3]]
    if moves:
        post_transfers(conn, moves, now)
    return sum(row[2] for row in rows)


@command
def forget_nonces(before: datetime) -> int:
    """Lets nonces go that no request could replay any more; returns how many."""
    return _forget_nonces(raw_connection(), before)


def _read_held(conn: Connection, ids: Sequence[UUID]) -> list[dict[str, Any]]:
    rows = conn.execute(
        """SELECT d.id, d.donor_id, d.done_at, d.done_on, d.amount, d.subject, d.facts::text, d.status, c.slug,
                  EXISTS (SELECT 1 FROM scenes_ruling r WHERE r.deed_id = d.id)
           FROM scenes_deed d JOIN scenes_campaign c ON c.id = d.campaign_id WHERE d.id = ANY(%s) ORDER BY d.id""",
        [list(ids)],
    ).fetchall()
    if len(rows) != len(set(ids)):
        raise errors.DeedNotFound
    if any(row[7] != 3 or row[9] for row in rows):
        raise errors.DeedNotHeld
    names = ("id", "donor_id", "done_at", "done_on", "amount", "subject", "facts")
    return [
        {**dict(zip(names, row, strict=False)), "facts": json.loads(row[6]) if row[6] else {}, "slug": row[8]}
        for row in rows
    ]


def _write_rulings(
    conn: Connection,
    ruled: Sequence[tuple[UUID, int, int, UUID | None]],
    kind: RulingKind,
    note: str,
    actor_id: UUID,
    now: datetime,
) -> None:
    try:
        conn.execute(
            """INSERT INTO scenes_ruling (id, deed_id, kind, flowers, money_minor, project_id, note, ruled_by_id, ruled_at)
               SELECT r.id, r.deed, %s, r.flowers, r.money, r.project, %s, %s, %s
               FROM unnest(%s::uuid[], %s::uuid[], %s::integer[], %s::bigint[], %s::uuid[]) AS r(id, deed, flowers, money, project)""",
            [
                kind.value,
                note,
                actor_id,
                now,
                [new_id() for _ in ruled],
                *[[row[place] for row in ruled] for place in range(4)],
            ],
        )
    except psycopg.errors.UniqueViolation:
        raise (errors.DeedReversed if kind == RulingKind.REVERSED else errors.DeedNotHeld) from None
