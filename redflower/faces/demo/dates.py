"""The demo's dates: everything is told relative to the moment of seeding, in the instance's time zone."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

MONTH = timedelta(days=30, hours=10)  # a twelfth of a year: months of the stories are round numbers


def local_time(day: date, zone: ZoneInfo, hour: int, minute: int = 0) -> datetime:
    """The instant of a wall-clock time on a local day."""
    return datetime.combine(day, time(hour, minute), tzinfo=zone)


def floor_hour(at: datetime) -> datetime:
    """The start of the hour an instant lies in."""
    return at.replace(minute=0, second=0, microsecond=0)
