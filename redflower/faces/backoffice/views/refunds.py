"""The refund desk: gifts asked back with their clock, what charities answer, and the second person who lets them go."""

from collections.abc import Sequence
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.http import urlencode
from django.utils.translation import get_language, gettext, ngettext
from django.views.decorators.http import require_POST

from redflower.domains.donations.selectors import count_refunds, find_refunds_of_gifts, list_refunds
from redflower.domains.donations.services import decide_refunds
from redflower.domains.donations.types import RefundAnswer, RefundSide, RefundState, RefundView
from redflower.faces.backoffice.access import operators_only
from redflower.faces.backoffice.console import Question, ask_or_do, read_ids, show
from redflower.faces.backoffice.labels import REFUND_REASONS, REFUND_SIDES, REFUND_STATES
from redflower.faces.shared.formats import yuan
from redflower.faces.shared.jinja import pick
from redflower.faces.shared.paging import read_cursor
from redflower.faces.shared.refunds import release_refunds
from redflower.kernel import clock

_PAGE = 50
_DESK = "/backoffice/refunds/"


@operators_only
def refunds(request: HttpRequest) -> HttpResponse:
    """Gifts asked back that stand where the tab says, the oldest first; of one charity where the address names it."""
    named = request.GET.get("state", "")
    state = RefundState(named) if named in tuple(RefundState) else RefundState.ASKED
    charity = _read_charity(request)
    found = list_refunds(state, charity, read_cursor(request), _PAGE + 1)
    kept = {"charity": charity} if charity else {}
    counts = count_refunds()
    more = urlencode({**kept, "state": state, "after": found[_PAGE - 1].gift_id}) if len(found) > _PAGE else ""
    return show(
        request,
        "refunds",
        "refunds",
        refunds=found[:_PAGE],
        state=state,
        tabs=[
            (f"{label.here} {counts[key]}" if counts[key] else label.here, f"?{urlencode({**kept, 'state': key})}", key == state)
            for key, label in REFUND_STATES.items()
        ],
        reasons={key: gettext(text) for key, text in REFUND_REASONS.items()},
        sides={key: gettext(text) for key, text in REFUND_SIDES.items()},
        is_filtered=charity is not None,
        now=clock.now(),
        next_href=f"?{more}" if more else "",
    )  # fmt: skip


@operators_only
@require_POST
def decide(request: HttpRequest) -> HttpResponse:
    """Accepts or declines what was chosen, in the charity's name or, after its time, the platform's; asked once more."""
    chosen = _read_chosen(request)
    ids = [refund.gift_id for refund in chosen]
    is_accepted = request.POST.get("act") == "accept"
    now = clock.now()
    side = RefundSide.PLATFORM if all(refund.is_overdue(now) for refund in chosen) else RefundSide.CHARITY
    for_whom = gettext("机构的期限已过，由平台决定。") if side == RefundSide.PLATFORM else gettext("请记下机构的答复。")
    question = Question(
        page="refunds",
        title=gettext("同意退回这些捐赠？") if is_accepted else gettext("不同意退回这些捐赠？"),
        text=for_whom
        + (
            gettext("同意以后还没有动钱，要由另一位运营人员放行。")
            if is_accepted
            else gettext("捐赠人会看到你写的原因。决定以后不能更改。")
        ),
        items=_describe(chosen),
        button=gettext("同意") if is_accepted else gettext("不同意"),
        back=_DESK,
        needs_note=not is_accepted,
        is_grave=not is_accepted,
    )

    def carry_out(note: str) -> str:
        decide_refunds(ids, RefundAnswer(is_accepted, side, note), request.user.id, clock.now())
        return ngettext("处理了 {n} 笔", "处理了 {n} 笔", len(ids)).format(n=len(ids))

    return ask_or_do(request, question, carry_out)


@operators_only
@require_POST
def release(request: HttpRequest) -> HttpResponse:
    """Lets accepted gifts go back, by somebody else than who accepted them; asked once more."""
    chosen = _read_chosen(request)
    ids = [refund.gift_id for refund in chosen]
    question = Question(
        page="refunds",
        title=gettext("放行这些退款？"),
        text=gettext("钱会从项目账上预留，支付服务原路退回捐赠人；它们的配捐退回出资方，没送出的小红花收回。退出以后不能撤回。"),
        items=_describe(chosen),
        button=gettext("放行"),
        back=_DESK,
        is_grave=True,
    )  # fmt: skip

    def carry_out(_: str) -> str:
        count = release_refunds(ids, request.user.id, clock.now())
        return ngettext("放行了 {n} 笔", "放行了 {n} 笔", count).format(n=count)

    return ask_or_do(request, question, carry_out, f"{_DESK}?state={RefundState.SENT}")


def _read_chosen(request: HttpRequest) -> Sequence[RefundView]:
    found = find_refunds_of_gifts(read_ids(request))
    return [found[gift_id] for gift_id in sorted(found)]


def _describe(refunds: Sequence[RefundView]) -> list[tuple[str, str]]:
    return [
        (
            f"{yuan(refund.amount_minor, get_language() or 'zh')} · {pick(refund, 'project_title')}",
            pick(refund, "charity_name"),
        )
        for refund in refunds
    ]


def _read_charity(request: HttpRequest) -> UUID | None:
    try:
        return UUID(request.GET.get("charity", ""))
    except ValueError:
        return None
