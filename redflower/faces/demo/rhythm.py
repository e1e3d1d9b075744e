"""When people give: the shape of a day, a week and a festival, for the seeded past and for the simulator alike.

Source: the evening peak at 19:00 and the quiet night are what giving platforms report; the numbers are ours.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

# Relative weight of each local hour; the mean is 100.
HOURS = (
    38, 22, 14, 10, 9, 14, 34, 70, 98, 112, 124, 128, 142, 122, 104, 102, 108, 124, 168, 246, 214, 182, 138, 77,
)  # fmt: skip
SATURDAY, SUNDAY = 5, 6
WEEKEND_MORNING = 0.75  # people sleep in
WEEKEND_DAY = 1.2
FIRST_FESTIVAL_HOURS = 1.6  # the opening draws a crowd
EVENING = 18
MORNING_ENDS = 10


def weigh_hour(at: datetime, zone: ZoneInfo) -> float:
    """How busy the hour of an instant is, against 1.0 for the mean hour."""
    local = at.astimezone(zone)
    weight = HOURS[local.hour] / 100
    if local.weekday() in (SATURDAY, SUNDAY):
        weight *= WEEKEND_MORNING if local.hour < MORNING_ENDS else WEEKEND_DAY if local.hour < EVENING else 1.0
    return weight
