"""Tickets and draws by the list, on the driver's own connection."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import compress
from typing import Any, NamedTuple
from uuid import UUID

import numpy as np
import psycopg

from redflower.domains.festivals.rules import assign_slice, people_in_festival
from redflower.domains.festivals.types import REASONS, TICKET, BeaconRound, Draw, Tickets
from redflower.domains.ledger.rules import account_id
from redflower.domains.ledger.types import AccountKind, Asset, NewTransfer, Phase
from redflower.kernel.ids import derive_id, derive_ids
from redflower.plumbing.columns import UuidArray
from redflower.plumbing.rows import Same, read_rows, write_rows

Connection = psycopg.Connection[Any]


class PaidGifts(NamedTuple):
    """What a festival needs to know of gifts the moment they settle, a column at a time; ids as their 16 bytes.
    Units: fen."""

    gift_ids: Sequence[bytes]
    person_ids: Sequence[bytes]
    project_ids: Sequence[bytes]
    amounts: Sequence[int]
    intents_at: Sequence[datetime]
    paid_at: Sequence[datetime]


_SEALS = 0x5EA15  # an advisory lock's number; no other in the project


def hold_seals(conn: Connection) -> None:
    """Lets no slice of any festival be sealed until the transaction ends; whoever reads the seals after it may rely on them.

    Needs: an open transaction, before any account is locked.
    """
    conn.execute("SELECT pg_advisory_xact_lock_shared(%s)", [_SEALS])


def take_seals(conn: Connection) -> None:
    """Waits until nobody relies on the seals as they are, ahead of all who come later: rows that are locked shared again and
    again let nobody else in, this lock is given in the order of asking.

    Needs: an open transaction that is about to end.
    """
    conn.execute("SELECT pg_advisory_xact_lock(%s)", [_SEALS])


def issue_tickets(conn: Connection, gifts: PaidGifts, now: datetime) -> int:
    """Gives each gift its place in the slice of every festival that is open for it; returns how many.

    No slice is sealed between reading the seals and committing the tickets (`hold_seals`).
    Needs: an open transaction.
    """
    hold_seals(conn)
    times = list(zip(gifts.intents_at, gifts.paid_at, strict=True))
    distinct = set(times)  # a list's gifts share their seconds
    festivals = conn.execute(
        """SELECT id, opens_at, closes_at, slice_seconds, sealed_through FROM festivals_festival
           WHERE opens_at <= %s AND closes_at > %s ORDER BY id""",
        [now, min(now, min(paid_at for _, paid_at in distinct))],
    ).fetchall()
    issued = 0
    for festival_id, opens_at, closes_at, slice_seconds, sealed_through in festivals:
        slice_of = {
            pair: assign_slice(opens_at, closes_at, slice_seconds, sealed_through, *pair, now) for pair in distinct
        }
        slices = [slice_of[pair] for pair in times]
        issued += _insert_tickets(conn, festival_id, gifts, slices)
    return issued


def _insert_tickets(conn: Connection, festival_id: UUID, gifts: PaidGifts, slices: Sequence[int | None]) -> int:
    takes_part = [slice_no is not None for slice_no in slices]
    if not any(takes_part):
        return 0
    if not all(takes_part):
        gifts = PaidGifts._make(list(compress(column, takes_part)) for column in gifts)
        slices = list(compress(slices, takes_part))
    write_rows(
        conn,
        "festivals_ticket",
        {
            "festival_id": ("uuid", Same(festival_id)),
            "slice_no": ("integer", slices),
            "gift_id": ("uuid", gifts.gift_ids),
            "person_id": ("uuid", people_in_festival(gifts.person_ids, festival_id)),
            "project_id": ("uuid", gifts.project_ids),
            "amount_minor": ("bigint", gifts.amounts),
            "paid_at": ("timestamptz", gifts.paid_at),
        },
    )
    return len(slices)


@dataclass(frozen=True, slots=True)
class DrawnSlice:
    """One pool's draw of one slice, ready to be written. Units: fen."""

    pool_id: UUID
    slice_no: int
    gifts_root: bytes
    day: date  # local day of the slice, for daily caps
    tickets: Tickets
    draw: Draw
    available_minor: int
    beacon_round: int | None = None


def find_rounds(conn: Connection, wanted: Collection[tuple[str, int]]) -> dict[tuple[str, int], BeaconRound]:
    """The rounds of public beacons that are known, by chain and number."""
    keys = list(wanted)
    rows = conn.execute(
        """SELECT b.chain_hash, b.round_no, b.signature FROM unnest(%s::text[], %s::bigint[]) AS w(chain_hash, round_no)
           JOIN festivals_beacon_round b ON b.chain_hash = w.chain_hash AND b.round_no = w.round_no""",
        [[chain_hash for chain_hash, _ in keys], [number for _, number in keys]],
    ).fetchall()
    return {(row[0], row[1]): BeaconRound(row[0], row[1], bytes(row[2])) for row in rows}


def award_id(pool_id: UUID, gift_id: UUID) -> UUID:
    """The id of what a pool decides for a gift, and of the transfer that carries it out."""
    return derive_id(gift_id, f"award:{pool_id}")


def award_ids(pool_id: UUID, gifts: Sequence[bytes]) -> list[bytes]:
    """As `award_id`, for a list of one pool's gifts; ids as their 16 bytes."""
    return derive_ids(gifts, f"award:{pool_id}")


def find_stop(conn: Connection, festival_id: UUID, after: int, through: int, limit: int) -> int:
    """The last slice up to `through` that leaves at most `limit` tickets since `after`; never less than one slice with
    tickets."""
    span = "FROM festivals_ticket WHERE festival_id = %s AND slice_no > %s AND slice_no <= %s"
    row = conn.execute(
        f"SELECT slice_no, (SELECT min(slice_no) {span}) {span} ORDER BY slice_no OFFSET %s LIMIT 1",
        [festival_id, after, through, festival_id, after, through, limit],
    ).fetchone()
    return max(row[0] - 1, row[1]) if row else through


_PG_EPOCH_US = 946_684_800_000_000  # PostgreSQL counts from 2000-01-01


def load_tickets(conn: Connection, festival_id: UUID, after: int, through: int) -> dict[int, Tickets]:
    """Tickets of the slices in (after, through] that take part, by slice in their order; slices without any are left out."""
    rows = (
        read_rows(  # a value for each slice: tickets' 64 bytes (`types.TICKET`) one behind the other, no object of each
            conn,
            """SELECT slice_no, string_agg(uuid_send(gift_id) || uuid_send(person_id) || uuid_send(project_id)
                                       || int8send(amount_minor) || timestamptz_send(paid_at), ''::bytea ORDER BY gift_id)
           FROM festivals_ticket t WHERE festival_id = %s AND slice_no > %s AND slice_no <= %s
              AND NOT EXISTS (SELECT 1 FROM festivals_withdrawal w WHERE (w.gift_id, w.festival_id) = (t.gift_id, t.festival_id))
           GROUP BY slice_no ORDER BY slice_no""",
            [festival_id, after, through],
        )
    )
    tickets = {slice_no: np.frombuffer(bytearray(content), TICKET) for slice_no, content in rows}
    for each in tickets.values():
        each["paid_at"] += _PG_EPOCH_US
    return tickets


def load_awarded(
    conn: Connection, pool_id: UUID, days: Collection[date], people: Sequence[bytes]
) -> dict[date, dict[bytes, int]]:
    """What a pool has given these people (16 bytes each) on each of these days. Units: fen."""
    awarded: dict[date, dict[bytes, int]] = {day: {} for day in days}
    # Person by person through the index, whatever the planner thinks: a festival's awards are too many to be read for
    # every draw, and it would rather read them all than look for some thousand people.
    rows = read_rows(
        conn,
        """SELECT a.awarded_on, uuid_send(p.id), a.total FROM unnest(%s::uuid[]) AS p(id)
           CROSS JOIN LATERAL (SELECT awarded_on, sum(amount_minor)::bigint AS total FROM festivals_award
                               WHERE pool_id = %s AND person_id = p.id AND awarded_on = ANY(%s) GROUP BY awarded_on) a""",
        [UuidArray(people), pool_id, list(days)],
    )
    for day, person, total in rows:
        awarded[day][person] = total
    return awarded


def record_draws(conn: Connection, drawn: Sequence[DrawnSlice], now: datetime) -> None:
    """Writes slices, what each decided, and what their pools have granted since.

    Needs: an open transaction that holds the festival's and the pools' rows.
    """
    _insert_awards(conn, drawn, now)
    conn.execute(
        """INSERT INTO festivals_slice (pool_id, slice_no, gifts_root, tickets, eligible, available_minor, granted_minor,
                                        beacon_round, drawn_at)
           SELECT s.*, %s FROM unnest(%s::uuid[], %s::int[], %s::bytea[], %s::int[], %s::int[], %s::bigint[], %s::bigint[],
                                      %s::bigint[]) AS s""",
        [
            now,
            [result.pool_id for result in drawn],
            [result.slice_no for result in drawn],
            [result.gifts_root for result in drawn],
            [len(result.tickets) for result in drawn],
            [result.draw.eligible for result in drawn],
            [result.available_minor for result in drawn],
            [result.draw.granted_minor for result in drawn],
            [result.beacon_round for result in drawn],
        ],
    )
    conn.execute(
        """UPDATE festivals_pool p SET granted_minor = p.granted_minor + g.granted, state = 'open'
           FROM (SELECT id, sum(granted)::bigint AS granted FROM unnest(%s::uuid[], %s::bigint[]) AS d(id, granted)
                 GROUP BY id) AS g
           WHERE p.id = g.id AND g.granted > 0""",
        [[result.pool_id for result in drawn], [result.draw.granted_minor for result in drawn]],
    )


def _insert_awards(conn: Connection, drawn: Sequence[DrawnSlice], now: datetime) -> None:
    gifts: list[bytes] = []
    ids: list[bytes] = []
    for result in drawn:
        some = result.tickets["gift"].tolist()
        gifts += some
        ids += award_ids(result.pool_id, some)
    sizes = [len(result.tickets) for result in drawn]
    write_rows(
        conn,
        "festivals_award",
        {
            "id": ("uuid", ids),
            "pool_id": ("uuid", _spread([result.pool_id.bytes for result in drawn], sizes)),
            "gift_id": ("uuid", gifts),
            "slice_no": ("integer", _spread([result.slice_no for result in drawn], sizes)),
            "person_id": ("uuid", [each for result in drawn for each in result.tickets["person"].tolist()]),
            "awarded_on": ("date", _spread([result.day for result in drawn], sizes)),
            "amount_minor": ("bigint", [each for result in drawn for each in result.draw.amounts.tolist()]),
            "reason": ("text", [REASONS[each].value for result in drawn for each in result.draw.reasons.tolist()]),
            "drawn_at": ("timestamptz", Same(now)),
        },
    )


def _spread(values: Sequence[Any], sizes: Sequence[int]) -> list[Any]:
    """Each value as often as its slice has tickets."""
    return [value for value, size in zip(values, sizes, strict=True) for _ in range(size)]


@dataclass(frozen=True, slots=True)
class MatchFacts:
    """What came of a gift in festivals: draws still to come, draws it had, and what they gave. Units: fen."""

    undrawn: int
    awards: int
    amount_minor: int


def load_matches(conn: Connection, gift_ids: Sequence[UUID]) -> dict[UUID, MatchFacts]:
    """What came of gifts in festivals, by id; gifts that took part in none are left out."""
    rows = conn.execute(
        """SELECT t.gift_id, count(*) FILTER (WHERE t.slice_no > f.drawn_through),
                  coalesce(sum(a.awards), 0)::int, coalesce(sum(a.amount_minor), 0)::bigint
           FROM festivals_ticket t JOIN festivals_festival f ON f.id = t.festival_id
           LEFT JOIN LATERAL (SELECT count(*) AS awards, sum(w.amount_minor) AS amount_minor
                              FROM festivals_award w JOIN festivals_pool p ON p.id = w.pool_id
                              WHERE w.gift_id = t.gift_id AND p.festival_id = t.festival_id) a ON true
           WHERE t.gift_id = ANY(%s) GROUP BY t.gift_id""",
        [list(gift_ids)],
    ).fetchall()
    return {row[0]: MatchFacts(*row[1:]) for row in rows}


# --- gifts that go back ---------------------------------------------------------------------------

AWARD_RETURNED = "award_returned"
AWARD_TO_SPONSOR = "award_to_sponsor"


class ReturnedAward(NamedTuple):
    """What a pool gave to a gift that goes back. Units: fen."""

    id: UUID
    pool_id: UUID
    gift_id: UUID
    project_id: UUID
    amount_minor: int


def withdraw_tickets(conn: Connection, gift_ids: Sequence[UUID], now: datetime) -> None:
    """Takes gifts out of the draws that are still to come; what was drawn stays drawn.

    Holds the festivals' rows shared until the transaction ends: no draw goes on between reading how far it has come and
    committing.
    Needs: an open transaction. Replay: a ticket is withdrawn once.
    """
    conn.execute(
        """SELECT id FROM festivals_festival WHERE id IN (
               SELECT festival_id FROM festivals_ticket WHERE gift_id = ANY(%s)) ORDER BY id FOR SHARE""",
        [list(gift_ids)],
    )
    conn.execute(
        """INSERT INTO festivals_withdrawal (gift_id, festival_id, withdrawn_at)
           SELECT t.gift_id, t.festival_id, %s FROM festivals_ticket t JOIN festivals_festival f ON f.id = t.festival_id
           WHERE t.gift_id = ANY(%s) AND t.slice_no > f.drawn_through ON CONFLICT DO NOTHING""",
        [now, list(gift_ids)],
    )


def load_returned_awards(conn: Connection, gift_ids: Sequence[UUID]) -> list[ReturnedAward]:
    """What pools gave to gifts, in the order of awards; zeros are left out."""
    rows = conn.execute(
        """SELECT a.id, a.pool_id, a.gift_id, g.project_id, a.amount_minor FROM festivals_award a
           JOIN donations_gift g ON g.id = a.gift_id WHERE a.gift_id = ANY(%s) AND a.amount_minor > 0 ORDER BY a.id""",
        [list(gift_ids)],
    ).fetchall()
    return [ReturnedAward(*row) for row in rows]


def plan_award_promise(award: ReturnedAward, attempt: int) -> NewTransfer:
    """Sets an award aside in its project while its gift is on its way back."""
    return NewTransfer(
        id=derive_id(award.id, f"{AWARD_RETURNED}:{attempt}"),
        asset=Asset.CNY,
        kind=AWARD_RETURNED,
        debit_id=account_id(AccountKind.PROJECT, award.project_id),
        credit_id=account_id(AccountKind.POOL, award.pool_id),
        amount=award.amount_minor,
        subject_id=award.gift_id,
        phase=Phase.PENDING,
    )


def plan_award_end(award: ReturnedAward, attempt: int, is_returned: bool) -> list[NewTransfer]:
    """The end of that promise: the award stays; or it is reversed into its pool and goes on to the pool's sponsor.

    It does not wait in the pool: what a later slice may give must follow from the draws before it alone, so that
    anybody can draw again; and a closed pool stays at exactly 0.
    """
    promise = plan_award_promise(award, attempt)
    end = replace(
        promise,
        id=derive_id(promise.id, "end"),
        phase=Phase.POST if is_returned else Phase.VOID,
        pending_id=promise.id,
        reverses_id=award.id if is_returned else None,
    )
    if not is_returned:
        return [end]
    onward = NewTransfer(
        id=derive_id(promise.id, "onward"),
        asset=Asset.CNY,
        kind=AWARD_TO_SPONSOR,
        debit_id=promise.credit_id,
        credit_id=account_id(AccountKind.SPONSOR, award.pool_id),
        amount=award.amount_minor,
        subject_id=award.gift_id,
    )
    return [end, onward]
