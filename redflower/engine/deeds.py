"""Settling a list of reported deeds in the caller's transaction.

Locks, in this order, as everywhere (docs/locking.md): campaigns, accounts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg

from redflower.domains.flowers.posting import bed_id, flower_accounts, plan_bed, plan_deed_flowers
from redflower.domains.flowers.rules import SettledDeed
from redflower.domains.ledger.posting import booked_events, open_accounts, post_claimed_transfers, post_transfers
from redflower.domains.scenes.posting.campaigns import lock_campaigns
from redflower.domains.scenes.posting.deeds import settle_reported
from redflower.domains.scenes.posting.plain import read_plain
from redflower.domains.scenes.posting.rulings import plan_deed_money
from redflower.domains.scenes.posting.settlement import Settlement, UnreadableRow
from redflower.domains.scenes.types import DeedOutcome, DeedStatus, ReportedDeed, ReportingPartner
from redflower.plumbing.events import append_events

Connection = psycopg.Connection[Any]
Event = tuple[str, dict[str, Any]]
_WRITTEN = (DeedStatus.ACCEPTED, DeedStatus.CAPPED, DeedStatus.HELD)


@dataclass(frozen=True, slots=True)
class DeedPolicy:
    """What settling deeds needs from the instance."""

    zone: str  # IANA time zone of the instance's days
    salt: bytes  # keys the donor id made of a partner's user; at most 64 bytes


def settle_deeds(
    conn: Connection,
    partner: ReportingPartner,
    rows: Sequence[ReportedDeed | UnreadableRow],
    policy: DeedPolicy,
    now: datetime,
) -> list[DeedOutcome]:
    """Turns reported deeds into stored deeds, flowers and sponsors' money, by the list.

    Needs: an open transaction; the caller commits before it answers.
    Shape: one outcome per row, in the order given; a bad row never spoils the good ones.
    Replay: a deed reported before, by (partner, id), is answered `replayed` with its first answer and writes nothing;
    with other content it is refused.
    """
    plain = read_plain(partner, rows, policy.zone, policy.salt)  # all that can be done before others have to wait
    slugs = {row.campaign for row in (plain.rows[:1] if plain else rows) if isinstance(row, ReportedDeed)}
    campaigns = lock_campaigns(conn, slugs, partner.is_sandbox, plain is None)
    settlement = settle_reported(conn, partner, rows, plain, campaigns, policy.zone, policy.salt, now)
    told: list[Event] = []
    if settlement.deeds:
        _book(conn, settlement, now)
    if settlement.bed:
        told += _book_beds(conn, settlement, now)
    if any(outcome.status in _WRITTEN for outcome in settlement.outcomes):
        told.append(("deeds.settled", _describe(partner, settlement)))
    append_events(conn, told, now)
    return settlement.outcomes


def _book(conn: Connection, settlement: Settlement, now: datetime) -> None:
    flowers = [
        SettledDeed(deed.id, deed.donor_id, deed.flowers, deed.campaign.label)
        for deed in settlement.deeds
        if deed.flowers and not deed.campaign.is_sandbox
    ]
    if flowers:
        open_accounts(conn, flower_accounts(deed.donor_id for deed in flowers), now)
    transfers = plan_deed_flowers(flowers) + plan_deed_money(settlement.deeds)
    if transfers:
        post_transfers(conn, transfers, now)


def _book_beds(conn: Connection, settlement: Settlement, now: datetime) -> list[Event]:
    """Issues flowers by the request, which its deeds' own keys have claimed; returns what tells of it."""
    request_id = settlement.request_id
    planned = [plan_bed(request_id, each.campaign.id, each.flowers, each.campaign.label) for each in settlement.bed]
    post_claimed_transfers(conn, planned, now)
    return booked_events([bed_id(request_id, each.campaign.id) for each in settlement.bed])


def _describe(partner: ReportingPartner, settlement: Settlement) -> dict[str, Any]:
    """What is told of a request, in one event: followers find its deeds by their ids, which begin with the request's."""
    by_campaign: dict[str, dict[str, Any]] = {}
    for deed in settlement.deeds:
        facts = by_campaign.setdefault(
            str(deed.campaign.id), {"rule": deed.campaign.label, "deeds": 0, "flowers": 0, "money_minor": 0}
        )
        facts["deeds"] += 1
        facts["flowers"] += deed.flowers
        facts["money_minor"] += deed.money_minor
    for each in settlement.bed:
        by_campaign[str(each.campaign.id)] = {
            "rule": each.campaign.label,
            "deeds": each.deeds,
            "flowers": each.flowers,
            "money_minor": 0,
        }
    return {
        "request": str(settlement.request_id),
        "partner": str(partner.id),
        "sandbox": partner.is_sandbox,
        "in_bed": bool(settlement.bed),
        "campaigns": by_campaign,
    }
