"""Frozen values of gifts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
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
    """Derived from a gift's order: pending -> settled -> refunded | failed | cancelled | expired; a late payment still
    settles."""

    PENDING = "pending"
    SETTLED = "settled"
    REFUNDED = "refunded"
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


class GiftColumns(NamedTuple):
    """What donors ask for, a column at a time; ids as their 16 bytes. Units: fen."""

    keys: Sequence[str]
    donor_ids: Sequence[bytes]
    project_ids: Sequence[bytes]
    amounts: Sequence[int]
    ways: Sequence[str]
    names: Sequence[str]
    messages: Sequence[str]
    channels: Sequence[str]


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
    refunded_at: datetime | None
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


class RefundReason(StrEnum):
    """Why a donor asks for gifts back."""

    MISTAKE = "mistake"  # the wrong project or amount
    TWICE = "twice"
    NOT_MINE = "not_mine"  # somebody else paid with my account
    PROJECT = "project"  # what the project does is not what I gave for
    OTHER = "other"


class RefundSide(StrEnum):
    """Who decided about a request."""

    RULE = "rule"  # the instance's rule, at once
    CHARITY = "charity"
    PLATFORM = "platform"  # once the charity's time is over


class RefundState(StrEnum):
    """Derived: asked -> declined | accepted -> sent -> returned | failed; what failed can be sent again."""

    ASKED = "asked"
    DECLINED = "declined"
    ACCEPTED = "accepted"  # waits for the second person
    SENT = "sent"  # with the provider
    RETURNED = "returned"
    FAILED = "failed"  # the provider could not give it back


@dataclass(frozen=True, slots=True)
class RefundPolicy:
    """The operator's numbers around giving gifts back, read from data with a version. Units: days, hours, fen."""

    version: int
    ask_days: int  # how long after its payment a gift can be asked back
    answer_working_days: int  # a charity's clock
    regret_hours: int  # asked back so soon, a gift is given back without a question
    unchecked_max_minor: int  # up to here such a gift leaves without a second pair of eyes
    days_off: frozenset[date]
    worked_weekends: frozenset[date]

    @property
    def label(self) -> str:
        return f"refund@{self.version}"


@dataclass(frozen=True, slots=True)
class RefundRequest:
    """What a donor asks: these gifts back, and why."""

    gift_ids: Sequence[UUID]
    reason: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class AskedGift:
    """A gift as far as asking for it back is concerned. Units: fen. `case_id` is None while nobody has asked."""

    id: UUID
    donor_id: UUID
    project_id: UUID
    amount_minor: int
    paid_at: datetime | None
    case_id: UUID | None


@dataclass(frozen=True, slots=True)
class RefundView:
    """One gift of a case, with what was decided and what became of it. Units: fen."""

    gift_id: UUID
    case_id: UUID
    project_id: UUID
    project_slug: str
    project_title_zh: str
    project_title_en: str
    charity_id: UUID
    charity_name_zh: str
    charity_name_en: str
    amount_minor: int
    paid_at: datetime
    reason: RefundReason
    note: str
    opened_at: datetime
    due_at: datetime
    side: RefundSide | None
    answer: str
    decided_at: datetime | None
    decided_by_id: UUID | None
    sent_at: datetime | None
    ended_at: datetime | None
    state: RefundState

    def is_overdue(self, now: datetime) -> bool:
        """True when the charity has not answered in time."""
        return self.state == RefundState.ASKED and now >= self.due_at


@dataclass(frozen=True, slots=True)
class RefundCase:
    """A case with its gifts."""

    id: UUID
    reason: RefundReason
    note: str
    rule: str
    opened_at: datetime
    due_at: datetime
    refunds: Sequence[RefundView]

    @property
    def amount_minor(self) -> int:
        return sum(refund.amount_minor for refund in self.refunds)


@dataclass(frozen=True, slots=True)
class RefundAnswer:
    """What is decided about gifts asked back, for whom, and why."""

    is_accepted: bool
    side: RefundSide
    reason: str
