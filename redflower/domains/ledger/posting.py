"""Booking transfers: the one door through which money and flowers move. Set-based, on the driver's own connection."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg

from redflower.domains.ledger import errors
from redflower.domains.ledger.rules import account_id, compute_balance_changes, compute_sums
from redflower.domains.ledger.types import (
    BOOKED,
    NEVER_BELOW_ZERO,
    AccountKind,
    ClaimedTransfers,
    NewAccount,
    NewTransfer,
    Phase,
)
from redflower.kernel.limits import BIGINT_MAX
from redflower.plumbing.columns import UuidArray
from redflower.plumbing.events import append_events
from redflower.plumbing.rows import Column, Kind, Same, as_array, ask_rows, write_rows

Connection = psycopg.Connection[Any]
_TOLD_AT_ONCE = 200

_TRANSFER_COLUMNS: dict[str, Kind] = {
    "id": "uuid", "asset": "smallint", "kind": "text", "debit_id": "uuid", "credit_id": "uuid", "amount": "bigint",
    "subject_id": "uuid", "phase": "text", "pending_id": "uuid", "reverses_id": "uuid", "rule": "text",
}  # fmt: skip


def open_accounts(conn: Connection, accounts: Iterable[NewAccount], at: datetime) -> None:
    """Opens accounts; those that exist already stay as they are.

    Needs: an open transaction.
    """
    rows = sorted(set(accounts), key=lambda account: account.id)
    conn.execute(
        """INSERT INTO ledger_account
               (id, asset, kind, owner_id, never_below_zero, debits_posted, credits_posted, debits_pending, credits_pending,
                opened_at)
           SELECT id, asset, kind, owner_id, floor, 0, 0, 0, 0, %s
           FROM unnest(%s::uuid[], %s::smallint[], %s::text[], %s::uuid[], %s::boolean[]) AS a(id, asset, kind, owner_id, floor)
           ON CONFLICT (id) DO NOTHING""",
        [
            at,
            [row.id for row in rows],
            [int(row.asset) for row in rows],
            [row.kind.value for row in rows],
            [row.owner_id for row in rows],
            [row.kind in NEVER_BELOW_ZERO for row in rows],
        ],
    )


def hold_accounts(conn: Connection, ids: Collection[UUID]) -> dict[UUID, int]:
    """Locks accounts in the order every booking does, and says what is free on each.

    Whoever decides by what an account holds decides alone: nobody books on it beside them.
    Needs: an open transaction.
    """
    rows = conn.execute(
        """SELECT id, credits_posted - debits_posted - debits_pending FROM ledger_account
           WHERE id = ANY(%s) ORDER BY asset DESC, id FOR NO KEY UPDATE""",
        [list(ids)],
    ).fetchall()
    return {row[0]: int(row[1]) for row in rows}


def post_transfers(conn: Connection, transfers: Sequence[NewTransfer], at: datetime) -> set[UUID]:
    """Books a list of transfers as one: all or none, and tells the event. Returns the ids booked now.

    Needs: an open transaction; locks the accounts touched, in id order, until it ends.
    Units: the asset's smallest unit.
    Errors: TransferAmountOutOfRange, TransferToSelf, TransferConflict (an id booked before with other content),
    PendingMissing, PendingAlreadyEnded, AlreadyReversed, AccountMissing, AssetsMixed, BalanceTooLow.
    Replay: a transfer booked before with the same content is left out of the answer and moves nothing.
    """
    _check_shapes(transfers)
    fresh = _leave_out_replays(conn, transfers)
    if not fresh:
        return set()
    _check_ends(conn, fresh)
    changes = compute_balance_changes(fresh)
    accounts = _lock_accounts(conn, changes.keys())
    _check_accounts(fresh, accounts, changes)
    _insert(conn, fresh, at)
    _apply(conn, changes)
    append_events(conn, booked_events([transfer.id for transfer in fresh]), at)
    return {transfer.id for transfer in fresh}


def post_claimed_transfers(conn: Connection, batches: Sequence[ClaimedTransfers], at: datetime) -> None:
    """Books the transfers of facts that were claimed in this very transaction: the way of whatever comes by the thousand.

    A fact is claimed once (its capture, earning, slice or deeds have a unique key), so none of these can be a replay, and none
    is looked up; an id that exists all the same ends the transaction. Whoever claimed the facts tells their event, or
    appends `booked_events`.
    Needs: an open transaction; flowers before money. Locks the accounts touched until it ends, so it comes last in it.
    Errors: TransferAmountOutOfRange, AccountMissing (or of another asset).
    """
    write_claimed_transfers(conn, batches, at)
    move_claimed_transfers(conn, batches, at)


def write_claimed_transfers(conn: Connection, batches: Sequence[ClaimedTransfers], at: datetime) -> None:
    """The first half of `post_claimed_transfers`, which locks nothing that others wait for.

    Needs: the second half for the same batches before the transaction ends.
    Errors: TransferAmountOutOfRange.
    """
    for batch in batches:
        if not batch.amounts:
            continue
        if min(batch.amounts) < 1 or max(batch.amounts) > BIGINT_MAX:
            raise errors.TransferAmountOutOfRange
        _copy(conn, batch, at)


def move_claimed_transfers(conn: Connection, batches: Sequence[ClaimedTransfers], at: datetime) -> None:
    """The second half: what was written moves the accounts' balances.

    Errors: AccountMissing (or of another asset).
    """
    for batch in batches:
        if not batch.amounts:
            continue
        if batch.owners:
            _give(conn, batch, at)
        else:
            _move(conn, batch)


def _copy(conn: Connection, batch: ClaimedTransfers, at: datetime) -> None:
    write_rows(
        conn,
        "ledger_transfer",
        {
            "id": ("uuid", batch.ids),
            "asset": ("smallint", Same(int(batch.asset))),
            "kind": ("text", Same(batch.kind)),
            "phase": ("text", Same(Phase.POSTED.value)),
            "debit_id": ("uuid", batch.debit_ids),
            "credit_id": ("uuid", batch.credit_ids),
            "amount": ("bigint", batch.amounts),
            "subject_id": ("uuid", batch.subject_ids),
            "pending_id": ("uuid", Same(None)),
            "reverses_id": ("uuid", Same(None)),
            "rule": ("text", Same(batch.rule)),
            "booked_at": ("timestamptz", Same(at)),
        },
    )


def _move(conn: Connection, batch: ClaimedTransfers) -> None:
    debits, credits = compute_sums(batch.debit_ids, batch.amounts), compute_sums(batch.credit_ids, batch.amounts)
    ids = sorted(debits.keys() | credits.keys())
    # Found one by one through their key, in the order given: so it locks as every booking does, in the order of ids.
    conn.execute("SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; SET LOCAL enable_seqscan = off")
    moved = ask_rows(
        conn,
        """UPDATE ledger_account a SET debits_posted = a.debits_posted + c.debits, credits_posted = a.credits_posted + c.credits
           FROM unnest(%s::uuid[], %s::bigint[], %s::bigint[]) AS c(id, debits, credits)
           WHERE a.id = c.id AND a.asset = %s""",
        [
            UuidArray(ids),
            as_array("bigint", [debits.get(account, 0) for account in ids]),
            as_array("bigint", [credits.get(account, 0) for account in ids]),
            int(batch.asset),
        ],
    ).rowcount
    if moved != len(ids):
        raise errors.AccountMissing


def _give(conn: Connection, batch: ClaimedTransfers, at: datetime) -> None:
    """Adds what flower transfers give to their owners, opening the accounts that do not exist yet, and takes it from where
    flowers come from: every debit is the mint."""
    sums = compute_sums(batch.credit_ids, batch.amounts)
    owner_of: dict[bytes, bytes | None] = dict(zip(batch.credit_ids, batch.owners, strict=True))
    mint = account_id(AccountKind.MINT).bytes
    owner_of[mint] = None
    order = sorted(owner_of)
    ask_rows(
        conn,
        """INSERT INTO ledger_account AS a
               (id, asset, kind, owner_id, never_below_zero, debits_posted, credits_posted, debits_pending, credits_pending,
                opened_at)
           SELECT id, %s, CASE WHEN owner IS NULL THEN 'mint' ELSE %s END, owner, owner IS NOT NULL, debits, credits, 0, 0, %s
           FROM unnest(%s::uuid[], %s::uuid[], %s::bigint[], %s::bigint[]) AS o(id, owner, debits, credits)
           ON CONFLICT (id) DO UPDATE SET debits_posted = a.debits_posted + excluded.debits_posted,
                                          credits_posted = a.credits_posted + excluded.credits_posted""",
        [
            int(batch.asset),
            batch.owned.value,
            at,
            UuidArray(order),
            UuidArray([owner_of[account] for account in order]),
            as_array("bigint", [sum(batch.amounts) if account == mint else 0 for account in order]),
            as_array("bigint", [sums.get(account, 0) for account in order]),
        ],
    )


def _check_shapes(transfers: Iterable[NewTransfer]) -> None:
    for transfer in transfers:
        if not 0 < transfer.amount <= BIGINT_MAX:
            raise errors.TransferAmountOutOfRange(transfer=str(transfer.id))
        if transfer.debit_id == transfer.credit_id:
            raise errors.TransferToSelf(transfer=str(transfer.id))


def _leave_out_replays(conn: Connection, transfers: Sequence[NewTransfer]) -> list[NewTransfer]:
    by_id = {transfer.id: transfer for transfer in transfers}
    if len(by_id) != len(transfers) and any(by_id[transfer.id] != transfer for transfer in transfers):
        raise errors.TransferConflict
    rows = conn.execute(
        """SELECT id, asset, kind, phase, debit_id, credit_id, amount, subject_id, pending_id, reverses_id
           FROM ledger_transfer WHERE id = ANY(%s)""",
        [list(by_id)],
    ).fetchall()
    for row in rows:
        known = by_id.pop(row[0])
        given = (int(known.asset), known.kind, known.phase.value, known.debit_id, known.credit_id, known.amount)
        if row[1:] != (*given, known.subject_id, known.pending_id, known.reverses_id):
            raise errors.TransferConflict(transfer=str(known.id))
    return sorted(by_id.values(), key=lambda transfer: transfer.id)


def _check_ends(conn: Connection, transfers: Sequence[NewTransfer]) -> None:
    """A promise is ended once, by a transfer that repeats its content; a transfer is reversed once."""
    ends = [transfer for transfer in transfers if transfer.pending_id is not None]
    if ends:
        rows = conn.execute(
            """SELECT p.id, p.asset, p.debit_id, p.credit_id, p.amount, e.id IS NOT NULL
               FROM ledger_transfer p LEFT JOIN ledger_transfer e ON e.pending_id = p.id
               WHERE p.id = ANY(%s) AND p.phase = 'pending'""",
            [[transfer.pending_id for transfer in ends]],
        ).fetchall()
        promises = {row[0]: row[1:] for row in rows}
        for end in ends:
            promise = promises.get(end.pending_id)
            if promise is None or promise[:4] != (int(end.asset), end.debit_id, end.credit_id, end.amount):
                raise errors.PendingMissing(transfer=str(end.id))
            if promise[4]:
                raise errors.PendingAlreadyEnded(transfer=str(end.id))
    reversed_ids = [transfer.reverses_id for transfer in transfers if transfer.reverses_id is not None]
    if reversed_ids:
        done = conn.execute("SELECT 1 FROM ledger_transfer WHERE reverses_id = ANY(%s)", [reversed_ids]).fetchone()
        if done or len(set(reversed_ids)) != len(reversed_ids):
            raise errors.AlreadyReversed


def _lock_accounts(conn: Connection, ids: Collection[UUID]) -> dict[UUID, tuple[Any, ...]]:
    # Every booking locks in the same order, flowers before money, so two bookings wait for each other, never for ever.
    rows = conn.execute(
        """SELECT id, asset, never_below_zero, credits_posted - debits_posted - debits_pending
           FROM ledger_account WHERE id = ANY(%s) ORDER BY asset DESC, id FOR NO KEY UPDATE""",
        [list(ids)],
    ).fetchall()
    return {row[0]: row[1:] for row in rows}


def _check_accounts(
    transfers: Iterable[NewTransfer],
    accounts: Mapping[UUID, tuple[Any, ...]],
    changes: Mapping[UUID, tuple[int, int, int, int]],
) -> None:
    for transfer in transfers:
        sides = accounts.get(transfer.debit_id), accounts.get(transfer.credit_id)
        if sides[0] is None or sides[1] is None:
            raise errors.AccountMissing(transfer=str(transfer.id))
        if {sides[0][0], sides[1][0]} != {int(transfer.asset)}:
            raise errors.AssetsMixed(transfer=str(transfer.id))
    for account, (debits, credits, debits_pending, _) in changes.items():
        _, never_below_zero, available = accounts[account]
        if never_below_zero and available + credits - debits - debits_pending < 0:
            raise errors.BalanceTooLow(account=str(account))


def _insert(conn: Connection, transfers: Sequence[NewTransfer], at: datetime) -> None:
    columns: dict[str, Column] = {
        name: (kind, [getattr(transfer, name) for transfer in transfers]) for name, kind in _TRANSFER_COLUMNS.items()
    }
    write_rows(conn, "ledger_transfer", {**columns, "booked_at": ("timestamptz", Same(at))})


def booked_events(ids: Sequence[UUID]) -> list[tuple[str, dict[str, Any]]]:
    """What tells the public log of transfers that no other event tells of."""
    named = [str(transfer) for transfer in ids]
    parts = [named[start : start + _TOLD_AT_ONCE] for start in range(0, len(named), _TOLD_AT_ONCE)]
    return [(BOOKED, {"transfers": part}) for part in parts]


def _apply(conn: Connection, changes: Mapping[UUID, tuple[int, int, int, int]]) -> None:
    columns = list(zip(*changes.values(), strict=True))
    conn.execute(
        """UPDATE ledger_account a
           SET debits_posted = a.debits_posted + c.dp, credits_posted = a.credits_posted + c.cp,
               debits_pending = a.debits_pending + c.dq, credits_pending = a.credits_pending + c.cq
           FROM unnest(%s::uuid[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[]) AS c(id, dp, cp, dq, cq)
           WHERE a.id = c.id""",
        [list(changes), *[list(column) for column in columns]],
    )


def find_open_promises(conn: Connection, ids: Collection[UUID]) -> set[UUID]:
    """Which of these pending transfers exist and have no end yet."""
    rows = conn.execute(
        """SELECT p.id FROM ledger_transfer p WHERE p.id = ANY(%s) AND p.phase = 'pending'
           AND NOT EXISTS (SELECT 1 FROM ledger_transfer e WHERE e.pending_id = p.id)""",
        [list(ids)],
    ).fetchall()
    return {row[0] for row in rows}
