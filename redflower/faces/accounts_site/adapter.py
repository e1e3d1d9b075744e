"""How allauth meets our people: when they joined, what is theirs at once, and what they are told."""

from datetime import timedelta
from typing import Any, ClassVar

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as lazy

from redflower.faces.shared.context import site_name
from redflower.faces.shared.donor_cookie import claim_device
from redflower.kernel import clock
from redflower.kernel.text import N_

# Somebody who signed in this recently manages their passkeys without proving themselves again.
_FRESH = timedelta(minutes=10)
# A passkey is another way in, not a second lock: whoever loses it still has the code sent to their address.
_NO_SECOND_LOCK = "allauth.mfa.stages.AuthenticateStage"
# The few things worth saying; every other message of allauth stays unsaid.
_SAID = {
    "account/messages/logged_in.txt": N_("登录好了，欢迎"),
    "account/messages/logged_out.txt": N_("已退出登录"),
    "mfa/messages/webauthn_added.txt": N_("通行密钥已添加，下次登录点一下就好"),
    "mfa/messages/webauthn_removed.txt": N_("通行密钥已移除"),
}


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Signs people in by code or passkey, and speaks in our words."""

    error_messages: ClassVar[dict[str, Any]] = {
        **DefaultAccountAdapter.error_messages,
        "account_inactive": lazy("这个账号已停用"),
        "incorrect_code": lazy("验证码不对，请再看一眼邮件"),
        "too_many_login_attempts": lazy("试得太频繁了，请过几分钟再来"),
        "rate_limited": lazy("试得太频繁了，请过几分钟再来"),
    }

    def new_user(self, request: HttpRequest) -> Any:
        """A user with the time they joined."""
        user = super().new_user(request)
        user.created_at = clock.now()
        return user

    def post_login(self, request: HttpRequest, user: Any, **facts: Any) -> HttpResponse:
        """Gives this device's earlier gifts to whoever has just signed in on it."""
        claim_device(request)
        return super().post_login(request, user, **facts)

    def get_login_stages(self) -> list[str]:
        """The steps between the code and being in."""
        return [stage for stage in super().get_login_stages() if stage != _NO_SECOND_LOCK]

    def is_reauthentication_required(self, *, app: str = "") -> bool:
        """Whether a passkey has to be shown again before passkeys are changed."""
        signed_in_at = context.request.user.last_login
        return signed_in_at is None or clock.now() - signed_in_at > _FRESH

    def add_message(
        self,
        request: HttpRequest,
        level: int,
        message_template: str | None = None,
        message_context: dict[str, Any] | None = None,
        extra_tags: str = "",
        message: str | None = None,
    ) -> None:
        """Says our own sentence, or nothing."""
        sentence = message or (gettext(_SAID[message_template]) if message_template in _SAID else None)
        if sentence:
            super().add_message(request, level, extra_tags=extra_tags, message=sentence)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Sends an e-mail in the reader's language, under the site's own name."""
        super().send_mail(template_prefix, email, {**context, "site_name": site_name(get_language() or "")})


class PasskeyAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Passkeys under our own names."""

    error_messages: ClassVar[dict[str, Any]] = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": lazy("这把通行密钥没有通过验证，请再试一次"),
        "unverified_email": lazy("请先用邮箱验证码登录一次，再添加通行密钥"),
    }

    def generate_authenticator_name(self, user: Any, type: Any) -> str:
        """What a passkey is called until its owner renames it."""
        return gettext("我的通行密钥")

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Who asks, as the device shows it."""
        return {**super().get_public_key_credential_rp_entity(), "name": site_name(get_language() or "")}
