"""Frozen values of people."""

import json
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class UserView:
    """Somebody who can sign in."""

    id: UUID
    email: str
    is_operator: bool


@dataclass(frozen=True, slots=True)
class AuditView:
    """A privileged act on record."""

    id: int
    actor_email: str
    act: str
    subject_id: UUID | None
    facts: dict[str, Any]
    at: datetime


@dataclass(frozen=True, slots=True)
class DonorView:
    """Somebody who gives; a guest has no user."""

    id: UUID
    user_id: UUID | None
    shown_name: str
    region: str


@dataclass(frozen=True, slots=True)
class SiteView:
    """The instance's own name and languages."""

    name_zh: str
    name_en: str
    languages: tuple[str, ...]
    is_open: bool

    @classmethod
    def from_row(cls, row: dict[str, Any]) -> "SiteView":
        """Reads the languages out of their JSON column."""
        return cls(row["name_zh"], row["name_en"], tuple(json.loads(row["languages_json"])), row["is_open"])


class ChangeKind(StrEnum):
    """What a proposed change is about."""

    CHARITY = "charity"
    PROJECT = "project"
    REPORT = "report"
    ANSWER = "answer"
    CALL = "call"
    FESTIVAL = "festival"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something published is changed, as the public reads it."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class ProposedChange:
    """A change as it is proposed: the fields that differ, as JSON values, before and after."""

    kind: ChangeKind
    subject_id: UUID
    page_id: UUID
    was: dict[str, Any]
    becomes: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ChangeView:
    """A change with what became of it; `is_published` is None while it waits for a second person."""

    id: UUID
    kind: ChangeKind
    subject_id: UUID
    page_id: UUID
    was: dict[str, Any]
    becomes: dict[str, Any]
    reason_zh: str
    reason_en: str
    proposed_by_id: UUID
    proposed_at: datetime
    is_published: bool | None
    note: str
    decided_by_id: UUID | None
    decided_at: datetime | None

    @property
    def is_correction(self) -> bool:
        """True when the public had read something else before; a first report or answer corrects nothing."""
        return bool(self.was)
