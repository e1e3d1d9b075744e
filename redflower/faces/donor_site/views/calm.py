"""The calm-down page: what somebody should know before giving, told as facts, and an honest way out."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.cache import patch_cache_control
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods

from redflower.domains.disclosures.selectors import get_calm_facts
from redflower.domains.donations.errors import ProjectNotOpen
from redflower.domains.insights.services import record_calm_choice
from redflower.domains.ledger.selectors import get_balance
from redflower.domains.ledger.types import AccountKind
from redflower.domains.projects.rules import compute_openness
from redflower.domains.projects.selectors import get_project, list_budget
from redflower.domains.projects.types import Openness, ProjectView
from redflower.faces.donor_site.give_form import AMOUNT_MAX_CHARS
from redflower.faces.donor_site.views.corrections import load_corrections
from redflower.faces.donor_site.views.reports import describe_duty
from redflower.faces.shared.jinja import pick
from redflower.kernel import clock


@require_http_methods(["GET", "HEAD", "POST"])
def calm(request: HttpRequest, slug: str) -> HttpResponse:
    """The facts of one project, and what the visitor decides after reading them.

    Errors: ProjectNotFound; ProjectNotOpen for going on to a project that takes no gifts now.
    """
    project = get_project(slug, clock.now())
    if request.method == "POST":
        return _choose(request, project)
    response = render(request, "donor_site/calm.html", _load_facts(request, project))
    patch_cache_control(response, private=True, no_cache=True)
    return response


def _choose(request: HttpRequest, project: ProjectView) -> HttpResponse:
    now = clock.now()
    goes_on = request.POST.get("choice") == "continue"
    if goes_on and compute_openness(project, now) != Openness.OPEN:
        raise ProjectNotOpen(title=pick(project, "title"))
    record_calm_choice(project.id, goes_on, now)
    if not goes_on:
        return HttpResponseRedirect(f"/projects/{project.slug}", status=303)
    amount = request.POST.get("amount", "")[:AMOUNT_MAX_CHARS]
    carried = {"read_facts": "1"} | ({"amount": amount} if amount else {})
    return HttpResponseRedirect(f"/projects/{project.slug}/give?{urlencode(carried)}", status=303)


def _load_facts(request: HttpRequest, project: ProjectView) -> dict[str, object]:
    now = clock.now()
    facts = get_calm_facts(project, now)
    return {
        "project": project,
        "openness": compute_openness(project, now),
        "facts": facts,
        "duties": [describe_duty(duty, now) for duty in facts.duties],
        "budget": [{"label": pick(line, "label"), "value": line.amount_minor} for line in list_budget(project.id)],
        "received_minor": get_balance(AccountKind.PROJECT, project.id),
        "changed": next(iter(load_corrections(project.id)), None),
        "days_running": (now - project.starts_at).days,
        "amount": request.GET.get("amount", "")[:AMOUNT_MAX_CHARS],
    }
