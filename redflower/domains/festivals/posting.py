"""Tickets and draws by the list, on the driver's own connection."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg

from redflower.domains.festivals.rules import assign_slice

Connection = psycopg.Connection[Any]


@dataclass(frozen=True, slots=True)
class PaidGift:
    """What a festival needs to know of a gift the moment it settles."""

    gift_id: UUID
    person_id: UUID
    project_id: UUID
    amount_minor: int
    intent_at: datetime
    paid_at: datetime


def issue_tickets(conn: Connection, gifts: Sequence[PaidGift], now: datetime) -> int:
    """Gives each gift its place in the slice of every festival that is open for it; returns how many.

    Holds the festivals' rows shared until the transaction ends, so that no slice is drawn between reading how far
    the draw has come and committing the tickets.
    Needs: an open transaction.
    """
    earliest = min(min(gift.paid_at, now) for gift in gifts)
    festivals = conn.execute(
        """SELECT id, opens_at, closes_at, slice_seconds, drawn_through FROM festivals_festival
           WHERE opens_at <= %s AND closes_at > %s ORDER BY id FOR SHARE""",
        [now, earliest],
    ).fetchall()
    rows = []
    for festival_id, opens_at, closes_at, slice_seconds, drawn_through in festivals:
        for gift in gifts:
            slice_no = assign_slice(
                opens_at, closes_at, slice_seconds, drawn_through, gift.intent_at, gift.paid_at, now
            )
            if slice_no is not None:
                rows.append((festival_id, slice_no, gift))
    if rows:
        _insert_tickets(conn, rows)
    return len(rows)


def _insert_tickets(conn: Connection, rows: Sequence[tuple[UUID, int, PaidGift]]) -> None:
    conn.execute(
        """INSERT INTO festivals_ticket (festival_id, slice_no, gift_id, person_id, project_id, amount_minor, paid_at)
           SELECT * FROM unnest(%s::uuid[], %s::int[], %s::uuid[], %s::uuid[], %s::uuid[], %s::bigint[], %s::timestamptz[])""",
        [
            [festival_id for festival_id, _, _ in rows],
            [slice_no for _, slice_no, _ in rows],
            [gift.gift_id for _, _, gift in rows],
            [gift.person_id for _, _, gift in rows],
            [gift.project_id for _, _, gift in rows],
            [gift.amount_minor for _, _, gift in rows],
            [gift.paid_at for _, _, gift in rows],
        ],
    )
