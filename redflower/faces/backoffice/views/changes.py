"""What the public reads is changed by two people: proposals that wait, and the second person's verdict on each."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext

from redflower.domains.disclosures.selectors import get_question, get_report
from redflower.domains.disclosures.services import decide_disclosure, propose_answer, propose_report
from redflower.domains.disclosures.types import Question, Report
from redflower.domains.dreams.services import decide_call
from redflower.domains.festivals.services.announcing import decide_festival
from redflower.domains.organizations.selectors import find_charities_by_id
from redflower.domains.organizations.services import decide_charity_change
from redflower.domains.people.selectors import get_change, list_waiting_changes
from redflower.domains.people.types import ChangeKind, ChangeView, Reason
from redflower.domains.projects.selectors import find_projects_by_id, get_project_for_operators
from redflower.domains.projects.services import decide_project_change
from redflower.faces.backoffice.access import operators_only
from redflower.faces.backoffice.console import show
from redflower.faces.backoffice.disclosure_forms import AnswerForm, ReportForm
from redflower.faces.backoffice.labels import CHANGE_KINDS
from redflower.faces.backoffice.views.files import find_emails
from redflower.faces.shared.changes import describe_change
from redflower.faces.shared.file_forms import ReasonForm, explain
from redflower.faces.shared.jinja import pick
from redflower.faces.shared.refusals import tell
from redflower.kernel import clock
from redflower.kernel.errors import Refusal

_DECIDE: dict[ChangeKind, Callable[[UUID, bool, str, UUID, datetime], None]] = {
    ChangeKind.CHARITY: decide_charity_change,
    ChangeKind.PROJECT: decide_project_change,
    ChangeKind.REPORT: decide_disclosure,
    ChangeKind.ANSWER: decide_disclosure,
    ChangeKind.CALL: decide_call,
    ChangeKind.FESTIVAL: decide_festival,
}
# What is not a page's correction but a thing of its own: its desk, in the back office's addresses.
_DESKS = {ChangeKind.CALL: "calls", ChangeKind.FESTIVAL: "festivals"}
_NO_REASON = Reason("", "")  # for what the public has not read before


@operators_only
def changes(request: HttpRequest) -> HttpResponse:
    """Everything that waits for a second person, the longest waiting first."""
    waiting = list_waiting_changes()
    charities = find_charities_by_id(each.page_id for each in waiting)
    projects = find_projects_by_id({each.page_id for each in waiting})
    names = {key: pick(each, "name") for key, each in charities.items()}
    names |= {key: pick(each, "title") for key, each in projects.items()}
    names |= {
        each.page_id: pick(each.becomes, "title") or pick(each.becomes, "name")
        for each in waiting
        if each.kind in _DESKS
    }
    emails = find_emails(*(each.proposed_by_id for each in waiting))
    return show(request, "changes", "changes", changes=waiting, names=names, kinds=CHANGE_KINDS, emails=emails)


@operators_only
def change(request: HttpRequest, change_id: UUID) -> HttpResponse:
    """One change, before and after; the verdict is given here, and what was typed stays when it is refused."""
    view = get_change(change_id)
    note, error = request.POST.get("note", ""), ""
    if request.method == "POST":
        publish = request.POST.get("verdict") == "publish"
        try:
            _DECIDE[view.kind](change_id, publish, note, request.user.id, clock.now())
            messages.success(request, gettext("改动已公开") if publish else gettext("没有采用，公开页面不变"))
            return redirect(_page_of(view))
        except Refusal as refusal:
            error = tell(refusal)
            view = get_change(change_id)
    return show(
        request,
        "changes",
        "change",
        status=422 if error else 200,
        change=view,
        kind=CHANGE_KINDS[view.kind],
        differences=describe_change(view, both_languages=True),
        emails=find_emails(view.proposed_by_id, view.decided_by_id),
        is_mine=view.proposed_by_id == request.user.id,
        page_href=_page_of(view),
        note=note,
        error=error,
        write_again_href=f"{_page_of(view)}new/?from={view.id}" if view.kind in _DESKS else "",
    )


def _page_of(view: ChangeView) -> str:
    if view.kind in _DESKS:
        return f"/backoffice/{_DESKS[view.kind]}/"
    kind = "charities" if view.kind == ChangeKind.CHARITY else "projects"
    return f"/backoffice/{kind}/{view.page_id}/"


@operators_only
def write_report(request: HttpRequest, project_id: UUID) -> HttpResponse:
    """A new report of a project; a second person publishes it."""
    project = get_project_for_operators(project_id)
    form = ReportForm(request.POST or None)

    def propose(_reason: Reason) -> UUID:
        return propose_report(form.read(project_id), _NO_REASON, request.user.id, clock.now())

    return _write(request, gettext("写一份报告"), pick(project, "title"), project_id, [form], propose)


@operators_only
def correct_report(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """A correction of a published report, with the reason that will stand beside it."""
    report: Report = get_report(report_id)
    form = ReportForm(request.POST or None, initial=ReportForm.write(report))
    reason = ReasonForm(request.POST or None)

    def propose(why: Reason) -> UUID:
        return propose_report(form.read(report.project_id, report.id), why, request.user.id, clock.now())

    title = gettext("更正这份报告")
    return _write(request, title, pick(report, "title"), report.project_id, [form, reason], propose)


@operators_only
def answer_question(request: HttpRequest, question_id: UUID) -> HttpResponse:
    """The answer to a question asked in public, or its correction."""
    question: Question = get_question(question_id)
    form = AnswerForm(request.POST or None, initial={"answer_zh": question.answer_zh, "answer_en": question.answer_en})
    forms_shown: list[forms.Form] = [form, ReasonForm(request.POST or None)] if question.answered_at else [form]

    def propose(why: Reason) -> UUID:
        return propose_answer(question_id, form.read(), why, request.user.id, clock.now())

    title = gettext("更正这个回答") if question.answered_at else gettext("回答这个问题")
    return _write(request, title, pick(question, "asked"), question.project_id, forms_shown, propose)


def _write(
    request: HttpRequest,
    title: str,
    lead: str,
    project_id: UUID,
    parts: list[forms.Form],
    propose: Callable[[Reason], UUID],
) -> HttpResponse:
    form, reason = parts[0], parts[1] if len(parts) > 1 else None
    invalid = [part for part in parts if not part.is_valid()]
    if request.method == "POST" and not invalid:
        try:
            proposed = propose(reason.read_reason() if isinstance(reason, ReasonForm) else _NO_REASON)
            messages.success(request, gettext("已提交，等另一位运营人员看过就公开"))
            return redirect("backoffice_change", proposed)
        except Refusal as refusal:
            explain(form, refusal)
    status = 422 if any(part.errors for part in parts) else 200
    context = {"title": title, "lead": lead, "form": form, "reason": reason}
    return show(
        request, "projects", "disclosure_form", status=status, back=f"/backoffice/projects/{project_id}/", **context
    )
