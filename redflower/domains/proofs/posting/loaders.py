"""What the rows say now of facts of a kind, by their subjects. Slices and batches are asked for by more than an id."""

from collections.abc import Callable, Sequence
from uuid import UUID

from redflower.domains.proofs.posting import facts, promises
from redflower.domains.proofs.posting.facts import Connection
from redflower.domains.proofs.types import Draft, EntryKind

LOADERS: dict[EntryKind, Callable[[Connection, Sequence[UUID]], list[Draft]]] = {
    EntryKind.GIFT: facts.load_gifts,
    EntryKind.AWARD: facts.load_awards,
    EntryKind.RULE_SET: facts.load_rule_sets,
    EntryKind.POOL_ANNOUNCED: facts.load_announcements,
    EntryKind.BONUS_COUNTED: facts.load_bonus_days,
    EntryKind.POOL_REVEALED: facts.load_revelations,
    EntryKind.POOL_CLOSED: facts.load_closings,
    EntryKind.DREAM_OPENED: promises.load_opened_dreams,
    EntryKind.DREAM_GRANTED: promises.load_granted_dreams,
    EntryKind.DREAM_NOT_MET: promises.load_missed_dreams,
    EntryKind.REPORT: promises.load_reports,
    EntryKind.CORRECTION: promises.load_corrections,
}
