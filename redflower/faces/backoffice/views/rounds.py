"""Rounds: planned by one operator with what they will reserve, opened by another."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from redflower.domains.dreams import selectors, services
from redflower.domains.dreams.rules import compute_duties
from redflower.domains.dreams.types import (
    CallView,
    DreamState,
    DreamView,
    NewDream,
    NewRound,
    ProposalRow,
    ProposalState,
)
from redflower.domains.organizations.selectors import list_charities_for_operators
from redflower.faces.backoffice.access import operators_only
from redflower.faces.backoffice.console import Question, ask_or_do, show
from redflower.faces.backoffice.views.files import find_emails
from redflower.faces.shared.dream_words import DREAM_STATES
from redflower.faces.shared.formats import yuan
from redflower.faces.shared.jinja import pick
from redflower.faces.shared.refusals import tell
from redflower.kernel import clock
from redflower.kernel.errors import Refusal

_SHORTLIST = 500
_DIGITS = 7


@operators_only
def rounds(request: HttpRequest) -> HttpResponse:
    """Every round in its phase, and what the funds still hold."""
    now, calls = clock.now(), selectors.list_calls()
    context: dict[str, Any] = {
        "rounds": [(each, each.phase(now)) for each in selectors.list_rounds(opened_only=False)],
        "funds": [(call, selectors.get_fund(call.id)) for call in calls[:6]],
    }
    return show(request, "rounds", "rounds", **context)


@operators_only
@require_http_methods(["GET", "HEAD", "POST"])
def plan(request: HttpRequest, slug: str) -> HttpResponse:
    """Plans a round from a call's shortlist: which proposals, carried by whom, for how many flowers."""
    call = selectors.find_call(slug)
    if call is None:
        raise Http404
    rows = selectors.list_proposals(call.id, [ProposalState.SHORTLISTED], limit=_SHORTLIST)
    error = ""
    if request.method == "POST":
        try:
            services.plan_round(_read_round(request, call), _read_dreams(request, rows), request.user.id, clock.now())
        except Refusal as refusal:
            error = tell(refusal)
        else:
            messages.success(request, gettext("这一轮已经排好，等另一位运营人员开放。"))
            return redirect("/backoffice/rounds/")
    charities = [each for each in list_charities_for_operators(limit=500) if each.state == "published"]
    context: dict[str, Any] = {
        "call": call,
        "fund": selectors.get_fund(call.id),
        "rows": rows,
        "charities": charities,
        "typed": request.POST,
        "chosen": request.POST.getlist("id"),
        "error": error,
    }
    return show(request, "rounds", "round_plan", status=422 if error else 200, **context)


def _read_round(request: HttpRequest, call: CallView) -> NewRound:
    read = request.POST.get
    return NewRound(
        slug=read("slug", "").strip(),
        call_id=call.id,
        name_zh=read("name_zh", "").strip(),
        name_en=read("name_en", "").strip(),
        summary_zh=read("summary_zh", "").strip(),
        summary_en=read("summary_en", "").strip(),
        opens_at=_read_moment(read("opens_at", "")),
        closes_at=_read_moment(read("closes_at", "")),
        person_dream_cap=_read_number(read("person_dream_cap", "")) or None,
        person_round_cap=_read_number(read("person_round_cap", "")) or None,
        may_withdraw=read("may_withdraw") == "1",
    )


def _read_dreams(request: HttpRequest, rows: list[ProposalRow]) -> list[NewDream]:
    chosen = set(request.POST.getlist("id"))
    dreams = []
    for row in rows:
        if str(row.id) not in chosen:
            continue
        charity = request.POST.get(f"charity_{row.id}", "")
        try:
            charity_id = UUID(charity)
        except ValueError:
            charity_id = UUID(int=0)  # nobody: refused as a charity that is not ready
        dreams.append(NewDream(row.id, charity_id, _read_number(request.POST.get(f"minimum_{row.id}", ""))))
    return dreams


def _read_number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _DIGITS else 0


def _read_moment(text: str) -> datetime:
    """A local date and time as the browser's field writes it; the epoch for what is none, which no round accepts."""
    try:
        return timezone.make_aware(datetime.fromisoformat(text), timezone.get_default_timezone())
    except ValueError:
        return datetime.fromtimestamp(0, timezone.get_default_timezone())


@operators_only
def round_(request: HttpRequest, slug: str) -> HttpResponse:
    """One round: its dreams as they fill, and the letters they owe."""
    found = selectors.find_round(slug)
    if found is None:
        raise Http404
    now = clock.now()
    dreams = selectors.list_dreams([found.id], now)
    told = selectors.list_told_stages([dream.id for dream in dreams])
    context: dict[str, Any] = {
        "round": found,
        "phase": found.phase(now),
        "dreams": [(dream, _find_overdue(dream, told.get(dream.id, {}), now)) for dream in dreams],
        "states": DREAM_STATES,
        "sums": selectors.sum_round(dreams),
        "fund": selectors.get_fund(found.call_id),
        "emails": find_emails(found.planned_by_id, found.opened_by_id),
        "is_mine": found.planned_by_id == request.user.id,
        "zone": settings.TIME_ZONE,
    }
    return show(request, "rounds", "round", **context)


def _find_overdue(dream: DreamView, told: dict[int, tuple[datetime, bool]], now: datetime) -> int:
    """By how many days the next letter of a dream is late."""
    if dream.state != DreamState.GRANTED or dream.decided_at is None:
        return 0
    closed = any(last for _, last in told.values())
    duties = compute_duties(dream.decided_at, dream.feedback_days, {s: at for s, (at, _) in told.items()}, closed, now)
    return max((duty.days_late(now) for duty in duties if duty.met_at is None), default=0)


@operators_only
@require_POST
def open_(request: HttpRequest, slug: str) -> HttpResponse:
    """Opens a planned round, after showing what will be reserved."""
    found = selectors.find_round(slug)
    if found is None:
        raise Http404
    dreams = selectors.list_dreams([found.id], clock.now())
    total = yuan(selectors.sum_round(dreams).grants_minor, request.LANGUAGE_CODE)  # type: ignore[attr-defined]
    question = Question(
        page="rounds",
        title=gettext("开放这一轮？"),
        text=gettext("一共 {total} 会立刻从资助金里留出来，每个梦想一份；到时候自动开始收花。").format(total=total),
        items=[(pick(each, "title"), f"{yuan(each.grant_minor, request.LANGUAGE_CODE)} · {pick(each, 'charity_name')}") for each in dreams],  # type: ignore[attr-defined]
        button=gettext("留出资助金并开放"),
        back=f"/backoffice/rounds/{found.slug}/",
    )  # fmt: skip

    def carry_out(_: str) -> str:
        services.open_round(found.id, request.user.id, clock.now())
        return gettext("这一轮已经开放")

    return ask_or_do(request, question, carry_out)
