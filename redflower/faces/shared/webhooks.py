"""What webhooks need of this instance: the key their secrets are derived from, and which ports of our own may hear."""

import base64
import hmac
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings

from redflower.domains.partners.rules import derive_secret


def webhook_key() -> bytes:
    """The one key behind every endpoint's secret."""
    return hmac.digest(settings.SECRET_KEY.encode(), b"webhooks", "sha256")


def show_secret(endpoint_id: UUID, version: int) -> str:
    """An endpoint's secret as its partner keeps it."""
    return "whsec_" + base64.b64encode(derive_secret(endpoint_id, version, webhook_key())).decode()


def loopback_ports() -> frozenset[int]:
    """The demo's own partner lives on this machine; nobody else's address may lead here."""
    port = urlsplit(settings.REDFLOWER_DEMO_PARTNER).port if settings.REDFLOWER_DEMO else None
    return frozenset([port] if port else [])
