"""Link statements: a partner's word, through us, that whoever opens a page of ours is one of its users.

The user's name stays out of it: the address of a page is written into histories and logs, so the statement names the donor
derived for the user.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings

from redflower.domains.scenes.errors import LinkStatementInvalid
from redflower.domains.scenes.types import LinkStatement
from redflower.engine.config import key_for
from redflower.faces.shared.scenes.doors import donors_behind
from redflower.faces.shared.scenes.statements import read_statement, sign_statement
from redflower.kernel.ids import new_id

LIFE = timedelta(minutes=15)  # long enough to wait for a code by e-mail
PATH = "/links/new"
_PREFIX = "rfl1"


def make_link_pages(partner_id: UUID, users: Sequence[str], now: datetime) -> list[tuple[str, datetime]]:
    """The address of the page for each user of a partner, with its end, in their order."""
    expires_at = now + LIFE
    pages = []
    for user in users:
        [derived] = donors_behind(partner_id, user)
        said = {"i": new_id().hex, "p": partner_id.hex, "d": derived.hex, "x": int(expires_at.timestamp())}
        query = urlencode({"statement": sign_statement(_PREFIX, said, _key())})
        pages.append((f"{settings.REDFLOWER_BASE_URL}{PATH}?{query}", expires_at))
    return pages


def read_link_statement(text: str) -> LinkStatement:
    """What a statement says; whether it is still good is asked by whoever acts on it.

    Errors: LinkStatementInvalid.
    """
    said = read_statement(_PREFIX, text, _key())
    if said is None:
        raise LinkStatementInvalid
    expires_at = datetime.fromtimestamp(said["x"], UTC)
    return LinkStatement(UUID(hex=said["i"]), UUID(hex=said["p"]), UUID(hex=said["d"]), expires_at)


def _key() -> bytes:
    return key_for(settings.SECRET_KEY, "link-statement")
