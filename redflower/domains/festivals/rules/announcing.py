"""What a festival must be like before anybody reads of it."""

from collections.abc import Collection
from datetime import datetime, timedelta

from redflower.domains.festivals.errors import FestivalHoursInvalid, FestivalInvalid
from redflower.domains.festivals.types import PlannedFestival, PlannedPool
from redflower.domains.organizations.rules import is_slug, is_text
from redflower.kernel.limits import BIGINT_MAX

SLICE_SECONDS_MAX = 600
ALLOWANCE_SECONDS_MAX = 600
DAYS_MAX = 60
POOLS_MAX = 4


def check_festival(plan: PlannedFestival, presets: Collection[str], beacons: Collection[str], now: datetime) -> None:
    """Refuses a festival with a hole or an impossible value in it, or one that has begun before anybody could read its rules.

    Errors: FestivalInvalid with the first `field` in doubt, FestivalHoursInvalid.
    """
    fits = {
        "name_zh": is_text(plan.name_zh),
        "name_en": is_text(plan.name_en),
        "summary_zh": is_text(plan.summary_zh),
        "summary_en": is_text(plan.summary_en),
        "slug": is_slug(plan.slug),
        "opens_at": now < plan.opens_at,
        "slice_seconds": 0 < plan.slice_seconds <= SLICE_SECONDS_MAX,
        "allowance_seconds": 0 < plan.allowance_seconds <= ALLOWANCE_SECONDS_MAX,
        "beacon": plan.beacon == "" or plan.beacon in beacons,
        "pools": 0 < len(plan.pools) <= POOLS_MAX,
    }
    for place, pool in enumerate(plan.pools):
        fits |= {f"pool{place}_{field}": fit for field, fit in _judge(pool, presets).items()}
    wrong = next((field for field, fit in fits.items() if not fit), None)
    if wrong:
        raise FestivalInvalid(field=wrong)
    if not plan.opens_at < plan.closes_at <= plan.opens_at + timedelta(days=DAYS_MAX):
        raise FestivalHoursInvalid


def _judge(pool: PlannedPool, presets: Collection[str]) -> dict[str, bool]:
    return {
        "preset": pool.preset in presets,
        "name_zh": is_text(pool.name_zh),
        "name_en": is_text(pool.name_en),
        "sponsor_zh": is_text(pool.sponsor_zh),
        "sponsor_en": is_text(pool.sponsor_en),
        "budget_minor": 0 < pool.budget_minor <= BIGINT_MAX,
    }
