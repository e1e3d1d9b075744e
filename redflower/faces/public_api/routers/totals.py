"""Totals of the whole site."""

from django.conf import settings
from django.http import HttpRequest
from ninja import Router

from redflower.domains.insights.selectors import get_site_totals, list_hours, sum_by_region
from redflower.domains.projects.selectors import count_open_projects
from redflower.faces.public_api.schemas.totals import Hour, Overall, RegionTotal, Today, Totals
from redflower.faces.shared.regions import find_region
from redflower.kernel import clock
from redflower.kernel.text import N_

router = Router(tags=["totals"])


@router.get(
    "",
    response=Totals,
    operation_id="get_totals",
    summary=N_("全站合计"),
    description=N_("开站以来的合计，和今天按小时、按地区的数。比账本晚一秒左右。"),
)
def get_totals(request: HttpRequest) -> Totals:
    now = clock.now()
    today = clock.local_date(now, settings.TIME_ZONE)
    bounds = clock.day_bounds(today, settings.TIME_ZONE)
    site = get_site_totals()
    hours = list_hours(*bounds)
    return Totals(
        as_of=now,
        overall=Overall(
            gifts=site.gifts,
            given_minor=site.amount_minor,
            matched_minor=site.matched_minor,
            refunds=site.refunds,
            refunded_minor=site.refunded_minor,
            projects_supported=site.projects,
            projects_open=count_open_projects(now),
        ),
        today=Today(
            on=today,
            gifts=sum(hour.gifts for hour in hours),
            given_minor=sum(hour.amount_minor for hour in hours),
            hours=[Hour.model_validate(hour) for hour in hours],
            regions=_show_regions(sum_by_region(*bounds)),
        ),
    )


def _show_regions(amounts: dict[str, int]) -> list[RegionTotal]:
    known = [(find_region(code), amount) for code, amount in amounts.items()]
    shown = [
        RegionTotal(region=region.code, name_zh=region.name_zh, name_en=region.name_en, amount_minor=amount)
        for region, amount in known
        if region is not None
    ]
    return sorted(shown, key=lambda total: (-total.amount_minor, total.region))
