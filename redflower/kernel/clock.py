"""The only place that reads the wall clock. Rules take time as an argument."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo


def now() -> datetime:
    """This instant, in UTC."""
    return datetime.now(UTC)


def local_date(at: datetime, zone: str) -> date:
    """The calendar day on which an instant falls in the instance's time zone."""
    return at.astimezone(ZoneInfo(zone)).date()


def local_dates(instants: Sequence[datetime], zone: str) -> list[date]:
    """`local_date` of each; those of one instant, and neighbours in time, share the work."""
    days: dict[datetime, date] = {}
    day = start = end = None
    for at in dict.fromkeys(instants):
        if day is None or start is None or end is None or not start <= at < end:
            day = local_date(at, zone)
            start, end = day_bounds(day, zone)
        days[at] = day
    return [days[at] for at in instants]


def day_bounds(day: date, zone: str) -> tuple[datetime, datetime]:
    """The half-open span of instants [start, end) that make up a local day."""
    start = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone))
    following = day + timedelta(days=1)
    end = datetime(following.year, following.month, following.day, tzinfo=ZoneInfo(zone))
    return start.astimezone(UTC), end.astimezone(UTC)
