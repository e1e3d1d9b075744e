"""The instance's own name and languages, as the operator set them; read at most every few seconds by each process."""

import time
from functools import lru_cache

from django.conf import settings
from django.db import InterfaceError, OperationalError

from redflower.domains.people.selectors import get_site
from redflower.domains.people.types import SiteView

_SECONDS = 5
_DEFAULT = SiteView(
    settings.REDFLOWER_SITE_NAME_ZH,
    settings.REDFLOWER_SITE_NAME_EN,
    tuple(code for code, _ in settings.LANGUAGES),
    is_open=False,
)


def current_site() -> SiteView:
    """This site's name and languages; those of the settings before the operator has chosen, or while the database is away."""
    return _read(int(time.monotonic() // _SECONDS)) or _DEFAULT


@lru_cache(maxsize=1)
def _read(tick: int) -> SiteView | None:
    try:
        return get_site()
    except (OperationalError, InterfaceError):  # a page that says so still needs a name
        return None


def forget_site() -> None:
    """Makes this process read again at once, for the page on which the operator has just changed something."""
    _read.cache_clear()


def offered_languages() -> list[str]:
    """The language codes a visitor may choose from, the first is the default."""
    known = dict(settings.LANGUAGES)
    return [code for code in current_site().languages if code in known] or list(known)
