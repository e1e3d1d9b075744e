"""What waits for me, and what today brings."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext

from redflower.domains.festivals.selectors import find_current_festival, list_pools
from redflower.domains.insights.selectors import list_hours, sum_between
from redflower.domains.organizations.selectors import list_charities_for_review
from redflower.domains.payments.selectors import count_orders_by_state, list_open_alarms
from redflower.domains.projects.selectors import list_projects_for_review
from redflower.faces.backoffice.access import operators_only
from redflower.faces.backoffice.console import show
from redflower.faces.backoffice.labels import ALARMS, ORDER_STATES
from redflower.kernel import clock
from redflower.kernel.clock import day_bounds, local_date

_SHOWN = 5


@operators_only
def dashboard(request: HttpRequest) -> HttpResponse:
    """The first page of a working day."""
    now = clock.now()
    start, end = day_bounds(local_date(now, settings.TIME_ZONE), settings.TIME_ZONE)
    gifts, amount = sum_between(start, end)
    gifts_by_hour = {timezone.localtime(hour.hour).hour: hour.gifts for hour in list_hours(start, end)}
    festival = find_current_festival(now)
    return show(
        request,
        "dashboard",
        "dashboard",
        gifts=gifts,
        amount=amount,
        hours=[gifts_by_hour.get(hour, 0) for hour in range(timezone.localtime(now).hour + 1)],
        orders=count_orders_by_state(start, now),
        order_states=ORDER_STATES,
        reviews=_list_reviews(request),
        alarms=list_open_alarms(_SHOWN),
        alarm_words={kind: gettext(alarm.text) for kind, alarm in ALARMS.items()},
        festival=festival,
        pools=list_pools(festival.id) if festival else [],
    )


def _list_reviews(request: HttpRequest) -> list[dict[str, object]]:
    """Files that wait for a second person, those I may review first."""
    waiting = [(charity, "building-2", "backoffice_charity", "name") for charity in list_charities_for_review()]
    waiting += [(project, "hand-heart", "backoffice_project", "title") for project in list_projects_for_review()]
    rows = [
        {"file": file, "icon": icon, "page": page, "field": field, "is_mine": file.submitted_by_id == request.user.id}
        for file, icon, page, field in waiting
    ]
    return sorted(rows, key=lambda row: row["is_mine"])[: 2 * _SHOWN]
