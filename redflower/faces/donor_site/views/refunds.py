"""Asking for gifts back: one form for any number of them, and the private page where the donor follows what is decided."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe

from redflower.domains.donations.errors import GiftNotFound
from redflower.domains.donations.selectors import (
    find_refunds_of_gifts,
    get_gift,
    get_refund_case,
    list_gifts_of_donors,
)
from redflower.domains.donations.services import load_refund_policy, open_refund_case
from redflower.domains.donations.types import GiftState, GiftView, RefundReason, RefundRequest, RefundState
from redflower.faces.shared.donor_cookie import donors_of
from redflower.faces.shared.instance import gift_path, read_gift_token, read_refund_token, refund_path
from redflower.faces.shared.labels import Label
from redflower.faces.shared.private_pages import keep_private
from redflower.faces.shared.refusals import tell
from redflower.kernel import clock
from redflower.kernel.errors import Refusal
from redflower.kernel.limits import MESSAGE_MAX_CHARS
from redflower.kernel.text import N_

_SHOWN = 60  # gifts to choose from; older ones have their own pages
REASONS = {
    RefundReason.MISTAKE: (N_("选错了项目或金额"), ""),
    RefundReason.TWICE: (N_("重复付款"), ""),
    RefundReason.NOT_MINE: (N_("不是我本人付的"), N_("比如孩子用了我的手机")),
    RefundReason.PROJECT: (N_("项目做的和说的不一样"), N_("请写下来，机构和平台都会看")),
    RefundReason.OTHER: (N_("别的原因"), ""),
}
STATES = {
    RefundState.ASKED: Label(N_("等机构答复"), "info", "hourglass"),
    RefundState.DECLINED: Label(N_("没有同意"), "warn", "circle-alert"),
    RefundState.ACCEPTED: Label(N_("已同意，等第二个人核对"), "info", "hourglass"),
    RefundState.SENT: Label(N_("支付服务正在退回"), "gold", "refresh-cw"),
    RefundState.RETURNED: Label(N_("已原路退回"), "green", "circle-check"),
    RefundState.FAILED: Label(N_("支付服务没有退成，正在处理"), "error", "circle-alert"),
}


@require_http_methods(["GET", "HEAD", "POST"])
def ask_one(request: HttpRequest, token: str) -> HttpResponse:
    """The form for one gift, for whoever holds its link; a gift that was asked for leads to its case."""
    gift_id = read_gift_token(token)
    try:
        if gift_id is None:
            raise GiftNotFound
        gift = get_gift(gift_id, clock.now())
    except GiftNotFound:
        return keep_private(render(request, "shared/404.html", {}, status=404))
    asked = find_refunds_of_gifts([gift.id]).get(gift.id)
    if asked is not None:
        return _to_case(asked.case_id)
    if gift.state != GiftState.SETTLED:
        return keep_private(HttpResponseRedirect(gift_path(gift.id), status=303))
    return _ask(request, [gift], {gift.donor_id}, is_one=True)


@require_http_methods(["GET", "HEAD", "POST"])
def ask_mine(request: HttpRequest) -> HttpResponse:
    """The form for any of my gifts: of an account, or of this device's guest."""
    donors = donors_of(request)
    gifts = [
        each for each in list_gifts_of_donors(donors, clock.now(), limit=_SHOWN) if each.state == GiftState.SETTLED
    ]
    asked = find_refunds_of_gifts([gift.id for gift in gifts])
    return _ask(request, [gift for gift in gifts if gift.id not in asked], set(donors))


@require_safe
def case(request: HttpRequest, token: str) -> HttpResponse:
    """Where a request stands, gift by gift, for whoever holds its link."""
    case_id = read_refund_token(token)
    if case_id is None:
        return keep_private(render(request, "shared/404.html", {}, status=404))
    context = {
        "case": get_refund_case(case_id),
        "reasons": REASONS,
        "states": STATES,
        "now": clock.now(),
        "path_of": gift_path,
        "address": f"{settings.REDFLOWER_BASE_URL}{request.path}",
    }
    return keep_private(render(request, "donor_site/refund_case.html", context))


def _ask(request: HttpRequest, gifts: Sequence[GiftView], donor_ids: set[UUID], is_one: bool = False) -> HttpResponse:
    chosen = {str(gift.id) for gift in gifts} if is_one else set(request.POST.getlist("gift"))
    context: dict[str, Any] = {
        "gifts": gifts,
        "is_one": is_one,
        "chosen": chosen,
        "reason": request.POST.get("reason", ""),
        "note": request.POST.get("note", ""),
        "reasons": REASONS,
        "policy": load_refund_policy(),
        "note_max": MESSAGE_MAX_CHARS,
        "error": "",
    }
    status = 200
    if request.method == "POST":
        known = {str(gift.id): gift.id for gift in gifts}
        asked = RefundRequest([known[text] for text in chosen if text in known], context["reason"], context["note"])
        try:
            return _to_case(open_refund_case(asked, donor_ids, context["policy"], settings.TIME_ZONE, clock.now()))
        except Refusal as refusal:
            context["error"], status = tell(refusal), refusal.status
    return keep_private(render(request, "donor_site/refund_ask.html", context, status=status))


def _to_case(case_id: UUID) -> HttpResponse:
    return keep_private(HttpResponseRedirect(refund_path(case_id), status=303))
