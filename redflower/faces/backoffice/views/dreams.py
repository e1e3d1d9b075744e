"""The screening desk: proposals by the list, each answered with a reason."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import urlencode
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST

from redflower.domains.dreams import selectors, services
from redflower.domains.dreams.types import ACTS, SCREENING, Act, CallView, ProposalState, ScreenAct
from redflower.faces.backoffice.access import operators_only
from redflower.faces.backoffice.console import Question, ask_or_do, read_ids, show
from redflower.faces.shared.causes import list_causes
from redflower.faces.shared.dream_words import ACTS as ACT_WORDS
from redflower.faces.shared.dream_words import PROPOSAL_STATES
from redflower.faces.shared.jinja import pick
from redflower.faces.shared.paging import read_cursor
from redflower.faces.shared.refusals import tell
from redflower.faces.shared.regions import find_region
from redflower.kernel import clock
from redflower.kernel.errors import Refusal
from redflower.kernel.text import N_

_AT_ONCE = 50
_TEXT_MAX = 600
# What the confirmation says an act will do, before it is done.
_WHAT = {
    Act.SHORTLIST: (N_("让这些提案入围？"), N_("它们进入入围名单，提案人马上会收到消息；名单公布以后所有人都能看到。"), N_("入围")),
    Act.RETURN: (N_("请这些提案人补充？"), N_("提案回到本人手里，可以改好再交一次。请给每一份写明缺什么。"), N_("请补充")),
    Act.DECLINE: (N_("不选这些提案？"), N_("这是最后的决定。每一位提案人都会看到你写的原因。"), N_("不入选")),
}  # fmt: skip


@operators_only
def desk(request: HttpRequest) -> HttpResponse:
    """Proposals of a call, by state, theme, place and words."""
    calls = selectors.list_calls()
    call = _choose_call(calls, request.GET.get("call", ""))
    chosen = {name: request.GET.get(name, "") for name in ("state", "cause", "region", "q", "look")}
    state = ProposalState(chosen["state"]) if chosen["state"] in tuple(ProposalState) else None
    rows = counts = None
    if call:
        counts = selectors.count_proposals_by_state(call.id)
        rows = selectors.list_proposals(
            call.id, [state] if state else (), chosen["cause"], chosen["region"], chosen["q"][:100], chosen["look"] == "1",
            read_cursor(request), _AT_ONCE + 1,
        )  # fmt: skip
    more = rows[_AT_ONCE - 1].id if rows and len(rows) > _AT_ONCE else None
    kept = {key: value for key, value in {**chosen, "call": call.slug if call else ""}.items() if value}
    return show(
        request,
        "dreams",
        "dreams",
        calls=calls,
        call=call,
        rows=(rows or [])[:_AT_ONCE],
        counts=counts or {},
        chosen=chosen,
        states=PROPOSAL_STATES,
        causes=list_causes(),
        next_href=f"?{urlencode({**kept, 'after': more})}" if more else "",
    )


def _choose_call(calls: list[CallView], slug: str) -> CallView | None:
    now = clock.now()
    named = next((call for call in calls if call.slug == slug), None)
    return named or next((call for call in calls if call.opens_at <= now), None)


@operators_only
def proposal(request: HttpRequest, proposal_id: UUID) -> HttpResponse:
    """One proposal in full, and every step it has taken."""
    found = selectors.get_proposal(proposal_id)
    if found.state == ProposalState.DRAFT:
        raise Http404  # a draft is its author's own
    return show(
        request,
        "dreams",
        "dream_proposal",
        proposal=found,
        wish=found.wish,
        state=PROPOSAL_STATES[found.state],
        acts=[(act, *ACT_WORDS[act.act]) for act in reversed(selectors.list_acts(found.id))],
        possible=[act for act in SCREENING if found.state in ACTS[act][0]],
        cause=next((cause for cause in list_causes() if cause.code == found.wish.cause), None),
        region=find_region(found.wish.region),
        dream=selectors.get_dream_of_proposal(found.id, clock.now()),
    )


@operators_only
@require_POST
def screen(request: HttpRequest) -> HttpResponse:
    """Asks for the reasons, shows what will happen to each of the chosen proposals, and then does it."""
    ids = read_ids(request)
    name = request.POST.get("act", "")
    if name not in tuple(SCREENING):
        raise Http404
    act = Act(name)
    rows = selectors.find_rows(ids)
    fit = [row for row in rows if row.state in ACTS[act][0]]
    typed = {row.id: _read_answer(request, row.id) for row in fit}
    error = ""
    if request.POST.get("sure") == "1" and fit:
        acts = [ScreenAct(row.id, act, *typed[row.id]) for row in fit]
        try:
            services.screen_proposals(acts, request.user.id, clock.now())
        except Refusal as refusal:
            error = tell(refusal)
        else:
            said = ngettext("回复了 {n} 份提案", "回复了 {n} 份提案", len(fit))
            messages.success(request, said.format(n=len(fit)))
            return redirect(request.POST.get("back") or "/backoffice/dreams/")
    title, text, button = _WHAT[act]
    context = {
        "act": act, "title": gettext(title), "text": gettext(text), "button_text": gettext(button), "rows": fit, "typed": typed,
        "left_out": [row for row in rows if row not in fit], "error": error, "states": PROPOSAL_STATES,
    }  # fmt: skip
    return show(request, "dreams", "dream_screen", status=422 if error else 200, **context)


def _read_answer(request: HttpRequest, proposal_id: UUID) -> tuple[str, str]:
    """A proposal's own reason and suggestion; the ones for all where it has none."""
    reason, suggestion = (
        request.POST.get(f"{part}_{proposal_id}", "").strip() or request.POST.get(part, "").strip()
        for part in ("reason", "suggestion")
    )
    return reason[:_TEXT_MAX], suggestion[:_TEXT_MAX]


@operators_only
@require_POST
def publish(request: HttpRequest, slug: str) -> HttpResponse:
    """Makes a call's shortlist public, after showing it once more."""
    call = selectors.find_call(slug)
    if call is None:
        raise Http404
    rows = selectors.list_proposals(call.id, [ProposalState.SHORTLISTED], limit=500)
    question = Question(
        page="dreams",
        title=gettext("公布入围名单？"),
        text=gettext("名单会立刻出现在梦想的页面上，谁都能看到。"),
        items=[(pick(row, "title"), row.author_name) for row in rows],
        button=gettext("公布名单"),
        back=f"/backoffice/dreams/?call={call.slug}",
    )

    def carry_out(_: str) -> str:
        services.publish_shortlist(call.id, request.user.id, clock.now())
        return gettext("入围名单已经公布")

    return ask_or_do(request, question, carry_out)
