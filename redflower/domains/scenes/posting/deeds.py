"""Judging a partner's deeds by the list and writing them down."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
import psycopg

from redflower.domains.scenes.posting.campaigns import LiveCampaign, count_campaigns, load_days, new_request_id
from redflower.domains.scenes.posting.history import Past, load_devices, load_past, record_devices
from redflower.domains.scenes.posting.plain import PlainDeeds, settle_plain
from redflower.domains.scenes.posting.settlement import Settlement, StoredDeed, UnreadableRow, write_request
from redflower.domains.scenes.rules import judging
from redflower.domains.scenes.types import (
    PLATFORM,
    Claim,
    DeedOutcome,
    DeedStatus,
    Earned,
    ReportedDeed,
    ReportingPartner,
    StoredStatus,
    Used,
    Verdict,
)

Connection = psycopg.Connection[Any]
_FIRST = {
    StoredStatus.ACCEPTED: DeedStatus.ACCEPTED,
    StoredStatus.CAPPED: DeedStatus.CAPPED,
    StoredStatus.HELD: DeedStatus.HELD,
}
_STORED = {status: int(stored) for stored, status in _FIRST.items()}


def settle_reported(
    conn: Connection,
    partner: ReportingPartner,
    rows: Sequence[ReportedDeed | UnreadableRow],
    plain: PlainDeeds | None,
    campaigns: dict[str, LiveCampaign],
    zone: str,
    salt: bytes,
    now: datetime,
) -> Settlement:
    """Judges deeds, writes those that count, and answers each in its place. Moves nothing yet.

    Needs: an open transaction; the campaigns locked by `lock_campaigns`. `plain` is what `read_plain` made of the rows.
    Replay: a deed reported before, by (partner, id), is answered with its first answer; with other content it is refused.
    """
    request_id = new_request_id(campaigns.values(), now)
    settlement = Settlement(request_id, [DeedOutcome("", DeedStatus.REFUSED)] * len(rows))
    if settle_plain(conn, partner, plain, campaigns, zone, salt, now, settlement):
        return settlement
    fresh = _set_known_aside(conn, partner, rows, campaigns, salt, settlement)
    _judge(conn, partner, rows, fresh, campaigns, zone, salt, now, settlement)
    _answer_repeats(rows, settlement)
    if settlement.deeds:
        _write(conn, partner.id, settlement.deeds, now)
        count_campaigns(conn, campaigns.values(), settlement.request_id)
    write_request(conn, partner.id, settlement, now)
    return settlement


def _set_known_aside(
    conn: Connection,
    partner: ReportingPartner,
    rows: Sequence[ReportedDeed | UnreadableRow],
    campaigns: dict[str, LiveCampaign],
    salt: bytes,
    settlement: Settlement,
) -> dict[str, int]:
    """Answers unreadable rows and those reported before; returns the rest: id -> place of its first row."""
    fresh: dict[str, int] = {}
    for place, row in enumerate(rows):
        if isinstance(row, UnreadableRow):
            settlement.outcomes[place] = DeedOutcome(row.id, DeedStatus.REFUSED, "row_unreadable")
        else:
            fresh.setdefault(row.id, place)
    for known in conn.execute(_KNOWN, [partner.id, list(fresh)]).fetchall():
        external_id, deed_id, status, reason, flowers, money, item, project_id = known[:8]
        place = fresh.pop(external_id)
        row = rows[place]
        assert isinstance(row, ReportedDeed)  # noqa: S101 - only readable rows have a place
        outcome = DeedOutcome(external_id, DeedStatus.REFUSED, "external_id_taken")
        campaign = campaigns.get(row.campaign)
        chosen = campaign.projects.get(row.project) if campaign and isinstance(row.project, str) else project_id
        if known[8:] == _content_of(row, partner.id, campaign, salt) and project_id in (None, chosen):
            first = _FIRST[StoredStatus(status)]
            outcome = DeedOutcome(external_id, DeedStatus.REPLAYED, reason, flowers, money, item, deed_id, first)
        settlement.outcomes[place] = outcome
    return fresh


# What was reported under these ids before: its answer, then its content.
_KNOWN = """
SELECT external_id, id, status, reason, flowers, money_minor, item, project_id, campaign_id, donor_id, done_at, amount, subject, facts
FROM scenes_deed WHERE partner_id = %s AND external_id = ANY(%s)
"""


def _content_of(row: ReportedDeed, partner_id: UUID, campaign: LiveCampaign | None, salt: bytes) -> tuple[Any, ...]:
    """What has to be the same for a deed to be the same deed."""
    return (
        campaign.id if campaign else None,
        _donor_of(partner_id, row.user, salt),
        row.done_at,
        row.amount if isinstance(row.amount, int) else 1,
        row.subject if isinstance(row.subject, str) else None,
        row.facts if isinstance(row.facts, dict) else None,
    )


def _answer_repeats(rows: Sequence[ReportedDeed | UnreadableRow], settlement: Settlement) -> None:
    """Rows whose id stands in the same request before them: the same answer again, or a conflict."""
    first: dict[str, int] = {}
    for place, row in enumerate(rows):
        if isinstance(row, UnreadableRow):
            continue
        before = first.setdefault(row.id, place)
        if before == place:
            continue
        answer = settlement.outcomes[before]
        if row != rows[before]:
            answer = DeedOutcome(row.id, DeedStatus.REFUSED, "external_id_taken")
        elif answer.status not in (DeedStatus.REFUSED, DeedStatus.REPLAYED):
            answer = msgspec.structs.replace(answer, status=DeedStatus.REPLAYED, first=answer.status)
        settlement.outcomes[place] = answer


def _judge(
    conn: Connection,
    partner: ReportingPartner,
    rows: Sequence[ReportedDeed | UnreadableRow],
    fresh: dict[str, int],
    campaigns: dict[str, LiveCampaign],
    zone: str,
    salt: bytes,
    now: datetime,
    settlement: Settlement,
) -> None:
    """Judges rows in the order reported, each knowing what the ones before it earned."""
    local = ZoneInfo(zone)
    waiting: list[_Waiting] = []
    for external_id, place in fresh.items():
        row = rows[place]
        assert isinstance(row, ReportedDeed)  # noqa: S101 - only readable rows are fresh
        campaign = campaigns.get(row.campaign)
        reason = _find_refusal(partner, row, campaign, now)
        if reason or campaign is None:
            settlement.outcomes[place] = DeedOutcome(external_id, DeedStatus.REFUSED, reason)
            continue
        done = row.done_at.astimezone(local)
        donor = _donor_of(partner.id, row.user, salt)
        waiting.append(_Waiting(place, row, campaign, donor, done))
    if not waiting:
        return
    pasts = _load_pasts(conn, waiting)
    shared = _find_shared_devices(conn, waiting, salt, now)
    base = settlement.request_id.int ^ 0xFFFF
    for each in waiting:
        claim = _claim(each)
        past = pasts[each.campaign.id]
        verdict = each.campaign.kind.judge(each.campaign.terms, claim, past.history_of(each.donor_id))
        if verdict.status == DeedStatus.ACCEPTED and each.place in shared:
            verdict = replace(verdict, status=DeedStatus.HELD, reason="device_shared")
        if verdict.status == DeedStatus.REFUSED:
            settlement.outcomes[each.place] = DeedOutcome(each.row.id, DeedStatus.REFUSED, verdict.reason)
            continue
        deed = _store(UUID(int=base | each.place), each, claim, verdict, past)
        settlement.deeds.append(deed)
        settlement.outcomes[each.place] = DeedOutcome(
            each.row.id, deed.status, deed.reason, deed.flowers, deed.money_minor, deed.item, deed.id
        )


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A fresh deed of an open campaign, about to be judged."""

    place: int
    row: ReportedDeed
    campaign: LiveCampaign
    donor_id: UUID
    done: datetime  # local

    @property
    def done_on(self) -> date:
        return self.done.date()


def _find_refusal(partner: ReportingPartner, row: ReportedDeed, campaign: LiveCampaign | None, now: datetime) -> str:
    if campaign is None or campaign.partner_id not in (None, partner.id):
        return "campaign_unknown"
    reason = judging.find_state_refusal(campaign.state)
    if reason:
        return reason
    if isinstance(row.project, str) and row.project not in campaign.projects:
        return "project_not_in_campaign"
    return judging.find_time_refusal(
        row.done_at, now, campaign.opens_at, campaign.closes_at, campaign.limits.max_age_days
    )


def _donor_of(partner_id: UUID, user: str, salt: bytes) -> UUID:
    # On the platform's own pages a person is a donor already; elsewhere only a keyed hash of them is known.
    return UUID(user) if partner_id == PLATFORM else judging.derive_donor_id(partner_id, user, salt)


def _claim(each: _Waiting) -> Claim:
    row, done = each.row, each.done
    return Claim(
        amount=row.amount if isinstance(row.amount, int) else 1,
        done_at=row.done_at,
        done_on=done.date(),
        local_seconds=done.hour * 3_600 + done.minute * 60 + done.second,
        subject=row.subject if isinstance(row.subject, str) else None,
        facts=row.facts if isinstance(row.facts, dict) else {},
    )


def _load_pasts(conn: Connection, waiting: Sequence[_Waiting]) -> dict[UUID, Past]:
    groups: dict[UUID, list[_Waiting]] = {}
    for each in waiting:
        groups.setdefault(each.campaign.id, []).append(each)
    pasts = {}
    for campaign_id, group in groups.items():
        campaign = group[0].campaign
        days = {each.done_on for each in group}
        load_days(conn, campaign, days)
        subjects = {each.row.subject for each in group if isinstance(each.row.subject, str)}
        pasts[campaign_id] = load_past(
            conn,
            campaign,
            {each.donor_id for each in group},
            min(days) - timedelta(days=campaign.kind.HISTORY_DAYS),
            max(days),
            subjects,
        )
    return pasts


def _find_shared_devices(conn: Connection, waiting: Sequence[_Waiting], salt: bytes, now: datetime) -> set[int]:
    """Places of deeds from a device behind which more accounts than allowed were seen before theirs."""
    named = [
        (each, judging.derive_device_id(each.row.device, salt)) for each in waiting if isinstance(each.row.device, str)
    ]
    if not named:
        return set()
    seen = load_devices(conn, {device for _, device in named})
    new: list[tuple[UUID, UUID, int]] = []
    shared = set()
    for each, device in named:
        donors = seen.setdefault(device, [])
        if each.donor_id not in donors:
            donors.append(each.donor_id)
            new.append((device, each.donor_id, len(donors) - 1))
        if donors.index(each.donor_id) >= each.campaign.limits.device_accounts:
            shared.add(each.place)
    if new:
        record_devices(conn, new, now)
    return shared


def _store(deed_id: UUID, each: _Waiting, claim: Claim, verdict: Verdict, past: Past) -> StoredDeed:
    """Applies limits to a verdict and counts what is left of it."""
    campaign = each.campaign
    status, reason, earned = verdict.status, verdict.reason, Earned(0, 0)
    if status == DeedStatus.ACCEPTED:
        earned = spend(campaign, past, each.donor_id, claim.done_on, verdict)
        if earned.reason:
            status, reason = DeedStatus.CAPPED, earned.reason
        past.add(each.donor_id, claim.done_on, claim.subject, reason)
    campaign.days[claim.done_on].deeds += 1
    campaign.days[claim.done_on].counted += status != DeedStatus.HELD
    project = None
    if earned.money_minor:
        project = _choose_project(campaign, each.row, verdict)
    return StoredDeed(
        id=deed_id,
        external_id=each.row.id,
        campaign=campaign,
        donor_id=each.donor_id,
        row=each.row,
        done_on=claim.done_on,
        amount=claim.amount,
        status=status,
        reason=reason,
        flowers=earned.flowers,
        money_minor=earned.money_minor,
        item=verdict.item if status == DeedStatus.ACCEPTED else "",
        project_id=project,
    )


def spend(campaign: LiveCampaign, past: Past, donor_id: UUID, day: date, verdict: Verdict) -> Earned:
    """Takes what limits leave of a verdict out of the campaign and out of the person's day."""
    if verdict.money_minor and not campaign.has_money:
        verdict = replace(verdict, money_minor=0)
    live = campaign.days[day]
    today = past.used.setdefault((donor_id, day), Used())
    limit = campaign.limits.day_minor
    day_left = None if limit is None else limit - live.before_minor - live.money_minor
    total = past.totals.get(donor_id, 0)
    earned = judging.apply_limits(verdict, campaign.limits, today, total, campaign.budget_left, day_left)
    today.flowers += earned.flowers
    live.flowers += earned.flowers
    if earned.money_minor:
        today.money_minor += earned.money_minor
        live.money_minor += earned.money_minor
        campaign.budget_left -= earned.money_minor
        past.totals[donor_id] = total + earned.money_minor
    return earned


def _choose_project(campaign: LiveCampaign, row: ReportedDeed, verdict: Verdict) -> UUID | None:
    if isinstance(row.project, str):
        return campaign.projects[row.project]
    if verdict.project_id in campaign.projects.values():
        return verdict.project_id
    return None if campaign.kind.PLACES_MONEY else next(iter(campaign.projects.values()))


def _write(conn: Connection, partner_id: UUID, deeds: Sequence[StoredDeed], now: datetime) -> None:
    with (
        conn.cursor() as cursor,
        cursor.copy(
            """COPY scenes_deed (id, partner_id, external_id, campaign_id, donor_id, done_at, done_on, amount, status,
                                 reason, flowers, money_minor, item, subject, project_id, facts, received_at) FROM STDIN"""
        ) as copy,
    ):
        for deed in deeds:
            row = deed.row
            copy.write_row(
                (
                    deed.id,
                    partner_id,
                    deed.external_id,
                    deed.campaign.id,
                    deed.donor_id,
                    row.done_at,
                    deed.done_on,
                    deed.amount,
                    _STORED[deed.status],
                    deed.reason,
                    deed.flowers,
                    deed.money_minor,
                    deed.item,
                    row.subject if isinstance(row.subject, str) else None,
                    deed.project_id,
                    json.dumps(row.facts) if isinstance(row.facts, dict) else None,
                    now,
                )
            )
