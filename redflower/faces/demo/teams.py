"""Teams of the demo's walkers: one that has reached its goal, some on the way, and flowers from walkers beside them."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from uuid import UUID
from zoneinfo import ZoneInfo

from redflower.domains.flowers.errors import FlowersNotEnough
from redflower.domains.flowers.services import give_flowers_of_people
from redflower.domains.flowers.types import PersonGift
from redflower.domains.ledger.types import AccountKind
from redflower.domains.scenes.selectors.campaigns import find_campaign
from redflower.domains.scenes.selectors.together import list_teams
from redflower.domains.scenes.services.together import grant_goals, join_team, open_team
from redflower.faces.shared.scenes.doors import donors_behind
from redflower.kernel.ids import new_id

# A team's name and how many walk in it; the walkers are those who report their steps every evening.
_TEAMS = (("清晨七点的河堤", 14), ("下班走两站", 8), ("三代人一起走", 5), ("新来的我们", 2))
_CHEERS = 9  # walkers who try to give a team a flower


def write_teams(campaign: str, partner_id: UUID, began: datetime, zone: ZoneInfo) -> None:
    """Opens the teams at the beginning of the walk, the last one a few days ago."""
    walk = find_campaign(campaign)
    assert walk  # noqa: S101 - it has just been written
    walkers = _walkers(partner_id)
    for place, (name, size) in enumerate(_TEAMS):
        at = began + timedelta(days=3 * place + 1)
        captain, *others = (next(walkers) for _ in range(size))
        today = at.astimezone(zone).date()
        team = open_team(walk.id, name, captain, today, at)
        for each in others:
            join_team(team, each, today, at)


def _walkers(partner_id: UUID, first: int = 0) -> Iterator[UUID]:
    number = first
    while True:
        yield donors_behind(partner_id, f"walker-{number}")[0]
        number += 1


def cheer_teams(campaign: str, partner_id: UUID, now: datetime, rng: Random) -> None:
    """Pays what teams have reached, and lets walkers of no team give them flowers.

    Needs: the walkers' flowers in their hands.
    """
    walk = find_campaign(campaign)
    assert walk  # noqa: S101 - it has just been written
    grant_goals([walk.id], now)
    beside = _walkers(partner_id, sum(size for _, size in _TEAMS))
    for team in list_teams(walk.id):
        for _ in range(_CHEERS):
            gift = PersonGift(new_id(), (next(beside),), AccountKind.TEAM_FLOWERS, team.id, rng.randint(1, 3))
            try:
                give_flowers_of_people([gift], now)
            except FlowersNotEnough:
                continue  # has not walked far enough yet
