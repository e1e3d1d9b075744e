"""What settlement must know of people: what they had, on which days, about what, and from which devices."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg

from redflower.domains.scenes.posting.campaigns import LiveCampaign
from redflower.domains.scenes.rules.kinds import DAYS, SUBJECTS
from redflower.domains.scenes.rules.quiz import FRIEND_PASSED
from redflower.domains.scenes.types import History, Used

Connection = psycopg.Connection[Any]
UNCOUNTED = "below_target"  # a deed that did not reach its day's target leaves the day open
LEAVES_DAY_OPEN = (UNCOUNTED, FRIEND_PASSED)


@dataclass(slots=True)
class Past:
    """One campaign's people, before and while their deeds are judged. Units: fen."""

    campaign: LiveCampaign
    used: dict[tuple[UUID, date], Used] = field(default_factory=dict)
    totals: dict[UUID, int] = field(default_factory=dict)
    days: dict[UUID, set[date]] = field(default_factory=dict)
    subjects: dict[UUID, set[str]] = field(default_factory=dict)

    def history_of(self, donor_id: UUID) -> History:
        """What a rule may know of a person."""
        days, subjects = self.days.get(donor_id), self.subjects.get(donor_id)
        return History(
            frozenset(days) if days else frozenset(),
            frozenset(subjects) if subjects else frozenset(),
            self.campaign.items,
            self.campaign.secret,
        )

    def add(self, donor_id: UUID, day: date, subject: str | None, reason: str) -> None:
        """Counts a deed that was accepted, for the ones behind it."""
        if reason not in LEAVES_DAY_OPEN:
            self.days.setdefault(donor_id, set()).add(day)
        if reason != UNCOUNTED and subject is not None:
            self.subjects.setdefault(donor_id, set()).add(subject)


def load_past(
    conn: Connection,
    campaign: LiveCampaign,
    donor_ids: Collection[UUID],
    since: date,
    until: date,
    subjects: Collection[str],
) -> Past:
    """Reads what these people have had of a campaign, as far as its limits and its rule ask."""
    past = Past(campaign)
    limits = campaign.limits
    begins = (campaign.opens_at - timedelta(days=1)).date()  # at or before its first local day, wherever that is
    if DAYS in campaign.kind.NEEDS or limits.person_day_flowers is not None or limits.person_day_minor is not None:
        _load_days(conn, past, donor_ids, max(since, begins), until)
    if limits.person_total_minor is not None:
        rows = conn.execute(
            """SELECT d.donor_id, sum(d.money_minor + coalesce(r.money_minor, 0))::bigint FROM scenes_deed d
               LEFT JOIN scenes_ruling r ON d.status = 3 AND r.deed_id = d.id AND r.kind = 'released'
               WHERE d.donor_id = ANY(%s) AND d.done_on >= %s AND d.campaign_id = %s GROUP BY 1""",
            [list(donor_ids), begins, campaign.id],
        ).fetchall()
        past.totals = dict(rows)
    if SUBJECTS in campaign.kind.NEEDS and subjects:
        rows = conn.execute(
            """SELECT donor_id, subject FROM scenes_deed
               WHERE donor_id = ANY(%s) AND done_on >= %s AND campaign_id = %s AND subject = ANY(%s) AND reason <> %s""",
            [list(donor_ids), begins, campaign.id, list(subjects), UNCOUNTED],
        ).fetchall()
        for donor_id, subject in rows:
            past.subjects.setdefault(donor_id, set()).add(subject)
    return past


def _load_days(conn: Connection, past: Past, donor_ids: Collection[UUID], since: date, until: date) -> None:
    rows = conn.execute(
        """SELECT d.donor_id, d.done_on, sum(d.flowers + coalesce(r.flowers, 0))::bigint,
                  sum(d.money_minor + coalesce(r.money_minor, 0))::bigint,
                  bool_or(d.reason <> ALL(%s) AND (d.status <> 3 OR r.id IS NOT NULL))
           FROM scenes_deed d LEFT JOIN scenes_ruling r ON d.status = 3 AND r.deed_id = d.id AND r.kind = 'released'
           WHERE d.donor_id = ANY(%s) AND d.done_on BETWEEN %s AND %s AND d.campaign_id = %s GROUP BY 1, 2""",
        [list(LEAVES_DAY_OPEN), list(donor_ids), since, until, past.campaign.id],
    ).fetchall()
    for donor_id, day, flowers, money, counts in rows:
        past.used[donor_id, day] = Used(flowers, money)
        if counts:
            past.days.setdefault(donor_id, set()).add(day)


def load_devices(conn: Connection, device_ids: Collection[UUID]) -> dict[UUID, list[UUID]]:
    """The accounts seen behind devices, the first to be seen first."""
    rows = conn.execute(
        "SELECT device_id, donor_id FROM scenes_device WHERE device_id = ANY(%s) ORDER BY id", [list(device_ids)]
    ).fetchall()
    seen: dict[UUID, list[UUID]] = {}
    for device_id, donor_id in rows:
        seen.setdefault(device_id, []).append(donor_id)
    return seen


def record_devices(conn: Connection, pairs: Sequence[tuple[UUID, UUID, int]], now: datetime) -> None:
    """Remembers accounts behind devices, each with how many were seen there before it."""
    conn.execute(
        """INSERT INTO scenes_device (device_id, donor_id, place, seen_at)
           SELECT p.device, p.donor, p.place, %s FROM unnest(%s::uuid[], %s::uuid[], %s::smallint[]) AS p(device, donor, place)
           ORDER BY p.device, p.place ON CONFLICT DO NOTHING""",
        [now, *[[pair[column] for pair in pairs] for column in range(3)]],
    )
