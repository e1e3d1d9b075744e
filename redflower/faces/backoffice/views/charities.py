"""Charities: their files, and their publication by a second person."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from redflower.domains.organizations.rules import is_changeable
from redflower.domains.organizations.selectors import (
    count_charities_by_state,
    get_charity_for_operators,
    list_charities_for_operators,
)
from redflower.domains.organizations.services import (
    propose_charity_change,
    resume_charities,
    review_charities,
    save_charities,
    submit_charities,
    suspend_charities,
)
from redflower.domains.organizations.types import CharityState, CharityView
from redflower.domains.people.selectors import list_waiting_changes
from redflower.domains.projects.selectors import list_projects_for_operators
from redflower.faces.backoffice.access import operators_only
from redflower.faces.backoffice.console import Question, ask_or_do, show
from redflower.faces.backoffice.labels import CHARITY_STATES, PROJECT_STATES
from redflower.faces.backoffice.views.files import find_emails, hand_in, judge, list_history, make_tabs
from redflower.faces.shared.file_forms import CHARITY_KINDS, CharityChangeForm, CharityForm, explain
from redflower.faces.shared.jinja import pick
from redflower.kernel import clock
from redflower.kernel.errors import Refusal

_PATH = "/backoffice/charities/"
_EDITABLE = (CharityState.DRAFT, CharityState.RETURNED)


@operators_only
def charities(request: HttpRequest) -> HttpResponse:
    """Charities by state, the newest first."""
    state = request.GET.get("state", "")
    chosen = state if state in tuple(CharityState) else ""
    tabs = make_tabs(_PATH, CHARITY_STATES, count_charities_by_state(), chosen, gettext("全部"))
    found = list_charities_for_operators(chosen)
    emails = find_emails(*(each.submitted_by_id for each in found))
    context = {"tabs": tabs, "charities": found, "states": CHARITY_STATES, "kinds": CHARITY_KINDS, "emails": emails}
    return show(request, "charities", "charities", **context)


@operators_only
def charity(request: HttpRequest, charity_id: UUID) -> HttpResponse:
    """One file: everything a reviewer needs on one page."""
    return _show(request, get_charity_for_operators(charity_id))


def _show(request: HttpRequest, view: CharityView, note: str = "", error: str = "") -> HttpResponse:
    return show(
        request,
        "charities",
        "charity",
        status=422 if error else 200,
        charity=view,
        state=CHARITY_STATES[view.state],
        kind=CHARITY_KINDS[view.kind],
        emails=find_emails(view.submitted_by_id, view.reviewed_by_id),
        is_editable=view.state in _EDITABLE,
        is_changeable=is_changeable(view.state),
        changes=list_waiting_changes(view.id),
        is_mine=view.submitted_by_id == request.user.id,
        projects=list_projects_for_operators(charity_id=view.id),
        project_states=PROJECT_STATES,
        history=list_history(view.id),
        note=note,
        error=error,
    )


@operators_only
def edit_charity(request: HttpRequest, charity_id: UUID | None = None) -> HttpResponse:
    """Writes a new file, rewrites one that is a draft or was returned, or proposes a change of a published one."""
    view = get_charity_for_operators(charity_id) if charity_id else None
    kind = CharityChangeForm if view and is_changeable(view.state) else CharityForm
    form = kind(request.POST or None, initial=CharityForm.write(view) if view else None)
    if request.method == "POST" and form.is_valid():
        try:
            if isinstance(form, CharityChangeForm):
                proposed = propose_charity_change(
                    form.read(charity_id), form.read_reason(), request.user.id, clock.now()
                )
                messages.success(request, gettext("已提交，等另一位运营人员看过就公开"))
                return redirect("backoffice_change", proposed)
            [saved] = save_charities([form.read(charity_id)], request.user.id, clock.now())
            messages.success(request, gettext("资料已保存，检查无误后提交审核"))
            return redirect("backoffice_charity", saved)
        except Refusal as refusal:
            explain(form, refusal)
    return show(request, "charities", "charity_form", status=422 if form.errors else 200, form=form, charity=view)


@operators_only
@require_POST
def submit_charity(request: HttpRequest, charity_id: UUID) -> HttpResponse:
    """Hands a file to a second person."""
    return hand_in(request, submit_charities, charity_id, "backoffice_charity")


@operators_only
@require_POST
def review_charity(request: HttpRequest, charity_id: UUID) -> HttpResponse:
    """Publishes a file or returns it; what was typed stays when it is refused."""

    def ask_again(note: str, error: str) -> HttpResponse:
        return _show(request, get_charity_for_operators(charity_id), note, error)

    return judge(request, review_charities, charity_id, "backoffice_charity", gettext("机构已公开"), ask_again)


@operators_only
@require_POST
def suspend_charity(request: HttpRequest, charity_id: UUID) -> HttpResponse:
    """Stops a charity at once, or lets it go on."""
    view = get_charity_for_operators(charity_id)
    resume = view.state == CharityState.SUSPENDED
    question = Question(
        page="charities",
        title=gettext("恢复这家机构？") if resume else gettext("暂停这家机构？"),
        text=gettext("它名下未结束的项目会重新接受捐赠。")
        if resume
        else gettext("它名下的全部项目立刻停止接受捐赠，页面会说明已暂停。已经收到的善款和账目不受影响。"),
        items=[
            (pick(project, "title"), PROJECT_STATES[project.state].here)
            for project in list_projects_for_operators(charity_id=charity_id)
        ],
        button=gettext("恢复机构") if resume else gettext("暂停机构"),
        back=f"{_PATH}{charity_id}/",
        needs_note=True,
        is_grave=not resume,
    )

    def carry_out(note: str) -> str:
        act = resume_charities if resume else suspend_charities
        act([charity_id], note, request.user.id, clock.now())
        return gettext("机构已恢复") if resume else gettext("机构已暂停")

    return ask_or_do(request, question, carry_out)
