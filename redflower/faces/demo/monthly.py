"""Monthly givers: the same person, project and amount on the same day of every month."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from redflower.faces.demo.dates import local_time
from redflower.faces.demo.world import PlannedProject

AMOUNTS = (500, 1_000, 1_000, 1_000, 2_000, 3_000, 5_000, 10_000)
DAYS = (1, 10, 20)  # of the month, to choose from
AT_HOUR = 9
LAST_QUIET_DAYS = 4  # the newest standing orders are left to the running festival's own gifts

MonthlyGift = tuple[datetime, int, int, int]  # paid at, donor, project, amount in fen


def plan_monthly_gifts(
    projects: Sequence[PlannedProject], donors: int, most: int, now: datetime, zone: ZoneInfo, rng: Random
) -> list[MonthlyGift]:
    """At most `most` gifts of standing orders, until each one's project ended or now."""
    gifts: list[MonthlyGift] = []
    weights = [project.story["popularity"] for project in projects]
    until = now - timedelta(days=LAST_QUIET_DAYS)
    while most > 0:
        place = rng.choices(range(len(projects)), weights)[0]
        order = _follow_order(projects[place], until, zone, rng)
        donor, amount = rng.randrange(donors), rng.choice(AMOUNTS)
        gifts += [(at, donor, place, amount) for at in order[:most]]
        most -= max(len(order), 1)
    return gifts


def is_standing_order_hour(at: datetime, zone: ZoneInfo) -> bool:
    """Whether standing orders are carried out in the hour that begins now."""
    local = at.astimezone(zone)
    return local.day in DAYS and local.hour == AT_HOUR


def _follow_order(project: PlannedProject, until: datetime, zone: ZoneInfo, rng: Random) -> list[datetime]:
    """The instants of one standing order."""
    begins = project.starts_at + (min(until, project.ends_at) - project.starts_at) * rng.uniform(0.0, 0.7)
    day = rng.choice(DAYS)
    year, month = begins.astimezone(zone).year, begins.astimezone(zone).month
    instants = []
    while True:
        at = local_time(date(year, month, day), zone, AT_HOUR)
        if at >= min(until, project.ends_at):
            return instants
        if at > begins:
            instants.append(at)
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
