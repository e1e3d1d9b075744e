"""Pure decisions about flowers."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

FIRST_GIFT_OF_DAY = "first_gift_of_day"


@dataclass(frozen=True, slots=True)
class FlowerRule:
    """How many flowers a deed earns, at most once per donor and day. Units: flowers."""

    deed: str
    version: int
    amount: int

    @property
    def label(self) -> str:
        return f"{self.deed}@{self.version}"


@dataclass(frozen=True, slots=True)
class Deed:
    """A good deed the platform has heard of and verified."""

    donor_id: UUID
    subject_id: UUID  # what shows it: a gift
    done_on: date  # local day


@dataclass(frozen=True, slots=True)
class SettledDeed:
    """A deed of a scene with the flowers its rule gave. Units: flowers. `rule` is the rule set's code and version."""

    id: UUID
    donor_id: UUID
    flowers: int
    rule: str


def pick_first_of_day(deeds: Iterable[Deed]) -> list[Deed]:
    """The first deed of each donor and day in a list; the database refuses those of earlier lists."""
    first: dict[tuple[UUID, date], Deed] = {}
    for deed in deeds:
        first.setdefault((deed.donor_id, deed.done_on), deed)
    return list(first.values())
