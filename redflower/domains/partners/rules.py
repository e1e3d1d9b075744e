"""Pure decisions about partners: when a message is tried again, and how its secret is made."""

import hashlib
import hmac
import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from redflower.domains.partners.errors import EndpointUrlInvalid
from redflower.kernel.canon import instant

# A sender that dies holds what it took no longer than this.
LEASE = timedelta(seconds=60)
# Waits after the 1st, 2nd … try: quick while a partner restarts, patient while they sleep; three days in all.
RETRY_SECONDS = (5, 30, 120, 600, 1800, 7200, 21600, 43200, 86400, 86400)
TRIES_MAX = len(RETRY_SECONDS) + 1
ENDPOINTS_MAX = 10
URL_MAX_CHARS = 500
# After a rotation both secrets sign, so that a partner can change theirs without missing a word.
ROTATION_OVERLAP = timedelta(hours=24)


def plan_next_try(tries: int, at: datetime) -> datetime | None:
    """When to try again after the `tries`-th failure; None when it is time to give up."""
    if tries >= TRIES_MAX:
        return None
    return at + timedelta(seconds=RETRY_SECONDS[tries - 1])


def derive_secret(endpoint_id: UUID, version: int, key: bytes) -> bytes:
    """The secret of an endpoint: derived, not stored, so that a stolen table signs nothing."""
    return hmac.digest(key, b"webhook-secret" + endpoint_id.bytes + version.to_bytes(4, "big"), hashlib.sha256)


def list_secret_versions(version: int, rotated_at: datetime | None, at: datetime) -> Sequence[int]:
    """The versions that sign now, the present one first."""
    if rotated_at is not None and version > 1 and at < rotated_at + ROTATION_OVERLAP:
        return (version, version - 1)
    return (version,)


def write_body(kind: str, facts: dict[str, Any], happened_at: datetime) -> str:
    """What a partner receives, as JSON of one spelling: `type`, `timestamp`, `data`.

    Source: Standard Webhooks, payload structure.
    """
    body = {"type": kind, "timestamp": instant(happened_at), "data": facts}
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"), sort_keys=True, default=str)


def check_endpoint_url(url: str) -> str:
    """The address, if it looks like one; whether it may be spoken to is the adapter's to judge.

    Errors: EndpointUrlInvalid.
    """
    trimmed = url.strip()
    if not trimmed.isascii() or len(trimmed) > URL_MAX_CHARS or not trimmed.startswith(("https://", "http://")):
        raise EndpointUrlInvalid
    return trimmed
