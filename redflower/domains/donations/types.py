"""Frozen values of gifts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID


class ShownAs(StrEnum):
    """How a donor is shown in public."""

    ANONYMOUS = "anonymous"
    NAMED = "named"
    PSEUDONYM = "pseudonym"


class MessageState(StrEnum):
    """none; shown; held for a moderator -> shown | removed."""

    NONE = "none"
    SHOWN = "shown"
    HELD = "held"
    REMOVED = "removed"


class GiftState(StrEnum):
    """Derived from a gift's order: pending -> settled | failed | cancelled | expired; a late payment still settles."""

    PENDING = "pending"
    SETTLED = "settled"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class ReceiptForm(StrEnum):
    """What a receipt confirms: one gift, or what one person gave in a calendar year."""

    GIFT = "gift"
    YEAR = "year"


class GiftRequest(NamedTuple):
    """What a donor asks for, as any door receives it; checked by `rules.check_gift`."""

    idempotency_key: str
    donor_id: UUID
    project_id: UUID
    amount_minor: int
    shown_as: str = "anonymous"
    shown_name: str = ""
    message: str = ""
    channel: str = "web"


class IntentOutcome(NamedTuple):
    """The answer to one gift request: the first answer when it is a replay."""

    gift_id: UUID
    amount_minor: int
    expires_at: datetime
    replayed: bool


@dataclass(frozen=True, slots=True)
class GiftView:
    """A gift with its derived state, as pages show it."""

    id: UUID
    donor_id: UUID
    project_id: UUID
    project_slug: str
    project_title_zh: str
    project_title_en: str
    amount_minor: int
    shown_as: ShownAs
    shown_name: str
    message: str
    message_state: MessageState
    channel: str
    made_at: datetime
    expires_at: datetime
    paid_at: datetime | None
    settled_at: datetime | None
    state: GiftState


@dataclass(frozen=True, slots=True)
class YearSum:
    """What a person has given in one calendar year. Units: fen."""

    year: int
    gifts: int
    amount_minor: int


@dataclass(frozen=True, slots=True)
class ReceiptRequest:
    """A receipt to be handed out. `content` is what it confirms, as a plain value."""

    form: ReceiptForm
    subject_id: UUID
    content: Mapping[str, Any]
    language: str
    year: int | None = None


@dataclass(frozen=True, slots=True)
class IssuedReceipt:
    """A receipt as it was handed out."""

    id: UUID
    is_original: bool
    issued_at: datetime
    first_issued_at: datetime


@dataclass(frozen=True, slots=True)
class GiftCode:
    """What a verification code says of a gift: ids of its millisecond are in [floor, ceiling), and a hash tells which."""

    floor: UUID
    ceiling: UUID
    hash: int
