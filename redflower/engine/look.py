"""Looking things up for the door: projects by name, and what became of gifts; everything asked in a tick in one read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote
from uuid import UUID

import msgspec
import psycopg

from redflower.domains.donations.errors import GiftNotFound
from redflower.domains.donations.posting import GiftFacts, load_gift_facts
from redflower.domains.donations.rules import compute_state
from redflower.domains.donations.types import GiftState
from redflower.domains.festivals.posting import MatchFacts, load_matches
from redflower.domains.flowers.posting import load_earned
from redflower.domains.organizations.rules import is_slug
from redflower.domains.projects.posting import load_names
from redflower.engine.answers import Reply, reply
from redflower.engine.batch import Batcher
from redflower.kernel.canon import instant
from redflower.kernel.ids import read_private_token

Connection = psycopg.Connection[Any]


@dataclass(frozen=True, slots=True)
class KnownProject:
    """What the door remembers of a project: none of it changes while it takes gifts."""

    id: UUID
    quoted_titles: Mapping[str, str]  # by language, as `choose_language` names them


class Match(msgspec.Struct):
    """What came of a gift in the festivals it took part in: `none`, `waiting` for a draw, or `drawn`. Units: fen."""

    state: str
    amount_minor: int


class Refund(msgspec.Struct):
    """Whether a gift was asked back: `none`, `asked`, `declined`, `accepted` (on its way) or `refunded`."""

    state: str
    asked_at: str | None
    refunded_at: str | None


class GiftSeen(msgspec.Struct):
    """A gift as whoever holds its token, or knows its public id, may see it. Units: fen, flowers."""

    gift_id: str
    project: str
    state: str
    amount_minor: int
    paid_at: str | None
    settled_at: str | None
    match: Match
    flowers: int
    refund: Refund


@dataclass(frozen=True, slots=True)
class Seen:
    """A gift's raw facts, as one read found them."""

    gift: GiftFacts
    match: MatchFacts
    flowers: int


Found = Seen | KnownProject | None


def look_up(conn: Connection, items: list[str | UUID]) -> list[Found]:
    """What the batcher of reads does: projects are asked for by name, gifts by id."""
    gift_ids = [item for item in items if isinstance(item, UUID)]
    names = [item for item in items if isinstance(item, str)]
    found: dict[str | UUID, Found] = {}
    if names:
        for name, (project_id, title_zh, title_en) in load_names(conn, names).items():
            titles = {"zh-hans": quote(title_zh or title_en), "en": quote(title_en or title_zh)}
            found[name] = KnownProject(project_id, titles)
    if gift_ids:
        matches, earned = load_matches(conn, gift_ids), load_earned(conn, gift_ids)
        for gift_id, facts in load_gift_facts(conn, gift_ids).items():
            found[gift_id] = Seen(facts, matches.get(gift_id, MatchFacts(0, 0, 0)), earned.get(gift_id, 0))
    return [found.get(item) for item in items]


class Look:
    """The door's eyes."""

    def __init__(self, reader: Batcher[str | UUID, Found], gift_key: bytes, ask_time: Callable[[], datetime]) -> None:
        self._reader, self._gift_key, self._ask_time = reader, gift_key, ask_time
        self.projects: dict[str, KnownProject] = {}

    async def find_project(self, name: str) -> None:
        """Looks for a project by slug or id, and remembers it where there is one."""
        if not is_slug(name):  # an id is spelled like one
            return
        found = await self._reader.put(name)
        if isinstance(found, KnownProject):
            self.projects[name] = found

    async def find_state(self, gift_id: UUID) -> GiftState:
        """Where a gift that stands is now."""
        seen = await self._reader.put(gift_id)
        return _state_of(seen, self._ask_time()) if isinstance(seen, Seen) else GiftState.PENDING

    async def show(self, scope: Any, body: bytes, name: str) -> Reply:
        """A gift by its private token, in any state; by its public id, once it has settled.

        Errors: GiftNotFound.
        """
        gift_id = read_private_token(name, self._gift_key)
        is_holder = gift_id is not None
        if gift_id is None:
            try:
                gift_id = UUID(name)
            except ValueError as fault:
                raise GiftNotFound from fault
        seen = await self._reader.put(gift_id)
        if not isinstance(seen, Seen) or not (is_holder or seen.gift.settled_at):
            raise GiftNotFound
        return reply(_describe(seen, self._ask_time()))


def _state_of(seen: Seen, at: datetime) -> GiftState:
    gift = seen.gift
    return compute_state(gift.settled_at is not None, gift.ended, gift.expires_at, at, gift.refunded_at is not None)


def _refund_of(gift: GiftFacts) -> Refund:
    state = "none" if gift.refund_asked_at is None else "asked"
    if gift.refund_accepted is not None:
        state = "accepted" if gift.refund_accepted else "declined"
    return Refund(
        "refunded" if gift.refunded_at else state,
        instant(gift.refund_asked_at) if gift.refund_asked_at else None,
        instant(gift.refunded_at) if gift.refunded_at else None,
    )


def _describe(seen: Seen, at: datetime) -> GiftSeen:
    gift, match = seen.gift, seen.match
    state = "waiting" if match.undrawn else "drawn" if match.awards else "none"
    return GiftSeen(
        gift_id=str(gift.id),
        project=gift.project_slug,
        state=_state_of(seen, at).value,
        amount_minor=gift.amount_minor,
        paid_at=instant(gift.paid_at) if gift.paid_at else None,
        settled_at=instant(gift.settled_at) if gift.settled_at else None,
        match=Match(state, match.amount_minor),
        flowers=seen.flowers,
        refund=_refund_of(gift),
    )
