"""The demo's two festivals: one over, drawn and closed to zero; one running."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from redflower.domains.festivals.services import NewFestival
from redflower.domains.festivals.types import PlannedPool
from redflower.faces.demo.dates import local_time
from redflower.kernel.money import FEN_PER_YUAN

OPENS_AT_HOUR = 10
RUNNING_SINCE = timedelta(days=2)
RUNNING_DAYS = 9
PAST_AGO = timedelta(days=131)
PAST_DAYS = 3


@dataclass(frozen=True, slots=True)
class PlannedFestival:
    """A festival to announce, with its pools."""

    festival: NewFestival
    pools: tuple[PlannedPool, ...]
    announced_at: datetime


def plan_past_festival(now: datetime, zone: ZoneInfo) -> PlannedFestival:
    """Three days, four months ago, with more money than gifts: what was left went back to its sponsor."""
    opens_at = local_time((now - PAST_AGO).astimezone(zone).date(), zone, OPENS_AT_HOUR)
    festival = NewFestival(
        slug="neighbours-days",
        name_zh="邻里公益三日",
        name_en="Neighbours' Giving Days",
        summary_zh="三天，一个小小的配捐池。没有送完的部分，已经退回给出资方，抽取用的密钥也已公开，谁都可以复算。",
        summary_en="Three days and a small pool. What was not given went back to its sponsor, and the secret of the draw is public: anyone can recompute it.",
        opens_at=opens_at,
        closes_at=opens_at + timedelta(days=PAST_DAYS),
        slice_seconds=60,
        allowance_seconds=10,
    )
    pool = PlannedPool(
        "surprise-2024",
        "邻里惊喜池",
        "Neighbours' Surprise Pool",
        "拾穗慈善信托",
        "Gleaners Charitable Trust",
        40_000 * FEN_PER_YUAN,
    )
    return PlannedFestival(festival, (pool,), opens_at - timedelta(days=15))


def plan_running_festival(now: datetime, zone: ZoneInfo) -> PlannedFestival:
    """Nine days that began two days and some hours ago."""
    opens_at = local_time((now - RUNNING_SINCE).astimezone(zone).date(), zone, OPENS_AT_HOUR)
    if opens_at > now - RUNNING_SINCE:
        opens_at -= timedelta(days=1)
    festival = NewFestival(
        slug="red-flower-days",
        name_zh="小红花公益节",
        name_en="Red Flower Days",
        summary_zh="九天里，每五秒是一个时间片。每一片有自己的配捐预算，按公开的规则和事先封存的密钥抽取：不拼手速，只凭心意。",
        summary_en="Nine days in slices of five seconds. Each slice has its own matching budget, drawn by published rules and a secret sealed beforehand: no race, only goodwill.",
        opens_at=opens_at,
        closes_at=opens_at + timedelta(days=RUNNING_DAYS),
        slice_seconds=5,
        allowance_seconds=3,
    )
    pools = (
        # ¥2.03 a slice: what the seeded rate of a gift every twelve seconds wins at ¥4.95 a gift. At half as much
        # again, the rate at which the demo's simulator gives, two gifts in three win.
        PlannedPool(
            "surprise-2024", "惊喜配捐池", "Surprise Pool", "晨星公益基金", "Morning Star Fund", 315_000 * FEN_PER_YUAN
        ),
        PlannedPool(
            "random-2018",
            "同心配捐池",
            "Side-by-Side Pool",
            "海棠树企业公益联盟",
            "Crabapple Business Alliance",
            520_000 * FEN_PER_YUAN,
        ),
    )
    return PlannedFestival(festival, pools, opens_at - timedelta(days=20))
