"""Reads of festivals."""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from redflower.domains.festivals.errors import FestivalNotFound
from redflower.domains.festivals.posting import find_rounds, load_tickets
from redflower.domains.festivals.rules import count_slices, slice_due_at
from redflower.domains.festivals.types import (
    AwardReason,
    AwardView,
    DrawPart,
    FestivalView,
    PoolState,
    PoolView,
    SliceView,
    Tickets,
    WantedRound,
)
from redflower.kernel.beacon import read_chain
from redflower.kernel.limits import INTEGER_MAX
from redflower.plumbing.db import fetch_all, fetch_one, raw_connection

_FESTIVAL = """SELECT id, slug, name_zh, name_en, summary_zh, summary_en, opens_at, closes_at, slice_seconds,
                      allowance_seconds, drawn_through FROM festivals_festival"""
_POOL = """
SELECT p.id, p.festival_id, p.name_zh, p.name_en, p.sponsor_zh, p.sponsor_en, p.budget_minor, p.granted_minor,
       p.returned_minor, p.secret_sha256, p.reveal_by, p.beacon::text AS beacon, p.state, p.closed_at,
       r.code AS rule_code, r.version AS rule_version,
       r.sha256 AS rule_sha256, r.body::text AS rule_body,
       CASE WHEN p.state = 'closed' THEN encode(p.secret, 'hex') ELSE '' END AS revealed_secret
FROM festivals_pool p JOIN festivals_rule_set r ON r.id = p.rule_set_id
"""


def get_festival(slug: str) -> FestivalView:
    """A festival by its slug.

    Errors: FestivalNotFound.
    """
    row = fetch_one(f"{_FESTIVAL} WHERE slug = %s", [slug])
    if row is None:
        raise FestivalNotFound
    return FestivalView(**row)


def list_festivals() -> list[FestivalView]:
    """All festivals, the latest first."""
    return [FestivalView(**row) for row in fetch_all(f"{_FESTIVAL} ORDER BY opens_at DESC")]


def find_current_festival(now: datetime) -> FestivalView | None:
    """The festival the home page speaks of: the one running, else the next one, else the last one."""
    row = fetch_one(
        f"""{_FESTIVAL} ORDER BY (opens_at <= %s AND closes_at > %s) DESC, (opens_at > %s) DESC,
                        CASE WHEN opens_at > %s THEN opens_at END ASC, opens_at DESC LIMIT 1""",
        [now, now, now, now],
    )
    return FestivalView(**row) if row else None


def list_festivals_to_draw(now: datetime) -> list[FestivalView]:
    """Festivals that have opened and still have a pool that is not closed."""
    return [
        FestivalView(**row)
        for row in fetch_all(
            f"""{_FESTIVAL} WHERE opens_at <= %s AND EXISTS (
                    SELECT 1 FROM festivals_pool p WHERE p.festival_id = festivals_festival.id AND p.state <> 'closed')
                ORDER BY opens_at""",
            [now],
        )
    ]


def list_wanted_rounds(now: datetime, limit: int) -> list[WantedRound]:
    """The rounds of public beacons that sealed slices with tickets wait for, as far as they have been made; the earliest
    first. A pool past its promised moment waits for none."""
    rows = fetch_all(
        """SELECT f.opens_at, f.slice_seconds, f.allowance_seconds, p.beacon::text AS beacon, w.slice_no
           FROM festivals_pool p JOIN festivals_festival f ON f.id = p.festival_id
           JOIN LATERAL (SELECT DISTINCT t.slice_no FROM festivals_ticket t
                         WHERE t.festival_id = f.id AND t.slice_no > f.drawn_through AND t.slice_no <= f.sealed_through
                         ORDER BY t.slice_no LIMIT %s) w ON true
           WHERE p.beacon IS NOT NULL AND p.state <> 'closed' AND (p.reveal_by IS NULL OR p.reveal_by >= %s)
           ORDER BY w.slice_no""",
        [limit * 4, now],
    )
    wanted: dict[tuple[str, int], WantedRound] = {}
    for row in rows:
        chain = read_chain(json.loads(row["beacon"]))
        due = slice_due_at(row["opens_at"], row["slice_seconds"], row["allowance_seconds"], row["slice_no"])
        number = chain.find_round(due)
        if chain.time_of(number) <= now:
            wanted.setdefault((chain.chain_hash, number), WantedRound(chain, number))
    if not wanted:
        return []
    with transaction.atomic():
        known = find_rounds(raw_connection(), list(wanted))
    return [each for key, each in wanted.items() if key not in known][:limit]


def is_fully_drawn(slug: str) -> bool:
    """True when every slice of a festival has been drawn."""
    festival = get_festival(slug)
    return festival.drawn_through >= count_slices(festival.opens_at, festival.closes_at, festival.slice_seconds) - 1


def list_pools(festival_id: UUID) -> list[PoolView]:
    """A festival's pools in order."""
    return [
        _pool(row) for row in fetch_all(f"{_POOL} WHERE p.festival_id = %s ORDER BY p.position, p.id", [festival_id])
    ]


def find_pools_by_festival(festival_ids: Iterable[UUID]) -> dict[UUID, list[PoolView]]:
    """The pools of several festivals, each festival's in order; a festival without pools is left out."""
    rows = fetch_all(f"{_POOL} WHERE p.festival_id = ANY(%s) ORDER BY p.position, p.id", [list(festival_ids)])
    found: dict[UUID, list[PoolView]] = {}
    for pool in map(_pool, rows):
        found.setdefault(pool.festival_id, []).append(pool)
    return found


def _pool(row: dict[str, Any]) -> PoolView:
    beacon = json.loads(row["beacon"]) if row["beacon"] else None
    return PoolView(
        **{**row, "state": PoolState(row["state"]), "rule_body": json.loads(row["rule_body"]), "beacon": beacon}
    )


def list_slices(pool_id: UUID, before: int | None = None, limit: int = 30) -> list[SliceView]:
    """Drawn slices of a pool that had tickets, the latest first."""
    rows = fetch_all(
        """SELECT pool_id, slice_no, encode(gifts_root, 'hex') AS gifts_root, tickets, eligible, available_minor,
                  granted_minor, drawn_at
           FROM festivals_slice WHERE pool_id = %s AND (%s::int IS NULL OR slice_no < %s) ORDER BY slice_no DESC LIMIT %s""",
        [pool_id, before, before, limit],
    )
    return [SliceView(**row) for row in rows]


def find_slices_at(pool_ids: Iterable[UUID], slice_nos: Iterable[int]) -> dict[tuple[UUID, int], SliceView]:
    """For every pool and slice number the last drawn slice up to it: enough to tell what had been granted by then.

    Shape: (pool id, slice number asked for) -> slice; left out where no slice had been drawn yet.
    """
    rows = fetch_all(
        """SELECT b.asked, s.pool_id, s.slice_no, encode(s.gifts_root, 'hex') AS gifts_root, s.tickets, s.eligible,
                  s.available_minor, s.granted_minor, s.drawn_at
           FROM unnest(%s::uuid[]) AS p(id) CROSS JOIN unnest(%s::int[]) AS b(asked)
           CROSS JOIN LATERAL (SELECT * FROM festivals_slice WHERE pool_id = p.id AND slice_no <= b.asked
                               ORDER BY slice_no DESC LIMIT 1) AS s""",
        [list(pool_ids), list(slice_nos)],
    )
    return {(row["pool_id"], row.pop("asked")): SliceView(**row) for row in rows}


_AWARD = """
SELECT a.pool_id, p.name_zh AS pool_name_zh, p.name_en AS pool_name_en, a.gift_id, a.slice_no, a.amount_minor, a.reason,
       a.drawn_at, a.awarded_on
FROM festivals_award a JOIN festivals_pool p ON p.id = a.pool_id
"""


def list_awards_of_gifts(gift_ids: Iterable[UUID]) -> dict[UUID, list[AwardView]]:
    """What every pool decided for each gift, including the zeros and why."""
    awards: dict[UUID, list[AwardView]] = {}
    for row in fetch_all(f"{_AWARD} WHERE a.gift_id = ANY(%s) ORDER BY p.position", [list(gift_ids)]):
        awards.setdefault(row["gift_id"], []).append(AwardView(**{**row, "reason": AwardReason(row["reason"])}))
    return awards


def list_awards_of_slice(pool_id: UUID, slice_no: int, after: UUID | None = None, limit: int = 100) -> list[AwardView]:
    """What one pool decided for every gift of one drawn slice, in the order of gift ids; `after` is a gift."""
    rows = fetch_all(
        f"""{_AWARD} WHERE a.pool_id = %s AND a.slice_no = %s AND (%s::uuid IS NULL OR a.gift_id > %s)
            ORDER BY a.gift_id LIMIT %s""",
        [pool_id, slice_no, after, after, limit],
    )
    return [AwardView(**{**row, "reason": AwardReason(row["reason"])}) for row in rows]


def list_slice_tickets(festival_id: UUID, through: int = INTEGER_MAX) -> dict[int, Tickets]:
    """A festival's tickets up to a slice, by slice in their order."""
    with transaction.atomic():  # inside the caller's view of the database, where there is one
        return load_tickets(raw_connection(), festival_id, -1, through)


def sum_awards_of_donors(donor_ids: Iterable[UUID]) -> int:
    """What all pools have added to a person's gifts, those that were given back left out. Units: fen."""
    row = fetch_one(
        """SELECT coalesce(sum(a.amount_minor), 0)::bigint AS total
           FROM festivals_award a JOIN donations_gift g ON g.id = a.gift_id WHERE g.donor_id = ANY(%s)
             AND NOT EXISTS (SELECT 1 FROM payments_refund r WHERE r.order_id = g.id AND r.status = 'done')""",
        [list(donor_ids)],
    )
    return row["total"] if row else 0


def count_undrawn_tickets(gift_ids: Iterable[UUID]) -> dict[UUID, int]:
    """For each gift, in how many festivals its slice is still to be drawn."""
    rows = fetch_all(
        """SELECT t.gift_id, count(*) AS n FROM festivals_ticket t JOIN festivals_festival f ON f.id = t.festival_id
           WHERE t.gift_id = ANY(%s) AND t.slice_no > f.drawn_through
             AND NOT EXISTS (SELECT 1 FROM festivals_withdrawal w WHERE (w.gift_id, w.festival_id) = (t.gift_id, t.festival_id))
           GROUP BY t.gift_id""",
        [list(gift_ids)],
    )
    return {row["gift_id"]: row["n"] for row in rows}


def sum_festival(festival_id: UUID) -> dict[str, int]:
    """Gifts that took part in a festival and what they were matched with. Units: fen."""
    tickets = fetch_one(
        """SELECT count(*) AS gifts, coalesce(sum(amount_minor), 0)::bigint AS amount_minor
           FROM festivals_ticket WHERE festival_id = %s""",
        [festival_id],
    )
    pools = fetch_one(
        """SELECT coalesce(sum(granted_minor), 0)::bigint AS granted_minor, coalesce(sum(budget_minor), 0)::bigint AS budget_minor,
                  coalesce(sum(returned_minor), 0)::bigint AS returned_minor FROM festivals_pool WHERE festival_id = %s""",
        [festival_id],
    )
    return {**(tickets or {}), **(pools or {})}


def find_pool(pool_id: UUID) -> tuple[FestivalView, PoolView] | None:
    """A pool with its festival, or None."""
    row = fetch_one(f"{_POOL} WHERE p.id = %s", [pool_id])
    if row is None:
        return None
    festival = fetch_one(f"{_FESTIVAL} WHERE id = %s", [row["festival_id"]])
    return (FestivalView(**festival), _pool(row)) if festival else None


def list_all_pools() -> list[tuple[FestivalView, PoolView]]:
    """Every pool with its festival, the latest festival first."""
    festivals = {festival.id: festival for festival in list_festivals()}
    found: dict[UUID, list[PoolView]] = {festival_id: [] for festival_id in festivals}
    for row in fetch_all(f"{_POOL} ORDER BY p.position, p.id"):
        found[row["festival_id"]].append(_pool(row))
    return [(festivals[festival_id], pool) for festival_id, pools in found.items() for pool in pools]


# A part is what one public file of a draw holds: whole slices, at least this many tickets before the next part begins.
# It follows from the slices drawn so far, so a part that has a next one never changes.
PART_TICKETS = 20_000
_PARTS = """
WITH numbered AS (
    SELECT slice_no, tickets, granted_minor, ((sum(tickets) OVER (ORDER BY slice_no) - tickets) / %(size)s)::int AS bin
    FROM festivals_slice WHERE pool_id = %(pool)s
)
SELECT (row_number() OVER (ORDER BY bin) - 1)::int AS part, min(slice_no) AS first_slice, max(slice_no) AS last_slice,
       count(*)::int AS slices, sum(tickets)::bigint AS tickets, sum(granted_minor)::bigint AS granted_minor
FROM numbered GROUP BY bin ORDER BY bin
"""


def list_draw_parts(pool_id: UUID) -> list[DrawPart]:
    """How a pool's drawn slices are cut into public files, in order."""
    return [DrawPart(**row) for row in fetch_all(_PARTS, {"pool": pool_id, "size": PART_TICKETS})]


# Written by the database: a million lines cost no object each. A ticket's line holds all that the
# slice's root commits to (`rules.drawing.gifts_root`); a test holds the two together.
_DRAW_LINES = {
    "slices": """
SELECT string_agg(
    '{"available_minor":' || s.available_minor
    || coalesce(',"beacon":{"round":' || b.round_no || ',"signature":"' || encode(b.signature, 'hex') || '"}', '')
    || ',"day":"' || (
        (f.opens_at + s.slice_no * f.slice_seconds * interval '1 second') AT TIME ZONE %(zone)s)::date
    || '","drawn_at":"' || to_char(s.drawn_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
    || '","eligible":' || s.eligible || ',"granted_minor":' || s.granted_minor
    || ',"root":"' || encode(s.gifts_root, 'hex') || '","slice":' || s.slice_no || ',"tickets":' || s.tickets || '}',
    E'\\n' ORDER BY s.slice_no) AS lines
FROM festivals_slice s JOIN festivals_pool p ON p.id = s.pool_id JOIN festivals_festival f ON f.id = p.festival_id
LEFT JOIN festivals_beacon_round b ON b.chain_hash = p.beacon->>'chain_hash' AND b.round_no = s.beacon_round
WHERE s.pool_id = %(pool)s AND s.slice_no BETWEEN %(first)s AND %(last)s""",
    "tickets": """
SELECT string_agg(
    '{"amount_minor":' || t.amount_minor || ',"gift":"' || t.gift_id
    || '","paid_at":"' || to_char(t.paid_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
    || '","person":"' || t.person_id || '","project":"' || t.project_id || '"}',
    E'\\n' ORDER BY t.slice_no, t.gift_id) AS lines
FROM festivals_ticket t JOIN festivals_pool p ON p.festival_id = t.festival_id
WHERE p.id = %(pool)s AND t.slice_no BETWEEN %(first)s AND %(last)s
  AND NOT EXISTS (SELECT 1 FROM festivals_withdrawal w WHERE (w.gift_id, w.festival_id) = (t.gift_id, t.festival_id))""",
    "awards": """
SELECT string_agg(
    '{"amount_minor":' || a.amount_minor || ',"gift":"' || a.gift_id || '","reason":"' || a.reason || '"}',
    E'\\n' ORDER BY a.slice_no, a.gift_id) AS lines
FROM festivals_award a WHERE a.pool_id = %(pool)s AND a.slice_no BETWEEN %(first)s AND %(last)s""",
}


def get_draw_lines(kind: str, pool_id: UUID, part: DrawPart, zone: str) -> str:
    """One public file of a draw: `slices`, `tickets` or `awards` of one part, a line each, by slice and then by gift.

    Shape: canonical JSON lines. Gifts and people are numbers here; nothing in it names anybody.
    """
    row = fetch_one(
        _DRAW_LINES[kind], {"pool": pool_id, "first": part.first_slice, "last": part.last_slice, "zone": zone}
    )
    return f"{row['lines']}\n" if row and row["lines"] else ""
