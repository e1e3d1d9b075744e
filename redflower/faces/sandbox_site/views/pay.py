"""One page: look at a charge, then pay it or walk away; and the signed links that lead there."""

import functools
import secrets
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods

from redflower.adapters.sandbox_bank import (
    BEHAVIOURS,
    BadLink,
    Bank,
    BankDown,
    Charge,
    ChargeConflict,
    UnknownCharge,
    is_local_path,
)
from redflower.faces.shared.context import site_name
from redflower.kernel import clock

PAYER_COOKIE = "sandbox_payer"
_PAYER_SALT = "redflower.sandbox.payer"
_PAYER_DAYS = 730

# What a page of the provider says when there is nothing to pay → the HTTP status it says it with.
_STATUS_OF_PAGE = {
    "unknown": 404, "bad_return": 400, "bad_choice": 400, "down": 503, "forged": 400, "expired": 410,
}  # fmt: skip


class SeeOther(HttpResponseRedirect):
    """A redirect after a form: the browser follows it with GET."""

    status_code = 303


@require_http_methods(["GET", "HEAD", "POST"])
def pay(request: HttpRequest, charge_id: str) -> HttpResponse:
    """The payment page, and what its form does."""
    try:
        response = _answer(request, charge_id)
    except UnknownCharge:
        response = _nothing_to_pay(request, "unknown")
    except BankDown:
        response = _nothing_to_pay(request, "down")
    add_never_cache_headers(response)
    return response


@require_http_methods(["GET", "HEAD"])
def open_link(request: HttpRequest) -> HttpResponse:
    """Opens the charge of an order that the merchant has signed, and leads to its page."""
    try:
        charge = _bank().open_link(request.META.get("QUERY_STRING", ""), clock.now())
        response: HttpResponse = SeeOther(reverse("sandbox_site:pay", args=[charge.charge_id]))
    except BadLink as fault:
        response = _nothing_to_pay(request, "expired" if fault.why == "expired" else "forged")
    except ChargeConflict:  # the order was opened for another amount: one of the two is not what the merchant means
        response = _nothing_to_pay(request, "forged")
    except BankDown:
        response = _nothing_to_pay(request, "down")
    add_never_cache_headers(response)
    return response


def _answer(request: HttpRequest, charge_id: str) -> HttpResponse:
    charge = _bank().get_charge(charge_id)
    return_path = request.GET.get("return", charge.return_path)
    if not is_local_path(return_path):
        return _nothing_to_pay(request, "bad_return")
    if request.method == "POST":
        return _act(request, charge, return_path)
    if charge.state != "open" or charge.has_expired(clock.now()):
        page = "closed" if charge.state == "open" else charge.state
        return _nothing_to_pay(request, page, charge=charge, return_path=return_path)
    facts = {"charge": charge, "merchant_name": _name_merchant(charge), "amount": _spell_amount(charge)}
    return render(request, "sandbox_site/pay.html", facts)


def _act(request: HttpRequest, charge: Charge, return_path: str) -> HttpResponse:
    """Pays, fails or cancels as the form says; a second press of the button leads to the same place as the first."""
    behaviour = "cancel" if request.POST.get("act") == "cancel" else request.POST.get("behaviour", "normal")
    if behaviour not in BEHAVIOURS:
        return _nothing_to_pay(request, "bad_choice", charge=charge, return_path=request.get_full_path())
    payer_id = (
        request.get_signed_cookie(PAYER_COOKIE, default=None, salt=_PAYER_SALT) or f"payer_{secrets.token_hex(16)}"
    )
    decided = _bank().pay(charge.charge_id, payer_id, clock.now(), behaviour)
    # A charge that closed meanwhile is explained here; any other outcome is the merchant's to tell.
    response = SeeOther(request.get_full_path() if decided.state == "closed" else return_path)
    _remember_payer(request, response, payer_id)
    return response


def _remember_payer(request: HttpRequest, response: HttpResponse, payer_id: str) -> None:
    """The same browser is the same payer next time, and nobody can claim to be another."""
    response.set_signed_cookie(
        PAYER_COOKIE,
        payer_id,
        salt=_PAYER_SALT,
        max_age=_PAYER_DAYS * 24 * 3600,
        path=request.path.rpartition("pay/")[0],
        secure=request.is_secure(),
        httponly=True,
        samesite="Lax",
    )


def _nothing_to_pay(request: HttpRequest, page: str, **facts: Any) -> HttpResponse:
    charge = facts.get("charge")
    if charge is not None:
        facts["amount"] = _spell_amount(charge)
    return render(request, "sandbox_site/outcome.html", {"page": page, **facts}, status=_STATUS_OF_PAGE.get(page, 200))


def _name_merchant(charge: Charge) -> str:
    """The one merchant we host by the name it gave itself, any other by its number."""
    if charge.merchant != settings.REDFLOWER_MERCHANT:
        return charge.merchant
    return site_name(get_language() or settings.LANGUAGE_CODE)


def _spell_amount(charge: Charge) -> str:
    """Always to the fen, as a cashier prints it."""
    yuan, fen = divmod(charge.amount_minor, 100)
    return f"¥{yuan:,}.{fen:02d}"


def _bank() -> Bank:
    return _open_bank(Path(settings.REDFLOWER_DATA) / "sandbox")


@functools.cache
def _open_bank(folder: Path) -> Bank:
    return Bank(folder)
