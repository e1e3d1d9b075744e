"""Festivals: hours, rules in plain words, pools to the fen, and the draw of every slice."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language

from redflower.domains.festivals.selectors import (
    find_pools_by_festival,
    find_slices_at,
    get_festival,
    list_festivals,
    list_pools,
    list_slices,
)
from redflower.domains.festivals.types import FestivalView, PoolView, SliceView
from redflower.domains.insights.selectors import sum_between
from redflower.faces.donor_site.views.bonus import list_leaders
from redflower.faces.donor_site.views.stage import Stage, make_stage
from redflower.faces.shared.context import site_name
from redflower.faces.shared.paging import read_number
from redflower.faces.shared.schema_org import describe_festival
from redflower.kernel import clock
from redflower.kernel.draw import released_budget

_SLICES = 12
_MARKS = 48


@dataclass(frozen=True, slots=True)
class Release:
    """How a pool's budget was released and granted, at equally spaced marks up to the last drawn slice. Units: fen."""

    released: tuple[int, ...]
    granted: tuple[int, ...]
    width: float  # how much of the festival that is, in percent


@dataclass(frozen=True, slots=True)
class SliceLine:
    """A drawn slice with the instant it began."""

    slice: SliceView
    starts_at: datetime


def festivals(request: HttpRequest) -> HttpResponse:
    """All festivals, the latest first."""
    now = clock.now()
    found = list_festivals()
    pools = find_pools_by_festival(festival.id for festival in found)
    stages = [make_stage(festival, pools.get(festival.id, []), now) for festival in found]
    return render(request, "donor_site/festivals.html", {"stages": stages})


def festival(request: HttpRequest, slug: str) -> HttpResponse:
    """A festival's page.

    Errors: FestivalNotFound, CursorInvalid.
    """
    now = clock.now()
    view = get_festival(slug)
    stage = make_stage(view, list_pools(view.id), now)
    gifts, amount = sum_between(view.opens_at, view.closes_at)
    name = site_name(get_language() or "")
    context = {
        **_slices(request, stage),
        "linked": describe_festival(view, stage.pools, name, request.build_absolute_uri("/")[:-1]),
        "words": {pool.id: rule_words(pool) for pool in stage.pools},
        "leaders": list_leaders(stage, now),
        "gifts": gifts,
        "amount_minor": amount,
        "release": plot_release(stage, context_pool) if (context_pool := _chosen(request, stage)) else None,
    }
    return render(request, "donor_site/festival.html", context)


def festival_live(request: HttpRequest, slug: str) -> HttpResponse:
    """The pools and the newest slices, asked for while a festival runs.

    Errors: FestivalNotFound, CursorInvalid.
    """
    view = get_festival(slug)
    stage = make_stage(view, list_pools(view.id), clock.now())
    return render(request, "donor_site/festival_live.html", _slices(request, stage))


def _chosen(request: HttpRequest, stage: Stage) -> PoolView | None:
    """The pool whose slices are shown: `?pool=` counts from 1."""
    place = (read_number(request, "pool") or 1) - 1
    return stage.pools[place] if place in range(len(stage.pools)) else next(iter(stage.pools), None)


def _slices(request: HttpRequest, stage: Stage) -> dict[str, Any]:
    pool = _chosen(request, stage)
    before = read_number(request, "before")
    found = list_slices(pool.id, before, _SLICES + 1) if pool else []
    shown = found[:_SLICES]
    place = stage.pools.index(pool) + 1 if pool else 1
    older = f"?pool={place}&before={shown[-1].slice_no}#slices" if len(found) > _SLICES else ""
    return {
        "stage": stage,
        "pool": pool,
        "place": place,
        "lines": [SliceLine(each, start_of(stage.festival, each.slice_no)) for each in shown],
        "older": older,
        "is_newest": before is None,
    }


def start_of(view: FestivalView, slice_no: int) -> datetime:
    """The instant a slice begins."""
    return view.opens_at + slice_no * timedelta(seconds=view.slice_seconds)


def rule_words(pool: PoolView) -> Sequence[str]:
    """A rule set in plain sentences of the page's language, as published with it."""
    words = pool.rule_body.get("words_en" if (get_language() or "").startswith("en") else "words_zh")
    return [str(each) for each in words] if isinstance(words, list) else []


def plot_release(stage: Stage, pool: PoolView) -> Release:
    """What had been released and granted at equally spaced marks, from a handful of slices.

    A drawn slice tells what was available before it: released − granted so far. So the last slice before a mark is enough,
    however many there were.
    """
    view = stage.festival
    last = view.drawn_through  # -1 before the first
    drawn = [mark * last // _MARKS if last >= 0 else last for mark in range(_MARKS + 1)]
    found = find_slices_at([pool.id], sorted(set(drawn)))
    granted = []
    for mark in drawn:
        at = found.get((pool.id, mark))
        before = released_budget(pool.budget_minor, stage.slices, at.slice_no) - at.available_minor if at else 0
        granted.append(before + (at.granted_minor if at else 0))
    return Release(
        released=tuple(released_budget(pool.budget_minor, stage.slices, mark) for mark in drawn),
        granted=tuple(granted),
        width=round(100 * (last + 1) / stage.slices, 2),
    )
