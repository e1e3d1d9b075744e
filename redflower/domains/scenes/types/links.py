"""A partner's user and a donor here are one person, because they said so."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class LinkStatement:
    """A partner's word that the person before the screen is one of its users; good for one link, and not for long."""

    id: UUID
    partner_id: UUID
    partner_donor_id: UUID  # the donor derived for the user, whose name stays with the partner
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class NewLink:
    """What somebody says yes to: a statement, and every donor they are here; the first of them is written down."""

    statement: LinkStatement
    donor_ids: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class LinkView:
    """A link that holds, with the app it leads to."""

    id: UUID
    statement_id: UUID | None
    partner_donor_id: UUID
    donor_id: UUID
    consented_at: datetime
    name_zh: str
    name_en: str
    homepage: str
