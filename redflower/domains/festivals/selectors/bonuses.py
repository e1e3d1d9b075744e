"""Reads of projects' flower bonuses in festivals."""

import contextlib
import json
from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

from redflower.domains.festivals.errors import BonusOver
from redflower.domains.festivals.rules.bonuses import first_day_that_counts, write_bonus_day
from redflower.domains.festivals.types import BonusDayLine, BonusStanding
from redflower.plumbing.db import fetch_all, fetch_one

_STANDING = """
SELECT project_id, coalesce(sum(flowers) FILTER (WHERE counts_from <= %(today)s), 0)::bigint AS counted,
       sum(flowers)::bigint AS gathered
FROM festivals_bonus_gift WHERE festival_id = %(festival)s
"""


def get_bonus_standing(festival_id: UUID, project_id: UUID, today: date) -> BonusStanding:
    """A project's flowers in a festival: those that count in today's draws, and all there are."""
    row = fetch_one(
        f"{_STANDING} AND project_id = %(project)s GROUP BY project_id",
        {"festival": festival_id, "project": project_id, "today": today},
    )
    return BonusStanding(row["counted"], row["gathered"]) if row else BonusStanding(0, 0)


def list_bonus_standings(festival_id: UUID, today: date, limit: int = 12) -> dict[UUID, BonusStanding]:
    """The projects with the most flowers in a festival, most first."""
    rows = fetch_all(
        f"{_STANDING} GROUP BY project_id ORDER BY gathered DESC, project_id LIMIT %(limit)s",
        {"festival": festival_id, "today": today, "limit": limit},
    )
    return {row["project_id"]: BonusStanding(row["counted"], row["gathered"]) for row in rows}


def list_bonus_projects(festival_id: UUID, donor_ids: Iterable[UUID]) -> set[UUID]:
    """The projects that a person has given flowers to in a festival."""
    rows = fetch_all(
        "SELECT DISTINCT project_id FROM festivals_bonus_gift WHERE festival_id = %s AND donor_id = ANY(%s)",
        [festival_id, list(donor_ids)],
    )
    return {row["project_id"] for row in rows}


def find_open_bonus(zone: str, now: datetime) -> UUID | None:
    """The festival that takes flowers for projects' bonuses now: the one that runs, else the next one."""
    rows = fetch_all(
        """SELECT f.id, f.opens_at, f.closes_at, f.slice_seconds, f.sealed_through FROM festivals_festival f
           WHERE f.closes_at > %s AND EXISTS (
               SELECT 1 FROM festivals_pool p JOIN festivals_rule_set r ON r.id = p.rule_set_id
               WHERE p.festival_id = f.id AND coalesce(r.body->'flower_tiers', '[]') NOT IN ('[]', 'null'))
           ORDER BY f.opens_at""",
        [now],
    )
    for row in rows:
        with contextlib.suppress(BonusOver):
            first_day_that_counts(
                row["opens_at"], row["closes_at"], row["slice_seconds"], row["sealed_through"], zone, now
            )
            return UUID(str(row["id"]))
    return None


def find_bonuses_of_gifts(gift_ids: Iterable[UUID]) -> dict[UUID, tuple[str, UUID]]:
    """What each of these gifts of flowers went to: the festival by its slug, and the project."""
    rows = fetch_all(
        """SELECT b.id, f.slug, b.project_id FROM festivals_bonus_gift b JOIN festivals_festival f ON f.id = b.festival_id
           WHERE b.id = ANY(%s)""",
        [list(gift_ids)],
    )
    return {row["id"]: (row["slug"], row["project_id"]) for row in rows}


def find_flowers_behind(gift_id: UUID) -> dict[UUID, int]:
    """How many flowers a gift's project held as the day of its draw began, by pool, where that gave it a bonus."""
    rows = fetch_all(
        """SELECT a.pool_id, (d.flowers->>g.project_id::text)::bigint AS flowers
           FROM festivals_award a JOIN donations_gift g ON g.id = a.gift_id
           JOIN festivals_bonus_day d ON d.pool_id = a.pool_id AND d.day = a.awarded_on
           WHERE a.gift_id = %s AND d.flowers ? g.project_id::text""",
        [gift_id],
    )
    return {row["pool_id"]: row["flowers"] for row in rows}


def list_bonus_days(pool_id: UUID) -> list[BonusDayLine]:
    """What projects had gathered as each day began that a pool has drawn on."""
    rows = fetch_all(
        "SELECT day, flowers::text AS flowers, sha256 FROM festivals_bonus_day WHERE pool_id = %s ORDER BY day",
        [pool_id],
    )
    return [
        BonusDayLine(
            row["day"],
            len(flowers := json.loads(row["flowers"])),
            write_bonus_day(row["day"], flowers),
            row["sha256"],
        )
        for row in rows
    ]
