"""Receipts: of one gift, behind its private link; of a year, for whoever gave in it."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from redflower.domains.donations.errors import GiftNotFound
from redflower.domains.donations.rules import write_code
from redflower.domains.donations.selectors import get_gift, list_settled_gifts_of_year
from redflower.domains.donations.services import issue_receipts
from redflower.domains.donations.types import GiftState, GiftView, IssuedReceipt, ReceiptForm, ReceiptRequest, ShownAs
from redflower.faces.proof_site.receipt_pdf import Sheet, draw_receipt
from redflower.faces.proof_site.trail import Trail, describe_gift, load_trail
from redflower.faces.shared import formats
from redflower.faces.shared.context import site_name
from redflower.faces.shared.donor_cookie import donors_of
from redflower.faces.shared.instance import gift_path, read_gift_token
from redflower.faces.shared.jinja import pick
from redflower.faces.shared.private_pages import keep_private
from redflower.kernel import clock
from redflower.kernel.ids import derive_id


@require_safe
def receipt(request: HttpRequest, token: str) -> HttpResponse:
    """A gift's receipt and where its money went, for whoever holds its private link."""
    gift = _find_gift(token)
    if gift is None:
        return keep_private(render(request, "shared/404.html", {}, status=404))
    path = gift_path(gift.id)
    if gift.state != GiftState.SETTLED:
        return keep_private(HttpResponseRedirect(path))
    context = {"trail": load_trail(gift), "path": path, "donor": donor_name(gift)}
    return keep_private(render(request, "proof_site/receipt.html", context))


@require_POST
def receipt_file(request: HttpRequest, token: str) -> HttpResponse:
    """The receipt as a PDF. Handing it out is a fact: the first is the original, every later one says that it is a copy.

    Errors: GiftNotFound, also for a gift that has not arrived.
    """
    gift = _find_gift(token)
    if gift is None or gift.state != GiftState.SETTLED:
        raise GiftNotFound
    trail = load_trail(gift)
    wanted = ReceiptRequest(ReceiptForm.GIFT, gift.id, describe_gift(trail), _language())
    [issued] = issue_receipts([wanted], clock.now())
    return _file(draw_receipt(_gift_sheet(trail, issued)), f"redflower-{trail.code}.pdf")


@require_safe
def year(request: HttpRequest, year: int) -> HttpResponse:
    """What a person gave in one calendar year, as a page."""
    gifts = _list_year(request, year)
    context = {
        "year": year,
        "gifts": gifts,
        "codes": {gift.id: write_code(gift.id) for gift in gifts},
        "paths": {gift.id: gift_path(gift.id) for gift in gifts},
        "total_minor": sum(gift.amount_minor for gift in gifts),
        "projects": len({gift.project_id for gift in gifts}),
        "is_over": year < _today().year,
    }
    return keep_private(render(request, "proof_site/receipt_year.html", context))


@require_POST
def year_file(request: HttpRequest, year: int) -> HttpResponse:
    """The year as a PDF; an original for what the year holds now, copies after that until it holds more."""
    gifts = _list_year(request, year)
    donors = donors_of(request)
    content = {"year": year, "gifts": [[gift.id, gift.amount_minor] for gift in gifts]}
    wanted = ReceiptRequest(ReceiptForm.YEAR, derive_id(donors[0], f"year:{year}"), content, _language(), year)
    [issued] = issue_receipts([wanted], clock.now())
    return _file(draw_receipt(_year_sheet(year, gifts, issued)), f"redflower-{year}.pdf")


def donor_name(gift: GiftView) -> str:
    """The name a receipt carries: the one its donor chose to be shown by."""
    return gift.shown_name if gift.shown_as != ShownAs.ANONYMOUS else gettext("爱心人士（匿名）")


def _find_gift(token: str) -> GiftView | None:
    gift_id = read_gift_token(token)
    if gift_id is None:
        return None
    try:
        return get_gift(gift_id, clock.now())
    except GiftNotFound:
        return None


def _list_year(request: HttpRequest, year: int) -> list[GiftView]:
    donors: Sequence[UUID] = donors_of(request)
    found = (
        list_settled_gifts_of_year(donors, year, settings.TIME_ZONE, clock.now())
        if donors and 2000 < year < 3000
        else []
    )
    if not found:
        raise Http404
    return found


def _gift_sheet(trail: Trail, issued: IssuedReceipt) -> Sheet:
    gift, project = trail.gift, trail.project
    facts = [
        (gettext("捐赠人"), donor_name(gift)),
        (gettext("受赠机构"), _charity_line(trail)),
        (gettext("所捐项目"), pick(project, "title")),
        (gettext("项目备案编号"), project.filing_no),
        (gettext("到账时间"), _moment(gift.paid_at)),
        (gettext("回执编号"), trail.short_code),
    ]
    if trail.mark.is_proven and trail.checkpoint:
        facts.append((gettext("公开记录"), gettext("第 %(index)s 条") % {"index": _num(trail.mark.index or 0)}))
    return Sheet(
        title=gettext("捐赠确认回执"),
        amount=_yuan(gift.amount_minor),
        amount_note=gettext("人民币，已由支付服务直接付给受赠机构"),
        facts=facts,
        rows=(),
        code=trail.code,
        code_note=gettext("扫码或在 %(site)s 输入核验码，就能看到这笔捐赠的公开事实和证明，不需要登录。")
        % {"site": f"{settings.REDFLOWER_BASE_URL}/verify"},
        address=f"{settings.REDFLOWER_BASE_URL}/verify?code={trail.code}",
        **_common(issued),
    )


def _year_sheet(year: int, gifts: Sequence[GiftView], issued: IssuedReceipt) -> Sheet:
    head = (gettext("到账"), gettext("项目"), gettext("核验码"), gettext("金额"))
    rows = [(_day(gift), pick(gift, "project_title"), write_code(gift.id), _yuan(gift.amount_minor)) for gift in gifts]
    over = year < _today().year
    return Sheet(
        title=gettext("%(year)s 年捐赠汇总") % {"year": year},
        amount=_yuan(sum(gift.amount_minor for gift in gifts)),
        amount_note=gettext("全年 %(num)s 笔") % {"num": _num(len(gifts))}
        if over
        else gettext("到 %(day)s 为止 %(num)s 笔") % {"day": _moment(issued.issued_at), "num": _num(len(gifts))},
        facts=(),
        rows=[head, *rows],
        code="",
        code_note=gettext("每一笔都有自己的核验码：在 %(site)s 输入它，就能看到那笔捐赠的公开事实和证明。")
        % {"site": f"{settings.REDFLOWER_BASE_URL}/verify"},
        address=f"{settings.REDFLOWER_BASE_URL}/verify",
        **_common(issued),
    )


def _common(issued: IssuedReceipt) -> dict[str, Any]:
    original = gettext("正本") if issued.is_original else gettext("副本")
    first = (
        ""
        if issued.is_original
        else gettext("正本已于 %(when)s 开出，这是它的副本。") % {"when": _moment(issued.first_issued_at)}
    )
    notes = [
        gettext(
            "这是自建公益平台开出的捐赠确认，不是公益事业捐赠统一票据，不能用于抵扣税款；需要票据请向受赠机构索取。"
        )
    ]
    if settings.REDFLOWER_DEMO:
        notes.append(gettext("演示环境：机构、项目和金额都是虚构的。"))
    return {
        "site": site_name(_language()),
        "mark": original,
        "is_original": issued.is_original,
        "code_label": gettext("核验"),
        "notes": notes,
        "foot": " ".join(filter(None, (gettext("开出于 %(when)s。") % {"when": _moment(issued.issued_at)}, first))),
        "issued_at": issued.issued_at,
    }


def _charity_line(trail: Trail) -> str:
    name = pick(trail.project, "charity_name")
    return f"{name}  {trail.charity.uscc}" if trail.charity else name


def _language() -> str:
    return translation.get_language() or settings.LANGUAGE_CODE


def _yuan(fen: int) -> str:
    return formats.yuan(fen, _language())


def _num(number: int) -> str:
    return formats.num(number, _language())


def _today() -> Any:
    return clock.local_date(clock.now(), settings.TIME_ZONE)


def _moment(at: Any) -> str:
    """On paper a date says its year, and an hour its zone."""
    local = timezone.localtime(at)
    return f"{local:%Y-%m-%d %H:%M} ({settings.TIME_ZONE})"


def _day(gift: GiftView) -> str:
    return f"{timezone.localtime(gift.paid_at):%Y-%m-%d}"


def _file(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return keep_private(response)
