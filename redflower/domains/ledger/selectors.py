"""Reads of the ledger."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from redflower.domains.ledger.rules import account_id
from redflower.domains.ledger.types import (
    BUSY_FLOWER_KINDS,
    BUSY_KINDS,
    AccountKind,
    Asset,
    Phase,
    ProjectBooks,
    TransferView,
)
from redflower.kernel.ids import LAST_ID, derived_spans
from redflower.plumbing.db import fetch_all, fetch_one

_TRANSFER = """
SELECT t.id, t.asset, t.kind, t.phase, d.kind AS debit_kind, c.kind AS credit_kind, t.debit_id, t.credit_id, t.amount,
       t.subject_id, t.rule, t.booked_at
FROM ledger_transfer t JOIN ledger_account d ON d.id = t.debit_id JOIN ledger_account c ON c.id = t.credit_id
"""


def _view(row: dict[str, Any]) -> TransferView:
    kinds = {"debit_kind": AccountKind(row["debit_kind"]), "credit_kind": AccountKind(row["credit_kind"])}
    return TransferView(**{**row, **kinds, "asset": Asset(row["asset"]), "phase": Phase(row["phase"])})


def list_project_transfers(project_id: UUID, after: UUID | None = None, limit: int = 30) -> list[TransferView]:
    """What moved into and out of a project's account, the latest first; what is only promised is left out."""
    account = account_id(AccountKind.PROJECT, project_id)
    # Each side by its own index: with OR the planner walks the whole table back for an account that has been quiet.
    where = "t.{} = %s AND t.id < %s AND t.phase IN ('posted', 'post') AND t.kind NOT IN {}"
    side = f"({_TRANSFER} WHERE {where} ORDER BY t.id DESC LIMIT %s)"
    credits, debits = side.format("credit_id", BUSY_FLOWER_KINDS), side.format("debit_id", BUSY_KINDS)
    asked = [account, after or LAST_ID, limit]
    rows = fetch_all(
        f"{credits} UNION ALL {debits} ORDER BY id DESC LIMIT %s",
        [*asked, *asked, limit],
    )
    return [_view(row) for row in rows]


def list_transfers_of_subjects(subject_ids: Iterable[UUID]) -> dict[UUID, list[TransferView]]:
    """The transfers that gifts (or other facts) caused, by subject, in booking order."""
    transfers: dict[UUID, list[TransferView]] = {}
    # Busy kinds have no index by subject: their ids lie in the span that their subject's id opens.
    ids = list(subject_ids)
    rows = fetch_all(
        f"""SELECT * FROM ({_TRANSFER} JOIN unnest(%s::uuid[], %s::uuid[], %s::uuid[]) AS s(subject, low, high)
                ON t.id BETWEEN s.low AND s.high AND t.subject_id = s.subject WHERE t.kind IN {BUSY_KINDS}
            UNION ALL {_TRANSFER} WHERE t.subject_id = ANY(%s) AND t.kind NOT IN {BUSY_KINDS}) AS found
            ORDER BY booked_at, id""",
        [*derived_spans(ids), ids],
    )
    for row in rows:
        transfers.setdefault(row["subject_id"], []).append(_view(row))
    return transfers


def get_balance(kind: AccountKind, owner_id: UUID | None = None) -> int:
    """What an account holds: credits minus debits, posted. 0 for an account nobody has opened.

    Units: the asset's smallest unit.
    """
    row = fetch_one(
        "SELECT credits_posted - debits_posted AS balance FROM ledger_account WHERE id = %s",
        [account_id(kind, owner_id)],
    )
    return row["balance"] if row else 0


def find_project_balances(project_ids: Iterable[UUID]) -> dict[UUID, int]:
    """What each project has received. Units: fen."""
    ids = {account_id(AccountKind.PROJECT, project_id): project_id for project_id in project_ids}
    rows = fetch_all(
        "SELECT id, credits_posted - debits_posted AS balance FROM ledger_account WHERE id = ANY(%s)", [list(ids)]
    )
    return {ids[row["id"]]: row["balance"] for row in rows}


def get_project_books(project_id: UUID) -> ProjectBooks:
    """What a project's account has received and from where, as of one commit; a sponsor's money for deeds that went back
    was not received."""
    ids = [account_id(kind, project_id) for kind in (AccountKind.PROJECT, AccountKind.DONORS)]
    row = fetch_one(
        """SELECT coalesce(max(credits_posted) FILTER (WHERE id = %s), 0) AS received,
                  coalesce(max(debits_posted) FILTER (WHERE id = %s), 0) AS gone,
                  coalesce(max(debits_posted) FILTER (WHERE id = %s), 0) AS given,
                  coalesce(max(credits_posted) FILTER (WHERE id = %s), 0)
                  + (SELECT coalesce(sum(amount), 0)::bigint FROM ledger_transfer
                     WHERE debit_id = %s AND kind = 'award_returned' AND phase = 'post') AS returned,
                  (SELECT coalesce(sum(amount), 0)::bigint FROM ledger_transfer
                   WHERE debit_id = %s AND kind = 'deed_money_returned') AS unearned
           FROM ledger_account WHERE id = ANY(%s)""",
        [ids[0], ids[0], ids[1], ids[1], ids[0], ids[0], ids],
    ) or {"received": 0, "gone": 0, "given": 0, "returned": 0, "unearned": 0}
    given, unearned = row["given"], row["unearned"]
    matched, paid_out = row["received"] - given - unearned, row["gone"] - row["returned"] - unearned
    return ProjectBooks(given, matched, paid_out, row["returned"])


def sum_balances(owner_ids: Iterable[UUID], kind: AccountKind) -> int:
    """What several owners hold together in accounts of one kind."""
    row = fetch_one(
        "SELECT coalesce(sum(credits_posted - debits_posted), 0)::bigint AS total FROM ledger_account WHERE id = ANY(%s)",
        [[account_id(kind, owner) for owner in owner_ids]],
    )
    return row["total"] if row else 0
