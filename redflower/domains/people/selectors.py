"""Reads of people."""

import json
from uuid import UUID

from redflower.domains.people.errors import ChangeNotFound, OperatorNeeded
from redflower.domains.people.types import AuditView, ChangeKind, ChangeView, DonorView, SiteView, UserView
from redflower.plumbing.db import fetch_all, fetch_one

_USER = "SELECT id, email, is_operator FROM people_user"


def find_user(email: str) -> UserView | None:
    """The user who signs in with this address."""
    row = fetch_one(f"{_USER} WHERE email = %s", [email.strip().lower()])
    return UserView(**row) if row else None


def find_users_by_id(ids: list[UUID]) -> dict[UUID, UserView]:
    """Users by id."""
    return {row["id"]: UserView(**row) for row in fetch_all(f"{_USER} WHERE id = ANY(%s)", [ids])}


def check_operator(user_id: UUID) -> None:
    """Refuses a privileged act of somebody who is no operator (any more).

    Errors: OperatorNeeded.
    """
    if fetch_one("SELECT 1 FROM people_user WHERE id = %s AND is_operator AND is_active", [user_id]) is None:
        raise OperatorNeeded


def has_operator() -> bool:
    """True once somebody looks after this instance."""
    return fetch_one("SELECT 1 FROM people_user WHERE is_operator LIMIT 1") is not None


def list_operators() -> list[UserView]:
    """Everybody who may enter the back office, the first to join first."""
    return [UserView(**row) for row in fetch_all(f"{_USER} WHERE is_operator ORDER BY created_at, id")]


def list_audit_rows(
    *, act: str = "", subject_id: UUID | None = None, before: int | None = None, limit: int = 50
) -> list[AuditView]:
    """Privileged acts, the latest first; `act` filters by how it begins, `before` continues behind a row."""
    rows = fetch_all(
        """SELECT a.id, u.email AS actor_email, a.act, a.subject_id, a.facts::text AS facts, a.at
           FROM people_audit_row a JOIN people_user u ON u.id = a.actor_id
           WHERE starts_with(a.act, %s) AND (%s::uuid IS NULL OR a.subject_id = %s) AND (%s::bigint IS NULL OR a.id < %s)
           ORDER BY a.id DESC LIMIT %s""",
        [act, subject_id, subject_id, before, before, limit],
    )
    return [AuditView(**{**row, "facts": json.loads(row["facts"])}) for row in rows]


def find_donor(donor_id: UUID) -> DonorView | None:
    """One donor."""
    row = fetch_one("SELECT id, user_id, shown_name, region FROM people_donor WHERE id = %s", [donor_id])
    return DonorView(**row) if row else None


def list_donors_of_user(user_id: UUID) -> list[DonorView]:
    """Every donor a user has been: their own, and the guests they have claimed; the oldest first."""
    rows = fetch_all(
        "SELECT id, user_id, shown_name, region FROM people_donor WHERE user_id = %s ORDER BY id", [user_id]
    )
    return [DonorView(**row) for row in rows]


def get_site() -> SiteView | None:
    """The instance's own name and languages, or None before the operator has set them."""
    row = fetch_one("SELECT name_zh, name_en, languages::text AS languages_json, is_open FROM people_site WHERE id = 1")
    return SiteView.from_row(row) if row else None


def is_empty_instance() -> bool:
    """True until the set-up guide is finished."""
    site = get_site()
    return site is None or not site.is_open


_CHANGE = """
SELECT c.id, c.kind, c.subject_id, c.page_id, c.was::text AS was, c.becomes::text AS becomes, c.reason_zh, c.reason_en,
       c.proposed_by_id, c.proposed_at, d.is_published, coalesce(d.note, '') AS note, d.decided_by_id, d.decided_at
FROM people_change c LEFT JOIN people_change_decision d ON d.change_id = c.id
"""


def _changes(where: str, params: list[object]) -> list[ChangeView]:
    return [
        ChangeView(
            **{
                **row,
                "kind": ChangeKind(row["kind"]),
                "was": json.loads(row["was"]),
                "becomes": json.loads(row["becomes"]),
            }
        )
        for row in fetch_all(f"{_CHANGE} {where}", params)
    ]


def get_change(change_id: UUID) -> ChangeView:
    """One proposed change, decided or not.

    Errors: ChangeNotFound.
    """
    found = _changes("WHERE c.id = %s", [change_id])
    if not found:
        raise ChangeNotFound
    return found[0]


def find_waiting_change(subject_id: UUID) -> ChangeView | None:
    """The change of a subject that waits for a second person; there is at most one."""
    return next(iter(_changes("WHERE c.subject_id = %s AND d.change_id IS NULL", [subject_id])), None)


def list_waiting_changes(page_id: UUID | None = None) -> list[ChangeView]:
    """Changes that wait for a second person, of one page or of all, the longest waiting first."""
    return _changes(
        "WHERE d.change_id IS NULL AND (%s::uuid IS NULL OR c.page_id = %s) ORDER BY c.proposed_at, c.id",
        [page_id, page_id],
    )


def list_corrections(page_id: UUID) -> list[ChangeView]:
    """What was changed on a charity's or project's page after people could read it, the latest first."""
    return _changes(
        "WHERE c.page_id = %s AND d.is_published AND c.was <> '{}'::jsonb ORDER BY d.decided_at DESC, c.id DESC",
        [page_id],
    )


def count_waiting_changes() -> dict[ChangeKind, int]:
    """How many changes wait for a second person, by what they are about; every kind is named."""
    rows = fetch_all(
        """SELECT c.kind, count(*) AS n FROM people_change c LEFT JOIN people_change_decision d ON d.change_id = c.id
           WHERE d.change_id IS NULL GROUP BY c.kind"""
    )
    return dict.fromkeys(ChangeKind, 0) | {ChangeKind(row["kind"]): row["n"] for row in rows}
