"""The payment desk: every order with what became of it, and the notices that did not fit."""

import csv
import io
from collections.abc import Iterator
from datetime import date, datetime
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST

from redflower.domains.donations.errors import GiftNotFound
from redflower.domains.donations.selectors import find_gifts_by_id, get_gift
from redflower.domains.festivals.selectors import list_awards_of_gifts
from redflower.domains.payments.selectors import (
    find_alarms_by_id,
    get_order,
    list_alarms_of_order,
    list_open_alarms,
    list_orders,
    list_resolved_alarms,
)
from redflower.domains.payments.services import resolve_alarms
from redflower.domains.payments.types import AlarmView, OrderQuery, OrderState, OrderView
from redflower.faces.backoffice.access import operators_only
from redflower.faces.backoffice.console import Question, ask_or_do, read_ids, show
from redflower.faces.backoffice.labels import ALARMS, ORDER_STATES
from redflower.faces.shared.jinja import pick
from redflower.faces.shared.paging import read_cursor
from redflower.kernel import clock
from redflower.kernel.clock import day_bounds

_PAGE = 50
_CHUNK = 1000
_NUMBER_MAX_CHARS = 80


def _read_query(request: HttpRequest) -> OrderQuery:
    """What the address asks for; what cannot be read asks for nothing."""
    state = request.GET.get("state", "")
    since, until = _read_days(request.GET.get("from", ""), request.GET.get("to", ""))
    return OrderQuery(
        state=OrderState(state) if state in tuple(OrderState) else None,
        since=since,
        until=until,
        number=request.GET.get("q", "").strip().replace("\x00", "")[:_NUMBER_MAX_CHARS],
    )


def _read_days(first: str, last: str) -> tuple[datetime | None, datetime | None]:
    def bound(text: str, end: bool) -> datetime | None:
        try:
            return day_bounds(date.fromisoformat(text), settings.TIME_ZONE)[end]
        except (ValueError, OverflowError):
            return None

    return bound(first, end=False), bound(last, end=True)


@operators_only
def payments(request: HttpRequest) -> HttpResponse:
    """Orders, the latest first."""
    query = _read_query(request)
    found = list_orders(query, clock.now(), read_cursor(request), _PAGE + 1)
    asked = {name: request.GET[name] for name in ("state", "from", "to", "q") if request.GET.get(name)}
    more = urlencode({**asked, "after": found[_PAGE - 1].id}) if len(found) > _PAGE else ""
    kept = {name: value for name, value in asked.items() if name != "state"}
    tabs = [(gettext("全部"), f"?{urlencode(kept)}", query.state is None)]
    tabs += [
        (label.here, f"?{urlencode({**kept, 'state': state})}", query.state == state)
        for state, label in ORDER_STATES.items()
    ]
    gifts = find_gifts_by_id([order.id for order in found[:_PAGE]], clock.now())
    return show(
        request,
        "payments",
        "payments",
        orders=found[:_PAGE],
        titles={gift.id: pick(gift, "project_title") for gift in gifts},
        states=ORDER_STATES,
        tabs=tabs,
        asked=asked,
        next_href=f"?{more}" if more else "",
        csv_href=f"/backoffice/payments.csv?{urlencode(asked)}",
    )


@operators_only
def payment(request: HttpRequest, order_id: UUID) -> HttpResponse:
    """One order from its first word to its last."""
    now = clock.now()
    order = get_order(order_id, now)
    try:
        gift = get_gift(order_id, now)
    except GiftNotFound:
        gift = None
    return show(
        request,
        "payments",
        "payment",
        order=order,
        state=ORDER_STATES[order.state],
        gift=gift,
        awards=list_awards_of_gifts([order_id]).get(order_id, []),
        alarms=list_alarms_of_order(order_id),
        alarm_words=_words(),
    )


@operators_only
def export_payments(request: HttpRequest) -> StreamingHttpResponse:
    """The orders asked for, as a table for spreadsheets, however many they are."""
    name = f"payments-{timezone.localtime(clock.now()):%Y%m%d-%H%M}.csv"
    return StreamingHttpResponse(
        _write_csv(_read_query(request), clock.now()),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _write_csv(query: OrderQuery, now: datetime) -> Iterator[str]:
    header = [
        "order",
        "state",
        "amount_yuan",
        "project",
        "provider",
        "provider_txn",
        "created_at",
        "paid_at",
        "settled_at",
    ]
    yield "\N{BYTE ORDER MARK}" + _line(header)  # spreadsheets take the file for UTF-8 only with this mark
    before: UUID | None = None
    while found := list_orders(query, now, before, _CHUNK):
        yield "".join(_line(_row(order)) for order in found)
        before = found[-1].id


def _row(order: OrderView) -> list[str]:
    whole, rest = divmod(order.amount_minor, 100)
    times = [
        timezone.localtime(at).isoformat(timespec="seconds") if at else ""
        for at in (order.created_at, order.paid_at, order.noticed_at)
    ]
    return [
        str(order.id), order.state.value, f"{whole}.{rest:02}", order.description, order.provider,
        order.provider_txn or "", *times,
    ]  # fmt: skip


def _line(cells: list[str]) -> str:
    """One line; a cell that a spreadsheet would take for a formula is quoted as text."""
    line = io.StringIO()
    csv.writer(line).writerow([f"'{cell}" if cell[:1] in "=+-@\t\r" and cell else cell for cell in cells])
    return line.getvalue()


def _words() -> dict[str, tuple[str, str]]:
    return {kind: (gettext(alarm.text), gettext(alarm.advice)) for kind, alarm in ALARMS.items()}


@operators_only
def alarms(request: HttpRequest) -> HttpResponse:
    """Notices that did not fit: those that wait, or those dealt with."""
    done = request.GET.get("show") == "done"
    found = list_resolved_alarms() if done else list_open_alarms()
    return show(request, "alarms", "alarms", alarms=found, words=_words(), is_done=done)


@operators_only
@require_POST
def resolve(request: HttpRequest) -> HttpResponse:
    """Closes the chosen notices with what was found out."""
    ids = read_ids(request)
    question = Question(
        page="alarms",
        title=gettext("这些通知都核对清楚了？"),
        text=gettext(
            "它们会从待办里消失，连同你写的结论留在记录里。这一步不移动任何一笔钱：要退的款，请先在支付方办好。"
        ),
        items=[(gettext(ALARMS[alarm.kind].text), _remark(alarm)) for alarm in find_alarms_by_id(ids)],
        button=gettext("写下结论并关闭"),
        back="/backoffice/alarms/",
        needs_note=True,
    )

    def carry_out(note: str) -> str:
        resolve_alarms(ids, note, request.user.id, clock.now())
        return ngettext("关闭了 {n} 条通知", "关闭了 {n} 条通知", len(ids)).format(n=len(ids))

    return ask_or_do(request, question, carry_out)


def _remark(alarm: AlarmView) -> str:
    ago = timezone.localtime(alarm.raised_at)
    return f"{alarm.provider} · {alarm.order_id} · {ago:%m-%d %H:%M}"
