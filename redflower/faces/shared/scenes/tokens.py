"""User tokens: a partner's word about one of its users, for a quarter of an hour, for one set of campaigns.

A token is a signed statement, not a row: nothing is stored, and nothing is left to clean up. It says who the user is to the
partner, what the widget may do for them, and what the partner vouches for (today's steps, a payment, a ride): a browser can
ask for flowers only for what is in it.
"""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from redflower.faces.shared.scenes.refusals import UserTokenExpired, UserTokenInvalid

LIFE = timedelta(minutes=15)
TOKEN_MAX_CHARS = 6_000
_PREFIX = "rfu1"


@dataclass(frozen=True, slots=True)
class UserToken:
    """What a token says. `deeds` is vouched for by the partner: a campaign's slug -> what the user did."""

    partner_id: UUID
    user: str
    campaigns: tuple[str, ...]
    deeds: Mapping[str, Mapping[str, Any]]
    expires_at: datetime


def issue_token(token: UserToken, key: bytes) -> str:
    """The token as a browser carries it: `rfu1.<statement>.<signature>`."""
    statement = json.dumps(
        {
            "p": token.partner_id.hex,
            "u": token.user,
            "c": token.campaigns,
            "d": token.deeds,
            "x": int(token.expires_at.timestamp()),
        },
        ensure_ascii=False,
        separators=(",", ":"),
    ).encode()
    return f"{_PREFIX}.{_encode(statement)}.{_encode(_sign(statement, key))}"


def read_token(text: str, key: bytes, now: datetime) -> UserToken:
    """What a genuine token says.

    Errors: UserTokenInvalid, UserTokenExpired.
    """
    parts = text.split(".")
    if len(text) > TOKEN_MAX_CHARS or not text.isascii() or len(parts) != 3 or parts[0] != _PREFIX:
        raise UserTokenInvalid
    try:
        statement, signature = _decode(parts[1]), _decode(parts[2])
    except (binascii.Error, ValueError):
        raise UserTokenInvalid from None
    if not hmac.compare_digest(signature, _sign(statement, key)):
        raise UserTokenInvalid
    said = json.loads(statement)  # ours, since we signed it
    expires_at = datetime.fromtimestamp(said["x"], UTC)
    if now >= expires_at:
        raise UserTokenExpired
    return UserToken(UUID(hex=said["p"]), said["u"], tuple(said["c"]), said["d"], expires_at)


def _sign(statement: bytes, key: bytes) -> bytes:
    return hmac.digest(key, b"user-token." + statement, hashlib.sha256)


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _decode(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
