"""Gifts: to read, to follow, to ask for."""

from typing import Literal

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from ninja import Path, Query, Router

from redflower.domains.donations.errors import GiftNotFound
from redflower.domains.donations.selectors import find_refunds_of_gifts, get_gift, list_public_gifts
from redflower.domains.donations.types import GiftView, RefundState
from redflower.domains.festivals.selectors import count_undrawn_tickets, list_awards_of_gifts
from redflower.domains.festivals.types import AwardView
from redflower.domains.flowers.selectors import find_earnings_of_subjects
from redflower.domains.projects.selectors import get_project
from redflower.faces.public_api.cursors import read_after, write_cursor
from redflower.faces.public_api.donor_tokens import new_donor_token
from redflower.faces.public_api.giving import ask_for_gifts
from redflower.faces.public_api.rate_limit import check_gift_rate
from redflower.faces.public_api.schemas.gifts import (
    Award,
    Donor,
    GiftAnswers,
    GiftFilters,
    GiftPage,
    GiftPath,
    GiftsAsked,
    Match,
    PrivateGift,
    PublicGift,
    Refund,
)
from redflower.faces.public_api.schemas.problems import may_answer
from redflower.faces.public_api.schemas.projects import ProjectName
from redflower.faces.shared import instance
from redflower.kernel import clock
from redflower.kernel.text import N_

router = Router(tags=["gifts"])
donors_router = Router(tags=["gifts"])


@router.get(
    "",
    response=GiftPage,
    operation_id="list_gifts",
    summary=N_("最近到账的捐赠"),
    description=N_("只有捐赠人自己选择公开的名字，只有通过审核的留言。"),
    openapi_extra=may_answer(404),
)
def get_gifts(request: HttpRequest, asked: Query[GiftFilters]) -> GiftPage:
    now = clock.now()
    after = read_after("gifts", asked.cursor)
    project_id = get_project(asked.project, now).id if asked.project else None
    found = list_public_gifts(project_id, now, after, asked.limit + 1)
    more = write_cursor("gifts", found[asked.limit - 1].id) if len(found) > asked.limit else None
    return GiftPage(items=[_show_public(gift) for gift in found[: asked.limit]], next=more)


@router.post(
    "",
    response=GiftAnswers,
    operation_id="ask_for_gifts",
    summary=N_("发起捐赠"),
    description=N_(
        "一次最多 100 笔，每笔各有答复：要么给出付款页，要么说明为什么没有接受；一笔不成不耽误别的。"
        "付款由支付机构确认，请把捐赠人带到 pay_url。答复没有收到时，用同样的键和捐赠人令牌再来一次，不会多捐。"
    ),
    openapi_extra=may_answer(429),
)
def post_gifts(request: HttpRequest, body: GiftsAsked) -> GiftAnswers:
    now = clock.now()
    check_gift_rate(request, len(body.gifts), now)
    return ask_for_gifts(body.gifts, now)


@router.get(
    "/{token}",
    response=PrivateGift,
    operation_id="get_gift",
    summary=N_("跟踪一笔捐赠"),
    description=N_("凭私密令牌查看它的状态、配捐和小红花。不会被缓存。"),
    openapi_extra=may_answer(404),
)
def get_one_gift(request: HttpRequest, response: HttpResponse, asked: Path[GiftPath]) -> PrivateGift:
    response["Cache-Control"] = "private, no-store"
    gift_id = instance.read_gift_token(asked.token)
    if gift_id is None:
        raise GiftNotFound
    gift = get_gift(gift_id, clock.now())
    awards = list_awards_of_gifts([gift_id]).get(gift_id, [])
    undrawn = count_undrawn_tickets([gift_id]).get(gift_id, 0)
    earning = find_earnings_of_subjects([gift_id]).get(gift_id)
    return _show_private(gift, _show_match(awards, undrawn), earning.amount if earning else 0)


@donors_router.post(
    "",
    response={201: Donor},
    operation_id="make_donor_token",
    summary=N_("领一个捐赠人令牌"),
    description=N_("先领令牌再捐，答复丢失时重试也是同一位捐赠人。不需要正文；在第一笔捐赠之前，什么也不会记录。"),
)
def post_donors(request: HttpRequest) -> Donor:
    return Donor(donor_token=new_donor_token())


def _show_project(gift: GiftView) -> ProjectName:
    return ProjectName(slug=gift.project_slug, title_zh=gift.project_title_zh, title_en=gift.project_title_en)


def _show_public(gift: GiftView) -> PublicGift:
    return PublicGift(
        gift_id=gift.id,
        project=_show_project(gift),
        amount_minor=gift.amount_minor,
        shown_as=gift.shown_as,
        shown_name=gift.shown_name or None,
        message=gift.message,
        settled_at=gift.settled_at,
    )


def _show_match(awards: list[AwardView], undrawn: int) -> Match:
    shown = [
        Award(
            pool=award.pool_id,
            pool_name_zh=award.pool_name_zh,
            pool_name_en=award.pool_name_en,
            slice_no=award.slice_no,
            amount_minor=award.amount_minor,
            reason=award.reason,
            drawn_at=award.drawn_at,
        )
        for award in awards
    ]
    state = "waiting" if undrawn else "drawn" if awards else "none"
    return Match(state=state, amount_minor=sum(award.amount_minor for award in awards), awards=shown)


def _show_refund(gift: GiftView) -> Refund:
    asked = find_refunds_of_gifts([gift.id]).get(gift.id)
    if asked is None:
        return Refund(state="none", asked_at=None, refunded_at=None)
    state = _REFUND_STATES.get(asked.state, "accepted")
    return Refund(state=state, asked_at=asked.opened_at, refunded_at=gift.refunded_at)


_REFUND_STATES: dict[RefundState, Literal["asked", "declined", "refunded"]] = {
    RefundState.ASKED: "asked",
    RefundState.DECLINED: "declined",
    RefundState.RETURNED: "refunded",
}  # whatever else it is, it was accepted


def _show_private(gift: GiftView, match: Match, flowers: int) -> PrivateGift:
    return PrivateGift(
        gift_id=gift.id,
        project=_show_project(gift),
        state=gift.state,
        amount_minor=gift.amount_minor,
        shown_as=gift.shown_as,
        shown_name=gift.shown_name or None,
        message=gift.message,
        message_state=gift.message_state,
        made_at=gift.made_at,
        expires_at=gift.expires_at,
        paid_at=gift.paid_at,
        settled_at=gift.settled_at,
        match=match,
        flowers=flowers,
        refund=_show_refund(gift),
        url=f"{settings.REDFLOWER_BASE_URL}{instance.gift_path(gift.id)}",
    )
