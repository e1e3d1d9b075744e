"""Frozen values of giving flowers."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from redflower.domains.dreams.types.states import WordsState


@dataclass(frozen=True, slots=True)
class BallotRequest:
    """One act of giving flowers, as any door receives it.

    `donor_ids` are all the donors this person has been, the one they give as first: flowers are taken in that order.
    """

    key: str
    donor_ids: tuple[UUID, ...]
    dream_id: UUID
    flowers: int
    shown_name: str = ""
    words: str = ""
    rally_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class BallotOutcome:
    """The answer to one act of giving: the first answer when it is a replay."""

    ballot_ids: tuple[UUID, ...]
    dream_id: UUID
    flowers: int
    dream_flowers: int  # on the dream's account after it
    is_met: bool
    replayed: bool


@dataclass(frozen=True, slots=True)
class BallotView:
    """An act of giving as its giver sees it."""

    id: UUID
    dream_id: UUID
    dream_slug: str
    title_zh: str
    title_en: str
    flowers: int
    words: str
    given_at: datetime
    reversed_at: datetime | None
    why: str  # withdrawn | returned | ""


@dataclass(frozen=True, slots=True)
class WordsView:
    """What a giver said, as everybody may read it."""

    id: UUID
    shown_name: str
    words: str
    flowers: int
    given_at: datetime


@dataclass(frozen=True, slots=True)
class RallyView:
    """Somebody's page for a dream, with what it has brought."""

    id: UUID
    dream_id: UUID
    donor_id: UUID
    name: str
    sentence: str
    state: WordsState
    made_at: datetime
    friends: int
    flowers: int


@dataclass(frozen=True, slots=True)
class HeldWords:
    """Words that wait for a moderator."""

    id: UUID
    kind: str  # ballot | rally
    text: str
    title_zh: str
    title_en: str
    at: datetime


@dataclass(frozen=True, slots=True)
class FlowersGiven:
    """Where a person's flowers went, added up."""

    given: int = 0
    returned: int = 0
    dreams: int = 0
    granted: int = 0
    people: int = 0  # helped by the granted ones
    by_year: dict[int, int] = field(default_factory=dict)
