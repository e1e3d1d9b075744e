"""This instance's numbers, secrets and doors to the outside, made once from settings for every face."""

from functools import cache
from pathlib import Path
from uuid import UUID

from django.conf import settings

from redflower.adapters.sandbox import SandboxClient
from redflower.domains.donations.rules import GivingPolicy
from redflower.engine.config import FOR_GIFTS, FOR_REFUNDS, GIVING, key_for, make_settle_policy
from redflower.engine.settle import SettlePolicy
from redflower.kernel.ids import private_token, read_private_token


def _key(purpose: str) -> bytes:
    return key_for(settings.SECRET_KEY, purpose)


@cache
def settle_policy() -> SettlePolicy:
    """What settlement needs from the instance."""
    return make_settle_policy(settings.SECRET_KEY, settings.TIME_ZONE)


def giving_policy() -> GivingPolicy:
    """The numbers around a gift."""
    return GIVING


@cache
def sandbox_client() -> SandboxClient:
    """Our dealings with the embedded payment provider."""
    return SandboxClient(Path(settings.REDFLOWER_DATA) / "sandbox", settings.REDFLOWER_MERCHANT)


def notice_url() -> str:
    """Where the sandbox sends its notices."""
    return f"{settings.REDFLOWER_BASE_URL}/notices/sandbox"


def refund_notice_url() -> str:
    """Where the sandbox sends its notices about refunds."""
    return f"{notice_url()}/refunds"


def gift_path(gift_id: UUID) -> str:
    """The private page of a gift: whoever holds the link may see it."""
    return f"/g/{private_token(gift_id, _key(FOR_GIFTS))}"


def read_gift_token(token: str) -> UUID | None:
    """The gift a private link opens, or None for a link nobody was given."""
    return read_private_token(token, _key(FOR_GIFTS))


def refund_path(case_id: UUID) -> str:
    """The private page of a request to give gifts back."""
    return f"/refunds/{private_token(case_id, _key(FOR_REFUNDS))}"


def read_refund_token(token: str) -> UUID | None:
    """The request a private link opens, or None for a link nobody was given."""
    return read_private_token(token, _key(FOR_REFUNDS))
