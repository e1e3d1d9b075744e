"""Who gives through the API: a signed word that lets a client without cookies stay the same donor.

The token names a donor that only this API uses: no cookie opens it, no account claims it, and it shows nobody's gifts.
It is a promise: the donor is written with the first gift.
"""

from uuid import UUID

from django.conf import settings

from redflower.engine.config import FOR_DONORS, key_for
from redflower.engine.refusals import DonorTokenInvalid
from redflower.kernel.ids import new_id, private_token, read_private_token

MAX_CHARS = 200


def new_donor_token() -> str:
    """A token for somebody who has not given yet."""
    return write_donor_token(new_id())


def write_donor_token(donor_id: UUID) -> str:
    """The token of a donor; the engine's door knows it as well."""
    return private_token(donor_id, key_for(settings.SECRET_KEY, FOR_DONORS))


def read_donor_token(token: str) -> UUID:
    """The donor a token names.

    Errors: DonorTokenInvalid.
    """
    donor_id = read_private_token(token, key_for(settings.SECRET_KEY, FOR_DONORS))
    if donor_id is None:
        raise DonorTokenInvalid
    return donor_id
