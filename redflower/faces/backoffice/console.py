"""The frame of every page: the navigation with what waits, and how an act is asked before it is done."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext

from redflower.domains.disclosures.selectors import count_waiting_askings
from redflower.domains.donations.selectors import count_held_messages, count_refunds
from redflower.domains.donations.types import RefundState
from redflower.domains.dreams.selectors import count_held_words, count_proposals_by_state, list_feedback
from redflower.domains.dreams.types import ProposalState
from redflower.domains.organizations.selectors import count_charities_by_state
from redflower.domains.organizations.types import CharityState
from redflower.domains.payments.selectors import count_open_alarms
from redflower.domains.people.selectors import count_waiting_changes
from redflower.domains.projects.selectors import count_projects_by_state
from redflower.domains.projects.types import ProjectState
from redflower.domains.scenes.selectors.campaigns import list_items_to_moderate
from redflower.domains.scenes.selectors.deeds import list_held_deeds
from redflower.faces.shared.refusals import tell
from redflower.kernel.errors import Refusal
from redflower.kernel.limits import BATCH_MAX
from redflower.kernel.text import N_

_PAGES = (
    ("dashboard", "/backoffice/", N_("今天"), "house"),
    ("charities", "/backoffice/charities/", N_("公益机构"), "building-2"),
    ("projects", "/backoffice/projects/", N_("项目"), "hand-heart"),
    ("changes", "/backoffice/changes/", N_("改动"), "pencil"),
    ("payments", "/backoffice/payments/", N_("支付"), "wallet"),
    ("alarms", "/backoffice/alarms/", N_("待核对"), "triangle-alert"),
    ("refunds", "/backoffice/refunds/", N_("退款"), "undo-2"),
    ("messages", "/backoffice/messages/", N_("留言"), "message-heart"),
    ("questions", "/backoffice/questions/", N_("提问"), "circle-help"),
    ("scenes", "/backoffice/scenes/", N_("场景"), "trending-up"),
    ("festivals", "/backoffice/festivals/", N_("公益节"), "sparkles"),
    ("calls", "/backoffice/calls/", N_("征集"), "book-open"),
    ("dreams", "/backoffice/dreams/", N_("初选"), "sprout"),
    ("rounds", "/backoffice/rounds/", N_("梦想轮次"), "flag"),
    ("letters", "/backoffice/letters/", N_("来信"), "mail"),
    ("operators", "/backoffice/operators/", N_("运营人员"), "users"),
    ("audit", "/backoffice/audit/", N_("操作记录"), "list"),
)


class NothingChosen(Refusal):
    code = "nothing_chosen"
    sentence = N_("请先选中要处理的几行")
    status = 422


def count_waiting() -> dict[str, int]:
    """How much waits for an operator, by page."""
    refunds = count_refunds()
    return {
        "charities": count_charities_by_state()[CharityState.SUBMITTED],
        "projects": count_projects_by_state()[ProjectState.SUBMITTED],
        "changes": sum(count_waiting_changes().values()),
        "alarms": count_open_alarms(),
        "refunds": sum(refunds[state] for state in (RefundState.ASKED, RefundState.ACCEPTED, RefundState.FAILED)),
        "messages": count_held_messages(),
        "questions": count_waiting_askings(),
        "scenes": len(list_items_to_moderate()) + len(list_held_deeds()),
        "dreams": count_proposals_by_state()[ProposalState.SUBMITTED],
        "letters": len(list_feedback(waiting_only=True)) + count_held_words(),
    }


def show(request: HttpRequest, page: str, template: str, *, status: int = 200, **context: Any) -> HttpResponse:
    """A page of the back office; `page` is the entry of the navigation that is lit."""
    waiting = count_waiting()
    navigation = [
        {"text": gettext(text), "href": href, "icon": icon, "active": key == page, "count": waiting.get(key, 0)}
        for key, href, text, icon in _PAGES
    ]
    navigation.append(
        {"text": request.user.email.split("@")[0], "href": "/me", "icon": "user", "active": False, "count": 0}
    )
    frame = {"console_name": gettext("运营后台"), "console_nav": navigation, "waiting": waiting}
    return render(request, f"backoffice/{template}.html", {**frame, **context}, status=status)


def read_ids(request: HttpRequest, name: str = "id") -> list[UUID]:
    """The rows a form has chosen.

    Errors: NothingChosen, also for what is no id.
    """
    try:
        ids = list(dict.fromkeys(UUID(text) for text in request.POST.getlist(name)))
    except ValueError:
        raise NothingChosen from None
    if not 0 < len(ids) <= BATCH_MAX:
        raise NothingChosen
    return ids


@dataclass(frozen=True, slots=True)
class Question:
    """What an act will do, asked before it is done."""

    page: str
    title: str
    text: str
    items: Sequence[tuple[str, str]]  # what it touches: name and remark
    button: str
    back: str
    needs_note: bool = False
    is_grave: bool = False


def ask_or_do(
    request: HttpRequest, question: Question, carry_out: Callable[[str], str], done_href: str = ""
) -> HttpResponse:
    """Asks the question; once the operator has said yes, carries the act out and says what was done."""
    note = request.POST.get("note", "")
    error = ""
    if request.POST.get("sure") == "1":
        try:
            messages.success(request, carry_out(note))
            return redirect(done_href or question.back)
        except Refusal as refusal:
            error = tell(refusal)
    fields = [(name, value) for name in request.POST for value in request.POST.getlist(name) if name not in _OWN]
    context = {"question": question, "fields": fields, "note": note, "error": error}
    return show(request, question.page, "confirm", status=422 if error else 200, **context)


_OWN = ("csrfmiddlewaretoken", "sure", "note")
