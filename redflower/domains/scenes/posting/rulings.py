"""What deeds move in the ledger, and what moves when they are decided about later."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

import psycopg

from redflower.domains.ledger.rules import account_id
from redflower.domains.ledger.types import AccountKind, Asset, NewAccount, NewTransfer
from redflower.domains.scenes.posting.settlement import StoredDeed
from redflower.kernel.ids import derive_id

Connection = psycopg.Connection[Any]

# Of deeds `d`: those that count, which are neither held (unless released since) nor taken back.
COUNTED = """(d.status < 3 OR EXISTS (SELECT 1 FROM scenes_ruling v WHERE v.deed_id = d.id AND v.kind = 'released'))
AND NOT EXISTS (SELECT 1 FROM scenes_ruling v WHERE v.deed_id = d.id AND v.kind = 'reversed')"""
# Deeds whose money waits for the person to place it: (id, campaign_id, donor_id, amount).
UNPLACED_DEEDS = """
SELECT d.id, d.campaign_id, d.donor_id, d.money_minor + coalesce(r.money_minor, 0) AS amount
FROM scenes_deed d LEFT JOIN scenes_ruling r ON d.status = 3 AND r.deed_id = d.id AND r.kind = 'released'
WHERE d.money_minor + coalesce(r.money_minor, 0) > 0 AND coalesce(d.project_id, r.project_id) IS NULL
  AND NOT EXISTS (SELECT 1 FROM scenes_placement p WHERE p.id = d.id)
  AND NOT EXISTS (SELECT 1 FROM scenes_ruling v WHERE v.deed_id = d.id AND v.kind = 'reversed')
"""
UNLOCKED = "deed_money"  # a deed unlocks the sponsor's money
PLACED = "deed_placed"  # a person places what was unlocked
RETURNED = "deed_money_returned"  # a deed's money goes back to the campaign
UNPLACED = "deed_unplaced"  # nobody placed it in time


def plan_deed_money(deeds: Iterable[StoredDeed]) -> list[NewTransfer]:
    """Each deed's money goes from its campaign to its project, or waits to be placed. Sandbox deeds move nothing."""
    return [
        plan_unlock(deed.id, deed.campaign.id, deed.project_id, deed.money_minor, deed.campaign.label)
        for deed in deeds
        if deed.money_minor and not deed.campaign.is_sandbox
    ]


def money_account(campaign_id: UUID, project_id: UUID | None) -> UUID:
    """Where a deed's money lies: with its project, or unlocked and not placed yet."""
    if project_id is not None:
        return account_id(AccountKind.PROJECT, project_id)
    return account_id(AccountKind.UNLOCKED, campaign_id)


def campaign_accounts(campaign_id: UUID) -> Sequence[NewAccount]:
    """The accounts a campaign with money has."""
    kinds = (AccountKind.SPONSOR, AccountKind.CAMPAIGN, AccountKind.UNLOCKED)
    return [NewAccount(account_id(kind, campaign_id), Asset.CNY, kind, campaign_id) for kind in kinds]


def plan_campaign_money(campaign_id: UUID, kind: str, amount: int) -> NewTransfer:
    """A sponsor funds a campaign ('campaign_funded') or gets back what is left ('campaign_returned')."""
    sponsor, campaign = (account_id(each, campaign_id) for each in (AccountKind.SPONSOR, AccountKind.CAMPAIGN))
    debit, credit = (sponsor, campaign) if kind == "campaign_funded" else (campaign, sponsor)
    return NewTransfer(derive_id(campaign_id, kind), Asset.CNY, kind, debit, credit, amount, campaign_id)


def plan_unplaced(conn: Connection, campaign_ids: Sequence[UUID], now: datetime) -> list[NewTransfer]:
    """Takes back what nobody placed, into the campaigns it came from; returns the transfers, to be booked by the caller.

    Needs: the campaigns' rows locked.
    """
    rows = conn.execute(
        f"""INSERT INTO scenes_placement (id, campaign_id, project_id, amount_minor, placed_at)
            SELECT u.id, u.campaign_id, NULL, u.amount, %s FROM ({UNPLACED_DEEDS}) AS u WHERE u.campaign_id = ANY(%s)
            RETURNING id, campaign_id, amount_minor""",
        [now, list(campaign_ids)],
    ).fetchall()
    back: dict[UUID, int] = {}
    for _, campaign_id, amount in rows:
        back[campaign_id] = back.get(campaign_id, 0) + amount
    for campaign_id, amount in back.items():
        conn.execute("UPDATE scenes_campaign SET spent_minor = spent_minor - %s WHERE id = %s", [amount, campaign_id])
    sandboxes = {row[0] for row in conn.execute("SELECT id FROM scenes_campaign WHERE is_sandbox").fetchall()}
    return [
        NewTransfer(
            id=derive_id(deed_id, UNPLACED),
            asset=Asset.CNY,
            kind=UNPLACED,
            debit_id=account_id(AccountKind.UNLOCKED, campaign_id),
            credit_id=account_id(AccountKind.CAMPAIGN, campaign_id),
            amount=amount,
            subject_id=deed_id,
        )
        for deed_id, campaign_id, amount in rows
        if campaign_id not in sandboxes
    ]


def plan_unlock(deed_id: UUID, campaign_id: UUID, project_id: UUID | None, amount: int, rule: str) -> NewTransfer:
    """A deed's money, from its campaign to its project or to be placed."""
    return NewTransfer(
        id=derive_id(deed_id, UNLOCKED),
        asset=Asset.CNY,
        kind=UNLOCKED,
        debit_id=account_id(AccountKind.CAMPAIGN, campaign_id),
        credit_id=money_account(campaign_id, project_id),
        amount=amount,
        subject_id=deed_id,
        rule=rule,
    )


def plan_placement(deed_id: UUID, campaign_id: UUID, project_id: UUID, amount: int) -> NewTransfer:
    """What a person unlocked goes where they place it."""
    return NewTransfer(
        id=derive_id(deed_id, PLACED),
        asset=Asset.CNY,
        kind=PLACED,
        debit_id=account_id(AccountKind.UNLOCKED, campaign_id),
        credit_id=account_id(AccountKind.PROJECT, project_id),
        amount=amount,
        subject_id=deed_id,
    )


@dataclass(frozen=True, slots=True)
class EarnedDeed:
    """What a deed earned, at once or when it was released, and where its money lies now. Units: flowers, fen."""

    id: UUID
    campaign_id: UUID
    donor_id: UUID
    done_on: date
    flowers: int
    money_minor: int
    project_id: UUID | None  # None: it waits to be placed
    is_placed: bool  # the person placed it, or it went back unplaced
    is_sandbox: bool
    campaign_state: str
    rule: str
    is_counted: bool  # False: it was held, and never released


# Deeds by id with what they earned, in the order of EarnedDeed's fields.
EARNED_DEEDS = """
SELECT d.id, d.campaign_id, d.donor_id, d.done_on, d.flowers + coalesce(r.flowers, 0),
       CASE WHEN p.id IS NOT NULL AND p.project_id IS NULL THEN 0 ELSE d.money_minor + coalesce(r.money_minor, 0) END,
       coalesce(d.project_id, r.project_id, p.project_id), p.id IS NOT NULL, c.is_sandbox, c.state, s.code || '@' || s.version,
       d.status < 3 OR r.id IS NOT NULL
FROM scenes_deed d JOIN scenes_campaign c ON c.id = d.campaign_id JOIN scenes_rule_set s ON s.id = c.rule_set_id
LEFT JOIN scenes_ruling r ON d.status = 3 AND r.deed_id = d.id AND r.kind = 'released'
LEFT JOIN scenes_placement p ON p.id = d.id
WHERE d.id = ANY(%s) ORDER BY d.id
"""


def take_back(conn: Connection, deeds: Sequence[EarnedDeed]) -> list[NewTransfer]:
    """Counts reversed deeds out of their campaigns, their money back into them, and plans the transfers that carry it.

    Needs: the campaigns' rows locked. What comes back to a closed campaign goes on to its sponsor at once.
    """
    _count_out(conn, deeds)
    transfers = []
    for deed in deeds:
        if not deed.money_minor or deed.is_sandbox:
            continue
        closed = deed.campaign_state == "closed"
        straight = not deed.is_placed
        transfers.append(
            NewTransfer(
                id=derive_id(deed.id, RETURNED),
                asset=Asset.CNY,
                kind=RETURNED,
                debit_id=money_account(deed.campaign_id, deed.project_id),
                credit_id=account_id(AccountKind.CAMPAIGN, deed.campaign_id),
                amount=deed.money_minor,
                subject_id=deed.id,
                reverses_id=derive_id(deed.id, UNLOCKED) if straight else None,
            )
        )
        if closed:
            sponsor = plan_campaign_money(deed.campaign_id, "campaign_returned", deed.money_minor)
            transfers.append(replace(sponsor, id=derive_id(deed.id, "campaign_returned"), subject_id=deed.id))
    return transfers


def _count_out(conn: Connection, deeds: Sequence[EarnedDeed]) -> None:
    columns = [
        [deed.campaign_id for deed in deeds],
        [int(deed.is_counted) for deed in deeds],
        [deed.flowers for deed in deeds],
        [deed.money_minor for deed in deeds],
        [deed.money_minor if deed.campaign_state == "closed" else 0 for deed in deeds],
    ]
    conn.execute(
        """UPDATE scenes_campaign c SET deeds = c.deeds - t.deeds, flowers = c.flowers - t.flowers,
                  spent_minor = c.spent_minor - t.money, returned_minor = c.returned_minor + t.returned
           FROM (SELECT id, sum(deeds) AS deeds, sum(flowers) AS flowers, sum(money) AS money, sum(returned) AS returned
                 FROM unnest(%s::uuid[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[])
                      AS u(id, deeds, flowers, money, returned) GROUP BY id) t WHERE c.id = t.id""",
        columns,
    )
