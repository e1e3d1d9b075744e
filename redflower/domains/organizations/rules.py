"""Pure decisions about charities."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from stdnum.cn import uscc as uscc_format
from stdnum.exceptions import ValidationError

from redflower.domains.organizations import errors
from redflower.domains.organizations.types import CharityKind, CharityState, CharityView, NewCharity
from redflower.kernel.text import has_forbidden_characters

SLUG_MAX_CHARS = 60
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*", re.ASCII)
_REGION = re.compile(r"[1-9][0-9]0000", re.ASCII)
# The state table by act: from which states, to which.
_ACTS = {
    "submit": ({CharityState.DRAFT, CharityState.RETURNED}, CharityState.SUBMITTED),
    "publish": ({CharityState.SUBMITTED}, CharityState.PUBLISHED),
    "return": ({CharityState.SUBMITTED}, CharityState.RETURNED),
    "suspend": ({CharityState.PUBLISHED}, CharityState.SUSPENDED),
    "resume": ({CharityState.SUSPENDED}, CharityState.PUBLISHED),
}
# What a charity keeps once it is published: its address, and the code that says which body it is.
FIXED_FIELDS = ("slug", "uscc")
_CHANGEABLE = (
    "name_zh", "name_en", "kind", "region", "certificate_no", "founded_on", "mission_zh", "mission_en", "palette",
)  # fmt: skip


def check_charity(charity: NewCharity, today: date) -> None:
    """Refuses a file with a hole or an impossible value in it.

    Errors: CharityInvalid with the first `field` in doubt, UsccInvalid.
    """
    fits = {
        "name_zh": is_text(charity.name_zh),
        "name_en": is_text(charity.name_en),
        "slug": is_slug(charity.slug),
        "kind": charity.kind in tuple(CharityKind),
        "region": is_region(charity.region),
        "founded_on": charity.founded_on <= today,
        "certificate_no": not has_forbidden_characters(charity.certificate_no),
        "mission_zh": is_text(charity.mission_zh),
        "mission_en": is_text(charity.mission_en),
        "palette": is_slug(charity.palette),
    }
    wrong = next((field for field, fit in fits.items() if not fit), None)
    if wrong:
        raise errors.CharityInvalid(field=wrong)
    check_uscc(charity.uscc)


def check_uscc(code: str) -> str:
    """The unified social credit code in its written form, when its check character is right.

    Errors: UsccInvalid.
    Source: GB 32100-2015.
    """
    try:
        return str(uscc_format.validate(code))
    except ValidationError:
        raise errors.UsccInvalid from None


def is_text(text: str) -> bool:
    """True for something to read, without characters nobody types on purpose."""
    return bool(text.strip()) and not has_forbidden_characters(text)


def is_slug(text: str) -> bool:
    """True for lower-case words joined by single hyphens, as an address of a page needs them."""
    return len(text) <= SLUG_MAX_CHARS and _SLUG.fullmatch(text) is not None


def is_region(code: str) -> bool:
    """True for the shape of a provincial region's code (GB/T 2260)."""
    return _REGION.fullmatch(code) is not None


def next_state(current: CharityState, act: str) -> CharityState:
    """Where an act leads from a state.

    Errors: CharityStateConflict for a step the state table does not have.
    """
    sources, target = _ACTS[act]
    if current not in sources:
        raise errors.CharityStateConflict(current=current.value, target=target.value)
    return target


def is_changeable(state: CharityState) -> bool:
    """True for a charity the public reads: its file changes only by a proposal that a second person publishes."""
    return state in (CharityState.PUBLISHED, CharityState.SUSPENDED)


def check_fixed(charity: NewCharity, current: CharityView) -> None:
    """Refuses to give a published charity another address or code.

    Errors: CharityFieldFixed with the first such `field`.
    """
    moved = next((name for name in FIXED_FIELDS if getattr(charity, name) != getattr(current, name)), None)
    if moved:
        raise errors.CharityFieldFixed(field=moved)


def to_facts(charity: NewCharity | CharityView) -> dict[str, Any]:
    """The part of a file that may change, as JSON values."""
    facts = {name: getattr(charity, name) for name in _CHANGEABLE}
    return {**facts, "kind": str(facts["kind"]), "founded_on": facts["founded_on"].isoformat()}


def apply_facts(current: CharityView, facts: Mapping[str, Any]) -> NewCharity:
    """A standing file with some of it changed."""
    values = {**to_facts(current), **facts}
    values["founded_on"] = date.fromisoformat(values["founded_on"])
    return NewCharity(id=current.id, slug=current.slug, uscc=current.uscc, **values)
