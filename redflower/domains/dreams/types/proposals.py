"""Frozen values of calls and proposals."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from redflower.domains.dreams.types.states import Act, ProposalState


@dataclass(frozen=True, slots=True)
class NewCall:
    """An invitation to propose dreams, with a sponsor's money behind it. Units: fen."""

    slug: str
    title_zh: str
    title_en: str
    brief_zh: str
    brief_en: str
    eligible_zh: str  # who may propose, in a sentence
    eligible_en: str
    sponsor_zh: str
    sponsor_en: str
    themes: tuple[str, ...]  # causes; empty for all
    opens_at: datetime
    closes_at: datetime
    grant_min_minor: int
    grant_max_minor: int
    fund_minor: int


@dataclass(frozen=True, slots=True)
class CallView:
    """A call as pages show it."""

    id: UUID
    slug: str
    title_zh: str
    title_en: str
    brief_zh: str
    brief_en: str
    eligible_zh: str
    eligible_en: str
    sponsor_zh: str
    sponsor_en: str
    themes: tuple[str, ...]
    opens_at: datetime
    closes_at: datetime
    grant_min_minor: int
    grant_max_minor: int
    fund_minor: int
    shortlisted_at: datetime | None

    def is_open(self, now: datetime) -> bool:
        return self.opens_at <= now < self.closes_at


@dataclass(frozen=True, slots=True)
class FundView:
    """What a call's fund holds, from its account in the ledger. Units: fen."""

    funded_minor: int
    reserved_minor: int
    granted_minor: int

    @property
    def free_minor(self) -> int:
        return self.funded_minor - self.reserved_minor - self.granted_minor


@dataclass(frozen=True, slots=True)
class BudgetItem:
    """One line of a proposal's budget. Units: fen."""

    label_zh: str
    label_en: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Wish:
    """What an author writes: everything a proposal says. A text needs one language; the other may stay empty."""

    title_zh: str = ""
    title_en: str = ""
    summary_zh: str = ""
    summary_en: str = ""
    need_zh: str = ""
    need_en: str = ""
    story_zh: str = ""
    story_en: str = ""
    helped_zh: str = ""  # who is helped
    helped_en: str = ""
    people: int = 0  # how many
    cause: str = ""
    region: str = ""
    budget: tuple[BudgetItem, ...] = ()
    motif: str = "mountain"
    palette: str = "wheat"
    picture_seed: int = 1
    author_name: str = ""
    about_zh: str = ""  # who proposes
    about_en: str = ""
    email: str = ""  # where the author is told; never public

    @property
    def grant_minor(self) -> int:
        return sum(item.amount_minor for item in self.budget)


@dataclass(frozen=True, slots=True)
class DraftSave:
    """A draft as its author leaves it; the id is given by whoever keeps it."""

    id: UUID
    call_id: UUID
    author_id: UUID  # a donor
    wish: Wish


@dataclass(frozen=True, slots=True)
class ActView:
    """One act on a proposal."""

    id: UUID
    act: Act
    reason: str
    suggestion: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ProposalView:
    """A proposal as its author and the desk see it."""

    id: UUID
    call_id: UUID
    author_id: UUID
    wish: Wish
    state: ProposalState
    created_at: datetime
    saved_at: datetime
    submitted_at: datetime | None
    needs_look: bool  # holds a link, a number to call or a listed word

    @property
    def picture_url(self) -> str:
        return f"/pictures/{self.wish.motif}-{self.wish.palette}-{self.wish.picture_seed}.svg"


@dataclass(frozen=True, slots=True)
class ProposalRow:
    """A proposal as a list shows it: no story."""

    id: UUID
    title_zh: str
    title_en: str
    summary_zh: str
    summary_en: str
    author_name: str
    cause: str
    region: str
    people: int
    grant_minor: int
    state: ProposalState
    submitted_at: datetime | None
    needs_look: bool
    motif: str
    palette: str
    picture_seed: int

    @property
    def picture_url(self) -> str:
        return f"/pictures/{self.motif}-{self.palette}-{self.picture_seed}.svg"


@dataclass(frozen=True, slots=True)
class ScreenAct:
    """What the desk decides about one proposal, and what it tells the author."""

    proposal_id: UUID
    act: Act
    reason: str = ""
    suggestion: str = ""
