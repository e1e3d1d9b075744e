"""Frozen values of the ledger."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import NamedTuple
from uuid import UUID


class Asset(IntEnum):
    """What an account holds."""

    CNY = 1  # unit: fen
    FLOWER = 2  # unit: one flower


class AccountKind(StrEnum):
    """What an account is for; its owner is named beside it."""

    DONORS = "donors"  # the outside world that a project's gifts come from; debits only; owner: the project
    SPONSOR = "sponsor"  # a sponsor's money outside; owner: the pool
    POOL = "pool"  # a matching pool; never below zero; owner: the pool
    PROJECT = "project"  # what a project has received; never below zero; owner: the project
    MINT = "mint"  # where flowers come from; debits only
    FLOWERS = "flowers"  # a donor's flowers; never below zero; owner: the donor
    DREAM_FUND = "dream_fund"  # a sponsor's money for the dreams of a call; never below zero; owner: the call
    DREAM = "dream"  # the flowers given to a dream; never below zero; owner: the dream
    CAMPAIGN = "campaign"  # a sponsor's money behind a campaign of deeds; never below zero; owner: the campaign
    UNLOCKED = "unlocked"  # what deeds unlocked and people have yet to place; never below zero; owner: the campaign
    BED = "bed"  # flowers issued for many deeds at once, on their way to people; never below zero; owner: the campaign
    BONUS_FLOWERS = "bonus_flowers"  # for a project; never below zero; owner: its `bonus_id` in a festival, or it
    TEAM_FLOWERS = "team_flowers"  # flowers given to a team's page; never below zero; owner: the team


NEVER_BELOW_ZERO = frozenset(
    {
        AccountKind.POOL,
        AccountKind.PROJECT,
        AccountKind.FLOWERS,
        AccountKind.DREAM_FUND,
        AccountKind.DREAM,
        AccountKind.CAMPAIGN,
        AccountKind.UNLOCKED,
        AccountKind.BED,
        AccountKind.BONUS_FLOWERS,
        AccountKind.TEAM_FLOWERS,
    }
)


# Where money for projects comes from besides donors: what goes back there is no longer matched.
MATCH_SOURCES = frozenset(
    {AccountKind.SPONSOR, AccountKind.POOL, AccountKind.CAMPAIGN, AccountKind.UNLOCKED, AccountKind.DREAM_FUND}
)


class Phase(StrEnum):
    """How far a transfer goes: moved, promised, or the end of a promise."""

    POSTED = "posted"
    PENDING = "pending"
    POST = "post"  # carries out a pending transfer
    VOID = "void"  # gives up a pending transfer


# The kinds a festival writes by the thousand. Their ids share the time and chance of their subject's id, so they are
# found by it without an index of their own; nobody pages through what their debit side has paid, nor, for flowers,
# through a donor's account (earnings have their own list).
BUSY_KINDS = ("gift", "award", "flower", "deed_flower")
BUSY_FLOWER_KINDS = ("flower", "deed_flower")


BOOKED = "transfers.booked"  # the event that tells which transfers were booked, some hundred at a time


@dataclass(frozen=True, slots=True)
class NewAccount:
    """An account to open. The id is `account_id(kind, owner)`, so that nobody needs to look it up."""

    id: UUID
    asset: Asset
    kind: AccountKind
    owner_id: UUID | None


@dataclass(frozen=True, slots=True)
class NewTransfer:
    """A transfer to book. The caller chooses the id (derived from the fact that caused it): replays find the first row."""

    id: UUID
    asset: Asset
    kind: str
    debit_id: UUID
    credit_id: UUID
    amount: int
    subject_id: UUID
    phase: Phase = Phase.POSTED
    pending_id: UUID | None = None
    reverses_id: UUID | None = None
    rule: str = ""


class ClaimedTransfers(NamedTuple):
    """Posted transfers of one kind, a column at a time; ids as their 16 bytes. Units: the asset's smallest unit.

    `owners`: whose `credit_ids` are, where these are accounts of flowers that may not have been opened yet: donors' purses,
    or what `owned` says.
    """

    asset: Asset
    kind: str
    rule: str
    ids: Sequence[bytes]
    subject_ids: Sequence[bytes]
    debit_ids: Sequence[bytes]
    credit_ids: Sequence[bytes]
    amounts: Sequence[int]
    owners: Sequence[bytes] = ()
    owned: AccountKind = AccountKind.FLOWERS


@dataclass(frozen=True, slots=True)
class TransferView:
    """A transfer as the public ledger shows it."""

    id: UUID
    asset: Asset
    kind: str
    phase: Phase
    debit_kind: AccountKind
    credit_kind: AccountKind
    debit_id: UUID
    credit_id: UUID
    amount: int
    subject_id: UUID
    rule: str
    booked_at: datetime


@dataclass(frozen=True, slots=True)
class ProjectBooks:
    """A project's account in four sums: what came, and what went. Units: fen."""

    given_minor: int  # from donors
    matched_minor: int  # from everybody else
    paid_out_minor: int
    returned_minor: int = 0  # gifts that were given back, with their matches

    @property
    def balance_minor(self) -> int:
        return self.given_minor + self.matched_minor - self.paid_out_minor - self.returned_minor
