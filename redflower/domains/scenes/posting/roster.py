"""Who has done a campaign's deed today, kept in memory beside the table: asked for a thousand people at a time.

A campaign names the last request that was settled in it, and its row is held while one is settled. So a roster that has
seen that request knows everybody; one that has not reads what came since, by the time-ordered ids of the deeds.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import psycopg

from redflower.domains.scenes.posting.campaigns import LiveCampaign
from redflower.domains.scenes.posting.history import UNCOUNTED
from redflower.domains.scenes.rules.judging import CLOCK_SKEW
from redflower.domains.scenes.types import StoredStatus
from redflower.kernel.ids import floor_id
from redflower.plumbing.rows import read_rows

Connection = psycopg.Connection[object]

_PEOPLE_MAX = 1_000_000  # in one roster; beyond, the table is asked
_ROSTERS_MAX = 64


@dataclass(slots=True)
class Roster:
    """One campaign's people on `day`, complete up to the request `seen`. Ids as their 16 bytes."""

    day: date
    seen: UUID
    done: set[bytes] = field(default_factory=set)
    held: set[bytes] = field(default_factory=set)  # an operator is still to decide: whoever is here is looked up
    promised: tuple[UUID, Sequence[bytes]] | None = None  # a request being settled, and whose day it fills


_rosters: dict[UUID, Roster] = {}
_making = threading.Lock()


def find_roster(conn: Connection, campaign: LiveCampaign, day: date, zone: str, now: datetime) -> Roster | None:
    """Everybody who has done a campaign's deed on a day; None for a day that is not today, or one with too many people.

    Needs: the campaign's row locked, which no other settlement of it can hold at the same time. A transaction that has
    settled deeds of the campaign already gets None: what it wrote may still be taken back, and a roster never forgets.
    """
    if campaign.is_uncommitted or day != now.astimezone(ZoneInfo(zone)).date():
        return None
    roster = _rosters.get(campaign.id)
    if roster is None or roster.day != day:
        # No deed of a day can have been reported before the day began, but for clocks that differ.
        begins = datetime.combine(day, time(), ZoneInfo(zone)) - CLOCK_SKEW - timedelta(minutes=1)
        roster = Roster(day, floor_id(begins))
        with _making:
            if len(_rosters) >= _ROSTERS_MAX:
                _rosters.clear()
            _rosters[campaign.id] = roster
    _catch_up(conn, campaign, roster)
    return roster if roster.seen >= (campaign.last_request_id or roster.seen) else None


def _catch_up(conn: Connection, campaign: LiveCampaign, roster: Roster) -> None:
    promised, roster.promised = roster.promised, None
    last = campaign.last_request_id
    if promised is not None and promised[0] == last:  # it was committed, and nothing came since
        roster.done.update(promised[1])
        roster.seen = last
    room = _PEOPLE_MAX - len(roster.done)
    if last is None or last <= roster.seen or room < 1:
        return
    rows = read_rows(
        conn,
        """SELECT donor_id, status, reason FROM scenes_deed
           WHERE id > %s AND id <= %s AND campaign_id = %s AND done_on = %s LIMIT %s""",
        [roster.seen, last, campaign.id, roster.day, room],
    )
    if len(rows) == room:
        return
    for donor_id, status, reason in rows:
        if status == StoredStatus.HELD:
            roster.held.add(donor_id.bytes)
        elif reason != UNCOUNTED:
            roster.done.add(donor_id.bytes)
    roster.seen = last
