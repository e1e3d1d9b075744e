"""Festivals as their keepers see them: pools, slices, and whether everything adds up."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from redflower.domains.festivals.rules import compute_phase, count_slices
from redflower.domains.festivals.selectors import get_festival, list_festivals, list_pools, list_slices, sum_festival
from redflower.domains.festivals.services.announcing import propose_festival, read_plan
from redflower.domains.festivals.types import FestivalView
from redflower.domains.people.selectors import get_change, list_waiting_changes
from redflower.domains.people.types import ChangeKind
from redflower.faces.backoffice.access import operators_only
from redflower.faces.backoffice.console import show
from redflower.faces.backoffice.festival_form import FestivalForm
from redflower.faces.backoffice.labels import FESTIVAL_PHASES, POOL_STATES
from redflower.faces.shared.file_forms import explain
from redflower.kernel import clock
from redflower.kernel.errors import Refusal


@operators_only
def festivals(request: HttpRequest) -> HttpResponse:
    """Every festival, the latest first."""
    waiting = [each for each in list_waiting_changes() if each.kind == ChangeKind.FESTIVAL]
    return show(
        request, "festivals", "festivals", festivals=[_standing(each) for each in list_festivals()], waiting=waiting
    )


@operators_only
@require_http_methods(["GET", "HEAD", "POST"])
def write(request: HttpRequest) -> HttpResponse:
    """A new festival; `from` begins with the words of one that was not announced."""
    form = FestivalForm(request.POST or None, initial=_find_words(request.GET.get("from", "")))
    if request.method == "POST" and form.is_valid():
        try:
            change_id = propose_festival(form.read(), request.user.id, clock.now())
            messages.success(request, gettext("已提交，等另一位运营人员看过就公布"))
            return redirect("backoffice_change", change_id)
        except Refusal as refusal:
            explain(form, refusal)
    return show(request, "festivals", "festival_form", status=422 if form.errors else 200, form=form)


def _find_words(change_id: str) -> dict[str, object]:
    try:
        change = get_change(UUID(change_id))
    except (ValueError, Refusal):
        return {}
    return FestivalForm.write(read_plan(change.becomes)) if change.kind == ChangeKind.FESTIVAL else {}


def _standing(festival: FestivalView) -> dict[str, object]:
    slices = count_slices(festival.opens_at, festival.closes_at, festival.slice_seconds)
    phase = compute_phase(festival.opens_at, festival.closes_at, slices, festival.drawn_through, clock.now())
    return {
        "festival": festival,
        "phase": FESTIVAL_PHASES[phase],
        "slices": slices,
        "drawn": festival.drawn_through + 1,
        "sums": sum_festival(festival.id),
    }


@operators_only
def festival(request: HttpRequest, slug: str) -> HttpResponse:
    """One festival: its pools and their latest slices."""
    view = get_festival(slug)
    pools = list_pools(view.id)
    slices = {pool.id: list_slices(pool.id, limit=12) for pool in pools}
    context = {"pools": pools, "slices_of": slices, "pool_states": POOL_STATES}
    return show(request, "festivals", "festival", **_standing(view), **context)
