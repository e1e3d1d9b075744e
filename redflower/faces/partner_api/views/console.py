"""The partner console: how it goes, keys, webhooks, and the first steps."""

from datetime import timedelta
from random import SystemRandom
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from redflower.adapters.webhooks import AddressRefused, check_url
from redflower.domains.partners.errors import EndpointUrlInvalid
from redflower.domains.partners.selectors import (
    count_messages_by_state,
    get_endpoint,
    get_message,
    list_endpoints,
    list_messages,
    list_tries,
)
from redflower.domains.partners.services import (
    close_endpoint,
    open_endpoint,
    replay_messages,
    rotate_endpoint_secret,
)
from redflower.domains.scenes.errors import KeyNotFound
from redflower.domains.scenes.rules.judging import REASONS
from redflower.domains.scenes.selectors.campaigns import list_costs, list_open_campaigns
from redflower.domains.scenes.selectors.partners import (
    count_reasons,
    list_keys,
    list_partners,
    list_partners_of_user,
    list_requests,
    sum_answers,
)
from redflower.domains.scenes.services.partners import add_keys, register_partners, revoke_keys, set_origins
from redflower.domains.scenes.types import KeyAlgorithm, NewKey, NewPartner, PartnerView, Scope
from redflower.faces.partner_api.console import members_only, show
from redflower.faces.partner_api.tries import tell_try
from redflower.faces.shared.refusals import tell
from redflower.faces.shared.scenes.doors import seal_key
from redflower.faces.shared.scenes.practice import practise
from redflower.faces.shared.webhooks import loopback_ports, show_secret
from redflower.kernel import clock
from redflower.kernel.clock import local_date
from redflower.kernel.errors import Refusal
from redflower.kernel.ids import floor_id

_WEEK = timedelta(days=7)
_SHOWN = 20


@never_cache
@login_required
def partners(request: HttpRequest) -> HttpResponse:
    """The partners somebody looks after (for operators: all), and registering one more."""
    kept: dict[str, str] = {}
    error = ""
    if request.method == "POST":
        kept = {name: request.POST.get(name, "").strip() for name in ("slug", "name_zh", "name_en", "homepage")}
        sandbox = request.POST.get("sandbox") == "1"
        file = NewPartner(kept["slug"], kept["name_zh"], kept["name_en"], kept["homepage"], request.user.email, sandbox)
        try:
            [partner_id] = register_partners([file], request.user.id, clock.now())
        except Refusal as refusal:
            error = tell(refusal)
        else:
            return redirect("partner_overview", partner_id=partner_id)
    mine = list_partners() if request.user.is_operator else list_partners_of_user(request.user.id)
    context = {"partners": mine, "kept": kept, "error": error}
    return render(request, "partner_api/partners.html", context, status=422 if error else 200)


@members_only
def overview(request: HttpRequest, partner: PartnerView) -> HttpResponse:
    """A week in figures: answers, reasons, campaigns with their caps and cost, and the latest requests."""
    now = clock.now()
    since = floor_id(now - _WEEK)
    campaigns = list_open_campaigns(now, partner.id)
    today = local_date(now, settings.TIME_ZONE)
    costs = {cost.campaign_id: cost for cost in list_costs([each.id for each in campaigns], today)}
    reasons = [
        (gettext(REASONS[reason]) if reason in REASONS else reason, reason, count)
        for reason, count in count_reasons(partner.id, since).items()
    ]
    return show(
        request,
        partner,
        "overview",
        sums=sum_answers(partner.id, since),
        reasons=reasons,
        campaigns=campaigns,
        costs=costs,
        requests=list_requests(partner.id, limit=_SHOWN),
        told=count_messages_by_state(partner.id, now - _WEEK),
    )


@members_only
def keys(request: HttpRequest, partner: PartnerView) -> HttpResponse:
    """Keys: made here, the private half shown once and kept by nobody; revoked with a reason."""
    made: dict[str, Any] = {}
    if request.method == "POST":
        scopes = frozenset(Scope(each) for each in request.POST.getlist("scope") if each in set(Scope))
        private = Ed25519PrivateKey.generate()
        public = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        label = request.POST.get("label", "").strip()
        new = NewKey(partner.id, KeyAlgorithm.ED25519, scopes, public, label)
        try:
            [added] = add_keys([new], seal_key(), request.user.id, clock.now())
        except Refusal as refusal:
            messages.error(request, tell(refusal))
        else:
            pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
            made = {"id": str(added.id), "pem": pem}
    now = clock.now()
    rows = [(key, key.is_valid(now)) for key in list_keys(partner.id)]
    return show(request, partner, "keys", keys=rows, made=made, scopes=list(Scope))


@require_POST
@members_only
def revoke(request: HttpRequest, partner: PartnerView, key_id: UUID) -> HttpResponse:
    """Makes a key worthless from now on.

    Errors: KeyNotFound (also for another partner's).
    """
    if key_id not in {key.id for key in list_keys(partner.id)}:
        raise KeyNotFound
    try:
        revoke_keys([key_id], request.POST.get("note", ""), request.user.id, clock.now())
    except Refusal as refusal:
        messages.error(request, tell(refusal))
    else:
        messages.success(request, gettext("密钥已经作废，用它签名的请求从现在起都会被拒绝"))
    return redirect("partner_keys", partner_id=partner.id)


@require_POST
@members_only
def origins(request: HttpRequest, partner: PartnerView) -> HttpResponse:
    """Says which pages may embed the widget."""
    try:
        set_origins(partner.id, request.POST.get("origins", "").split(), request.user.id, clock.now())
    except Refusal as refusal:
        messages.error(request, tell(refusal))
    else:
        messages.success(request, gettext("来源已经更新"))
    return redirect("partner_start", partner_id=partner.id)


@members_only
def webhooks(request: HttpRequest, partner: PartnerView) -> HttpResponse:
    """Endpoints with their secrets, and everything that was sent to them."""
    if request.method == "POST":
        _act_on_webhooks(request, partner)
        return redirect("partner_webhooks", partner_id=partner.id)
    endpoints = [(each, show_secret(each.id, each.secret_version)) for each in list_endpoints(partner.id)]
    found = list_messages(partner.id, limit=_SHOWN)
    return show(request, partner, "webhooks", endpoints=endpoints, sent=found, tell_try=tell_try)


def _act_on_webhooks(request: HttpRequest, partner: PartnerView) -> None:
    act, now, user_id = request.POST.get("act", ""), clock.now(), request.user.id
    try:
        if act == "open":
            url = request.POST.get("url", "").strip()
            try:
                check_url(url, loopback_ports())
            except AddressRefused:
                raise EndpointUrlInvalid from None
            open_endpoint(partner.id, url, [], now, user_id)
            messages.success(request, gettext("通知地址已经添加，从现在起的事件都会发给它"))
        elif act == "replay":
            ids = [UUID(each) for each in request.POST.getlist("id")[:_SHOWN]]
            count = replay_messages(partner.id, ids, user_id, now)
            messages.success(request, ngettext("{n} 条通知会再发一次", "{n} 条通知会再发一次", count).format(n=count))
        elif act in ("close", "rotate"):
            endpoint = get_endpoint(partner.id, UUID(request.POST.get("id", "")))
            if act == "close":
                close_endpoint(partner.id, endpoint.id, user_id, now)
                messages.success(request, gettext("通知地址已经关闭"))
            else:
                rotate_endpoint_secret(partner.id, endpoint.id, user_id, now)
                messages.success(request, gettext("有了新密钥；24 小时内新旧两把都会签名，来得及慢慢换"))
    except Refusal as refusal:
        messages.error(request, tell(refusal))
    except ValueError:
        messages.error(request, gettext("没有这个编号"))


@members_only
def message(request: HttpRequest, partner: PartnerView, message_id: UUID) -> HttpResponse:
    """One message: what it said, and every try.

    Errors: MessageNotFound.
    """
    found = get_message(partner.id, message_id)
    return show(request, partner, "message", message=found, tries=list_tries(found.id), tell_try=tell_try)


@members_only
def start(request: HttpRequest, partner: PartnerView) -> HttpResponse:
    """First steps: code that works, which pages may embed, and example traffic for a sandbox."""
    campaigns = list_open_campaigns(clock.now(), partner.id)
    if request.method == "POST" and partner.is_sandbox:
        outcomes = practise(partner.id, campaigns, clock.now(), SystemRandom())
        messages.success(
            request,
            ngettext("发出了 {n} 件示例善行", "发出了 {n} 件示例善行", len(outcomes)).format(n=len(outcomes)),
        )
        return redirect("partner_overview", partner_id=partner.id)
    slug = next((each.slug for each in campaigns if each.kind == "steps"), "daily-steps")
    return show(
        request,
        partner,
        "start",
        campaigns=campaigns,
        slug=slug,
        base_url=settings.REDFLOWER_BASE_URL,
        keys=[key for key in list_keys(partner.id) if key.is_valid(clock.now())],
    )
