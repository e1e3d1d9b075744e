"""User tokens: a partner's word about one of its users, for a quarter of an hour, for one set of campaigns.

A token is a signed statement, not a row: nothing is stored, and nothing is left to clean up. It says who the user is to the
partner, what the widget may do for them, and what the partner vouches for (today's steps, a payment, a ride): a browser can
ask for flowers only for what is in it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from redflower.faces.shared.scenes.refusals import UserTokenExpired, UserTokenInvalid
from redflower.faces.shared.scenes.statements import read_statement, sign_statement

LIFE = timedelta(minutes=15)
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
    said = {
        "p": token.partner_id.hex,
        "u": token.user,
        "c": token.campaigns,
        "d": token.deeds,
        "x": int(token.expires_at.timestamp()),
    }
    return sign_statement(_PREFIX, said, key)


def read_token(text: str, key: bytes, now: datetime) -> UserToken:
    """What a genuine token says.

    Errors: UserTokenInvalid, UserTokenExpired.
    """
    said = read_statement(_PREFIX, text, key)
    if said is None:
        raise UserTokenInvalid
    expires_at = datetime.fromtimestamp(said["x"], UTC)
    if now >= expires_at:
        raise UserTokenExpired
    return UserToken(UUID(hex=said["p"]), said["u"], tuple(said["c"]), said["d"], expires_at)
