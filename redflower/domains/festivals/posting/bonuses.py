"""Flowers for projects' bonuses, and the count of each day's beginning, by the list."""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from hashlib import sha256
from typing import Any, NamedTuple
from uuid import UUID

import psycopg

from redflower.domains.festivals.errors import BonusNotOffered, BonusProjectsReached, FestivalNotFound
from redflower.domains.festivals.posting import hold_seals
from redflower.domains.festivals.rules import read_rule
from redflower.domains.festivals.rules.bonuses import bonus_day_id, first_day_that_counts, write_bonus_day
from redflower.domains.festivals.types import MatchRule, NewBonusGift
from redflower.plumbing.events import append_events

Connection = psycopg.Connection[Any]


class BonusTerms(NamedTuple):
    """What decides whether flowers may be given in a festival, and from when they count."""

    opens_at: datetime
    closes_at: datetime
    slice_seconds: int
    sealed_through: int
    projects_per_giver: int


def hold_bonuses(conn: Connection, festival_ids: Collection[UUID]) -> dict[UUID, BonusTerms]:
    """The terms of festivals whose rules count flowers.

    No slice is sealed, so no day is counted, between reading from when flowers count and committing them (`hold_seals`).
    Needs: an open transaction, before any account is locked.
    Errors: FestivalNotFound, BonusNotOffered.
    """
    hold_seals(conn)
    rows = conn.execute(
        "SELECT id, opens_at, closes_at, slice_seconds, sealed_through FROM festivals_festival WHERE id = ANY(%s)",
        [list(festival_ids)],
    ).fetchall()
    if len(rows) != len(festival_ids):
        raise FestivalNotFound
    limits = _load_limits(conn, festival_ids)
    if limits.keys() != set(festival_ids):
        raise BonusNotOffered
    return {row[0]: BonusTerms(row[1], row[2], row[3], row[4], limits[row[0]]) for row in rows}


def _load_limits(conn: Connection, festival_ids: Collection[UUID]) -> dict[UUID, int]:
    """How many projects one person may give to; where pools differ, the least."""
    rows = conn.execute(
        """SELECT p.festival_id, r.code, r.version, r.body::text FROM festivals_pool p
           JOIN festivals_rule_set r ON r.id = p.rule_set_id WHERE p.festival_id = ANY(%s)""",
        [list(festival_ids)],
    ).fetchall()
    limits: dict[UUID, int] = {}
    for festival_id, code, version, body in rows:
        most = read_rule(code, version, json.loads(body)).projects_per_giver
        if most is not None:
            limits[festival_id] = min(most, limits.get(festival_id, most))
    return limits


def record_bonus_gifts(
    conn: Connection, terms: Mapping[UUID, BonusTerms], gifts: Sequence[NewBonusGift], zone: str, now: datetime
) -> None:
    """Writes flowers given to projects' bonuses, each with the first day that counts them.

    Needs: an open transaction that holds the festivals (`hold_bonuses`) and the givers' purses.
    Errors: BonusOver.
    """
    first = {
        festival_id: first_day_that_counts(
            held.opens_at, held.closes_at, held.slice_seconds, held.sealed_through, zone, now
        )
        for festival_id, held in terms.items()
    }
    conn.execute(
        """INSERT INTO festivals_bonus_gift (id, festival_id, project_id, donor_id, flowers, counts_from, given_at)
           SELECT b.*, %s FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::int[], %s::date[]) AS b""",
        [
            now,
            [each.id for each in gifts],
            [each.festival_id for each in gifts],
            [each.project_id for each in gifts],
            [each.donor_id for each in gifts],
            [each.flowers for each in gifts],
            [first[each.festival_id] for each in gifts],
        ],
    )


def check_projects(
    conn: Connection, terms: Mapping[UUID, BonusTerms], givers: Sequence[tuple[UUID, Sequence[UUID]]]
) -> None:
    """Refuses when somebody, by all the donors they are, has given to more projects of a festival than its rule lets them.

    Needs: as `record_bonus_gifts`, after it; whoever gives as one of these donors waits for their purse.
    Errors: BonusProjectsReached.
    """
    pairs = [(place, festival, donor) for place, (festival, donors) in enumerate(givers) for donor in donors]
    rows = conn.execute(
        """SELECT g.place, count(DISTINCT b.project_id) FROM unnest(%s::int[], %s::uuid[], %s::uuid[])
                AS g(place, festival_id, donor_id)
           JOIN festivals_bonus_gift b ON b.festival_id = g.festival_id AND b.donor_id = g.donor_id GROUP BY g.place""",
        [list(column) for column in zip(*pairs, strict=True)],
    ).fetchall()
    for place, projects in rows:
        most = terms[givers[place][0]].projects_per_giver
        if projects > most:
            raise BonusProjectsReached(most=most)


# --- the count of a day ---------------------------------------------------------------------------


def count_flowers(
    conn: Connection, festival_id: UUID, rules: Mapping[UUID, MatchRule], days: Collection[date], now: datetime
) -> dict[UUID, dict[date, dict[bytes, int]]]:
    """What projects (16 bytes) had gathered as each of these days began, by pool, for the pools whose rule counts it; what
    was not counted yet is counted now, for ever.

    Needs: an open transaction that holds the festival for its draw, with a slice of each day sealed: whoever gives flowers
    from then on finds the seal, and their flowers count later.
    """
    tiered = {pool_id: rule.flower_tiers[0].flowers_from for pool_id, rule in rules.items() if rule.flower_tiers}
    if not tiered or not days:
        return {}
    rows = conn.execute(
        "SELECT pool_id, day, flowers::text FROM festivals_bonus_day WHERE pool_id = ANY(%s) AND day = ANY(%s)",
        [list(tiered), list(days)],
    ).fetchall()
    counted = {(row[0], row[1]): json.loads(row[2]) for row in rows}
    for day in sorted(days):
        missing = [pool_id for pool_id in tiered if (pool_id, day) not in counted]
        gathered = _sum_flowers(conn, festival_id, day) if missing else {}
        for pool_id in missing:
            flowers = {project: count for project, count in gathered.items() if count >= tiered[pool_id]}
            _write_day(conn, pool_id, day, flowers, now)
            counted[pool_id, day] = flowers
    known: dict[UUID, dict[date, dict[bytes, int]]] = {}
    for (pool_id, day), flowers in counted.items():
        known.setdefault(pool_id, {})[day] = {UUID(project).bytes: count for project, count in flowers.items()}
    return known


def _sum_flowers(conn: Connection, festival_id: UUID, day: date) -> dict[str, int]:
    rows = conn.execute(
        """SELECT project_id::text, sum(flowers)::bigint FROM festivals_bonus_gift
           WHERE festival_id = %s AND counts_from <= %s GROUP BY project_id ORDER BY project_id""",
        [festival_id, day],
    ).fetchall()
    return dict(rows)


def _write_day(conn: Connection, pool_id: UUID, day: date, flowers: Mapping[str, int], now: datetime) -> None:
    conn.execute(
        """INSERT INTO festivals_bonus_day (id, pool_id, day, flowers, sha256, counted_at)
           VALUES (%s, %s, %s, %s::jsonb, %s, %s)""",
        [
            bonus_day_id(pool_id, day.isoformat()),
            pool_id,
            day,
            json.dumps(dict(flowers)),
            sha256(write_bonus_day(day, flowers)).hexdigest(),
            now,
        ],
    )
    append_events(conn, [("bonus.counted", {"pool": str(pool_id), "day": day.isoformat()})], now)
