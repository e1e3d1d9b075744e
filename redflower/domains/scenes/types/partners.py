"""Partners, their keys and their requests."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

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
