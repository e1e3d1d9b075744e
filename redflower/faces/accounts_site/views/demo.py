"""The demo's shortcut into the back office."""

from allauth.account.internal.flows.login import perform_login
from allauth.account.models import Login
from allauth.account.utils import filter_users_by_email, get_next_redirect_url
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from redflower.domains.people.services import make_operator
from redflower.faces.accounts_site.demo_operators import DEMO_OPERATORS
from redflower.kernel import clock


@require_POST
def enter_as_demo_operator(request: HttpRequest) -> HttpResponse:
    """Signs a visitor of the demo in as one of its operators; on a real site this address does not exist."""
    chosen = next((one for one in DEMO_OPERATORS if one.key == request.POST.get("operator")), None)
    if not settings.REDFLOWER_DEMO or chosen is None:
        raise Http404
    make_operator(chosen.email, clock.now())
    user = filter_users_by_email(chosen.email)[0]
    redirect_url = get_next_redirect_url(request) or "/backoffice/"
    return perform_login(request, Login(user=user, redirect_url=redirect_url, email_verification="none"))
