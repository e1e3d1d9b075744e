"""Pure decisions of the ledger."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache
from uuid import UUID

from redflower.domains.ledger.types import AccountKind, NewTransfer, Phase
from redflower.kernel.ids import hashed_id, hashed_ids


@lru_cache(maxsize=4_096)  # a busy hour asks for the same projects and pools again and again
def account_id(kind: AccountKind, owner_id: UUID | None = None) -> UUID:
    """The id of an owner's account of a kind: the same inputs always give the same id.

    Shape: a hash of both, so the account of a person reveals nothing about its owner.
    """
    name = b"account:" + kind.value.encode() + (owner_id.bytes if owner_id else b"")
    return hashed_id(hashlib.blake2b(name, digest_size=16).digest())


def account_ids(kind: AccountKind, owner_ids: Iterable[bytes]) -> list[bytes]:
    """As `account_id`, for a list of owners; ids as their 16 bytes."""
    begins, blake2b = b"account:" + kind.value.encode(), hashlib.blake2b
    return hashed_ids([blake2b(begins + owner, digest_size=16).digest() for owner in owner_ids])


def compute_balance_changes(transfers: Iterable[NewTransfer]) -> dict[UUID, tuple[int, int, int, int]]:
    """What a list of transfers does to balances, grouped by account.

    Shape: account id -> (debits posted, credits posted, debits pending, credits pending) to add.
    """
    changes: dict[UUID, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for transfer in transfers:
        posted, pending = _EFFECT[transfer.phase]
        debit, credit = changes[transfer.debit_id], changes[transfer.credit_id]
        debit[0] += posted * transfer.amount
        credit[1] += posted * transfer.amount
        debit[2] += pending * transfer.amount
        credit[3] += pending * transfer.amount
    return {account: (c[0], c[1], c[2], c[3]) for account, c in changes.items()}


def compute_sums(account_ids: Sequence[bytes], amounts: Sequence[int]) -> dict[bytes, int]:
    """What the accounts of one side of a list of transfers get in all."""
    sums = dict(zip(account_ids, amounts, strict=True))
    if len(sums) == len(account_ids):  # each once, as people are
        return sums
    sums = dict.fromkeys(sums, 0)
    for account, amount in zip(account_ids, amounts, strict=True):
        sums[account] += amount
    return sums


# How many times the amount a phase adds to the posted and to the pending balances.
_EFFECT = {Phase.POSTED: (1, 0), Phase.PENDING: (0, 1), Phase.POST: (1, -1), Phase.VOID: (0, -1)}
