"""What every page knows without asking: the site's name, the language, the theme, where the reader is."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import translation

from redflower.faces.shared.site import current_site, offered_languages
from redflower.kernel import clock

THEME_COOKIE = "rf_theme"
THEMES = ("light", "dark")
_LANGUAGE_LABELS = {"zh-hans": "中文", "en": "English"}
# The first part of the path → the entry of the navigation that is lit.
_SECTIONS = {
    "": "home",
    "projects": "projects",
    "charities": "projects",
    "festivals": "festivals",
    "scenes": "scenes",
    "dreams": "dreams",
    "flowers": "me",
    "ledger": "ledger",
    "open": "ledger",
    "verify": "ledger",
    "about": "about",
    "me": "me",
    "g": "me",
    "accounts": "me",
}


def site(request: HttpRequest) -> dict[str, Any]:
    """The context every template is given."""
    language = translation.get_language() or settings.LANGUAGE_CODE
    theme = request.COOKIES.get(THEME_COOKIE, "")
    return {
        "demo_mode": settings.REDFLOWER_DEMO,
        "demo_partner": settings.REDFLOWER_DEMO_PARTNER if settings.REDFLOWER_DEMO else "",
        "site_name": site_name(language),
        "LANGUAGE_CODE": language,
        "languages": [(code, _LANGUAGE_LABELS.get(code, code)) for code in offered_languages()],
        "theme": theme if theme in THEMES else "",
        "now": clock.now(),
        "source_url": settings.REDFLOWER_SOURCE_URL,
        "nav_active": _SECTIONS.get(request.path.split("/")[1], ""),
    }


def site_name(language: str) -> str:
    """The name the operator gave this site, in the reader's language."""
    return current_site().name_en if language.startswith("en") else current_site().name_zh
