"""One project: what it wants, what it has received, and what it has told since."""

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext

from redflower.domains.disclosures.selectors import get_calm_facts
from redflower.domains.donations.selectors import list_public_gifts
from redflower.domains.dreams.selectors.rounds import find_dream_of_project
from redflower.domains.insights.selectors import find_project_totals
from redflower.domains.organizations.selectors import get_charity
from redflower.domains.projects.rules import compute_openness
from redflower.domains.projects.selectors import get_project, list_budget, list_plan
from redflower.domains.projects.types import Openness, PlanStep
from redflower.faces.donor_site.views.bonus import find_bonus
from redflower.faces.donor_site.views.charity import draw_mark
from redflower.faces.donor_site.views.corrections import load_corrections
from redflower.faces.donor_site.views.feed import load_feed
from redflower.faces.donor_site.views.qr import draw_qr
from redflower.faces.donor_site.views.reports import describe_duty
from redflower.faces.donor_site.views.stage import load_stage
from redflower.faces.shared.cards import answer_card
from redflower.faces.shared.causes import name_cause
from redflower.faces.shared.jinja import pick
from redflower.faces.shared.labels import REPORT_KINDS
from redflower.faces.shared.schema_org import describe_crumbs, describe_project
from redflower.kernel import clock

_GIFTS = 8


def project(request: HttpRequest, slug: str) -> HttpResponse:
    """A project's page.

    Errors: ProjectNotFound, also for drafts and hidden ones.
    """
    now = clock.now()
    view = get_project(slug, now)
    facts = get_calm_facts(view, now)
    root = request.build_absolute_uri("/")[:-1]
    address = f"{root}/projects/{view.slug}"
    openness, charity = compute_openness(view, now), get_charity(view.charity_slug)
    corrections = load_corrections(view.id)
    corrected = {each.subject_id: each.at for each in reversed(corrections)}
    stage = load_stage(now)
    places = [(gettext("项目"), f"{root}/projects"), (pick(view, "title"), address)]
    return render(
        request,
        "donor_site/project.html",
        {
            "project": view,
            "openness": openness,
            "linked": describe_project(view, charity, root, is_open=openness == Openness.OPEN)
            & describe_crumbs(places),
            "cause": name_cause(view.cause),
            "totals": find_project_totals([view.id])[view.id],
            "budget": list_budget(view.id),
            "plan": (plan := list_plan(view.id)),
            "coming": _find_coming(plan, now),
            "reports": [(report, REPORT_KINDS[report.kind], corrected.get(report.id)) for report in facts.reports],
            "questions": facts.questions,
            "corrections": corrections,
            "changed_at": corrections[0].at if corrections else None,
            "duties": [describe_duty(duty, now) for duty in facts.duties],
            "overdue": facts.overdue,
            "dream": find_dream_of_project(view.id, now),
            "charity": charity,
            "mark": draw_mark(charity),
            "feed": load_feed(list_public_gifts(view.id, now, limit=_GIFTS), with_project=False),
            "stage": stage,
            "bonus": find_bonus(stage, view.id, now) if stage else None,
            "address": address,
            "qr": draw_qr(address, gettext("这个项目的二维码")),
        },
    )


def project_live(request: HttpRequest, slug: str) -> HttpResponse:
    """What a project has received, asked for while its page is open.

    Errors: ProjectNotFound.
    """
    view = get_project(slug, clock.now())
    context = {"project": view, "totals": find_project_totals([view.id])[view.id]}
    return render(request, "donor_site/project_raised.html", context)


def share_card(request: HttpRequest, slug: str) -> HttpResponse:
    """The picture shown where a project's address is shared.

    Errors: ProjectNotFound.
    """
    view = get_project(slug, clock.now())
    return answer_card(pick(view, "title"), pick(view, "charity_name"), view.motif, view.palette, view.picture_seed)


def _find_coming(steps: list[PlanStep], now: datetime) -> PlanStep | None:
    """The step of the plan that comes next."""
    return next((step for step in steps if step.due_at > now), None)
