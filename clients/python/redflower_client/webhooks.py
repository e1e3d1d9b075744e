"""Believing a webhook: Standard Webhooks (https://www.standardwebhooks.com), HMAC-SHA256 over id, time and body."""

import base64
import binascii
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from typing import Any

from redflower_client.errors import WebhookForged

TOLERANCE_SECONDS = 300


def verify_webhook(secret: str, headers: Mapping[str, str], body: bytes, *, now: float | None = None) -> dict[str, Any]:
    """The event inside a delivery, once its signature is proven.

    Needs: the body exactly as received. The same `webhook-id` may come more than once: remember those you have handled.
    Errors: WebhookForged.
    """
    told = {name.lower(): value for name, value in headers.items()}
    message_id, stamp, signatures = (told.get(f"webhook-{name}", "") for name in ("id", "timestamp", "signature"))
    if not (message_id and stamp.isascii() and stamp.isdigit() and signatures):
        raise WebhookForged("the delivery is not signed")
    if abs((time.time() if now is None else now) - int(stamp)) > TOLERANCE_SECONDS:
        raise WebhookForged("the delivery is too old, or this clock is wrong")
    try:
        key = base64.b64decode(secret.removeprefix("whsec_") + "==")
    except binascii.Error as fault:
        raise WebhookForged("the secret is not the one the console showed") from fault
    expected = base64.b64encode(hmac.digest(key, f"{message_id}.{stamp}.".encode() + body, hashlib.sha256)).decode()
    if not any(hmac.compare_digest(f"v1,{expected}", given) for given in signatures.split(" ")):
        raise WebhookForged("the signature is not ours")
    event: dict[str, Any] = json.loads(body)
    return event
