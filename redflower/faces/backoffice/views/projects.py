"""Projects: their files, and their publication by a second person."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from redflower.domains.disclosures.selectors import list_questions, list_reports
from redflower.domains.insights.selectors import find_project_totals
from redflower.domains.organizations.selectors import list_charities_for_operators
from redflower.domains.people.selectors import list_waiting_changes
from redflower.domains.projects.rules import compute_openness, is_changeable
from redflower.domains.projects.selectors import (
    count_projects_by_state,
    get_project_for_operators,
    list_budget,
    list_plan,
    list_projects_for_operators,
)
from redflower.domains.projects.services import (
    hide_projects,
    pause_projects,
    propose_project_change,
    resume_projects,
    review_projects,
    save_projects,
    submit_projects,
)
from redflower.domains.projects.types import Openness, ProjectState, ProjectView
from redflower.faces.backoffice.access import operators_only
from redflower.faces.backoffice.console import Question, ask_or_do, show
from redflower.faces.backoffice.labels import PROJECT_STATES
from redflower.faces.backoffice.views.files import find_emails, hand_in, judge, list_history, make_tabs
from redflower.faces.shared.causes import name_cause
from redflower.faces.shared.file_forms import ProjectChangeForm, ProjectForm, explain
from redflower.faces.shared.jinja import pick
from redflower.faces.shared.labels import REPORT_KINDS
from redflower.kernel import clock
from redflower.kernel.errors import Refusal
from redflower.kernel.text import N_

_PATH = "/backoffice/projects/"
_EDITABLE = (ProjectState.DRAFT, ProjectState.RETURNED)
# An act: what carries it out, the question, what will happen, the button, what is said afterwards.
_ACTS = {
    "pause": (
        pause_projects,
        N_("暂停这个项目？"),
        N_("立刻停止接受捐赠，页面会说明已暂停。已经收到的善款和账目不受影响。"),
        N_("暂停项目"),
        N_("项目已暂停"),
    ),
    "resume": (
        resume_projects,
        N_("恢复这个项目？"),
        N_("结束日期之前，它会重新接受捐赠。"),
        N_("恢复项目"),
        N_("项目已恢复"),
    ),
    "hide": (
        hide_projects,
        N_("撤下这个项目？"),
        N_("公开页面上将不再出现，而且不能再恢复。账本会完整保留它收到的每一笔。"),
        N_("撤下项目"),
        N_("项目已撤下"),
    ),
}


@operators_only
def projects(request: HttpRequest) -> HttpResponse:
    """Projects by state, the newest first."""
    state = request.GET.get("state", "")
    chosen = state if state in tuple(ProjectState) else ""
    tabs = make_tabs(_PATH, PROJECT_STATES, count_projects_by_state(), chosen, gettext("全部"))
    found = list_projects_for_operators(chosen)
    totals = find_project_totals(each.id for each in found)
    context = {"tabs": tabs, "projects": found, "states": PROJECT_STATES, "totals": totals}
    return show(request, "projects", "projects", **context)


@operators_only
def project(request: HttpRequest, project_id: UUID) -> HttpResponse:
    """One file: everything a reviewer needs on one page."""
    return _show(request, get_project_for_operators(project_id))


def _show(request: HttpRequest, view: ProjectView, note: str = "", error: str = "") -> HttpResponse:
    return show(
        request,
        "projects",
        "project",
        status=422 if error else 200,
        project=view,
        state=PROJECT_STATES[view.state],
        cause=name_cause(view.cause),
        budget=list_budget(view.id),
        plan=list_plan(view.id),
        totals=find_project_totals([view.id])[view.id],
        emails=find_emails(view.submitted_by_id, view.reviewed_by_id),
        is_editable=view.state in _EDITABLE,
        is_changeable=is_changeable(view.state),
        changes=list_waiting_changes(view.id),
        reports=[(report, REPORT_KINDS[report.kind].here) for report in list_reports(view.id)],
        questions=list_questions(view.id),
        is_mine=view.submitted_by_id == request.user.id,
        is_public=compute_openness(view, clock.now()) != Openness.UNLISTED,
        history=list_history(view.id),
        note=note,
        error=error,
    )


@operators_only
def edit_project(request: HttpRequest, project_id: UUID | None = None) -> HttpResponse:
    """Writes a new file, rewrites one that is a draft or was returned, or proposes a change of a published one."""
    view = get_project_for_operators(project_id) if project_id else None
    plan = list_plan(view.id) if view else []
    initial = ProjectForm.write(view, list_budget(view.id), plan) if view else None
    charities = [(str(each.id), pick(each, "name")) for each in list_charities_for_operators()]
    form = (
        ProjectChangeForm(request.POST or None, initial=initial, charities=charities, current=view, plan=plan)
        if view and is_changeable(view.state)
        else ProjectForm(request.POST or None, initial=initial, charities=charities)
    )
    if request.method == "POST" and form.is_valid():
        try:
            if isinstance(form, ProjectChangeForm):
                proposed = propose_project_change(
                    form.read(project_id), form.read_reason(), request.user.id, clock.now()
                )
                messages.success(request, gettext("已提交，等另一位运营人员看过就公开"))
                return redirect("backoffice_change", proposed)
            [saved] = save_projects([form.read(project_id)], request.user.id, clock.now())
            messages.success(request, gettext("资料已保存，检查无误后提交审核"))
            return redirect("backoffice_project", saved)
        except Refusal as refusal:
            explain(form, refusal)
    status = 422 if form.errors else 200
    return show(request, "projects", "project_form", status=status, form=form, project=view, has_charities=charities)


@operators_only
@require_POST
def submit_project(request: HttpRequest, project_id: UUID) -> HttpResponse:
    """Hands a file to a second person."""
    return hand_in(request, submit_projects, project_id, "backoffice_project")


@operators_only
@require_POST
def review_project(request: HttpRequest, project_id: UUID) -> HttpResponse:
    """Publishes a file or returns it; what was typed stays when it is refused."""

    def ask_again(note: str, error: str) -> HttpResponse:
        return _show(request, get_project_for_operators(project_id), note, error)

    return judge(request, review_projects, project_id, "backoffice_project", gettext("项目已公开"), ask_again)


@operators_only
@require_POST
def move_project(request: HttpRequest, project_id: UUID, act: str) -> HttpResponse:
    """Pauses, resumes or hides a project, after saying what that means."""
    if act not in _ACTS:
        raise Http404
    carry, title, text, button, done = _ACTS[act]
    view = get_project_for_operators(project_id)
    totals = find_project_totals([project_id])[project_id]
    question = Question(
        page="projects",
        title=gettext(title),
        text=gettext(text),
        items=[(pick(view, "title"), gettext("已有 {gifts} 笔捐赠").format(gifts=totals.gifts))],
        button=gettext(button),
        back=f"{_PATH}{project_id}/",
        needs_note=True,
        is_grave=act != "resume",
    )

    def carry_out(note: str) -> str:
        carry([project_id], note, request.user.id, clock.now())
        return gettext(done)

    return ask_or_do(request, question, carry_out)
