"""Writing a proposal step by step, saved as one goes, and the private page where its author hears what becomes of it."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from redflower.domains.dreams import selectors, services
from redflower.domains.dreams.errors import FeedbackNotDue, ProposalNotFound, ProposalStateConflict
from redflower.domains.dreams.rules import can_submit, check_wish, compute_duties
from redflower.domains.dreams.types import (
    ACTS as TABLE,
)
from redflower.domains.dreams.types import (
    EDITABLE,
    Act,
    DraftSave,
    DreamState,
    NewFeedback,
    ProposalView,
    Wish,
)
from redflower.faces.dream_site.wish_form import STEPS, read_step
from redflower.faces.shared.causes import list_causes
from redflower.faces.shared.donor_cookie import donors_of, ensure_donor, promise_donor, remember_donor
from redflower.faces.shared.dream_words import (
    ACTS,
    FIELDS,
    PROPOSAL_STATES,
    proposal_path,
    read_proposal_token,
)
from redflower.faces.shared.instance import giving_policy
from redflower.faces.shared.jinja import pick
from redflower.faces.shared.picture_names import MOTIF_CHOICES, PALETTE_CHOICES
from redflower.faces.shared.private_pages import keep_private
from redflower.faces.shared.refusals import tell
from redflower.faces.shared.regions import REGIONS
from redflower.kernel import clock
from redflower.kernel.errors import Refusal
from redflower.kernel.ids import new_id
from redflower.kernel.money import parse_yuan

_DIGITS = 8


@require_http_methods(["GET", "HEAD", "POST"])
def propose(request: HttpRequest) -> HttpResponse:
    """What the call asks for, and the button that begins a draft."""
    now = clock.now()
    call = selectors.find_open_call(now)
    if request.method != "POST" or call is None:
        known = donors_of(request)
        context = {
            "call": call,
            "next_call": None if call else selectors.find_next_call(now),
            "causes": [cause for cause in list_causes() if call and (not call.themes or cause.code in call.themes)],
            "drafts": [(row, proposal_path(row.id)) for row in selectors.list_proposals_of_authors(known)]
            if known
            else [],
            "states": PROPOSAL_STATES,
        }
        response = render(request, "dream_site/propose.html", context)
        promise_donor(request, response)
        return response
    donor, draft = ensure_donor(request), new_id()
    wish = Wish(email=request.user.email if request.user.is_authenticated else "", picture_seed=draft.int % 900 + 1)
    services.save_proposals([DraftSave(draft, call.id, donor, wish)], _language(), (), now)
    response = HttpResponseRedirect(f"{proposal_path(draft)}/write", status=303)
    remember_donor(request, response, donor)
    return response


@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """Everything this person has proposed or begun to write."""
    rows = selectors.list_proposals_of_authors(donors_of(request))
    context = {"rows": [(row, proposal_path(row.id)) for row in rows], "states": PROPOSAL_STATES}
    return keep_private(render(request, "dream_site/mine.html", context))


@require_http_methods(["GET", "HEAD", "POST"])
def write(request: HttpRequest, token: str) -> HttpResponse:
    """One step of a draft; sending it saves and goes on, and with script it is saved while it is written.

    Errors: ProposalNotFound.
    """
    found = _find(token)
    if found.state not in EDITABLE:
        return HttpResponseRedirect(proposal_path(found.id), status=303)
    step = _read_step(request)
    if request.method != "POST":
        return _show_step(request, found, step)
    wish, faults = read_step(found.wish, step, request.POST, _language())
    try:
        save = DraftSave(found.id, found.call_id, found.author_id, wish)
        services.save_proposals([save], _language(), giving_policy().held_words, clock.now())
    except Refusal as refusal:
        faults = {**faults, "form": _tell(refusal)}
    if request.htmx:
        return keep_private(render(request, "dream_site/saved.html", {"faults": faults}))
    if faults:
        return _show_step(request, replace(found, wish=wish), step, faults, status=422)
    target = f"{proposal_path(found.id)}/write?step={step + 1}" if step < len(STEPS) else proposal_path(found.id)
    return HttpResponseRedirect(target, status=303)


def _show_step(
    request: HttpRequest, found: ProposalView, step: int, faults: dict[str, str] | None = None, status: int = 200
) -> HttpResponse:
    call = selectors.find_calls_by_id([found.call_id])[found.call_id]
    acts = selectors.list_acts(found.id)
    context = {
        "proposal": found,
        "wish": found.wish,
        "call": call,
        "step": step,
        "steps": [gettext(name) for name in STEPS],
        "path": proposal_path(found.id),
        "tag": "en" if _language().startswith("en") else "zh",
        "faults": faults or {},
        "causes": [(c.code, c.name) for c in list_causes() if not call.themes or c.code in call.themes],
        "region_options": [("", gettext("不限一处")), *((region.code, pick(region, "name")) for region in REGIONS)],
        "motifs": MOTIF_CHOICES,
        "palettes": PALETTE_CHOICES,
        "returned": next((act for act in reversed(acts) if act.act == Act.RETURN), None),
    }
    return keep_private(render(request, "dream_site/write.html", context, status=status))


@require_safe
def author(request: HttpRequest, token: str) -> HttpResponse:
    """The private page of a proposal: as it reads, what is missing, and every step it has taken.

    Errors: ProposalNotFound.
    """
    return _show_author(request, _find(token))


@require_POST
def submit(request: HttpRequest, token: str) -> HttpResponse:
    """Hands a proposal in; what is missing is told on its page."""
    found = _find(token)
    try:
        services.submit_proposals([found.id], clock.now())
    except Refusal as refusal:
        return _show_author(request, found, status=refusal.status, error=_tell(refusal))
    messages.success(request, gettext("交上来了。每一步都会写在这个页面上，也会发邮件告诉你。"))
    return HttpResponseRedirect(proposal_path(found.id), status=303)


@require_POST
def withdraw(request: HttpRequest, token: str) -> HttpResponse:
    """Takes a proposal back.

    Errors: ProposalNotFound, ProposalStateConflict.
    """
    found = _find(token)
    services.withdraw_proposals([found.id], clock.now())
    return HttpResponseRedirect(proposal_path(found.id), status=303)


@require_POST
def letter(request: HttpRequest, token: str) -> HttpResponse:
    """Takes the author's letter about a granted dream, to be reviewed before it goes to everybody who gave.

    Errors: ProposalNotFound, FeedbackNotDue; what is wrong with the letter is told on the page.
    """
    found, now = _find(token), clock.now()
    dream = selectors.get_dream_of_proposal(found.id, now)
    if dream is None or dream.state != DreamState.GRANTED:
        raise FeedbackNotDue
    told = selectors.list_told_stages([dream.id]).get(dream.id, {})
    typed = {name: request.POST.get(name, "") for name in ("title", "body", "spent", "people")}
    tag = "en" if _language().startswith("en") else "zh"
    texts = {
        f"{name}_{each}": typed[name] if each == tag else "" for name in ("title", "body") for each in ("zh", "en")
    }
    try:
        told_now = NewFeedback(
            dream_id=dream.id, stage=len(told) + 1, spent_minor=parse_yuan(typed["spent"]) if typed["spent"] else 0,
            people=int(typed["people"]) if _is_number(typed["people"]) else 0, is_last=request.POST.get("is_last") == "1",
            written_by=None, **texts,
        )  # fmt: skip
        services.write_feedback([told_now], now)
    except Refusal as refusal:
        return _show_author(request, found, status=refusal.status, letter_error=tell(refusal), typed=typed)
    messages.success(request, gettext("信收到了。看过以后，会寄给每一位送过花的人。"))
    return HttpResponseRedirect(proposal_path(found.id), status=303)


def _show_author(request: HttpRequest, found: ProposalView, status: int = 200, **facts: Any) -> HttpResponse:
    now = clock.now()
    call = selectors.find_calls_by_id([found.call_id])[found.call_id]
    dream = selectors.get_dream_of_proposal(found.id, now)
    told = selectors.list_told_stages([dream.id]).get(dream.id, {}) if dream else {}
    closed = any(last for _, last in told.values())
    duties = []
    if dream and dream.state == DreamState.GRANTED and dream.decided_at:
        at = {stage: when for stage, (when, _) in told.items()}
        duties = compute_duties(dream.decided_at, dream.feedback_days, at, closed, now)
    missing = ""
    if found.state in EDITABLE:
        try:
            check_wish(found.wish, call)
        except Refusal as refusal:
            missing = _tell(refusal)
    context = {
        "proposal": found,
        "wish": found.wish,
        "call": call,
        "path": proposal_path(found.id),
        "state": PROPOSAL_STATES[found.state],
        "is_editable": found.state in EDITABLE,
        "can_submit": can_submit(found.state, call, now),
        "can_withdraw": found.state in TABLE[Act.WITHDRAW][0],
        "missing": missing,
        "acts": [(act, *ACTS[act.act]) for act in reversed(selectors.list_acts(found.id))],
        "cause": next((cause for cause in list_causes() if cause.code == found.wish.cause), None),
        "dream": dream,
        "duties": duties,
        "closed": closed,
        "feedback": selectors.list_feedback(dream.id) if dream else [],
        "typed": {},
        "error": "",
        **facts,
    }
    return keep_private(render(request, "dream_site/author.html", context, status=status))


def _find(token: str) -> ProposalView:
    proposal_id: UUID | None = read_proposal_token(token)
    if proposal_id is None:
        raise ProposalNotFound
    return selectors.get_proposal(proposal_id)


def _read_step(request: HttpRequest) -> int:
    text = request.GET.get("step", "1")
    return int(text) if text.isascii() and text.isdigit() and 1 <= int(text[:2]) <= len(STEPS) else 1


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _DIGITS


def _language() -> str:
    return get_language() or "zh-hans"


def _tell(refusal: Refusal) -> str:
    """A refusal's sentence, with the field in the reader's words."""
    if isinstance(refusal, ProposalStateConflict):
        return tell(refusal)
    facts = dict(refusal.facts)
    if "field" in facts:
        facts["field"] = gettext(FIELDS.get(facts["field"], facts["field"]))
    return tell(type(refusal)(**facts))
