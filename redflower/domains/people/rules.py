"""Pure decisions about people: the second pair of eyes, and what people call themselves and their site."""

import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from redflower.domains.people import errors
from redflower.domains.people.types import Reason
from redflower.kernel.limits import NAME_MAX_CHARS
from redflower.kernel.text import has_forbidden_characters

EMAIL_MAX_CHARS = 254
SITE_NAME_MAX_CHARS = 40
REASON_MAX_CHARS = 300
_EMAIL = re.compile(r"[^\s@<>()\[\],;:\"\\]+@[a-z0-9-]+(\.[a-z0-9-]+)+")


def check_second_person(submitter_id: UUID | None, reviewer_id: UUID) -> None:
    """Refuses a review by the person who submitted.

    Errors: ReviewerIsSubmitter.
    """
    if submitter_id == reviewer_id:
        raise errors.ReviewerIsSubmitter


def check_note(note: str) -> str:
    """The reason of an act that somebody else has to understand, trimmed.

    Errors: ReviewNoteMissing.
    """
    if not note.strip():
        raise errors.ReviewNoteMissing
    return note.strip()


def check_email(email: str) -> str:
    """An address a code can be sent to, trimmed and in lower case.

    Errors: EmailInvalid.
    """
    address = email.strip().lower()
    if len(address) > EMAIL_MAX_CHARS or not _EMAIL.fullmatch(address) or has_forbidden_characters(address):
        raise errors.EmailInvalid
    return address


def check_site_names(*names: str) -> None:
    """Refuses a site without a name of at most 40 characters in each language.

    Errors: SiteNameMissing.
    """
    if any(
        not 0 < len(name.strip()) <= SITE_NAME_MAX_CHARS or has_forbidden_characters(name) or "\n" in name
        for name in names
    ):
        raise errors.SiteNameMissing


def check_shown_name(name: str) -> str:
    """The name a donor gives by, trimmed; empty for none.

    Errors: ShownNameInvalid.
    """
    trimmed = name.strip()
    if len(trimmed) > NAME_MAX_CHARS or has_forbidden_characters(trimmed) or set(trimmed) & set("\n\r\t"):
        raise errors.ShownNameInvalid(limit=NAME_MAX_CHARS)
    return trimmed


def check_reason(reason: Reason) -> Reason:
    """Why something published is changed, trimmed; people read it on the page.

    Errors: ChangeReasonMissing for an empty, too long or unreadable one in either language.
    """
    texts = (reason.zh.strip(), reason.en.strip())
    if any(not 0 < len(text) <= REASON_MAX_CHARS or has_forbidden_characters(text) for text in texts):
        raise errors.ChangeReasonMissing(limit=REASON_MAX_CHARS)
    return Reason(*texts)


def compute_difference(was: Mapping[str, Any], becomes: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The fields that differ, before and after.

    Errors: NothingChanged.
    """
    fields = [name for name in becomes if was.get(name) != becomes[name]]
    if not fields:
        raise errors.NothingChanged
    return {name: was[name] for name in fields if name in was}, {name: becomes[name] for name in fields}
