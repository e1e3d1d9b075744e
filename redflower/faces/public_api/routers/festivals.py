"""Festivals, their pools, and the results of every draw."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Path, Query, Router

from redflower.domains.festivals.rules import compute_phase, count_slices
from redflower.domains.festivals.selectors import (
    get_festival,
    list_awards_of_slice,
    list_festivals,
    list_pools,
    list_slices,
    sum_festival,
)
from redflower.domains.festivals.types import FestivalView, PoolView
from redflower.faces.public_api.cursors import read_after, write_cursor
from redflower.faces.public_api.refusals import PoolNotFound
from redflower.faces.public_api.schemas.festivals import (
    AwardFilters,
    AwardPage,
    Festival,
    FestivalCard,
    FestivalList,
    FestivalPath,
    Pool,
    RuleSet,
    Slice,
    SliceAward,
    SliceFilters,
    SliceList,
)
from redflower.faces.public_api.schemas.problems import may_answer
from redflower.kernel import clock
from redflower.kernel.text import N_

router = Router(tags=["festivals"])


@router.get(
    "", response=FestivalList, operation_id="list_festivals", summary=N_("公益节列表"), description=N_("最近的在前。")
)
def get_festivals(request: HttpRequest) -> FestivalList:
    now = clock.now()
    return FestivalList(items=[FestivalCard(**_show_card(festival, now)) for festival in list_festivals()])


@router.get(
    "/{slug}",
    response=Festival,
    operation_id="get_festival",
    summary=N_("一个公益节"),
    description=N_("配捐池、规则全文与指纹、密钥指纹：开始之前就公布，结清之后公布密钥，谁都能重算每一次开奖。"),
    openapi_extra=may_answer(404),
)
def get_one_festival(request: HttpRequest, asked: Path[FestivalPath]) -> Festival:
    festival = get_festival(asked.slug)
    sums = sum_festival(festival.id)
    return Festival(
        **_show_card(festival, clock.now()),
        allowance_seconds=festival.allowance_seconds,
        gifts=sums["gifts"],
        given_minor=sums["amount_minor"],
        pools=[_show_pool(pool) for pool in list_pools(festival.id)],
    )


@router.get(
    "/{slug}/slices",
    response=SliceList,
    operation_id="list_slices",
    summary=N_("开奖的时间片"),
    description=N_("一个配捐池已经开奖、而且有捐赠的时间片，最近的在前。"),
    openapi_extra=may_answer(404),
)
def get_slices(request: HttpRequest, asked: Path[FestivalPath], page: Query[SliceFilters]) -> SliceList:
    found = list_slices(_find_pool(asked.slug, page.pool).id, page.before, page.limit + 1)
    more = found[page.limit - 1].slice_no if len(found) > page.limit else None
    return SliceList(items=[Slice.model_validate(drawn) for drawn in found[: page.limit]], next=more)


@router.get(
    "/{slug}/awards",
    response=AwardPage,
    operation_id="list_awards",
    summary=N_("一个时间片的开奖结果"),
    description=N_("这一片里每笔捐赠得到多少、为什么，包括没有得到的。不含任何人的身份。"),
    openapi_extra=may_answer(404),
)
def get_awards(request: HttpRequest, asked: Path[FestivalPath], page: Query[AwardFilters]) -> AwardPage:
    after = read_after("awards", page.cursor)
    found = list_awards_of_slice(_find_pool(asked.slug, page.pool).id, page.slice, after, page.limit + 1)
    more = write_cursor("awards", found[page.limit - 1].gift_id) if len(found) > page.limit else None
    return AwardPage(items=[SliceAward.model_validate(award) for award in found[: page.limit]], next=more)


def _find_pool(slug: str, pool_id: UUID) -> PoolView:
    pools = {pool.id: pool for pool in list_pools(get_festival(slug).id)}
    if pool_id not in pools:
        raise PoolNotFound
    return pools[pool_id]


def _show_card(festival: FestivalView, now: datetime) -> dict[str, Any]:
    slices = count_slices(festival.opens_at, festival.closes_at, festival.slice_seconds)
    return {
        "slug": festival.slug,
        "name_zh": festival.name_zh,
        "name_en": festival.name_en,
        "summary_zh": festival.summary_zh,
        "summary_en": festival.summary_en,
        "phase": compute_phase(festival.opens_at, festival.closes_at, slices, festival.drawn_through, now),
        "opens_at": festival.opens_at,
        "closes_at": festival.closes_at,
        "slice_seconds": festival.slice_seconds,
        "slices": slices,
        "drawn_through": festival.drawn_through,
    }


def _show_pool(pool: PoolView) -> Pool:
    return Pool(
        id=pool.id,
        name_zh=pool.name_zh,
        name_en=pool.name_en,
        sponsor_zh=pool.sponsor_zh,
        sponsor_en=pool.sponsor_en,
        state=pool.state,
        budget_minor=pool.budget_minor,
        granted_minor=pool.granted_minor,
        returned_minor=pool.returned_minor,
        free_minor=pool.free_minor,
        secret_sha256=pool.secret_sha256,
        reveal_by=pool.reveal_by,
        beacon=pool.beacon,
        revealed_secret=pool.revealed_secret or None,
        rule_set=RuleSet(code=pool.rule_code, version=pool.rule_version, sha256=pool.rule_sha256, body=pool.rule_body),
    )
