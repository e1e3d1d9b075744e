"""What becomes of one request: answers in the order reported, and what was written."""

import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

import psycopg

from redflower.domains.scenes.posting.campaigns import LiveCampaign
from redflower.domains.scenes.types import DeedOutcome, DeedStatus, ReportedDeed

Connection = psycopg.Connection[Any]


@dataclass(frozen=True, slots=True)
class UnreadableRow:
    """A row that is no deed; it keeps its place in the answer."""

    id: str = ""


@dataclass(frozen=True, slots=True)
class StoredDeed:
    """A deed as it is written, with what the ledger has to know of it."""

    id: UUID
    external_id: str
    campaign: LiveCampaign
    donor_id: UUID
    row: ReportedDeed
    done_on: date
    amount: int
    status: DeedStatus
    reason: str
    flowers: int
    money_minor: int
    item: str
    project_id: UUID | None  # where the money goes; None: to be placed, or none


@dataclass(frozen=True, slots=True)
class BedFlowers:
    """Flowers that one request's deeds earned in a campaign, to be handed out to people behind it."""

    campaign: LiveCampaign
    deeds: int
    flowers: int


@dataclass(slots=True)
class Settlement:
    """One request's deeds: answers in the order reported, and what was written."""

    request_id: UUID
    outcomes: list[DeedOutcome]
    deeds: list[StoredDeed] = field(default_factory=list)
    bed: list[BedFlowers] = field(
        default_factory=list
    )  # flowers of deeds written by the column, one row of each campaign

    @property
    def flowers(self) -> int:
        """What the request earned. Units: flowers."""
        return sum(deed.flowers for deed in self.deeds) + sum(each.flowers for each in self.bed)


def write_request(conn: Connection, partner_id: UUID, settlement: Settlement, now: datetime) -> None:
    """Counts a request by answer and reason."""
    answers = Counter(outcome.status for outcome in settlement.outcomes)
    reasons = Counter(outcome.reason for outcome in settlement.outcomes if outcome.reason)
    conn.execute(
        """INSERT INTO scenes_request (id, partner_id, received_at, rows, accepted, capped, held, refused, replayed,
                                       flowers, money_minor, reasons)
           VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s::jsonb)""",
        [
            settlement.request_id,
            partner_id,
            now,
            len(settlement.outcomes),
            *(answers[status] for status in DeedStatus),
            settlement.flowers,
            sum(deed.money_minor for deed in settlement.deeds),
            json.dumps(reasons),
        ],
    )
