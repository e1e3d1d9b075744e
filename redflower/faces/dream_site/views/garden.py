"""The garden: this round's dreams with their petals filling, those before it, and the shortlist."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from redflower.domains.dreams import selectors
from redflower.domains.dreams.types import DreamState, DreamView, RoundPhase, RoundView
from redflower.domains.flowers.selectors import count_flowers
from redflower.faces.shared.causes import list_causes
from redflower.faces.shared.dream_words import DREAM_STATES, PROPOSAL_STATES
from redflower.faces.shared.paging import read_cursor
from redflower.faces.shared.purses import purses_of
from redflower.kernel import clock

_SHORTLIST = 60


def garden(request: HttpRequest) -> HttpResponse:
    """The round that is open (or the next, or the last), the call, and the newest dreams come true."""
    now = clock.now()
    rounds = selectors.list_rounds()
    current = _choose_round(rounds)
    calls = selectors.list_calls()
    donors = purses_of(request)
    before = [each for each in rounds if current is None or each.id != current.id]
    past = selectors.list_dreams([each.id for each in before], now)
    context = {
        **_show_round(current),
        "call": next((call for call in calls if call.is_open(now)), None),
        "next_call": next((call for call in reversed(calls) if call.opens_at > now), None),
        "shortlisted": next((call for call in calls if call.shortlisted_at), None),
        "granted": [dream for dream in past if dream.state == DreamState.GRANTED][:3],
        "held": count_flowers(donors) if donors else 0,
        "mine": bool(donors),
    }
    return render(request, "dream_site/garden.html", context)


def garden_live(request: HttpRequest) -> HttpResponse:
    """The dreams of the round as they are now; asked for every few seconds."""
    return render(request, "dream_site/garden_live.html", _show_round(_choose_round(selectors.list_rounds())))


def _choose_round(rounds: list[RoundView]) -> RoundView | None:
    now = clock.now()
    order = (RoundPhase.OPEN, RoundPhase.UPCOMING, RoundPhase.OVER)
    return next((each for phase in order for each in rounds if each.phase(now) == phase), None)


def _show_round(current: RoundView | None) -> dict[str, Any]:
    now = clock.now()
    dreams = selectors.list_dreams([current.id], now) if current else []
    return {
        "round": current,
        "phase": current.phase(now) if current else None,
        "dreams": sorted(dreams, key=_order),
        "givers": selectors.count_givers([dream.id for dream in dreams]),
        "sums": selectors.sum_round(dreams),
        "states": DREAM_STATES,
        "causes": {cause.code: cause for cause in list_causes()},
    }


def _order(dream: DreamView) -> tuple[bool, bool]:
    """Dreams that still take flowers first, in the order of the round; nobody's place is bought or earned."""
    return dream.state not in (DreamState.OPEN, DreamState.UPCOMING), dream.state == DreamState.NOT_MET


def archive(request: HttpRequest) -> HttpResponse:
    """Every dream that was decided, and what became of it."""
    now = clock.now()
    dreams = selectors.list_dreams([each.id for each in selectors.list_rounds()], now)
    decided = [dream for dream in dreams if dream.state in (DreamState.GRANTED, DreamState.NOT_MET)]
    told = selectors.list_told_stages([dream.id for dream in decided])
    context = {
        "granted": [(dream, told.get(dream.id, {})) for dream in decided if dream.state == DreamState.GRANTED],
        "missed": [dream for dream in decided if dream.state == DreamState.NOT_MET],
        "givers": selectors.count_givers([dream.id for dream in decided]),
        "sums": selectors.sum_round(decided),
        "states": DREAM_STATES,
        "causes": {cause.code: cause for cause in list_causes()},
    }
    return render(request, "dream_site/archive.html", context)


def shortlist(request: HttpRequest, slug: str) -> HttpResponse:
    """A call's shortlist, once it is public."""
    call = selectors.find_call(slug)
    if call is None or call.shortlisted_at is None:
        raise Http404
    rows = selectors.list_public_shortlist(call.id, read_cursor(request), _SHORTLIST + 1)
    counts = selectors.count_proposals_by_state(call.id)
    context = {
        "call": call,
        "rows": rows[:_SHORTLIST],
        "next_after": rows[_SHORTLIST - 1].id if len(rows) > _SHORTLIST else None,
        "handed_in": sum(counts.values()),
        "states": PROPOSAL_STATES,
        "causes": {cause.code: cause for cause in list_causes()},
    }
    return render(request, "dream_site/shortlist.html", context)
