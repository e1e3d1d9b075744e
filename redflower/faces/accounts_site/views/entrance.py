"""One way in for everybody: an address, a code, done. Whoever is new joins by the same two steps."""

from typing import Any

from allauth.account.internal.flows.email_verification import get_address_for_user
from allauth.account.internal.stagekit import clear_login
from allauth.account.utils import filter_users_by_email
from allauth.account.views import RequestLoginCodeView
from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext

from redflower.domains.people.errors import EmailInvalid
from redflower.domains.people.services import join
from redflower.faces.accounts_site.demo_operators import DEMO_OPERATORS
from redflower.faces.shared.refusals import tell
from redflower.kernel import clock
from redflower.kernel.errors import Refusal


class EnterView(RequestLoginCodeView):  # type: ignore[misc]
    """Sends a code to an address, known or new: the answer is the same, so nobody learns who has an account."""

    template_name = "account/login.html"

    def _redirect_to_pending_stage(self, request: HttpRequest, stage: Any) -> None:
        """Whoever comes back to the door means another address: the code that was asked for before is dropped."""
        clear_login(request)

    def get_form(self, form_class: Any = None) -> forms.Form:
        """The form, which calls a wrong address wrong in our own words."""
        form = super().get_form(form_class)
        form.fields["email"].error_messages |= {"invalid": tell(EmailInvalid()), "required": gettext("请填写邮箱")}
        return form

    def form_valid(self, form: forms.Form) -> HttpResponse:
        """Makes sure there is somebody to sign in, and sends the code."""
        try:
            form._user = _find_or_join(form.cleaned_data["email"])
            return super().form_valid(form)
        except Refusal as refusal:
            form.add_error("email", tell(refusal))
        except OSError:  # what every mail transport raises when it cannot deliver
            form.add_error("email", gettext("验证码没能寄出去，请稍后再试"))
        return self.form_invalid(form)

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        """The page's data, with the demo's shortcuts where there are any."""
        demo = {"demo_operators": DEMO_OPERATORS} if settings.REDFLOWER_DEMO else {}
        return {**super().get_context_data(**context), **demo}


def _find_or_join(email: str) -> Any:
    join(email, clock.now())
    users = filter_users_by_email(email, is_active=True, prefer_verified=True)
    if not users:  # suspended: they are told so by e-mail, and the page tells nobody else
        return None
    get_address_for_user(users[0])  # the row that the code will mark as verified
    return users[0]


enter = EnterView.as_view()
