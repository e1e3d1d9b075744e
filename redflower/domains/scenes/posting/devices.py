"""Accounts behind devices: who was seen on which, and whether too many share one."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
from msgspec import UNSET

from redflower.domains.scenes.posting.history import load_devices, record_devices
from redflower.domains.scenes.rules.judging import derive_device_id
from redflower.domains.scenes.types import ReportedDeed, ReportingPartner

Connection = psycopg.Connection[Any]
_KNOWN_MAX = 1_000_000

# Accounts that were found in their place behind a device before: such a row never changes, so it is not asked for twice.
# Only this process's own hash of them is kept.
_NO_DEVICE = 0
_known = {_NO_DEVICE}


def meet_devices(
    conn: Connection,
    partner: ReportingPartner,
    rows: Sequence[ReportedDeed],
    donors: Sequence[bytes],
    accounts_max: int,
    salt: bytes,
    now: datetime,
) -> bool:
    """Remembers accounts behind devices; False where one of them stands behind too many others."""
    named = partner.id.bytes, accounts_max
    marks = [_NO_DEVICE if row.device is UNSET else hash((named, row.device, row.user)) for row in rows]
    if _known.issuperset(marks):
        return True
    places = [place for place, mark in enumerate(marks) if mark not in _known]
    devices = [derive_device_id(str(rows[place].device), salt) for place in places]
    seen = load_devices(conn, set(devices))
    met: list[tuple[UUID, UUID, int]] = []
    found: list[int] = []
    for place, device in zip(places, devices, strict=True):
        donor, behind = UUID(bytes=donors[place]), seen.setdefault(device, [])
        if donor in behind:
            found.append(marks[place])
        else:
            behind.append(donor)
            met.append((device, donor, len(behind) - 1))
        if behind.index(donor) >= accounts_max:
            return False
    if met:
        record_devices(conn, met, now)
    if len(_known) > _KNOWN_MAX:
        _known.clear()
        _known.add(_NO_DEVICE)
    _known.update(found)
    return True
