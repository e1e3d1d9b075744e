"""The Jinja environment of every page: autoescaping, translation, and the filters that speak to people."""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import cache
from typing import Any

from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone, translation
from django_htmx.jinja import htmx_script
from jinja2 import Environment, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from redflower.faces.shared import charts, formats
from redflower.faces.shared.regions import REGIONS, find_region
from redflower.kernel import clock

_PHRASE_MARK = re.compile(r"\|(?! )")


def environment(**options: Any) -> Environment:
    """Builds the environment that Django's Jinja2 backend asks for."""
    extensions = [*options.pop("extensions", ()), "jinja2.ext.i18n"]
    options |= {"autoescape": True, "trim_blocks": True, "lstrip_blocks": True, "extensions": extensions}
    built = Environment(**options)  # noqa: S701 - autoescape is on
    built.install_gettext_callables(  # type: ignore[attr-defined]
        gettext=translation.gettext,
        ngettext=translation.ngettext,
        pgettext=translation.pgettext,
        npgettext=translation.npgettext,
        newstyle=True,
    )
    built.globals.update(
        static=cache(static),  # asked for by every icon of every page
        url=url,
        htmx_script=htmx_script,
        pick=pick,
        charts=charts,
        regions=REGIONS,
        find_region=find_region,
        get_language=translation.get_language,
    )
    built.filters.update(FILTERS)
    return built


def url(name: str, *args: Any, **kwargs: Any) -> str:
    """The address of a named page."""
    return reverse(name, args=args or None, kwargs=kwargs or None)


def pick(thing: Any, field: str) -> str:
    """The text of a bilingual field (`title` → `title_zh` or `title_en`) in the page's language.

    When that language has no text, the other one is shown: a page never has a hole.
    """
    read = thing.get if isinstance(thing, Mapping) else lambda name: getattr(thing, name, "")
    first, second = ("en", "zh") if _language().startswith("en") else ("zh", "en")
    return read(f"{field}_{first}") or read(f"{field}_{second}") or ""


@pass_context
def _pick(context: Context, thing: Any, field: str) -> str:
    return pick(thing, field)


def phrases(sentence: str) -> Markup:
    """A title whose phrases are never broken inside: browsers balance Chinese lines by character, not by word.

    Shape: a `|` that touches the phrase after it marks them off; one between spaces is a bar and stays.
    """
    parts = _PHRASE_MARK.split(str(sentence))
    if len(parts) == 1:
        return escape(sentence)
    kind = type(sentence) if isinstance(sentence, Markup) else str
    return Markup("").join(Markup('<span class="phrase">{}</span>').format(kind(part)) for part in parts)


def _language() -> str:
    return translation.get_language() or "zh-hans"


def _spoken(formatter: Callable[..., str]) -> Callable[[Context, Any], str]:
    """A filter that formats in the page's language.

    It asks for the context, though it reads nothing from it: Jinja would otherwise format a constant once, when it
    compiles the template, in whatever language that happened to be.
    """

    @pass_context
    def spoken(context: Context, value: Any) -> str:
        return formatter(value, _language())

    return spoken


def _localized(at: date) -> date:
    return timezone.localtime(at) if isinstance(at, datetime) else at


def _today(context: Context) -> date:
    return timezone.localtime(context.get("now") or clock.now()).date()


@pass_context
def _day(context: Context, at: date) -> str:
    return formats.day(_localized(at), _language(), _today(context))


@pass_context
def _moment(context: Context, at: datetime) -> str:
    return formats.moment(timezone.localtime(at), _language(), _today(context))


@pass_context
def _clock(context: Context, at: datetime) -> str:
    return formats.clock(timezone.localtime(at), _language())


@pass_context
def _ago(context: Context, at: datetime, now: datetime | None = None) -> str:
    return formats.ago(at, now or context.get("now") or clock.now(), _language())


def _iso(at: date) -> str:
    """The machine-readable value of a `<time datetime>`."""
    return _localized(at).isoformat(timespec="seconds") if isinstance(at, datetime) else at.isoformat()


FILTERS: dict[str, Callable[..., str]] = {
    "yuan": _spoken(formats.yuan),
    "yuan_short": _spoken(formats.yuan_short),
    "num": _spoken(formats.num),
    "num_short": _spoken(formats.num_short),
    "pct": formats.pct,
    "day": _day,
    "moment": _moment,
    "clock": _clock,
    "ago": _ago,
    "iso": _iso,
    "pick": _pick,
    "phrases": phrases,
}
