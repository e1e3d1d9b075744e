"""Who gives from this device: a signed cookie that remembers a guest, until they sign in and it becomes theirs.

The cookie names a donor and nothing else. It opens that donor's gifts only as long as the donor is a guest: once an
account has claimed it, the account's sign-in is needed, so a shared device tells nobody what somebody else has given.
"""

from uuid import UUID

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

from redflower.domains.people.selectors import find_donor, list_donors_of_user
from redflower.domains.people.services import claim_donor, welcome_guest
from redflower.kernel import clock
from redflower.kernel.ids import derive_id, new_id

COOKIE = "rf_donor"
_SALT = "donor"
_YEAR = 365 * 24 * 60 * 60


def read_donor(request: HttpRequest) -> UUID | None:
    """The donor this device's cookie names, or None for no cookie or one that we did not sign.

    The donor may have been claimed by an account since: ask `donors_of` for what the visitor may see.
    """
    try:
        return UUID(signing.loads(request.COOKIES.get(COOKIE, ""), salt=_SALT, max_age=_YEAR))
    except (signing.BadSignature, ValueError, TypeError, AttributeError):
        return None


def promise_donor(request: HttpRequest, response: HttpResponse) -> None:
    """Names the donor a visitor will be once they give, so that a form sent twice at once comes from one donor.

    Writes no row; the cookie ends with the browser session unless they do give.
    """
    if request.user.is_authenticated:
        return
    donor_id = read_donor(request)
    donor = find_donor(donor_id) if donor_id else None
    if donor_id is None or (donor is not None and donor.user_id is not None):
        _write_cookie(response, new_id(), max_age=None)


def ensure_donor(request: HttpRequest) -> UUID:
    """The donor in whose name this visitor gives: the account's first, else this device's guest, else a new one.

    Call `remember_donor` on the response, so that a new guest is known next time.
    Replay: two requests at once, of one account or with one promised cookie, get the same new donor.
    """
    now = clock.now()
    if request.user.is_authenticated:
        if known := donors_of(request):
            return known[0]
        donor_id = donor_of_account(request.user.id)
        welcome_guest(donor_id, now)
        claim_donor(donor_id, request.user.id)
        return donor_id
    # One look decides. After a second one, the same form sent a moment earlier would have made the donor in between,
    # and this one would give again as somebody else.
    donor_id = read_donor(request)
    donor = find_donor(donor_id) if donor_id else None
    if donor_id is None or (donor is not None and donor.user_id is not None):
        donor_id = new_id()
    if donor is None or donor.id != donor_id:
        welcome_guest(donor_id, now)
    return donor_id


def donor_of_account(user_id: UUID) -> UUID:
    """The donor an account will be once it does something, when it has not been any before."""
    return derive_id(user_id, "donor")


def remember_donor(request: HttpRequest, response: HttpResponse, donor_id: UUID) -> None:
    """Writes the cookie of a guest for another year; an account needs none."""
    if not request.user.is_authenticated:
        _write_cookie(response, donor_id, max_age=_YEAR)


def donors_of(request: HttpRequest) -> list[UUID]:
    """Every donor whose gifts this visitor may see: all of their account's, or this device's guest."""
    if request.user.is_authenticated:
        return [donor.id for donor in list_donors_of_user(request.user.id)]
    donor = _find_guest(request)
    return [donor] if donor else []


def claim_device(request: HttpRequest) -> bool:
    """Gives this device's guest to the account that has just signed in; True when it did.

    Needs: a signed-in request.
    """
    guest = _find_guest(request)
    return guest is not None and claim_donor(guest, request.user.id)


def _find_guest(request: HttpRequest) -> UUID | None:
    donor_id = read_donor(request)
    donor = find_donor(donor_id) if donor_id else None
    return donor.id if donor and donor.user_id is None else None


def _write_cookie(response: HttpResponse, donor_id: UUID, max_age: int | None) -> None:
    response.set_cookie(
        COOKIE,
        signing.dumps(str(donor_id), salt=_SALT),
        max_age=max_age,
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )
