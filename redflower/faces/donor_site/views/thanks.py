"""The private page of one gift: thank you while it is fresh, a receipt for ever after."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from redflower.adapters.payment_errors import ProviderDown
from redflower.domains.donations.errors import GiftNotFound
from redflower.domains.donations.rules import write_code
from redflower.domains.donations.selectors import find_refunds_of_gifts, get_gift
from redflower.domains.donations.types import GiftState, GiftView
from redflower.domains.festivals.selectors import count_undrawn_tickets, list_awards_of_gifts
from redflower.domains.festivals.selectors.bonuses import find_flowers_behind
from redflower.domains.flowers.selectors import find_earnings_of_subjects
from redflower.domains.payments.selectors import list_alarms_of_order
from redflower.domains.payments.types import AlarmKind
from redflower.domains.projects.rules import compute_openness
from redflower.domains.projects.selectors import find_projects_by_id
from redflower.faces.donor_site.views.ledger_place import find_ledger_place
from redflower.faces.shared.instance import gift_path, notice_url, read_gift_token, refund_path, sandbox_client
from redflower.faces.shared.jinja import pick
from redflower.faces.shared.late_payments import ask_provider
from redflower.faces.shared.private_pages import keep_private
from redflower.flows.checkout import reopen_checkout
from redflower.kernel import clock
from redflower.kernel.ids import short_code

# A page that waits looks again every 2 s for a minute, then every 5 s, and after ten minutes when it is asked to.
_EAGER, _PATIENT = timedelta(minutes=1), timedelta(minutes=10)
# How long the provider's own word is waited for before it is asked, and how often it is asked again.
_ASK_AFTER, _ASK_EVERY = timedelta(seconds=10), timedelta(seconds=10)
# A gift of this age is asked about as soon as somebody opens its page.
_OLD = timedelta(minutes=3)


@require_safe
def gift(request: HttpRequest, token: str) -> HttpResponse:
    """Where a gift stands, for whoever holds its link.

    With HTMX only the part that changes, or 204 while it has not. A link nobody was given answers like any address
    that does not exist.
    """
    found = _find_gift(token)
    if found is None:
        return keep_private(render(request, "shared/404.html", {}, status=404))
    now = clock.now()
    since = _read_since(request, now)
    if found.state == GiftState.PENDING and _is_time_to_ask(request, now - since, now - found.made_at):
        found = _ask(found, now)
    seen_stage = request.GET.get("stage", "") if request.htmx else ""
    context = _describe(found, since, now, seen_stage)
    if not request.htmx:
        return keep_private(render(request, "donor_site/thanks.html", context))
    if seen_stage == context["stage"]:
        return keep_private(HttpResponse(status=204))
    return keep_private(render(request, "donor_site/thanks_gift.html", context))


@require_POST
def pay(request: HttpRequest, token: str) -> HttpResponse:
    """Back to the provider's page of a gift that still waits for its payment.

    Errors: GiftNotFound; while the provider is down the gift's own page says so.
    """
    found = _find_gift(token)
    if found is None:
        raise GiftNotFound
    now = clock.now()
    if found.state != GiftState.PENDING or _is_in_question(found.id):
        return keep_private(HttpResponseRedirect(gift_path(found.id), status=303))
    try:
        page = reopen_checkout(found, pick(found, "project_title"), sandbox_client(), notice_url(), gift_path)
    except ProviderDown as refusal:
        context = _describe(found, now, now) | {"provider_down": True}
        return keep_private(render(request, "donor_site/thanks.html", context, status=refusal.status))
    return keep_private(HttpResponseRedirect(page, status=303))


def _find_gift(token: str) -> GiftView | None:
    gift_id = read_gift_token(token)
    if gift_id is None:
        return None
    try:
        return get_gift(gift_id, clock.now())
    except GiftNotFound:
        return None


def _ask(found: GiftView, now: datetime) -> GiftView:
    try:
        answered = ask_provider([found.id], now)
    except ProviderDown:
        return found  # the notice may still come, and the page will ask again
    return get_gift(found.id, now) if answered else found


def _describe(found: GiftView, since: datetime, now: datetime, seen_stage: str = "") -> dict[str, Any]:
    project = find_projects_by_id([found.project_id])[found.project_id]
    awards = list_awards_of_gifts([found.id]).get(found.id, [])
    is_drawing = found.id in count_undrawn_tickets([found.id])
    waits = found.state == GiftState.PENDING or is_drawing
    waited = now - since
    in_question = _is_in_question(found.id)
    path = gift_path(found.id)
    stage = f"{found.state}-{len(awards)}-{is_drawing:d}{in_question:d}-{waited < _ASK_AFTER:d}{waited < _EAGER:d}{waited < _PATIENT:d}"
    return {
        "gift": found,
        "project": project,
        "openness": compute_openness(project, now),
        "path": path,
        "token": path.rsplit("/", 1)[1],
        "code": short_code(found.id),
        "full_code": write_code(found.id),
        "earned": find_earnings_of_subjects([found.id]).get(found.id),
        "awards": awards,
        "flowers": find_flowers_behind(found.id) if any(award.amount_minor for award in awards) else {},
        "matched_minor": sum(award.amount_minor for award in awards),
        "is_drawing": is_drawing,
        "ledger_place": find_ledger_place(found),
        "refund_href": _find_refund(found.id),
        "stage": stage,
        "poll_seconds": (2 if waited < _EAGER else 5) if waits and waited < _PATIENT else 0,
        "waits": waits,
        "is_in_question": in_question,
        "is_late": found.state == GiftState.PENDING and waited >= _ASK_AFTER,
        # The petal falls once: not again when a part of the page that has shown it is renewed.
        "falls": not seen_stage.startswith(GiftState.SETTLED),
        "since": int(since.timestamp()),
        "address": f"{settings.REDFLOWER_BASE_URL}/projects/{project.slug}",
        "receipt_address": f"{settings.REDFLOWER_BASE_URL}{path}",
    }


def _find_refund(gift_id: UUID) -> str:
    refund = find_refunds_of_gifts([gift_id]).get(gift_id)
    return refund_path(refund.case_id) if refund else ""


def _is_in_question(gift_id: UUID) -> bool:
    """True while operators look into what the provider told about this gift: nobody may say that nothing was charged."""
    return any(
        alarm.resolved_at is None and alarm.kind != AlarmKind.UNKNOWN_ORDER for alarm in list_alarms_of_order(gift_id)
    )


def _read_since(request: HttpRequest, now: datetime) -> datetime:
    """When this page began to wait, as it tells us itself; a page that does not say has just begun."""
    text = request.GET.get("since", "")
    if not (text.isascii() and text.isdigit() and len(text) <= 10):
        return now
    return min(datetime.fromtimestamp(int(text), now.tzinfo), now)


def _is_time_to_ask(request: HttpRequest, waited: timedelta, age: timedelta) -> bool:
    if request.htmx:
        return waited >= _ASK_AFTER and waited % _ASK_EVERY < timedelta(seconds=5)
    return waited >= _ASK_AFTER or age >= _OLD
