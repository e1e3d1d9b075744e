"""Reads of charities."""

from collections.abc import Iterable
from uuid import UUID

from redflower.domains.organizations.errors import CharityNotFound
from redflower.domains.organizations.types import CharityKind, CharityState, CharityView
from redflower.plumbing.db import fetch_all

_SELECT = """
SELECT id, slug, name_zh, name_en, kind, region, uscc, certificate_no, founded_on, mission_zh, mission_en, palette, state,
       submitted_by_id, reviewed_by_id, review_note, created_at, published_at
FROM organizations_charity
"""
# A suspended charity stays to be seen: its donors have a right to know.
_LISTED = "state IN ('published', 'suspended')"


def _views(sql: str, params: list[object]) -> list[CharityView]:
    return [
        CharityView(**{**row, "kind": CharityKind(row["kind"]), "state": CharityState(row["state"])})
        for row in fetch_all(sql, params)
    ]


def get_charity(slug: str) -> CharityView:
    """A charity the public may see, by its slug.

    Errors: CharityNotFound, also for drafts, so that nothing is given away.
    """
    found = _views(f"{_SELECT} WHERE slug = %s AND {_LISTED}", [slug])
    if not found:
        raise CharityNotFound
    return found[0]


def get_charity_for_operators(charity_id: UUID) -> CharityView:
    """A charity in any state, for the back office.

    Errors: CharityNotFound.
    """
    found = find_charities_by_id([charity_id])
    if not found:
        raise CharityNotFound
    return found[charity_id]


def find_charities_by_id(ids: Iterable[UUID]) -> dict[UUID, CharityView]:
    """Charities in any state, by id."""
    return {view.id: view for view in _views(f"{_SELECT} WHERE id = ANY(%s)", [list(ids)])}


def list_charities(*, region: str = "", after: UUID | None = None, limit: int = 50) -> list[CharityView]:
    """Charities the public may browse, the first to join first; `after` continues behind a charity of the same order."""
    return _views(
        f"""{_SELECT} WHERE {_LISTED} AND (%s = '' OR region = %s) AND (%s::uuid IS NULL OR id > %s)
            ORDER BY id LIMIT %s""",
        [region, region, after, after, limit],
    )


def list_charities_for_review() -> list[CharityView]:
    """Charities waiting for a second person, the longest waiting first."""
    return _views(f"{_SELECT} WHERE state = 'submitted' ORDER BY created_at, id", [])


def list_charities_for_operators(state: str = "", limit: int = 200) -> list[CharityView]:
    """Charities in every state or in one, the newest first."""
    return _views(
        f"{_SELECT} WHERE (%s = '' OR state = %s) ORDER BY created_at DESC, id DESC LIMIT %s", [state, state, limit]
    )


def count_charities_by_state() -> dict[CharityState, int]:
    """How many charities stand where; every state is named."""
    rows = fetch_all("SELECT state, count(*) AS n FROM organizations_charity GROUP BY state")
    return dict.fromkeys(CharityState, 0) | {CharityState(row["state"]): row["n"] for row in rows}
