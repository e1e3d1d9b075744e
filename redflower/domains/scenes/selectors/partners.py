"""Reads of partners: their files, keys, requests, and who may see them."""

import json
from typing import Any
from uuid import UUID

from redflower.domains.scenes.errors import KeyNotFound, PartnerNotFound
from redflower.domains.scenes.types import (
    KeyAlgorithm,
    KeyView,
    PartnerState,
    PartnerView,
    RequestView,
    Scope,
)
from redflower.plumbing.db import fetch_all, fetch_one

_PARTNER = """
SELECT id, slug, name_zh, name_en, homepage, contact_email, is_sandbox, allowed_origins::text AS allowed_origins, state, note,
       submitted_by_id, created_at FROM scenes_partner
"""
_KEY = """
SELECT id, partner_id, algorithm, scopes::text AS scopes, CASE WHEN algorithm = 'ed25519' THEN material END AS public_key, label,
       created_at, expires_at, revoked_at FROM scenes_key
"""


def _partner(row: dict[str, Any]) -> PartnerView:
    state = PartnerState(row["state"])
    return PartnerView(**{**row, "state": state, "allowed_origins": tuple(json.loads(row["allowed_origins"]))})


def _key(row: dict[str, Any]) -> KeyView:
    scopes = frozenset(map(Scope, json.loads(row["scopes"])))
    public_key = bytes(row["public_key"] or b"")
    return KeyView(**{**row, "algorithm": KeyAlgorithm(row["algorithm"]), "scopes": scopes, "public_key": public_key})


def find_partner(slug: str) -> PartnerView | None:
    """A partner by its slug."""
    row = fetch_one(f"{_PARTNER} WHERE slug = %s", [slug])
    return _partner(row) if row else None


def get_partner(partner_id: UUID) -> PartnerView:
    """A partner by id. Errors: PartnerNotFound."""
    row = fetch_one(f"{_PARTNER} WHERE id = %s", [partner_id])
    if row is None:
        raise PartnerNotFound
    return _partner(row)


def list_partners(state: PartnerState | None = None, limit: int = 100) -> list[PartnerView]:
    """Partners for operators, those waiting first, then by name."""
    rows = fetch_all(
        f"{_PARTNER} WHERE %s::text IS NULL OR state = %s ORDER BY state <> 'submitted', name_zh LIMIT %s",
        [state, state, limit],
    )
    return [_partner(row) for row in rows]


def list_partners_of_user(user_id: UUID) -> list[PartnerView]:
    """The partners a user looks after."""
    rows = fetch_all(
        f"{_PARTNER} WHERE id IN (SELECT partner_id FROM scenes_member WHERE user_id = %s) ORDER BY created_at, id",
        [user_id],
    )
    return [_partner(row) for row in rows]


def access_partner(partner_id: UUID, user_id: UUID) -> PartnerView:
    """A partner, for one of its members or an operator; for anybody else it does not exist.

    Errors: PartnerNotFound.
    """
    row = fetch_one(
        f"""{_PARTNER} WHERE id = %s
            AND (EXISTS (SELECT 1 FROM scenes_member m WHERE m.partner_id = scenes_partner.id AND m.user_id = %s)
                 OR EXISTS (SELECT 1 FROM people_user u WHERE u.id = %s AND u.is_operator AND u.is_active))""",
        [partner_id, user_id, user_id],
    )
    if row is None:
        raise PartnerNotFound
    return _partner(row)


def list_keys(partner_id: UUID) -> list[KeyView]:
    """A partner's keys, the latest first, revoked ones too; never a secret."""
    return [_key(row) for row in fetch_all(f"{_KEY} WHERE partner_id = %s ORDER BY id DESC", [partner_id])]


def get_key(key_id: UUID) -> KeyView:
    """One key. Errors: KeyNotFound."""
    row = fetch_one(f"{_KEY} WHERE id = %s", [key_id])
    if row is None:
        raise KeyNotFound
    return _key(row)


def list_requests(partner_id: UUID, before: UUID | None = None, limit: int = 30) -> list[RequestView]:
    """A partner's requests, the latest first, counted by answer and reason."""
    rows = fetch_all(
        """SELECT id, partner_id, received_at, rows, accepted, capped, held, refused, replayed, flowers, money_minor,
                  reasons::text AS reasons FROM scenes_request
           WHERE partner_id = %s AND (%s::uuid IS NULL OR id < %s) ORDER BY id DESC LIMIT %s""",
        [partner_id, before, before, limit],
    )
    return [RequestView(**{**row, "reasons": json.loads(row["reasons"])}) for row in rows]


def sum_answers(partner_id: UUID, since: UUID) -> dict[str, int]:
    """How a partner's rows were answered since an instant (`kernel.ids.floor_id`).

    Shape: requests, rows, accepted, capped, held, refused, replayed, flowers, money_minor.
    """
    row = fetch_one(
        """SELECT count(*) AS requests, coalesce(sum(rows), 0)::bigint AS rows, coalesce(sum(accepted), 0)::bigint AS accepted,
                  coalesce(sum(capped), 0)::bigint AS capped, coalesce(sum(held), 0)::bigint AS held,
                  coalesce(sum(refused), 0)::bigint AS refused, coalesce(sum(replayed), 0)::bigint AS replayed,
                  coalesce(sum(flowers), 0)::bigint AS flowers, coalesce(sum(money_minor), 0)::bigint AS money_minor
           FROM scenes_request WHERE partner_id = %s AND id >= %s""",
        [partner_id, since],
    )
    return row or {}


def count_reasons(partner_id: UUID, since: UUID) -> dict[str, int]:
    """How often each reason was given to a partner since an instant (`kernel.ids.floor_id`), most first."""
    rows = fetch_all(
        """SELECT e.key AS reason, sum(e.value::int)::bigint AS n FROM scenes_request r, jsonb_each_text(r.reasons) e
           WHERE r.partner_id = %s AND r.id >= %s GROUP BY 1 ORDER BY 2 DESC, 1""",
        [partner_id, since],
    )
    return {row["reason"]: row["n"] for row in rows}
