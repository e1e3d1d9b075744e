"""The giving form: an amount, a name or none, a few words; then the provider's page."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.cache import patch_cache_control
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods

from redflower.adapters.payment_errors import ProviderDown
from redflower.domains.donations.errors import ProjectNotOpen
from redflower.domains.donations.selectors import get_gift
from redflower.domains.donations.services import check_confirmation
from redflower.domains.donations.types import GiftState
from redflower.domains.festivals.selectors import find_current_festival
from redflower.domains.payments.errors import IdempotencyConflict
from redflower.domains.people.selectors import find_donor
from redflower.domains.projects.rules import compute_openness
from redflower.domains.projects.selectors import get_project
from redflower.domains.projects.types import Openness, ProjectView
from redflower.faces.donor_site.give_form import (
    AMOUNT_MAX_CHARS,
    PRESETS_MINOR,
    GiveForm,
    check_form,
    fresh_key,
    read_form,
    repeat_form,
    start_form,
)
from redflower.faces.shared.donor_cookie import donors_of, ensure_donor, promise_donor, remember_donor
from redflower.faces.shared.instance import gift_path, giving_policy, notice_url, read_gift_token, sandbox_client
from redflower.faces.shared.jinja import pick
from redflower.faces.shared.refusals import tell
from redflower.flows.checkout import Checkout, open_checkouts
from redflower.kernel import clock
from redflower.kernel.errors import Refusal
from redflower.kernel.limits import MESSAGE_MAX_CHARS, NAME_MAX_CHARS


@require_http_methods(["GET", "HEAD", "POST"])
def give(request: HttpRequest, slug: str) -> HttpResponse:
    """The form of one project, and what sending it does. Login is never asked.

    Errors: ProjectNotFound, ProjectNotOpen; what is wrong with the form is told beside the form.
    """
    now = clock.now()
    project = _get_open_project(slug, now)
    fields = request.POST if request.method == "POST" else request.GET
    if fields.get("read_facts") != "1":
        return _to_calm_page(project, fields.get("amount", ""))
    if request.method == "POST":
        return _submit(request, project, read_form(request.POST), now)
    response = _show(request, project, _start(request, now))
    promise_donor(request, response)
    return response


def _submit(request: HttpRequest, project: ProjectView, form: GiveForm, now: datetime) -> HttpResponse:
    amount_minor, faults = check_form(form, project.id)
    if faults:
        # What belongs to no field is the key itself: with another one the form can be sent again.
        return _refuse(request, project, replace(form, key=fresh_key()) if "form" in faults else form, faults)
    if "edit" in request.POST:
        return _show(request, project, replace(form, confirmed=""))
    donor_id = ensure_donor(request)
    reason = check_confirmation(donor_id, amount_minor, giving_policy(), now)
    if reason is not None and form.confirmed != reason:
        response = _show(request, project, form, status=409, reason=reason, amount_minor=amount_minor)
    else:
        response = _check_out(request, project, form, form.ask(donor_id, project.id, amount_minor), now)
    remember_donor(request, response, donor_id)
    return response


def _check_out(
    request: HttpRequest, project: ProjectView, form: GiveForm, gift_request: Any, now: datetime
) -> HttpResponse:
    try:
        [answer] = open_checkouts(
            [gift_request],
            sandbox_client(),
            giving_policy(),
            notice_url(),
            gift_path,
            lambda each: pick(each, "title"),
            now,
        )
    except ProviderDown as refusal:
        response = _refuse(request, project, form, {"form": refusal})
        response["Retry-After"] = "10"
        return response
    if isinstance(answer, IdempotencyConflict):
        return _refuse(request, project, replace(form, key=fresh_key()), {"form": answer})
    if isinstance(answer, ProjectNotOpen):
        raise ProjectNotOpen(title=pick(project, "title"))
    if isinstance(answer, Refusal):
        raise answer
    return HttpResponseRedirect(_next_page(answer, now), status=303)


def _next_page(checkout: Checkout, now: datetime) -> str:
    """The provider's page; for a form sent again after its gift was decided, the gift's own page."""
    if checkout.replayed and get_gift(checkout.gift_id, now).state != GiftState.PENDING:
        return gift_path(checkout.gift_id)
    return checkout.pay_url


def _get_open_project(slug: str, now: datetime) -> ProjectView:
    project = get_project(slug, now)
    if compute_openness(project, now) != Openness.OPEN:
        raise ProjectNotOpen(title=pick(project, "title"))
    return project


def _start(request: HttpRequest, now: datetime) -> GiveForm:
    again = read_gift_token(request.GET.get("again", ""))
    if again is not None:
        return repeat_form(get_gift(again, now))
    known = donors_of(request)
    donor = find_donor(known[0]) if known else None
    return start_form(request.GET.get("amount", "")[:AMOUNT_MAX_CHARS], donor.shown_name if donor else "")


def _to_calm_page(project: ProjectView, amount: str) -> HttpResponse:
    chosen = "?" + urlencode({"amount": amount[:AMOUNT_MAX_CHARS]}) if amount else ""
    return HttpResponseRedirect(f"/projects/{project.slug}/calm{chosen}", status=303)


def _refuse(request: HttpRequest, project: ProjectView, form: GiveForm, faults: dict[str, Refusal]) -> HttpResponse:
    status = next(iter(faults.values())).status
    return _show(request, project, replace(form, confirmed=""), status=status, faults=faults)


def _show(request: HttpRequest, project: ProjectView, form: GiveForm, status: int = 200, **facts: Any) -> HttpResponse:
    now = clock.now()
    festival = find_current_festival(now)
    context = {
        "project": project,
        "form": form,
        "festival": festival if festival and festival.opens_at <= now < festival.closes_at else None,
        "presets": PRESETS_MINOR,
        "message_max": MESSAGE_MAX_CHARS,
        "name_max": NAME_MAX_CHARS,
        "faults": {},
        **facts,
    }
    context["errors"] = {field: tell(refusal) for field, refusal in context["faults"].items()}
    page = "donor_site/give_confirm.html" if "reason" in facts else "donor_site/give.html"
    response = render(request, page, context, status=status)
    # Kept by the browser alone, so that going back from the provider finds the form as it was left.
    patch_cache_control(response, private=True, no_cache=True)
    return response
