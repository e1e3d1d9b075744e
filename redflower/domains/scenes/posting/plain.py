"""Many plain deeds of one campaign at once, by the column: the common case of a partner's bulk request.

Plain means: flowers only, nothing but who, when and how much, every person once, nothing reported before, nobody near a
limit. Anything else about a request, and all of it is judged row by row instead (`deeds.py`), with the same answers.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
import psycopg
from msgspec import UNSET

from redflower.domains.scenes.posting.campaigns import LiveCampaign, count_campaigns, load_days
from redflower.domains.scenes.posting.devices import meet_devices
from redflower.domains.scenes.posting.history import UNCOUNTED
from redflower.domains.scenes.posting.roster import Roster, find_roster
from redflower.domains.scenes.posting.settlement import BedFlowers, Settlement, UnreadableRow, write_request
from redflower.domains.scenes.rules import judging
from redflower.domains.scenes.rules.kinds import DAYS
from redflower.domains.scenes.types import PLATFORM, DeedOutcome, DeedStatus, ReportedDeed, ReportingPartner
from redflower.kernel.ids import hashed_ids, read_ids
from redflower.plumbing.columns import UuidArray
from redflower.plumbing.rows import Same, encode, read_rows

Connection = psycopg.Connection[Any]
Column = np.ndarray[Any, Any]

PLAIN_FROM = 64  # fewer rows go one by one, and their flowers reach people in the same commit
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)
_DAY_SECONDS = 86_400
_PLACES = [place.to_bytes(2, "big") for place in range(1 << 16)]  # the ends of a request's deeds' ids


@dataclass(frozen=True, slots=True)
class PlainDeeds:
    """The rows of a request whose every row is plain, so far as rows alone can tell."""

    rows: Sequence[ReportedDeed]
    ids: list[str]
    donors: list[bytes]  # as their 16 bytes
    amounts: Column
    first_at: datetime
    last_at: datetime
    day: date  # of all of them
    local_seconds: Column  # how much of the day had passed


def read_plain(
    partner: ReportingPartner, rows: Sequence[ReportedDeed | UnreadableRow], zone: str, salt: bytes
) -> PlainDeeds | None:
    """A request as columns, before anything is locked; None when a row is not plain."""
    if len(rows) < PLAIN_FROM or partner.id == PLATFORM or partner.is_sandbox or UnreadableRow in set(map(type, rows)):
        return None
    deeds: list[ReportedDeed] = list(rows)  # type: ignore[arg-type]
    if any(each.subject is not UNSET or each.project is not UNSET or each.facts is not UNSET for each in deeds):
        return None
    ids = [each.id for each in deeds]
    times = [each.done_at for each in deeds]
    days = _read_days(times, zone)
    if days is None or len({each.campaign for each in deeds}) != 1 or len(set(ids)) != len(ids):
        return None
    donors = derive_ids([each.user for each in deeds], salt, partner.id.bytes)
    if len(set(donors)) != len(donors):
        return None
    amounts = np.array([1 if each.amount is UNSET else each.amount for each in deeds], dtype=np.int64)
    return PlainDeeds(deeds, ids, donors, amounts, min(times), max(times), *days)


def _read_days(times: Sequence[datetime], zone: str) -> tuple[date, Column] | None:
    """The local day of all these times, and local seconds of it; None where days, or clocks within the day, differ."""
    known = {at: (at - _EPOCH) // _SECOND for at in set(times)}
    local = ZoneInfo(zone)
    ends = [at.astimezone(local) for at in (min(known), max(known))]
    offset = ends[0].utcoffset()
    if offset is None or offset != ends[1].utcoffset() or ends[0].date() != ends[1].date():
        return None
    return ends[0].date(), (np.array([known[at] for at in times], dtype=np.int64) + offset // _SECOND) % _DAY_SECONDS


def derive_ids(names: Sequence[str], salt: bytes, person: bytes) -> list[bytes]:
    """What `judging.derive_donor_id` makes of each name, by the column, as 16 bytes."""
    keyed = hashlib.blake2b(key=salt, person=person, digest_size=16)
    digests = []
    for name in names:
        fresh = keyed.copy()
        fresh.update(name.encode())
        digests.append(fresh.digest())
    return hashed_ids(digests)


def settle_plain(
    conn: Connection,
    partner: ReportingPartner,
    deeds: PlainDeeds | None,
    campaigns: dict[str, LiveCampaign],
    zone: str,
    salt: bytes,
    now: datetime,
    settlement: Settlement,
) -> bool:
    """Settles a request whose every row is plain; False, with nothing written, when any is not.

    Needs: an open transaction; the campaigns locked.
    """
    if deeds is None or len(campaigns) != 1:
        return False
    [campaign] = campaigns.values()
    if not _is_plain_in(campaign, partner, deeds, now) or _is_any_known(conn, partner, deeds.ids):
        return False
    roster = find_roster(conn, campaign, deeds.day, zone, now)
    done = _find_done(conn, campaign, deeds, roster)
    judged = done and campaign.kind.judge_columns(
        campaign.terms, deeds.amounts, deeds.local_seconds, np.array(done, dtype=bool)
    )
    cap = campaign.limits.person_day_flowers
    if not judged or (cap is not None and int(judged[0].max()) > cap):
        return False
    if not meet_devices(conn, partner, deeds.rows, deeds.donors, campaign.limits.device_accounts, salt, now):
        return False
    flowers, reasons = judged[0].tolist(), [campaign.kind.COLUMN_REASONS[place] for place in judged[1].tolist()]
    _write(conn, partner.id, settlement, deeds, campaign, flowers, reasons, now)
    if roster is not None:
        filled = [donor for donor, reason in zip(deeds.donors, reasons, strict=True) if reason != UNCOUNTED]
        roster.promised = settlement.request_id, filled
    load_days(conn, campaign, {deeds.day})
    live, total = campaign.days[deeds.day], sum(flowers)
    live.deeds = live.counted = len(flowers)
    live.flowers = total
    count_campaigns(conn, [campaign], settlement.request_id)
    if total:
        settlement.bed.append(BedFlowers(campaign, len(flowers), total))
    write_request(conn, partner.id, settlement, now)
    return True


def _is_plain_in(campaign: LiveCampaign, partner: ReportingPartner, deeds: PlainDeeds, now: datetime) -> bool:
    """Whether the campaign is open to these rows and gives by the column. Open hours, age and future are spans: where both
    ends fit, everything between does.
    """
    days = campaign.limits.max_age_days
    return (
        not campaign.has_money
        and hasattr(campaign.kind, "judge_columns")
        and DAYS in campaign.kind.NEEDS
        and not campaign.kind.HISTORY_DAYS
        and campaign.partner_id in (None, partner.id)
        and not judging.find_state_refusal(campaign.state)
        and not any(
            judging.find_time_refusal(at, now, campaign.opens_at, campaign.closes_at, days)
            for at in (deeds.first_at, deeds.last_at)
        )
    )


def _is_any_known(conn: Connection, partner: ReportingPartner, ids: Sequence[str]) -> bool:
    """Whether any of these was reported before. Partners mostly count upwards, so one look at the span often answers."""
    span = conn.execute(
        "SELECT 1 FROM scenes_deed WHERE partner_id = %s AND external_id BETWEEN %s AND %s LIMIT 1",
        [partner.id, *_ends(ids)],
    ).fetchone()
    if span is None:
        return False
    row = conn.execute(
        "SELECT 1 FROM scenes_deed WHERE partner_id = %s AND external_id = ANY(%s) LIMIT 1", [partner.id, list(ids)]
    ).fetchone()
    return row is not None


def _ends(ids: Sequence[str]) -> tuple[str, str]:
    """The first and the last in the table's order, which is that of UTF-8's bytes, as that of code points is."""
    return min(ids), max(ids)


def _find_done(conn: Connection, campaign: LiveCampaign, deeds: PlainDeeds, roster: Roster | None) -> list[bool] | None:
    """Whose day is done already; None where somebody's history needs a closer look."""
    if roster is not None:
        if not roster.held.isdisjoint(deeds.donors):
            return None
        return [donor in roster.done for donor in deeds.donors]
    rows = read_rows(
        conn,
        """SELECT donor_id, bool_or(status = 3), bool_or(reason <> %s) FROM scenes_deed
           WHERE donor_id = ANY(%s::uuid[]) AND done_on = %s AND campaign_id = %s GROUP BY 1""",
        [UNCOUNTED, UuidArray(deeds.donors), deeds.day, campaign.id],
    )
    done = {donor_id.bytes for donor_id, _, counts in rows if counts}
    return None if any(row[1] for row in rows) else [donor in done for donor in deeds.donors]


def _write(
    conn: Connection,
    partner_id: UUID,
    settlement: Settlement,
    deeds: PlainDeeds,
    campaign: LiveCampaign,
    flowers: Sequence[int],
    reasons: Sequence[str],
    now: datetime,
) -> None:
    """Writes the rows by binary COPY, and the answers while the database is busy with them."""
    base = settlement.request_id.bytes[:14]
    ids = [base + place for place in _PLACES[: len(flowers)]]
    columns: dict[str, Any] = {
        "id": ("uuid", ids),
        "partner_id": ("uuid", Same(partner_id)),
        "campaign_id": ("uuid", Same(campaign.id)),
        "donor_id": ("uuid", deeds.donors),
        "done_at": ("timestamptz", [each.done_at for each in deeds.rows]),
        "done_on": ("date", Same(deeds.day)),
        "amount": ("bigint", deeds.amounts),
        "status": ("smallint", Same(1)),
        "flowers": ("integer", flowers),
        "money_minor": ("bigint", Same(0)),
        "item": ("text", Same("")),
        "subject": ("text", Same(None)),
        "project_id": ("uuid", Same(None)),
        "facts": ("text", Same(None)),
        "received_at": ("timestamptz", Same(now)),
        "external_id": ("text", deeds.ids),
        "reason": ("text", Same(reasons[0]) if len(set(reasons)) == 1 else reasons),
    }
    with (
        conn.cursor() as cursor,
        cursor.copy(f"COPY scenes_deed ({', '.join(columns)}) FROM STDIN (FORMAT binary)") as copy,
    ):
        copy.write(encode(columns))
        accepted = DeedStatus.ACCEPTED  # looked up once: reading an enumeration costs as much as making an answer
        settlement.outcomes = [
            DeedOutcome(name, accepted, reason, earned, 0, "", deed_id)
            for name, earned, reason, deed_id in zip(deeds.ids, flowers, reasons, read_ids(ids), strict=True)
        ]
