from allauth.account import views as account
from allauth.mfa.webauthn import views as passkeys
from django.urls import path
from django.views.generic import RedirectView

from redflower.faces.accounts_site.views.demo import enter_as_demo_operator
from redflower.faces.accounts_site.views.entrance import enter

_to_entrance = RedirectView.as_view(pattern_name="account_login", query_string=True)

# The names are allauth's: its flows look pages up by them. What we do not offer (passwords) has no address.
urlpatterns = [
    path("login/", enter, name="account_login"),
    path("login/code/", account.confirm_login_code, name="account_confirm_login_code"),
    path("login/as-demo-operator/", enter_as_demo_operator, name="enter_as_demo_operator"),
    path("login/passkey/", passkeys.login_webauthn, name="mfa_login_webauthn"),
    path("login/request/", _to_entrance, name="account_request_login_code"),
    path("login/verify/", _to_entrance, name="account_email_verification_sent"),
    path("signup/", _to_entrance, name="account_signup"),
    path("logout/", account.logout, name="account_logout"),
    path("inactive/", account.account_inactive, name="account_inactive"),
    path("passkeys/", passkeys.list_webauthn, name="mfa_list_webauthn"),
    path("passkeys/all/", RedirectView.as_view(pattern_name="mfa_list_webauthn"), name="mfa_index"),
    path("passkeys/add/", passkeys.add_webauthn, name="mfa_add_webauthn"),
    path("passkeys/confirm/", passkeys.reauthenticate_webauthn, name="mfa_reauthenticate_webauthn"),
    path("passkeys/<int:pk>/rename/", passkeys.edit_webauthn, name="mfa_edit_webauthn"),
    path("passkeys/<int:pk>/remove/", passkeys.remove_webauthn, name="mfa_remove_webauthn"),
]
