"""Flowers that the demo's donors gather for projects of the running festival, every evening from eight o'clock on."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from random import Random
from uuid import UUID
from zoneinfo import ZoneInfo

from redflower.domains.flowers.services import give_bonus_flowers
from redflower.domains.flowers.types import BonusGift
from redflower.faces.demo.giving import Batch
from redflower.kernel.ids import id_at, millisecond_of

_EVENING = 20
# How many flowers the projects with the most gifts have after the first evening, and after every later one.
_WANTED = ((78, 130), (50, 84), (27, 45), (14, 24))


@dataclass(slots=True)
class Gathering:
    """The flowers of one festival: which projects ask for them, who has earned some, and how many were given."""

    festival_id: UUID
    projects: Sequence[int]
    rng: Random
    earned: list[int] = field(default_factory=list)
    evenings: list[date] = field(default_factory=list)
    given: Counter[int] = field(default_factory=Counter)
    gone: set[int] = field(default_factory=set)  # who has given theirs

    @classmethod
    def plan(cls, festival_id: UUID, batches: Sequence[Batch], rng: Random) -> "Gathering":
        """For the projects that receive the most gifts."""
        gifts = Counter(gift.project for batch in batches for gift in batch.gifts)
        return cls(festival_id, [project for project, _ in gifts.most_common(len(_WANTED))], rng)

    def go_on(self, batch: Batch, project_ids: Sequence[UUID], donor_ids: Sequence[UUID], zone: str) -> None:
        """Once a batch is settled: remembers who earned a flower by it, and on an evening lets them give one each."""
        self.earned += [gift.donor for gift in batch.gifts if gift.outcome == "paid"]
        local = batch.settles_at.astimezone(ZoneInfo(zone))
        if local.hour < _EVENING or local.date() in self.evenings:
            return
        self.evenings.append(local.date())
        givers = [each for each in dict.fromkeys(self.earned) if each not in self.gone]
        self.rng.shuffle(givers)
        gifts = []
        for project, wanted in zip(self.projects, _WANTED, strict=False):
            missing = wanted[min(len(self.evenings), len(wanted)) - 1] - self.given[project]
            some, givers = givers[:missing], givers[missing:]
            self.given[project] += len(some)
            self.gone.update(some)
            gifts += [
                BonusGift(
                    id_at(millisecond_of(batch.settles_at)),
                    (donor_ids[giver],),
                    self.festival_id,
                    project_ids[project],
                    1,
                )
                for giver in some
            ]
        if gifts:
            give_bonus_flowers(gifts, zone, batch.settles_at)
