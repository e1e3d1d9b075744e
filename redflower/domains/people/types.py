"""Frozen values of people."""

import json
from dataclasses import dataclass
from datetime import datetime
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
