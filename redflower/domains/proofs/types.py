"""Frozen values of the public log."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID


class EntryKind(StrEnum):
    """What an entry tells. Rooms that come later add theirs here and in `rules.FIELDS`."""

    RULE_SET = "rule_set"
    POOL_ANNOUNCED = "pool_announced"
    GIFT = "gift"
    FLOWER = "flower"  # a batch: the flowers of one rule, earned at one moment
    BONUS_COUNTED = "bonus_counted"  # what flowers projects had as a day began
    SLICE = "slice"
    AWARD = "award"
    POOL_REVEALED = "pool_revealed"
    POOL_CLOSED = "pool_closed"
    MOVES = "moves"  # a batch: transfers of one kind, booked at one moment, that no other kind tells of
    DREAM_OPENED = "dream_opened"
    DREAM_GRANTED = "dream_granted"
    DREAM_NOT_MET = "dream_not_met"
    REPORT = "report"
    CORRECTION = "correction"  # of whatever the public had read before


@dataclass(frozen=True, slots=True)
class Draft:
    """A fact as the log will tell it, before it has its place.

    `also_about` are facts that a batch tells of besides its subject; `agrees` is False when the rows behind it
    contradict each other.
    """

    kind: EntryKind
    subject_id: UUID
    parent_id: UUID | None
    body: bytes
    also_about: Sequence[UUID] = ()
    agrees: bool = True
    totals: Sequence[tuple[UUID, int, int, int]] = ()  # project, gifts, fen given, fen matched


@dataclass(frozen=True, slots=True)
class EntryView:
    """An entry of the log, at its place. `body` is what the leaf's hash is made of."""

    index: int
    kind: EntryKind
    subject_id: UUID
    body: bytes


@dataclass(frozen=True, slots=True)
class CheckpointView:
    """What the log was at one moment; `note` is the signed text, as served."""

    origin: str
    size: int
    root: bytes
    note: str


@dataclass(frozen=True, slots=True)
class LoggedTotals:
    """What the entries below a checkpoint add up to. Units: fen. `waits_since` is when the oldest thing happened that the
    log has not taken in yet."""

    checkpoint: CheckpointView
    signed_at: datetime
    gifts: int
    amount_minor: int
    matched_minor: int
    waits_since: datetime | None
    projects: dict[UUID, "LoggedProject"] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LoggedProject:
    """One project's part of the logged totals. Units: fen."""

    gifts: int
    amount_minor: int
    matched_minor: int


@dataclass(frozen=True, slots=True)
class Opening:
    """What opens the commitments of one entry: a person shows it to prove that the gift is theirs."""

    subject_id: UUID
    salt: bytes
    donor_id: UUID


Fields = dict[str, Any]
