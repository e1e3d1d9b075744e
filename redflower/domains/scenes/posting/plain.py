"""Many plain deeds of one campaign at once, by the column: the common case of a partner's bulk request.

Plain means: flowers only, nothing but who, when and how much, every person once, nothing reported before, nobody near a
limit. Anything else about a request, and all of it is judged row by row instead (`deeds.py`), with the same answers.
"""

import hashlib
import struct
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, SafeUUID
from zoneinfo import ZoneInfo

import numpy as np
import psycopg
from msgspec import UNSET

from redflower.domains.scenes.posting.campaigns import LiveCampaign, count_campaigns, load_days
from redflower.domains.scenes.posting.history import load_devices, record_devices
from redflower.domains.scenes.posting.settlement import BedFlowers, Settlement, UnreadableRow, write_request
from redflower.domains.scenes.rules import judging
from redflower.domains.scenes.rules.kinds import DAYS
from redflower.domains.scenes.types import PLATFORM, DeedOutcome, DeedStatus, ReportedDeed, ReportingPartner

Connection = psycopg.Connection[Any]
Column = np.ndarray[Any, Any]

PLAIN_FROM = 64  # fewer rows go one by one, and their flowers reach people in the same commit
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_DAY_US = 86_400_000_000
_PG_EPOCH_US = 946_684_800_000_000  # PostgreSQL counts from 2000-01-01
_PG_EPOCH_DAYS = 10_957
_KNOWN_PAIRS_MAX = 500_000

# Accounts behind devices that were found in their place before: such a row never changes, so it is not asked for twice.
_known_pairs: set[bytes] = set()


def settle_plain(
    conn: Connection,
    partner: ReportingPartner,
    rows: Sequence[ReportedDeed | UnreadableRow],
    campaigns: dict[str, LiveCampaign],
    zone: str,
    salt: bytes,
    now: datetime,
    settlement: Settlement,
) -> bool:
    """Settles a request whose every row is plain; False, with nothing written, when any is not.

    Needs: an open transaction; the campaigns locked.
    """
    if len(rows) < PLAIN_FROM or len(campaigns) != 1 or partner.id == PLATFORM or partner.is_sandbox:
        return False
    [campaign] = campaigns.values()
    deeds = _read_plain(rows, campaign, partner)
    if deeds is None:
        return False
    times = _read_times(deeds, campaign, zone, now)
    if times is None:
        return False
    done_us, days, seconds = times
    donors = _derive([deed.user for deed in deeds], salt, partner.id.bytes)
    if len(set(donors.view("V16").reshape(-1).tolist())) != len(deeds) or _is_any_known(conn, partner, deeds):
        return False
    today = _find_done_today(conn, campaign, donors, days)
    amounts = np.array([1 if deed.amount is UNSET else deed.amount for deed in deeds], dtype=np.int64)
    judged = None if today is None else campaign.kind.judge_columns(campaign.terms, amounts, seconds, today)
    cap = campaign.limits.person_day_flowers
    if judged is None or (cap is not None and int(judged[0].max()) > cap):
        return False
    if not _meet_devices(conn, deeds, donors, campaign, salt, now):
        return False
    flowers, reasons = judged
    names = campaign.kind.COLUMN_REASONS
    _copy(
        conn, partner.id, settlement.request_id, deeds, campaign, donors, done_us, days, amounts, flowers, reasons, now
    )
    _answer(settlement, deeds, flowers.tolist(), [names[place] for place in reasons.tolist()])
    _count(conn, campaign, days, flowers)
    if total := int(flowers.sum()):
        settlement.bed.append(BedFlowers(campaign, len(deeds), total))
    write_request(conn, partner.id, settlement, now)
    return True


def _read_plain(
    rows: Sequence[ReportedDeed | UnreadableRow], campaign: LiveCampaign, partner: ReportingPartner
) -> list[ReportedDeed] | None:
    if (
        campaign.has_money
        or not hasattr(campaign.kind, "judge_columns")
        or campaign.partner_id not in (None, partner.id)
    ):
        return None
    if judging.find_state_refusal(campaign.state) or UnreadableRow in set(map(type, rows)):
        return None
    deeds: list[ReportedDeed] = list(rows)  # type: ignore[arg-type]
    bare = all(deed.subject is UNSET and deed.project is UNSET and deed.facts is UNSET for deed in deeds)
    alike = {deed.campaign for deed in deeds} == {campaign.slug}
    return deeds if bare and alike and len({deed.id for deed in deeds}) == len(deeds) else None


def _read_times(
    deeds: Sequence[ReportedDeed], campaign: LiveCampaign, zone: str, now: datetime
) -> tuple[Column, Column, Column] | None:
    """Microseconds since 1970, local days since 1970 and local seconds of the day; None where a time cannot count."""
    times = [deed.done_at for deed in deeds]
    first, last = min(times), max(times)
    for at in (first, last):  # open hours, age and future are spans: if both ends fit, everything between does
        if judging.find_time_refusal(at, now, campaign.opens_at, campaign.closes_at, campaign.limits.max_age_days):
            return None
    offsets = {at.astimezone(ZoneInfo(zone)).utcoffset() for at in (first, last)}
    offset = offsets.pop()
    if offsets or offset is None:
        return None
    known = {at: (at - _EPOCH) // _MICROSECOND for at in set(times)}
    done_us = np.array([known[at] for at in times], dtype=np.int64)
    days, within = np.divmod(done_us + offset // _MICROSECOND, _DAY_US)
    return done_us, days, within // 1_000_000


def _derive(names: Sequence[str], salt: bytes, person: bytes) -> Column:
    """Keyed hashes of names as UUIDv8, one row of 16 bytes each: what `judging.derive_donor_id` makes, by the column."""
    keyed = hashlib.blake2b(key=salt, person=person, digest_size=16)
    digests = []
    for name in names:
        fresh = keyed.copy()
        fresh.update(name.encode())
        digests.append(fresh.digest())
    ids = np.frombuffer(b"".join(digests), dtype=np.uint8).reshape(-1, 16).copy()
    ids[:, 6] = ids[:, 6] & 0x0F | 0x80
    ids[:, 8] = ids[:, 8] & 0x3F | 0x80
    return ids


def _write_array(ids: Column) -> str:
    """Ids as a PostgreSQL array."""
    text = ids.tobytes().hex()
    return "{" + ",".join([text[place : place + 32] for place in range(0, len(text), 32)]) + "}"


def _is_any_known(conn: Connection, partner: ReportingPartner, deeds: Sequence[ReportedDeed]) -> bool:
    row = conn.execute(
        "SELECT 1 FROM scenes_deed WHERE partner_id = %s AND external_id = ANY(%s) LIMIT 1",
        [partner.id, [deed.id for deed in deeds]],
    ).fetchone()
    return row is not None


def _find_done_today(conn: Connection, campaign: LiveCampaign, donors: Column, days: Column) -> Column | None:
    """Whose day is done already; None where somebody's history needs a closer look."""
    done = np.zeros(len(donors), dtype=bool)
    if DAYS not in campaign.kind.NEEDS or campaign.kind.HISTORY_DAYS:
        return None
    known_days = {day: _to_date(day).isoformat() for day in np.unique(days).tolist()}
    local = "{" + ",".join([known_days[day] for day in days.tolist()]) + "}"
    rows = conn.execute(
        """SELECT u.place, bool_or(d.status = 3), bool_or(d.reason <> 'below_target')
           FROM unnest(%s::uuid[], %s::date[]) WITH ORDINALITY AS u(donor, day, place)
           JOIN scenes_deed d ON d.donor_id = u.donor AND d.done_on = u.day AND d.campaign_id = %s GROUP BY 1""",
        [_write_array(donors), local, campaign.id],
    ).fetchall()
    for place, is_held, counts in rows:
        if is_held:
            return None
        done[place - 1] = counts
    return done


def _to_date(days: int) -> date:
    return date.fromordinal(days + 719_163)


def _meet_devices(
    conn: Connection, deeds: Sequence[ReportedDeed], donors: Column, campaign: LiveCampaign, salt: bytes, now: datetime
) -> bool:
    """Remembers accounts behind devices; False where one of them stands behind too many others."""
    places = [place for place, deed in enumerate(deeds) if deed.device is not UNSET]
    if not places:
        return True
    devices = _derive([str(deeds[place].device) for place in places], salt, b"device")
    joined = np.concatenate([devices, donors[places]], axis=1).tobytes()
    new = [pair for place in range(0, len(joined), 32) if (pair := joined[place : place + 32]) not in _known_pairs]
    if not new:
        return True
    seen = load_devices(conn, {UUID(bytes=pair[:16]) for pair in new})
    met: list[tuple[UUID, UUID, int]] = []
    found: list[bytes] = []
    for pair in new:
        device, donor = UUID(bytes=pair[:16]), UUID(bytes=pair[16:])
        behind = seen.setdefault(device, [])
        if donor in behind:
            found.append(pair)
        else:
            behind.append(donor)
            met.append((device, donor, len(behind) - 1))
        if behind.index(donor) >= campaign.limits.device_accounts:
            return False
    if met:
        record_devices(conn, met, now)
    if len(_known_pairs) > _KNOWN_PAIRS_MAX:
        _known_pairs.clear()
    _known_pairs.update(found)
    return True


def _answer(
    settlement: Settlement, deeds: Sequence[ReportedDeed], flowers: Sequence[int], reasons: Sequence[str]
) -> None:
    base = settlement.request_id.int ^ 0xFFFF
    accepted = DeedStatus.ACCEPTED
    settlement.outcomes = [
        DeedOutcome(deed.id, accepted, reason, earned, 0, "", _uuid(base | place))
        for place, (deed, earned, reason) in enumerate(zip(deeds, flowers, reasons, strict=True))
    ]


def _uuid(value: int) -> UUID:
    """UUID(int=value) without its checks, which cost more than all the rest of an answer."""
    made = object.__new__(UUID)
    object.__setattr__(made, "int", value)
    object.__setattr__(made, "is_safe", SafeUUID.unknown)
    return made


def _count(conn: Connection, campaign: LiveCampaign, days: Column, flowers: Column) -> None:
    load_days(conn, campaign, {_to_date(day) for day in np.unique(days).tolist()})
    for day in np.unique(days).tolist():
        live, mask = campaign.days[_to_date(day)], days == day
        live.deeds, live.flowers = int(mask.sum()), int(flowers[mask].sum())
    count_campaigns(conn, [campaign])


def _copy(
    conn: Connection,
    partner_id: UUID,
    request_id: UUID,
    deeds: Sequence[ReportedDeed],
    campaign: LiveCampaign,
    donors: Column,
    done_us: Column,
    days: Column,
    amounts: Column,
    flowers: Column,
    reasons: Column,
    now: datetime,
) -> None:
    """Writes the rows as binary COPY, a column at a time; rows of one shape (length of id, reason) together."""
    names = [deed.id.encode() for deed in deeds]
    shapes = np.array(list(map(len, names))) * 16 + reasons
    received = (now - _EPOCH) // _MICROSECOND - _PG_EPOCH_US
    parts = [b"PGCOPY\n\xff\r\n\x00" + struct.pack("!ii", 0, 0)]
    for shape in np.unique(shapes).tolist():
        chosen = np.flatnonzero(shapes == shape)
        length, reason = shape // 16, campaign.kind.COLUMN_REASONS[shape % 16].encode()
        table = np.zeros(len(chosen), dtype=_row_type(length, len(reason)))
        for name, size in _sizes(length, len(reason)):
            table[f"{name}_size"] = size
        table["fields"] = 17
        ids = np.tile(np.frombuffer(request_id.bytes, dtype=np.uint8), (len(chosen), 1))
        ids[:, 14:] = chosen.astype(">u2").view(np.uint8).reshape(-1, 2)
        table["id"] = ids.view("V16").reshape(-1)
        table["partner"] = np.void(partner_id.bytes)
        table["external"] = [names[place] for place in chosen.tolist()]
        table["campaign"] = np.void(campaign.id.bytes)
        table["donor"] = np.ascontiguousarray(donors[chosen]).view("V16").reshape(-1)
        table["done_at"] = done_us[chosen] - _PG_EPOCH_US
        table["done_on"] = days[chosen] - _PG_EPOCH_DAYS
        table["amount"], table["status"], table["flowers"] = amounts[chosen], 1, flowers[chosen]
        if reason:
            table["reason"] = reason
        table["received"] = received
        parts.append(table.tobytes())
    parts.append(b"\xff\xff")
    with (
        conn.cursor() as cursor,
        cursor.copy(
            """COPY scenes_deed (id, partner_id, external_id, campaign_id, donor_id, done_at, done_on, amount, status, reason,
                                 flowers, money_minor, item, subject, project_id, facts, received_at)
               FROM STDIN (FORMAT binary)"""
        ) as copy,
    ):
        copy.write(b"".join(parts))


def _sizes(external: int, reason: int) -> list[tuple[str, int]]:
    """Each column's length on the wire; -1 is NULL."""
    return [
        ("id", 16), ("partner", 16), ("external", external), ("campaign", 16), ("donor", 16), ("done_at", 8), ("done_on", 4),
        ("amount", 8), ("status", 2), ("reason", reason), ("flowers", 4), ("money", 8), ("item", 0), ("subject", -1),
        ("project", -1), ("facts", -1), ("received", 8),
    ]  # fmt: skip


def _row_type(external: int, reason: int) -> np.dtype[Any]:
    kinds = {
        "id": "V16", "partner": "V16", "external": f"S{external}", "campaign": "V16", "donor": "V16", "done_at": ">i8",
        "done_on": ">i4", "amount": ">i8", "status": ">i2", "reason": f"S{reason}", "flowers": ">i4", "money": ">i8",
        "received": ">i8",
    }  # fmt: skip
    fields: list[tuple[str, str]] = [("fields", ">i2")]
    for name, size in _sizes(external, reason):
        fields.append((f"{name}_size", ">i4"))
        if size > 0:
            fields.append((name, kinds[name]))
    return np.dtype(fields)
