"""A year of flowers as a page, and as a picture to share: drawn here, watched by nobody."""

from datetime import date
from typing import Any

import resvg_py
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from redflower.domains.dreams import selectors
from redflower.domains.flowers.selectors import count_flowers_by_day
from redflower.faces.shared.purses import purses_of
from redflower.kernel import clock

_FIRST_YEAR = 2020


@never_cache
@require_safe
def review(request: HttpRequest, year: int) -> HttpResponse:
    """What this person's flowers did in a calendar year."""
    return render(request, "flower_site/year.html", _describe(request, year))


@never_cache
@require_safe
def picture(request: HttpRequest, year: int) -> HttpResponse:
    """The same as a picture of 1080 by 1350, without a name on it."""
    response = render(request, "flower_site/year.svg", _describe(request, year), content_type="image/svg+xml")
    response["Content-Disposition"] = f'inline; filename="red-flower-{year}.svg"'
    return response


@never_cache
@require_safe
def photo(request: HttpRequest, year: int) -> HttpResponse:
    """The picture as PNG, which every chat takes; drawn for this person alone and kept nowhere."""
    svg = render_to_string("flower_site/year.svg", _describe(request, year), request)
    response = HttpResponse(bytes(resvg_py.svg_to_bytes(svg_string=svg)), content_type="image/png")
    response["Content-Disposition"] = f'inline; filename="red-flower-{year}.png"'
    return response


def _describe(request: HttpRequest, year: int) -> dict[str, Any]:
    now = clock.now()
    this_year = clock.local_date(now, settings.TIME_ZONE).year
    if not _FIRST_YEAR <= year <= this_year:
        raise Http404
    donors = purses_of(request)
    earned = count_flowers_by_day(donors, date(year, 1, 1))
    days = {day: count for day, count in earned.items() if day.year == year}
    months = [sum(count for day, count in days.items() if day.month == month) for month in range(1, 13)]
    given = selectors.sum_given(donors, settings.TIME_ZONE, year)
    return {
        "year": year,
        "earned": sum(days.values()),
        "days": len(days),
        "months": months,
        "best": max(months),
        "given": given.given,
        "granted": given.granted,
        "people": given.people,
        "years": [each for each in (year - 1, year + 1) if _FIRST_YEAR <= each <= this_year],
    }
