"""Reads of deeds: a partner's, a person's, and those that wait for somebody's eye."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from uuid import UUID

from redflower.domains.scenes.errors import DeedNotFound
from redflower.domains.scenes.posting.rulings import UNPLACED_DEEDS
from redflower.domains.scenes.rules.reading import count_streak
from redflower.domains.scenes.types import DeedStatus, DeedView, PersonDay, RulingKind, StoredStatus
from redflower.plumbing.db import fetch_all, fetch_one

_DEED = """
SELECT d.id, d.partner_id, d.campaign_id, d.donor_id, d.external_id, d.done_at, d.done_on, d.amount, d.subject, d.status,
       d.reason, d.flowers, d.money_minor, d.item, d.project_id, d.received_at,
       (SELECT coalesce(array_agg(r.kind ORDER BY r.id), '{}') FROM scenes_ruling r WHERE r.deed_id = d.id) AS rulings
FROM scenes_deed d
"""


def _view(row: dict[str, Any]) -> DeedView:
    status = DeedStatus(StoredStatus(row["status"]).name.lower())
    return DeedView(**{**row, "status": status, "rulings": tuple(map(RulingKind, row["rulings"]))})


def get_deed(deed_id: UUID) -> DeedView:
    """One deed. Errors: DeedNotFound."""
    row = fetch_one(f"{_DEED} WHERE d.id = %s", [deed_id])
    if row is None:
        raise DeedNotFound
    return _view(row)


def find_deeds(ids: Iterable[UUID]) -> list[DeedView]:
    """Deeds by id, in the order they came."""
    return [_view(row) for row in fetch_all(f"{_DEED} WHERE d.id = ANY(%s) ORDER BY d.id", [list(ids)])]


def list_deeds_of_partner(
    partner_id: UUID, before: UUID | None = None, status: DeedStatus | None = None, limit: int = 50
) -> list[DeedView]:
    """A partner's stored deeds, the latest first."""
    stored = None if status is None else int(StoredStatus[status.name])
    rows = fetch_all(
        f"""{_DEED} WHERE d.partner_id = %s AND (%s::uuid IS NULL OR d.id < %s)
            AND (%s::smallint IS NULL OR d.status = %s) ORDER BY d.id DESC LIMIT %s""",
        [partner_id, before, before, stored, stored, limit],
    )
    return [_view(row) for row in rows]


def find_deeds_by_external_id(partner_id: UUID, external_ids: Iterable[str]) -> dict[str, DeedView]:
    """What became of deeds a partner reported, by its own ids."""
    rows = fetch_all(f"{_DEED} WHERE d.partner_id = %s AND d.external_id = ANY(%s)", [partner_id, list(external_ids)])
    return {row["external_id"]: _view(row) for row in rows}


def list_deeds_of_donors(donor_ids: Iterable[UUID], limit: int = 60) -> list[DeedView]:
    """A person's deeds, the latest day first."""
    rows = fetch_all(
        f"{_DEED} WHERE d.donor_id = ANY(%s) ORDER BY d.done_on DESC, d.id DESC LIMIT %s", [list(donor_ids), limit]
    )
    return [_view(row) for row in rows]


def list_held_deeds(before: UUID | None = None, limit: int = 50) -> list[DeedView]:
    """Deeds nobody has decided about yet, the latest first."""
    rows = fetch_all(
        f"""{_DEED} WHERE d.status = 3 AND (%s::uuid IS NULL OR d.id < %s)
            AND NOT EXISTS (SELECT 1 FROM scenes_ruling r WHERE r.deed_id = d.id) ORDER BY d.id DESC LIMIT %s""",
        [before, before, limit],
    )
    return [_view(row) for row in rows]


def list_unplaced(donor_ids: Iterable[UUID]) -> dict[UUID, int]:
    """The sponsor's money a person unlocked and has yet to place, by deed. Units: fen."""
    rows = fetch_all(
        f"SELECT u.id, u.amount FROM ({UNPLACED_DEEDS}) AS u WHERE u.donor_id = ANY(%s) ORDER BY u.id",
        [list(donor_ids)],
    )
    return {row["id"]: row["amount"] for row in rows}


def get_person_day(campaign_id: UUID, donor_ids: Iterable[UUID], today: date) -> PersonDay:
    """What a person has done and had in a campaign, today, in all, and how many days in a row."""
    rows = fetch_all(
        """SELECT d.done_on, count(*) FILTER (WHERE d.reason <> 'friend_passed') AS deeds,
                  bool_or(d.status < 3 AND d.reason NOT IN ('below_target', 'friend_passed')) AS counts,
                  sum(d.flowers + coalesce(r.flowers, 0))::bigint AS flowers,
                  sum(d.money_minor + coalesce(r.money_minor, 0))::bigint AS money
           FROM scenes_deed d LEFT JOIN scenes_ruling r ON d.status = 3 AND r.deed_id = d.id AND r.kind = 'released'
           WHERE d.donor_id = ANY(%s) AND d.campaign_id = %s GROUP BY 1""",
        [list(donor_ids), campaign_id],
    )
    days = frozenset(row["done_on"] for row in rows if row["counts"])
    now = next((row for row in rows if row["done_on"] == today), {"deeds": 0, "flowers": 0, "money": 0})
    streak = count_streak(days, today) if today in days else count_streak(days, today) - 1
    return PersonDay(
        flowers_today=now["flowers"],
        money_today_minor=now["money"],
        money_total_minor=sum(row["money"] for row in rows),
        deeds_today=now["deeds"],
        streak_days=streak,
        unplaced_minor=sum(amount for amount in _list_unplaced_of(campaign_id, donor_ids).values()),
    )


def _list_unplaced_of(campaign_id: UUID, donor_ids: Iterable[UUID]) -> dict[UUID, int]:
    rows = fetch_all(
        f"SELECT u.id, u.amount FROM ({UNPLACED_DEEDS}) AS u WHERE u.donor_id = ANY(%s) AND u.campaign_id = %s",
        [list(donor_ids), campaign_id],
    )
    return {row["id"]: row["amount"] for row in rows}


def count_deeds_for(campaign_id: UUID, donor_ids: Iterable[UUID], reason: str) -> int:
    """How many of a person's deeds in a campaign were answered with this reason."""
    row = fetch_one(
        "SELECT count(*) AS n FROM scenes_deed WHERE donor_id = ANY(%s) AND campaign_id = %s AND reason = %s",
        [list(donor_ids), campaign_id, reason],
    )
    return row["n"] if row else 0


def count_by_campaign(donor_ids: Iterable[UUID]) -> dict[UUID, int]:
    """How many flowers each campaign's deeds gave a person, most first."""
    rows = fetch_all(
        """SELECT d.campaign_id, sum(d.flowers + coalesce(r.flowers, 0))::bigint AS n
           FROM scenes_deed d LEFT JOIN scenes_ruling r ON d.status = 3 AND r.deed_id = d.id AND r.kind = 'released'
           WHERE d.donor_id = ANY(%s) GROUP BY 1 ORDER BY 2 DESC, 1""",
        [list(donor_ids)],
    )
    return {row["campaign_id"]: row["n"] for row in rows if row["n"]}


def count_deeds_since(campaign_id: UUID, since: datetime) -> int:
    """How many deeds a campaign has taken since an instant, for a page that counts along."""
    row = fetch_one(
        "SELECT count(*) AS n FROM scenes_deed WHERE campaign_id = %s AND received_at >= %s", [campaign_id, since]
    )
    return int(row["n"]) if row else 0
