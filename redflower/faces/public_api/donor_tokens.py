"""Who gives through the API: a signed word that lets a client without cookies stay the same donor.

The token names a donor that only this API uses: no cookie opens it, no account claims it, and it shows nobody's gifts.
It is a promise: the donor is written with the first gift.
"""

from uuid import UUID

from django.core import signing

from redflower.faces.public_api.refusals import DonorTokenInvalid
from redflower.kernel.ids import new_id

MAX_CHARS = 200
_SALT = "api-donor"


def new_donor_token() -> str:
    """A token for somebody who has not given yet."""
    return write_donor_token(new_id())


def write_donor_token(donor_id: UUID) -> str:
    """The token of a donor."""
    return signing.dumps(str(donor_id), salt=_SALT)


def read_donor_token(token: str) -> UUID:
    """The donor a token names.

    Errors: DonorTokenInvalid.
    """
    try:
        return UUID(signing.loads(token[: MAX_CHARS + 1], salt=_SALT))
    except (signing.BadSignature, ValueError, TypeError, AttributeError) as fault:
        raise DonorTokenInvalid from fault
