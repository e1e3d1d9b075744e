"""Writes of festivals: publishing rules, funding pools, drawing slices, closing to zero."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from importlib import resources
from typing import Any
from uuid import UUID

import numpy as np
import psycopg

from redflower.domains.festivals import errors, posting, rules
from redflower.domains.festivals.posting.bonuses import count_flowers
from redflower.domains.festivals.rules.drawing import NO_FLOWERS, add_awards, draw_slice, gifts_root
from redflower.domains.festivals.rules.late import USUAL_DELAY, draw_late_slice, is_late
from redflower.domains.festivals.types import BeaconRound, MatchRule, PoolState, Tickets
from redflower.domains.ledger.posting import open_accounts, post_claimed_transfers, post_transfers
from redflower.domains.ledger.rules import account_id, account_ids
from redflower.domains.ledger.types import AccountKind, Asset, ClaimedTransfers, NewAccount, NewTransfer
from redflower.kernel.beacon import Chain, read_chain
from redflower.kernel.canon import sha256_hex
from redflower.kernel.draw import commit_secret, released_budget, slice_seed
from redflower.kernel.ids import derive_id, new_id
from redflower.plumbing.db import command, raw_connection, step
from redflower.plumbing.events import append_events

Connection = psycopg.Connection[Any]

_TICKETS_AT_ONCE = 5_000  # what one transaction of draws holds


@dataclass(frozen=True, slots=True)
class NewPool:
    """A pool to announce. `secret` stays private until the pool closes; its hash is public at once, and so is the moment
    by which every slice is drawn: without one, a day after closing.
    """

    rule_set_id: UUID
    name_zh: str
    name_en: str
    sponsor_zh: str
    sponsor_en: str
    budget_minor: int
    secret: bytes
    reveal_by: datetime | None = None
    beacon: Chain | None = None  # a public beacon that every seed is mixed with


@dataclass(frozen=True, slots=True)
class NewFestival:
    """A festival to announce."""

    slug: str
    name_zh: str
    name_en: str
    summary_zh: str
    summary_en: str
    opens_at: datetime
    closes_at: datetime
    slice_seconds: int
    allowance_seconds: int


def read_preset(code: str) -> dict[str, Any]:
    """A rule set that ships with the platform: {code, version, body}.

    Errors: FileNotFoundError for an unknown code.
    """
    text = (resources.files("redflower.domains.festivals") / "presets" / f"{code}.json").read_text("utf-8")
    preset: dict[str, Any] = json.loads(text)
    return preset


def read_beacon(name: str) -> Chain:
    """A public beacon that ships with the platform, as a pool may name it.

    Errors: FileNotFoundError for an unknown name.
    """
    path = resources.files("redflower.domains.festivals") / "presets" / "beacons" / f"{name}.json"
    return read_chain(json.loads(path.read_text("utf-8")))


@step
def publish_rule_set(code: str, version: int, body: Mapping[str, Any], now: datetime) -> UUID:
    """Publishes a version of a rule set and returns its id.

    Errors: RuleSetInvalid.
    Replay: a version published before keeps its first content.
    """
    rules.read_rule(code, version, body)
    conn = raw_connection()
    conn.execute(
        """INSERT INTO festivals_rule_set (id, code, version, body, sha256, created_at) VALUES (%s, %s, %s, %s::jsonb, %s, %s)
           ON CONFLICT (code, version) DO NOTHING""",
        [new_id(), code, version, json.dumps(body), sha256_hex(dict(body)), now],
    )
    row = conn.execute("SELECT id FROM festivals_rule_set WHERE code = %s AND version = %s", [code, version]).fetchone()
    assert row is not None  # noqa: S101 - just written
    return UUID(str(row[0]))


@command
def announce_festival(festival: NewFestival, pools: Sequence[NewPool], now: datetime) -> UUID:
    """Announces a festival with its pools, each funded in the ledger before the first gift.

    Errors: FestivalHoursInvalid, RevealTooEarly, FestivalTaken.
    """
    return write_festival(festival, pools, now)


@step
def write_festival(festival: NewFestival, pools: Sequence[NewPool], now: datetime) -> UUID:
    """As `announce_festival`, inside somebody's command."""
    if festival.closes_at <= festival.opens_at:
        raise errors.FestivalHoursInvalid
    last_draw = festival.closes_at + timedelta(seconds=festival.slice_seconds + festival.allowance_seconds)
    if any(pool.reveal_by is not None and pool.reveal_by <= last_draw for pool in pools):
        raise errors.RevealTooEarly
    conn = raw_connection()
    festival_id = new_id()
    written = conn.execute(
        """INSERT INTO festivals_festival (id, slug, name_zh, name_en, summary_zh, summary_en, opens_at, closes_at,
                                           slice_seconds, allowance_seconds, sealed_through, drawn_through, created_at)
           VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, -1, -1, %s) ON CONFLICT (slug) DO NOTHING""",
        [
            festival_id,
            festival.slug,
            festival.name_zh,
            festival.name_en,
            festival.summary_zh,
            festival.summary_en,
            festival.opens_at,
            festival.closes_at,
            festival.slice_seconds,
            festival.allowance_seconds,
            now,
        ],
    )
    if not written.rowcount:
        raise errors.FestivalTaken
    for position, pool in enumerate(pools):
        _announce_pool(conn, festival_id, position, pool, pool.reveal_by or festival.closes_at + USUAL_DELAY, now)
    return festival_id


def _announce_pool(
    conn: Connection, festival_id: UUID, position: int, pool: NewPool, reveal_by: datetime, now: datetime
) -> None:
    pool_id = new_id()
    conn.execute(
        """INSERT INTO festivals_pool (id, festival_id, rule_set_id, position, name_zh, name_en, sponsor_zh, sponsor_en,
                                       budget_minor, granted_minor, returned_minor, secret, secret_sha256, reveal_by, beacon,
                                       state)
           VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, 0, 0, %s, %s, %s, %s::jsonb, %s)""",
        [
            pool_id,
            festival_id,
            pool.rule_set_id,
            position,
            pool.name_zh,
            pool.name_en,
            pool.sponsor_zh,
            pool.sponsor_en,
            pool.budget_minor,
            pool.secret,
            commit_secret(pool.secret),
            reveal_by,
            json.dumps(pool.beacon.describe()) if pool.beacon else None,
            PoolState.ANNOUNCED.value,
        ],
    )
    accounts = [
        NewAccount(account_id(kind, pool_id), Asset.CNY, kind, pool_id)
        for kind in (AccountKind.SPONSOR, AccountKind.POOL)
    ]
    open_accounts(conn, accounts, now)
    post_transfers(conn, [_pool_transfer(pool_id, "pool_funded", pool.budget_minor)], now)
    append_events(conn, [("pool.announced", {"pool": str(pool_id)})], now)


def _pool_transfer(pool_id: UUID, kind: str, amount: int) -> NewTransfer:
    sponsor, pool = account_id(AccountKind.SPONSOR, pool_id), account_id(AccountKind.POOL, pool_id)
    debit, credit = (sponsor, pool) if kind == "pool_funded" else (pool, sponsor)
    return NewTransfer(derive_id(pool_id, kind), Asset.CNY, kind, debit, credit, amount, pool_id)


@dataclass(slots=True)
class _Pool:
    """A pool while its slices are being drawn."""

    id: UUID
    budget: int
    granted: int
    secret: bytes
    reveal_by: datetime | None
    beacon: Chain | None
    rule: MatchRule


def draw_due_slices(festival_id: UUID, zone: str, now: datetime, limit: int = _TICKETS_AT_ONCE) -> int:
    """Draws every slice whose end and settlement allowance have passed; returns how many had tickets.

    First the slices are sealed, in a moment for which settlement waits; then they are drawn while it goes on. Each
    slice is drawn exactly once. Slices without tickets release their budget without a row of their own. With more than
    about `limit` tickets waiting it stops behind a whole slice, and the next call goes on.
    Errors: FestivalNotFound.
    Replay: a slice drawn before is never looked at again; slices sealed by a call that ended half-way are drawn by the
    next.
    """
    seal_due_slices(festival_id, now)
    return _draw_sealed_slices(festival_id, zone, now, limit)


@command
def seal_due_slices(festival_id: UUID, now: datetime) -> None:
    """Lets no more tickets into the slices that are due: whoever is issuing one ends first, whoever comes later sees the
    seal.

    Errors: FestivalNotFound.
    """
    conn = raw_connection()
    row = conn.execute(
        "SELECT opens_at, closes_at, slice_seconds, allowance_seconds FROM festivals_festival WHERE id = %s",
        [festival_id],
    ).fetchone()
    if row is None:
        raise errors.FestivalNotFound
    opens_at, closes_at, slice_seconds, allowance_seconds = row
    slices = rules.count_slices(opens_at, closes_at, slice_seconds)
    due = rules.due_through(opens_at, slices, slice_seconds, allowance_seconds, now)
    unsealed = "FROM festivals_festival WHERE id = %s AND sealed_through < %s"
    if conn.execute(f"SELECT 1 {unsealed} FOR NO KEY UPDATE", [festival_id, due]).fetchone():
        posting.take_seals(conn)  # last: whoever issues tickets waits for us from here
        conn.execute("UPDATE festivals_festival SET sealed_through = %s WHERE id = %s", [due, festival_id])


@command
def _draw_sealed_slices(festival_id: UUID, zone: str, now: datetime, limit: int) -> int:
    conn = raw_connection()
    # Held against another draw of the same slices, not against settlement, which holds no festival's row.
    row = conn.execute(
        """SELECT opens_at, closes_at, slice_seconds, allowance_seconds, drawn_through, sealed_through
           FROM festivals_festival WHERE id = %s FOR NO KEY UPDATE""",
        [festival_id],
    ).fetchone()
    if row is None:
        raise errors.FestivalNotFound
    opens_at, closes_at, slice_seconds, allowance_seconds, drawn_through, sealed_through = row
    slices = rules.count_slices(opens_at, closes_at, slice_seconds)
    if sealed_through <= drawn_through:
        return 0
    through = posting.find_stop(conn, festival_id, drawn_through, sealed_through, limit)
    tickets = posting.load_tickets(conn, festival_id, drawn_through, through)
    pools = _load_pools(conn, festival_id)
    due_at = {
        slice_no: rules.slice_due_at(opens_at, slice_seconds, allowance_seconds, slice_no) for slice_no in tickets
    }
    rounds, first_waiting = _load_rounds(conn, pools, due_at, now)
    if first_waiting is not None:  # its beacon has not spoken, or nobody has heard it yet
        through = first_waiting - 1
        tickets = {slice_no: rows for slice_no, rows in tickets.items() if slice_no <= through}
    days = {slice_no: rules.day_of_slice(opens_at, slice_seconds, slice_no, zone) for slice_no in tickets}
    flowers = count_flowers(conn, festival_id, {pool.id: pool.rule for pool in pools}, set(days.values()), now)
    drawn = _draw(conn, pools, tickets, days, flowers, slices, rounds, now)
    if drawn:
        posting.record_draws(conn, drawn, now)
        post_claimed_transfers(conn, _award_transfers(pools, drawn), now)
        append_events(conn, [("slices.drawn", {"festival": str(festival_id), "slices": sorted(tickets)})], now)
    conn.execute("UPDATE festivals_festival SET drawn_through = %s WHERE id = %s", [through, festival_id])
    return len(tickets)


def _load_pools(conn: Connection, festival_id: UUID) -> list[_Pool]:
    rows = conn.execute(
        """SELECT p.id, p.budget_minor, p.granted_minor, p.secret, p.reveal_by, p.beacon::text, r.code, r.version, r.body::text
           FROM festivals_pool p JOIN festivals_rule_set r ON r.id = p.rule_set_id
           WHERE p.festival_id = %s AND p.state <> 'closed' ORDER BY p.position, p.id FOR NO KEY UPDATE OF p""",
        [festival_id],
    ).fetchall()
    return [
        _Pool(
            row[0],
            row[1],
            row[2],
            bytes(row[3]),
            row[4],
            read_chain(json.loads(row[5])) if row[5] else None,
            rules.read_rule(row[6], row[7], json.loads(row[8])),
        )
        for row in rows
    ]


def _draw(
    conn: Connection,
    pools: Sequence[_Pool],
    tickets: Mapping[int, Tickets],
    days: Mapping[int, date],
    flowers: Mapping[UUID, Mapping[date, Mapping[bytes, int]]],
    slices: int,
    rounds: Mapping[UUID, Mapping[int, BeaconRound]],
    now: datetime,
) -> list[posting.DrawnSlice]:
    """Decides slices in their order for every pool, each with what the ones before it have left."""
    roots = {slice_no: gifts_root(gifts) for slice_no, gifts in tickets.items()}
    drawn = []
    for pool in pools:
        awarded = _load_awarded(conn, pool, tickets, days)
        for slice_no, gifts in tickets.items():
            already = awarded.get(days[slice_no], {})
            available = released_budget(pool.budget, slices, slice_no) - pool.granted
            heard = rounds.get(pool.id, {}).get(slice_no)
            gathered = flowers.get(pool.id, {}).get(days[slice_no], NO_FLOWERS)
            if is_late(pool.reveal_by, now):
                draw = draw_late_slice(pool.rule, gifts, available, already, gathered)
            else:
                mixed = sha256(heard.signature).digest() if heard else b""
                seed = slice_seed(pool.secret, slice_no, roots[slice_no], mixed)
                draw = draw_slice(pool.rule, seed, gifts, available, already, gathered)
            pool.granted += draw.granted_minor
            if awarded:
                add_awards(already, gifts, draw)
            drawn.append(
                posting.DrawnSlice(
                    pool.id, slice_no, roots[slice_no], days[slice_no], gifts, draw, available,
                    heard.number if heard else None,
                )
            )  # fmt: skip
    return drawn


def _load_rounds(
    conn: Connection, pools: Sequence[_Pool], due_at: Mapping[int, datetime], now: datetime
) -> tuple[dict[UUID, dict[int, BeaconRound]], int | None]:
    """The rounds of their beacons for pools, by slice; and the first slice that has to wait for one."""
    wanted = {
        (pool.id, slice_no): (pool.beacon.chain_hash, pool.beacon.find_round(due))
        for pool in pools
        if pool.beacon and not is_late(pool.reveal_by, now)
        for slice_no, due in due_at.items()
    }
    known = posting.find_rounds(conn, set(wanted.values())) if wanted else {}
    rounds: dict[UUID, dict[int, BeaconRound]] = {}
    for (pool_id, slice_no), key in wanted.items():
        if key in known:
            rounds.setdefault(pool_id, {})[slice_no] = known[key]
    return rounds, min((slice_no for (_, slice_no), key in wanted.items() if key not in known), default=None)


@command
def record_rounds(rounds: Sequence[BeaconRound], now: datetime) -> None:
    """Keeps rounds of public beacons, whose signatures the caller has checked.

    Replay: a round that is known stays as it is.
    """
    raw_connection().execute(
        """INSERT INTO festivals_beacon_round (chain_hash, round_no, signature, fetched_at)
           SELECT r.*, %s FROM unnest(%s::text[], %s::bigint[], %s::bytea[]) AS r
           ON CONFLICT (chain_hash, round_no) DO NOTHING""",
        [
            now,
            [each.chain_hash for each in rounds],
            [each.number for each in rounds],
            [each.signature for each in rounds],
        ],
    )


def _load_awarded(
    conn: Connection, pool: _Pool, tickets: Mapping[int, Tickets], days: Mapping[int, date]
) -> dict[date, dict[bytes, int]]:
    """What people had on these days before, where the rule counts it."""
    if pool.rule.person_day_cap_minor is None or not tickets:
        return {}
    people = {person for gifts in tickets.values() for person in gifts["person"].tolist()}
    return posting.load_awarded(conn, pool.id, set(days.values()), sorted(people))


def _award_transfers(pools: Sequence[_Pool], drawn: Sequence[posting.DrawnSlice]) -> list[ClaimedTransfers]:
    return [_awards_of(pool, [result for result in drawn if result.pool_id == pool.id]) for pool in pools]


def _awards_of(pool: _Pool, drawn: Sequence[posting.DrawnSlice]) -> ClaimedTransfers:
    gifts: list[bytes] = []
    projects: list[bytes] = []
    amounts: list[int] = []
    for result in drawn:
        given = np.flatnonzero(result.draw.amounts)
        gifts += result.tickets["gift"][given].tolist()
        projects += result.tickets["project"][given].tolist()
        amounts += result.draw.amounts[given].tolist()
    distinct = list(set(projects))
    receiving = dict(zip(distinct, account_ids(AccountKind.PROJECT, distinct), strict=True))
    return ClaimedTransfers(
        Asset.CNY,
        "award",
        pool.rule.label,
        posting.award_ids(pool.id, gifts),
        gifts,
        [account_id(AccountKind.POOL, pool.id).bytes] * len(gifts),
        [receiving[each] for each in projects],
        amounts,
    )


@command
def close_pools(festival_id: UUID, now: datetime) -> int:
    """Closes a finished festival's pools at exactly 0: what is left returns to its sponsor, and the secret is public.

    Errors: FestivalNotFound, PoolNotFinished.
    Replay: pools closed before stay as they are; returns how many were closed now.
    """
    conn = raw_connection()
    row = conn.execute(
        "SELECT opens_at, closes_at, slice_seconds, drawn_through FROM festivals_festival WHERE id = %s FOR UPDATE",
        [festival_id],
    ).fetchone()
    if row is None:
        raise errors.FestivalNotFound
    if row[3] < rules.count_slices(row[0], row[1], row[2]) - 1:
        raise errors.PoolNotFinished
    pools = _load_pools(conn, festival_id)
    for pool in pools:
        left = pool.budget - pool.granted
        if left:
            post_transfers(conn, [_pool_transfer(pool.id, "pool_returned", left)], now)
        conn.execute(
            "UPDATE festivals_pool SET returned_minor = %s, state = 'closed', closed_at = %s WHERE id = %s",
            [left, now, pool.id],
        )
    append_events(conn, [("pool.closed", {"pool": str(pool.id)}) for pool in pools], now)
    return len(pools)
