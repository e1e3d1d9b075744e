"""Festivals as their keepers see them: pools, slices, and whether everything adds up."""

from django.http import HttpRequest, HttpResponse

from redflower.domains.festivals.rules import compute_phase, count_slices
from redflower.domains.festivals.selectors import get_festival, list_festivals, list_pools, list_slices, sum_festival
from redflower.domains.festivals.types import FestivalView
from redflower.faces.backoffice.access import operators_only
from redflower.faces.backoffice.console import show
from redflower.faces.backoffice.labels import FESTIVAL_PHASES, POOL_STATES
from redflower.kernel import clock


@operators_only
def festivals(request: HttpRequest) -> HttpResponse:
    """Every festival, the latest first."""
    return show(request, "festivals", "festivals", festivals=[_standing(each) for each in list_festivals()])


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
