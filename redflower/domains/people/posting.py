"""Writing donors by the list, on the driver's own connection."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg

Connection = psycopg.Connection[Any]


def welcome_guests(conn: Connection, donor_ids: Iterable[UUID], now: datetime) -> None:
    """Writes the guest donors whose ids were promised before they gave.

    Needs: an open transaction; waits for another one that is writing the same donor.
    Replay: a donor that exists stays as they are.
    """
    conn.execute(
        """INSERT INTO people_donor (id, shown_name, region, created_at)
           SELECT d, '', '', %s FROM unnest(%s::uuid[]) AS d ON CONFLICT (id) DO NOTHING""",
        [now, sorted(set(donor_ids))],
    )
