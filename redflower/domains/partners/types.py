"""Frozen values of partners."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID


class MessageState(StrEnum):
    """Where a message stands; computed from its tries."""

    WAITING = "waiting"  # due, or between two tries
    HEARD = "heard"
    GIVEN_UP = "given_up"  # tried to the last; a replay starts over


@dataclass(frozen=True, slots=True)
class EndpointView:
    """An address of a partner's that hears of events. An empty `kinds` hears all."""

    id: UUID
    partner_id: UUID
    url: str
    kinds: tuple[str, ...]
    secret_version: int
    rotated_at: datetime | None
    made_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class NewMessage:
    """An event to tell a partner of. `event_key` is the event's own name, for ever: the same key is queued once."""

    partner_id: UUID
    event_key: str
    kind: str
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class DueMessage:
    """A message taken for delivery, under a lease."""

    id: UUID
    endpoint_id: UUID
    url: str
    body: str
    secret_version: int
    rotated_at: datetime | None
    tries: int  # before this one


@dataclass(frozen=True, slots=True)
class TryResult:
    """What became of one try. `status` is 0 when nobody answered."""

    message_id: UUID
    status: int
    error: str
    milliseconds: int
    at: datetime


@dataclass(frozen=True, slots=True)
class TryView:
    """One try on record."""

    number: int
    status: int
    error: str
    milliseconds: int
    at: datetime


@dataclass(frozen=True, slots=True)
class MessageView:
    """A message with how far it got."""

    id: UUID
    endpoint_id: UUID
    url: str
    kind: str
    body: str
    made_at: datetime
    state: MessageState
    tries: int
    last_status: int | None
    last_error: str
    due_at: datetime | None
