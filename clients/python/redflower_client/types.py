"""What goes out and what comes back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Deed:
    """One good thing a user of yours did. `id` is your own name for it: the same id is the same deed, for ever.

    Units of `amount`: the campaign's kind decides (steps, minutes, seconds). `user` and `device` never leave the platform:
    only keyed hashes of them are kept.
    """

    id: str
    campaign: str
    user: str
    done_at: datetime
    amount: int | None = None
    device: str | None = None
    subject: str | None = None
    project: str | None = None
    facts: Mapping[str, Any] | None = None

    def as_json(self) -> dict[str, Any]:
        """As it goes over the wire; what is None is left out.

        Errors: ValueError for a `done_at` without a time zone.
        """
        if self.done_at.tzinfo is None:
            raise ValueError(f"deed {self.id}: done_at needs a time zone")
        told: dict[str, Any] = {
            "id": self.id,
            "campaign": self.campaign,
            "user": self.user,
            "done_at": self.done_at.isoformat(timespec="milliseconds"),
        }
        for name in ("amount", "device", "subject", "project", "facts"):
            value = getattr(self, name)
            if value is not None:
                told[name] = value
        return told


@dataclass(frozen=True, slots=True)
class DeedAnswer:
    """The answer to one deed: accepted, capped, held, refused or replayed; `reason` is a stable code, `message` a sentence."""

    id: str
    status: str
    reason: str = ""
    message: str = ""
    flowers: int = 0
    money_minor: int = 0
    item: str = ""
    deed_id: str = ""
    first: str = ""

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> "DeedAnswer":
        """Reads one answer; what a newer platform says besides is left aside."""
        known = {name: told[name] for name in cls.__slots__ if told.get(name) is not None}
        return cls(**known)


@dataclass(frozen=True, slots=True)
class Report:
    """The answers to a list of deeds, in the order they were given."""

    answers: tuple[DeedAnswer, ...] = field(default=())

    @property
    def flowers(self) -> int:
        """Flowers earned now; a replayed deed earned them before."""
        return sum(each.flowers for each in self.answers if each.status != "replayed")

    def with_status(self, *statuses: str) -> tuple[DeedAnswer, ...]:
        """The answers of these statuses, such as `refused` and `held`."""
        return tuple(each for each in self.answers if each.status in statuses)


@dataclass(frozen=True, slots=True)
class UserToken:
    """A token for one user's browser, and until when it is good."""

    user: str
    token: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class LinkPage:
    """A page on which one user links themselves, for one link, and until when it is good."""

    user: str
    url: str
    expires_at: datetime
