"""Campaigns of deeds and what they are about: written here by one operator, opened and shown by another on the desk of scenes."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from redflower.domains.scenes.errors import CampaignStateConflict, SceneRuleInvalid
from redflower.domains.scenes.rules.kinds import list_kinds
from redflower.domains.scenes.selectors.campaigns import get_campaign, list_items
from redflower.domains.scenes.services.campaigns import (
    publish_rule,
    read_preset,
    save_campaigns,
    submit_campaigns,
)
from redflower.domains.scenes.services.together import add_items
from redflower.domains.scenes.types import CampaignState, ItemState
from redflower.faces.backoffice.access import operators_only
from redflower.faces.backoffice.campaign_form import CampaignForm, propose_hours, write_rule
from redflower.faces.backoffice.console import show
from redflower.faces.backoffice.item_form import FORMS
from redflower.faces.shared.file_forms import explain
from redflower.faces.shared.refusals import tell
from redflower.faces.shared.scenes.looks import look_of
from redflower.kernel import clock
from redflower.kernel.errors import Refusal


@operators_only
@require_http_methods(["GET", "HEAD", "POST"])
def write(request: HttpRequest, kind: str) -> HttpResponse:
    """A new campaign of a kind."""
    if kind not in list_kinds():
        raise Http404
    try:
        rule = write_rule(read_preset(kind)["body"])
    except FileNotFoundError:  # a kind that was added without numbers of its own
        rule = "{}"
    return _answer(request, kind, None, {"rule": rule, **propose_hours()})


@operators_only
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, campaign_id: UUID) -> HttpResponse:
    """A campaign that is a draft, or was returned.

    Errors: CampaignNotFound, CampaignStateConflict.
    """
    campaign = get_campaign(campaign_id)
    if campaign.state not in (CampaignState.DRAFT, CampaignState.RETURNED):
        raise CampaignStateConflict(current=campaign.state.value)
    return _answer(request, campaign.kind, campaign_id, CampaignForm.write(campaign))


def _answer(request: HttpRequest, kind: str, campaign_id: UUID | None, initial: dict[str, object]) -> HttpResponse:
    form = CampaignForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        now = clock.now()
        try:
            rule_set_id = publish_rule(kind, form.cleaned_data["rule"], now)
            ids = save_campaigns([form.read(kind, rule_set_id, campaign_id)], request.user.id, now)
            submit_campaigns(ids, request.user.id, now)
            messages.success(request, gettext("已提交，等另一位运营人员看过就开放"))
            return redirect("backoffice_scenes")
        except SceneRuleInvalid as refusal:
            form.add_error("rule", tell(refusal))
        except Refusal as refusal:
            explain(form, refusal)
    note = get_campaign(campaign_id).note if campaign_id else ""
    status = 422 if form.errors else 200
    return show(
        request, "scenes", "campaign_form", status=status, form=form, kind_name=gettext(look_of(kind).name), note=note
    )


@operators_only
@require_http_methods(["GET", "HEAD", "POST"])
def items(request: HttpRequest, campaign_id: UUID) -> HttpResponse:
    """What a campaign's deeds may be about, and one more of it; a second person shows it.

    Errors: CampaignNotFound.
    """
    campaign = get_campaign(campaign_id)
    if campaign.kind not in FORMS:
        raise Http404
    form = FORMS[campaign.kind](request.POST or None, campaign=campaign)
    if request.method == "POST" and form.is_valid():
        try:
            add_items([form.read(request.user.id)], ItemState.HELD, clock.now())
            messages.success(request, gettext("写好了，在“场景”里放行以后就会出现"))
            return redirect("backoffice_campaign_items", campaign_id)
        except Refusal as refusal:
            explain(form, refusal)
    return show(
        request,
        "scenes",
        "campaign_items",
        status=422 if form.errors else 200,
        campaign=campaign,
        form=form,
        items=list_items(campaign.id, None),
    )
