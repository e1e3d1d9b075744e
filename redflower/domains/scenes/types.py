"""Frozen values of scenes, and how partners, campaigns and deeds move."""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import IntEnum, StrEnum
from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

# Deeds done on the platform's own pages are reported by the platform itself.
PLATFORM = UUID("00000000-0000-8000-8000-7265646c6f77")


class PartnerState(StrEnum):
    """submitted -> active | returned; returned -> submitted; active <-> suspended."""

    SUBMITTED = "submitted"
    RETURNED = "returned"
    ACTIVE = "active"
    SUSPENDED = "suspended"


class KeyAlgorithm(StrEnum):
    """How a key signs. Source: RFC 9421, section 3.3."""

    ED25519 = "ed25519"
    HMAC_SHA256 = "hmac-sha256"


class Scope(StrEnum):
    """What a key may do."""

    DEEDS = "deeds"  # report deeds
    TOKENS = "tokens"  # ask for short-lived tokens of its users
    READ = "read"  # read campaigns and its own deeds


class CampaignState(StrEnum):
    """draft -> submitted -> published | returned; returned -> submitted; published <-> paused; both -> closed."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    PUBLISHED = "published"
    PAUSED = "paused"
    CLOSED = "closed"


class DeedStatus(StrEnum):
    """The answer to one reported deed."""

    ACCEPTED = "accepted"
    CAPPED = "capped"  # good, but a limit left less than the rule gives
    HELD = "held"  # waits for an operator
    REFUSED = "refused"  # nothing was written
    REPLAYED = "replayed"  # reported before; the first answer is repeated


class StoredStatus(IntEnum):
    """How a stored deed was answered, as its row spells it."""

    ACCEPTED = 1
    CAPPED = 2
    HELD = 3


class RulingKind(StrEnum):
    """What was decided about a deed after its first answer."""

    RELEASED = "released"  # a held deed earns after all
    DISMISSED = "dismissed"  # a held deed earns nothing
    REVERSED = "reversed"  # what a deed earned is taken back


class ItemState(StrEnum):
    """held -> shown | removed; shown -> removed."""

    HELD = "held"
    SHOWN = "shown"
    REMOVED = "removed"


Text64 = Annotated[str, Meta(min_length=1, max_length=64)]
Text128 = Annotated[str, Meta(min_length=1, max_length=128)]
SmallInt = Annotated[int, Meta(ge=-(2**53), le=2**53)]
FactValue = Text128 | SmallInt | bool | list[Text128] | dict[str, Text128] | None


class ReportedDeed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One deed as a partner reports it. Units of `amount`: the kind's own (steps, minutes, right answers)."""

    id: Text64  # the partner's own name for this deed, for ever
    campaign: Text64  # its slug
    user: Text128  # the partner's own name for the person; only a keyed hash of it is kept
    done_at: Annotated[datetime, Meta(tz=True)]
    amount: Annotated[int, Meta(ge=0, le=1_000_000_000)] | UnsetType = UNSET  # 1 when left out
    device: Text128 | UnsetType = UNSET
    subject: Text64 | UnsetType = UNSET  # what it was about: an item's code, an order, a ride
    project: Text64 | UnsetType = UNSET  # the slug of the project that the person chose
    facts: dict[Text64, FactValue] | UnsetType = UNSET  # what the kind's rule asks for besides


@dataclass(frozen=True, slots=True)
class Claim:
    """A deed as a rule sees it. `local_seconds` is how much of its local day had passed."""

    amount: int
    done_at: datetime
    done_on: date
    local_seconds: int
    subject: str | None
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Item:
    """Something deeds of a campaign may be about: a video, a question, an article, an event."""

    id: UUID
    campaign_id: UUID
    code: str
    title_zh: str
    title_en: str
    body: dict[str, Any]
    project_id: UUID | None
    author_id: UUID | None
    author_name: str
    state: ItemState
    note: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class History:
    """What a rule may know of the person and the campaign. `days` are earlier days with an accepted deed, today's too."""

    days: frozenset[date] = frozenset()
    subjects: frozenset[str] = frozenset()  # what this person's accepted deeds were about
    items: dict[str, Item] = field(default_factory=dict)
    secret: bytes = b""  # the campaign's, for codes that only it can make


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a rule says of a deed. Units: flowers, fen.

    Refused, nothing is earned and `reason` says why; held, what it says is earned if an operator agrees. An accepted
    deed may carry a reason too ('below_target'). `item` is something that is won once, for the partner to hand out;
    `project_id` is where the money goes when the rule knows better than the campaign.
    """

    flowers: int = 0
    money_minor: int = 0
    status: DeedStatus = DeedStatus.ACCEPTED
    reason: str = ""
    item: str = ""
    project_id: UUID | None = None


@dataclass(slots=True)
class Used:
    """What a person has had of a campaign so far. Units: flowers, fen."""

    flowers: int = 0
    money_minor: int = 0


@dataclass(frozen=True, slots=True)
class Earned:
    """What limits leave of a verdict, and which limit it met first. Units: flowers, fen."""

    flowers: int
    money_minor: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class DeedOutcome:
    """The answer to one reported deed. `replayed` repeats the first answer in `first`, with its flowers and money."""

    id: str
    status: DeedStatus
    reason: str = ""
    flowers: int = 0
    money_minor: int = 0
    item: str = ""
    deed_id: UUID | None = None
    first: DeedStatus | None = None


@dataclass(frozen=True, slots=True)
class ReportingPartner:
    """Who reports, as settlement needs to know them."""

    id: UUID
    is_sandbox: bool = False


@dataclass(frozen=True, slots=True)
class NewPartner:
    """An app to register."""

    slug: str
    name_zh: str
    name_en: str
    homepage: str
    contact_email: str
    is_sandbox: bool = False
    allowed_origins: tuple[str, ...] = ()  # pages that may embed the widget


@dataclass(frozen=True, slots=True)
class PartnerView:
    """A partner as consoles show it."""

    id: UUID
    slug: str
    name_zh: str
    name_en: str
    homepage: str
    contact_email: str
    is_sandbox: bool
    allowed_origins: tuple[str, ...]
    state: PartnerState
    note: str
    submitted_by_id: UUID | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key to add: the raw 32 bytes of an Ed25519 public key, or empty for an HMAC secret that we make."""

    partner_id: UUID
    algorithm: KeyAlgorithm
    scopes: frozenset[Scope]
    public_key: bytes = b""
    label: str = ""
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class AddedKey:
    """A key as it was added; an HMAC secret is shown this once."""

    id: UUID
    secret: bytes = b""


@dataclass(frozen=True, slots=True)
class KeyView:
    """A key as consoles show it."""

    id: UUID
    partner_id: UUID
    algorithm: KeyAlgorithm
    scopes: frozenset[Scope]
    public_key: bytes
    label: str
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None

    def is_valid(self, now: datetime) -> bool:
        """True while it may sign."""
        ends = [at for at in (self.expires_at, self.revoked_at) if at is not None]
        return all(now < at for at in ends)


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key with what verifies its signatures, and the partner behind it."""

    id: UUID
    algorithm: KeyAlgorithm
    material: bytes  # the public key, or the sealed secret
    scopes: frozenset[Scope]
    is_valid: bool
    partner: ReportingPartner
    partner_state: PartnerState


@dataclass(frozen=True, slots=True)
class Limits:
    """A campaign's limits. Units: flowers, fen, accounts, days; None = no limit."""

    person_day_flowers: int | None = None
    person_day_minor: int | None = None
    person_total_minor: int | None = None
    day_minor: int | None = None  # for everybody together
    device_accounts: int = 3  # more accounts behind one device are held
    max_age_days: int = 7  # an older deed is refused


@dataclass(frozen=True, slots=True)
class NewCampaign:
    """A campaign as it is first written, or rewritten by `id` while it is a draft or was returned. Units: fen."""

    slug: str
    kind: str
    rule_set_id: UUID
    title_zh: str
    title_en: str
    summary_zh: str
    summary_en: str
    opens_at: datetime
    closes_at: datetime
    limits: Limits
    partner_id: UUID | None = None  # None: on the platform's own pages, and in every partner's
    sponsor_zh: str = ""
    sponsor_en: str = ""
    budget_minor: int = 0
    project_ids: tuple[UUID, ...] = ()
    id: UUID | None = None


@dataclass(frozen=True, slots=True)
class CampaignView:
    """A campaign as pages show it. Units: fen, flowers."""

    id: UUID
    slug: str
    kind: str
    partner_id: UUID | None
    rule_set_id: UUID
    rule_code: str
    rule_version: int
    rule_body: dict[str, Any]
    rule_sha256: str
    title_zh: str
    title_en: str
    summary_zh: str
    summary_en: str
    sponsor_zh: str
    sponsor_en: str
    budget_minor: int
    spent_minor: int
    returned_minor: int
    flowers: int
    deeds: int
    opens_at: datetime
    closes_at: datetime
    limits: Limits
    state: CampaignState
    is_sandbox: bool
    note: str
    submitted_by_id: UUID | None
    project_ids: tuple[UUID, ...]

    @property
    def free_minor(self) -> int:
        return self.budget_minor - self.spent_minor - self.returned_minor

    @property
    def rule_label(self) -> str:
        return f"{self.rule_code}@{self.rule_version}"

    def is_open(self, now: datetime) -> bool:
        """True while deeds are taken."""
        return self.state == CampaignState.PUBLISHED and self.opens_at <= now < self.closes_at


@dataclass(frozen=True, slots=True)
class DeedView:
    """A stored deed with what was decided about it later. Units: flowers, fen."""

    id: UUID
    partner_id: UUID
    campaign_id: UUID
    donor_id: UUID
    external_id: str
    done_at: datetime
    done_on: date
    amount: int
    subject: str | None
    status: DeedStatus
    reason: str
    flowers: int
    money_minor: int
    item: str
    project_id: UUID | None
    received_at: datetime
    rulings: tuple[RulingKind, ...]


@dataclass(frozen=True, slots=True)
class RequestView:
    """One request of a partner, counted by answer."""

    id: UUID
    partner_id: UUID
    received_at: datetime
    rows: int
    accepted: int
    capped: int
    held: int
    refused: int
    replayed: int
    flowers: int
    money_minor: int
    reasons: dict[str, int]


@dataclass(frozen=True, slots=True)
class DayCost:
    """What one campaign gave on one day. Units: flowers, fen."""

    campaign_id: UUID
    day: date
    deeds: int
    flowers: int
    money_minor: int
    limit_minor: int | None


@dataclass(frozen=True, slots=True)
class PersonDay:
    """What a person has done in a campaign. Units: flowers, fen."""

    flowers_today: int = 0
    money_today_minor: int = 0
    money_total_minor: int = 0
    deeds_today: int = 0
    streak_days: int = 0  # in a row, up to today or yesterday
    unplaced_minor: int = 0


@dataclass(frozen=True, slots=True)
class Ranked:
    """A place in a ranking. `people` = how many different people it moved."""

    subject: str
    title_zh: str
    title_en: str
    author_name: str
    project_id: UUID | None
    people: int
    flowers: int
    money_minor: int


@dataclass(frozen=True, slots=True)
class TeamView:
    """A team walking together."""

    id: UUID
    campaign_id: UUID
    name: str
    captain_id: UUID
    members: int
    amount: int
    target: int
    grant_minor: int
    granted_at: datetime | None


@dataclass(frozen=True, slots=True)
class GoalView:
    """How far everybody together has come."""

    campaign_id: UUID
    measure: str
    reached: int
    target: int
    grant_minor: int
    granted_at: datetime | None
