"""Calls: written here by one operator, announced by another on the desk of changes."""

from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from redflower.domains.dreams import selectors, services
from redflower.domains.dreams.types import CallView
from redflower.domains.people.selectors import get_change, list_waiting_changes
from redflower.domains.people.types import ChangeKind
from redflower.faces.backoffice.access import operators_only
from redflower.faces.backoffice.call_form import CallForm
from redflower.faces.backoffice.console import show
from redflower.faces.shared.file_forms import explain
from redflower.faces.shared.labels import Label
from redflower.kernel import clock
from redflower.kernel.errors import Refusal
from redflower.kernel.text import N_

_UPCOMING, _OPEN, _OVER = (
    Label(N_("还没开始"), "info", "clock"),
    Label(N_("正在收"), "give"),
    Label(N_("已截止"), "green"),
)


@operators_only
def calls(request: HttpRequest) -> HttpResponse:
    """Every call with its fund, and those that wait for a second person."""
    now = clock.now()
    found = selectors.list_calls()
    counts = selectors.count_handed_in(call.id for call in found)
    return show(
        request,
        "calls",
        "calls",
        calls=[(call, _stand(call, now), counts.get(call.id, 0)) for call in found],
        waiting=[each for each in list_waiting_changes() if each.kind == ChangeKind.CALL],
    )


def _stand(call: CallView, now: datetime) -> Label:
    if call.opens_at > now:
        return _UPCOMING
    return _OPEN if call.is_open(now) else _OVER


@operators_only
@require_http_methods(["GET", "HEAD", "POST"])
def write(request: HttpRequest) -> HttpResponse:
    """A new call; `from` begins with the words of one that was not announced."""
    form = CallForm(request.POST or None, initial=_find_words(request.GET.get("from", "")))
    if request.method == "POST" and form.is_valid():
        try:
            change_id = services.propose_call(form.read(), request.user.id, clock.now())
            messages.success(request, gettext("已提交，等另一位运营人员看过就公布"))
            return redirect("backoffice_change", change_id)
        except Refusal as refusal:
            explain(form, refusal)
    return show(request, "calls", "call_form", status=422 if form.errors else 200, form=form)


def _find_words(change_id: str) -> dict[str, object]:
    try:
        change = get_change(UUID(change_id))
    except (ValueError, Refusal):
        return {}
    return CallForm.write(selectors.read_call(change.becomes)) if change.kind == ChangeKind.CALL else {}
