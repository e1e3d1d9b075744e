"""Writing gifts by the list, and what a settled gift moves in the ledger."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg

from redflower.domains.donations.types import NewGift
from redflower.domains.ledger.rules import account_id
from redflower.domains.ledger.types import AccountKind, Asset, NewTransfer
from redflower.kernel.ids import derive_id

Connection = psycopg.Connection[Any]


@dataclass(frozen=True, slots=True)
class SettledGift:
    """A gift whose money has arrived, with what later rooms need to know of it."""

    id: UUID
    donor_id: UUID
    project_id: UUID
    amount_minor: int
    made_at: datetime


def record_gifts(conn: Connection, gifts: Sequence[NewGift]) -> None:
    """Writes gifts beside their orders.

    Needs: the orders of the same ids in the same transaction.
    """
    conn.execute(
        """INSERT INTO donations_gift
               (id, donor_id, project_id, amount_minor, shown_as, shown_name, message, message_state, channel, made_at)
           SELECT * FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::bigint[], %s::text[], %s::text[], %s::text[],
                                %s::text[], %s::text[], %s::timestamptz[])""",
        [
            [gift.id for gift in gifts],
            [gift.donor_id for gift in gifts],
            [gift.project_id for gift in gifts],
            [gift.amount_minor for gift in gifts],
            [gift.shown_as.value for gift in gifts],
            [gift.shown_name for gift in gifts],
            [gift.message for gift in gifts],
            [gift.message_state.value for gift in gifts],
            [gift.channel for gift in gifts],
            [gift.made_at for gift in gifts],
        ],
    )


def load_gifts(conn: Connection, ids: Sequence[UUID]) -> list[SettledGift]:
    """What settlement needs to know of gifts, in id order."""
    rows = conn.execute(
        "SELECT id, donor_id, project_id, amount_minor, made_at FROM donations_gift WHERE id = ANY(%s) ORDER BY id",
        [list(ids)],
    ).fetchall()
    return [SettledGift(*row) for row in rows]


def plan_gift_transfers(gifts: Sequence[SettledGift]) -> list[NewTransfer]:
    """A settled gift moves its amount from the project's donors to the project."""
    return [
        NewTransfer(
            id=derive_id(gift.id, "gift"),
            asset=Asset.CNY,
            kind="gift",
            debit_id=account_id(AccountKind.DONORS, gift.project_id),
            credit_id=account_id(AccountKind.PROJECT, gift.project_id),
            amount=gift.amount_minor,
            subject_id=gift.id,
        )
        for gift in gifts
    ]
