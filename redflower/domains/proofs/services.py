"""Writes of the public log: facts become entries, and a checkpoint is signed over them, in one commit.

Files are not written here but by who calls (`faces/followers/proofs.py`): whatever is committed can be published again.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from redflower.domains.festivals.rules.bonuses import bonus_day_id
from redflower.domains.ledger.types import BOOKED
from redflower.domains.proofs.errors import LogContradictsDatabase
from redflower.domains.proofs.posting import entries, facts, moves, promises
from redflower.domains.proofs.posting.entries import Connection
from redflower.domains.proofs.types import Draft, EntryKind
from redflower.kernel.merkle import leaf_hash
from redflower.kernel.note import Checkpoint, Signer
from redflower.kernel.tlog import Edge, Tile
from redflower.plumbing.db import command, raw_connection
from redflower.plumbing.events import Happened, follow_events

FOLLOWER = "proofs"
_EVENTS_AT_ONCE = 12


@dataclass(frozen=True, slots=True)
class Growth:
    """What one commit added to the log. `bodies` start at the size the tree had before."""

    events: int
    edge: Edge
    bodies: Sequence[bytes]
    full_tiles: Sequence[tuple[Tile, bytes]]
    note: str  # empty when nothing was added


@command
def start_log(signer: Signer, now: datetime) -> str:
    """Signs the empty log, so that there is a checkpoint before the first fact; returns the last note there is.

    Replay: a log that has started stays as it is.
    """
    conn = raw_connection()
    empty = Checkpoint(signer.key.name, 0, Edge().root)
    conn.execute(
        """INSERT INTO proofs_checkpoint (size, root, note, signed_at) VALUES (0, %s, %s, %s)
           ON CONFLICT (size) DO NOTHING""",
        [empty.root, signer.sign(empty.text), now],
    )
    last = entries.find_last_checkpoint(conn)
    return last[2] if last else ""


@command
def integrate(edge: Edge, signer: Signer, now: datetime, limit: int = _EVENTS_AT_ONCE) -> Growth:
    """Takes the next events into the log: entries, totals and a signed checkpoint, in one commit.

    `edge` is the tree as the caller knows it. Only one integrator works at a time: the follower's cursor is its lock.
    Errors: LogContradictsDatabase when the last checkpoint signed is not the edge's: nothing is signed; the caller
    reads the log again.
    """
    conn = raw_connection()
    drafts: list[Draft] = []
    events = follow_events(conn, FOLLOWER, lambda happened: drafts.extend(_collect(conn, happened)), limit)
    if not drafts:
        return Growth(events, edge, (), (), "")
    last = entries.find_last_checkpoint(conn)
    if last is None or (last[0], last[1]) != (edge.size, edge.root):
        raise LogContradictsDatabase(log_size=edge.size)
    grown, full = edge.grow([leaf_hash(draft.body) for draft in drafts])
    entries.write_entries(conn, edge.size, drafts)
    entries.add_totals(conn, drafts)
    checkpoint = Checkpoint(signer.key.name, grown.size, grown.root)
    note = signer.sign(checkpoint.text)
    entries.write_checkpoint(conn, checkpoint.size, checkpoint.root, note, now)
    return Growth(events, grown, [draft.body for draft in drafts], full, note)


def _collect(conn: Connection, happened: Sequence[Happened]) -> list[Draft]:
    """What a run of events tells: pools announced, gifts, draws, pools closed, then everything else. A fact never comes
    before what it rests on, and what is alike is read together."""
    # Rows are found one by one through their keys, however many there are; a plan that reads a whole table would be
    # quicker while it is small, and fatal once it is not.
    conn.execute("SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; SET LOCAL enable_seqscan = off")
    told: dict[str, list[Any]] = {
        "pool.announced": [],
        "gifts.settled": [],
        "bonus.counted": [],
        "slices.drawn": [],
        "pool.closed": [],
    }
    for event in happened:
        if event.kind in told:
            told[event.kind].append(event.facts)
    announced, closed = (
        [UUID(told_of["pool"]) for told_of in told[kind]] for kind in ("pool.announced", "pool.closed")
    )
    drafts = _collect_announcements(conn, announced) if announced else []
    if gifts := [UUID(gift) for settled in told["gifts.settled"] for gift in settled["gifts"]]:
        facts.ensure_keys_of_donors(conn, gifts)
        drafts += facts.load_gifts(conn, gifts) + facts.load_flowers_of_gifts(conn, gifts)
    if counted := [bonus_day_id(UUID(day["pool"]), day["day"]) for day in told["bonus.counted"]]:
        drafts += facts.load_bonus_days(conn, counted)
    slices: dict[str, set[int]] = {}
    for drawn in told["slices.drawn"]:
        slices.setdefault(drawn["festival"], set()).update(drawn["slices"])
    for festival, numbers in slices.items():
        drafts += _collect_draws(conn, UUID(festival), sorted(numbers))
    if closed:
        drafts += facts.load_revelations(conn, closed) + facts.load_closings(conn, closed)
    return drafts + _collect_in_order(conn, happened)


def _collect_in_order(conn: Connection, happened: Sequence[Happened]) -> list[Draft]:
    """Transfers, dreams, reports and the rules of campaigns, in the order of their events."""
    drafts: list[Draft] = []
    for is_booked, run in groupby(happened, key=lambda event: event.kind == BOOKED):
        if is_booked:
            booked = [UUID(each) for event in run for each in event.facts["transfers"]]
            moves.ensure_keys_of_people(conn, booked)
            drafts += moves.load_moves(conn, booked)
            continue
        for event in run:
            if event.kind in _SINGLE:
                drafts += _SINGLE[event.kind](conn, event.facts)
    # Two campaigns of one run may share a rule set.
    return list({(draft.kind, draft.subject_id): draft for draft in drafts}.values())


def _load_rules(conn: Connection, campaign: UUID) -> list[Draft]:
    rows = conn.execute("SELECT rule_set_id FROM scenes_campaign WHERE id = %s", [campaign]).fetchall()
    return _load_fresh_rules(conn, {row[0] for row in rows})


# Events that tell of one fact each.
_SINGLE: dict[str, Callable[[Connection, dict[str, Any]], list[Draft]]] = {
    "campaign.published": lambda conn, told: _load_rules(conn, UUID(told["campaign"])),
    "round.opened": lambda conn, told: promises.load_opened_dreams(
        conn, promises.find_dreams_of_rounds(conn, [UUID(told["round"])])
    ),
    "dream.granted": lambda conn, told: promises.load_granted_dreams(conn, [UUID(told["dream"])]),
    "dream.not_met": lambda conn, told: promises.load_missed_dreams(conn, [UUID(told["dream"])]),
    "report.published": lambda conn, told: promises.load_reports(conn, [UUID(told["report"])]),
    "change.published": lambda conn, told: promises.load_corrections(conn, [UUID(told["change"])]),
}


def _collect_announcements(conn: Connection, pool_ids: Sequence[UUID]) -> list[Draft]:
    rows = conn.execute(
        "SELECT DISTINCT rule_set_id FROM festivals_pool WHERE id = ANY(%s)", [list(pool_ids)]
    ).fetchall()
    return _load_fresh_rules(conn, {row[0] for row in rows}) + facts.load_announcements(conn, pool_ids)


def _load_fresh_rules(conn: Connection, ids: set[UUID]) -> list[Draft]:
    return facts.load_rule_sets(conn, sorted(ids - entries.find_logged(conn, EntryKind.RULE_SET, ids)))


def _collect_draws(conn: Connection, festival_id: UUID, slices: Sequence[int]) -> list[Draft]:
    rows = conn.execute("SELECT id FROM festivals_pool WHERE festival_id = %s ORDER BY id", [festival_id]).fetchall()
    pool_ids = [row[0] for row in rows]
    pairs = [(pool_id, slice_no) for pool_id in pool_ids for slice_no in slices]
    return facts.load_slices(conn, pairs) + facts.load_awards_of_slices(conn, pool_ids, slices)


@command
def erase_people(donor_ids: Sequence[UUID], now: datetime) -> int:
    """Destroys the keys of donors' commitments: their entries and every proof stay valid, and say nothing about them
    any more. Returns how many were destroyed now.

    Replay: a key destroyed before stays destroyed.
    """
    cursor = raw_connection().execute(
        """INSERT INTO proofs_person_key AS k (donor_id, key, erased_at) SELECT d, NULL, %s FROM unnest(%s::uuid[]) AS d
           ON CONFLICT (donor_id) DO UPDATE SET key = NULL, erased_at = excluded.erased_at WHERE k.erased_at IS NULL""",
        [now, list(donor_ids)],
    )
    return cursor.rowcount
