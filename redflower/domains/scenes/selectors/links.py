"""Reads of links between partners' users and donors here."""

from collections.abc import Iterable
from uuid import UUID

from redflower.domains.scenes.errors import LinkNotFound
from redflower.domains.scenes.types import LinkView
from redflower.plumbing.db import fetch_all, fetch_one

_LINK = """
SELECT l.id, l.statement_id, l.partner_donor_id, l.donor_id, l.consented_at, p.name_zh, p.name_en, p.homepage
FROM scenes_link l JOIN scenes_partner p ON p.id = l.partner_id WHERE l.ended_at IS NULL
"""


def list_links(donor_ids: Iterable[UUID]) -> list[LinkView]:
    """The partners' users these donors are, the latest first."""
    rows = fetch_all(f"{_LINK} AND l.donor_id = ANY(%s) ORDER BY l.consented_at DESC, l.id", [list(donor_ids)])
    return [LinkView(**row) for row in rows]


def find_link(partner_donor_id: UUID) -> LinkView | None:
    """The link that a partner's user has now."""
    row = fetch_one(f"{_LINK} AND l.partner_donor_id = %s", [partner_donor_id])
    return LinkView(**row) if row else None


def get_link(link_id: UUID, donor_ids: Iterable[UUID]) -> LinkView:
    """One of these donors' own links. Errors: LinkNotFound."""
    row = fetch_one(f"{_LINK} AND l.id = %s AND l.donor_id = ANY(%s)", [link_id, list(donor_ids)])
    if row is None:
        raise LinkNotFound
    return LinkView(**row)


def is_statement_used(statement_id: UUID) -> bool:
    """True once a link was made by this statement, whether it holds or has ended."""
    return fetch_one("SELECT 1 AS n FROM scenes_link WHERE statement_id = %s", [statement_id]) is not None


def list_linked_donors(donor_ids: Iterable[UUID]) -> list[UUID]:
    """The derived donors that people have been in partners' apps, by their consent."""
    rows = fetch_all(
        "SELECT partner_donor_id FROM scenes_link WHERE donor_id = ANY(%s) AND ended_at IS NULL ORDER BY 1",
        [list(donor_ids)],
    )
    return [row["partner_donor_id"] for row in rows]
