"""Partners and their keys."""

import json
import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import psycopg

from redflower.domains.people.posting import lock_files
from redflower.domains.people.rules import check_note, check_second_person
from redflower.domains.people.selectors import check_operator
from redflower.domains.people.services import write_audit_rows
from redflower.domains.scenes import errors
from redflower.domains.scenes.rules.files import check_key, check_partner, next_partner_state
from redflower.domains.scenes.types import AddedKey, KeyAlgorithm, NewKey, NewPartner, PartnerState
from redflower.kernel.ids import new_id
from redflower.plumbing.db import command, raw_connection
from redflower.plumbing.events import append_events
from redflower.plumbing.sealing import seal

Connection = psycopg.Connection[Any]
_SECRET_BYTES = 32


@command
def register_partners(partners: Sequence[NewPartner], user_id: UUID, now: datetime) -> list[UUID]:
    """Writes partners' files, looked after by this user, and returns their ids in order; all or none.

    A sandbox is active at once, because nothing it reports moves; others wait for an operator's review.
    Errors: PartnerInvalid, EmailInvalid, PartnerSlugTaken.
    """
    for partner in partners:
        check_partner(partner)
    ids = [new_id() for _ in partners]
    conn = raw_connection()
    states = [PartnerState.ACTIVE if each.is_sandbox else PartnerState.SUBMITTED for each in partners]
    try:
        conn.execute(
            """INSERT INTO scenes_partner (id, slug, name_zh, name_en, homepage, contact_email, is_sandbox, allowed_origins,
                                           state, note, submitted_by_id, created_at)
               SELECT p.id, slug, name_zh, name_en, homepage, email, sandbox, origins::jsonb, state, '', %s, %s
               FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::boolean[], %s::text[],
                           %s::text[]) AS p(id, slug, name_zh, name_en, homepage, email, sandbox, origins, state)""",
            [
                user_id,
                now,
                ids,
                [each.slug for each in partners],
                [each.name_zh.strip() for each in partners],
                [each.name_en.strip() for each in partners],
                [each.homepage for each in partners],
                [each.contact_email.strip().lower() for each in partners],
                [each.is_sandbox for each in partners],
                [json.dumps(each.allowed_origins) for each in partners],
                [state.value for state in states],
            ],
        )
    except psycopg.errors.UniqueViolation:
        raise errors.PartnerSlugTaken(slug=", ".join(each.slug for each in partners[:3])) from None
    conn.execute(
        "INSERT INTO scenes_member (partner_id, user_id, since) SELECT p, %s, %s FROM unnest(%s::uuid[]) AS p",
        [user_id, now, ids],
    )
    write_audit_rows(user_id, "partner_registered", ids, {}, now)
    return ids


@command
def review_partners(ids: Sequence[UUID], publish: bool, note: str, reviewer_id: UUID, now: datetime) -> None:
    """Lets submitted partners report deeds, or returns their files with the reason; all or none.

    Errors: OperatorNeeded, ReviewNoteMissing (a return without a reason), PartnerNotFound, PartnerStateConflict,
    ReviewerIsSubmitter.
    """
    check_operator(reviewer_id)
    reason = note.strip() if publish else check_note(note)
    conn = raw_connection()
    for submitter_id in _lock(conn, ids, "publish" if publish else "return"):
        check_second_person(submitter_id, reviewer_id)
    state = PartnerState.ACTIVE if publish else PartnerState.RETURNED
    conn.execute(
        "UPDATE scenes_partner SET state = %s, note = %s, reviewed_by_id = %s WHERE id = ANY(%s)",
        [state.value, reason, reviewer_id, list(ids)],
    )
    _tell(conn, ids, state.value, reason, reviewer_id, now)


@command
def suspend_partners(ids: Sequence[UUID], note: str, actor_id: UUID, now: datetime) -> None:
    """Stops partners at once: their signatures no longer count.

    Errors: OperatorNeeded, ReviewNoteMissing, PartnerNotFound, PartnerStateConflict.
    """
    _move(ids, "suspend", PartnerState.SUSPENDED, note, actor_id, now)


@command
def resume_partners(ids: Sequence[UUID], note: str, actor_id: UUID, now: datetime) -> None:
    """Lets suspended partners report again.

    Errors: OperatorNeeded, ReviewNoteMissing, PartnerNotFound, PartnerStateConflict.
    """
    _move(ids, "resume", PartnerState.ACTIVE, note, actor_id, now)


@command
def set_origins(partner_id: UUID, origins: Sequence[str], actor_id: UUID, now: datetime) -> None:
    """Says which pages may embed a partner's widget.

    Needs: `selectors.partners.access_partner` asked by the caller.
    Errors: PartnerInvalid, PartnerNotFound.
    """
    clean = [f"{parts.scheme}://{parts.netloc}" for parts in map(urlsplit, origins)]
    if any(parts.scheme not in ("http", "https") or "@" in parts.netloc for parts in map(urlsplit, origins)):
        raise errors.PartnerInvalid(field="allowed_origins")
    changed = raw_connection().execute(
        "UPDATE scenes_partner SET allowed_origins = %s::jsonb WHERE id = %s", [json.dumps(clean), partner_id]
    )
    if not changed.rowcount:
        raise errors.PartnerNotFound
    write_audit_rows(actor_id, "partner_origins_set", [partner_id], {"origins": clean}, now)


@command
def add_members(partner_id: UUID, user_ids: Sequence[UUID], actor_id: UUID, now: datetime) -> None:
    """Lets users look after a partner. Replay: a member stays one."""
    raw_connection().execute(
        """INSERT INTO scenes_member (partner_id, user_id, since) SELECT %s, u, %s FROM unnest(%s::uuid[]) AS u
           ON CONFLICT DO NOTHING""",
        [partner_id, now, list(user_ids)],
    )
    write_audit_rows(actor_id, "partner_members_added", [partner_id], {"users": list(map(str, user_ids))}, now)


@command
def add_keys(keys: Sequence[NewKey], seal_key: bytes, actor_id: UUID, now: datetime) -> list[AddedKey]:
    """Adds keys and returns them in order; an HMAC secret is in the answer and can never be read again.

    To rotate, add a key, switch the app over, then revoke the old one.
    Needs: `selectors.partners.access_partner` asked by the caller. `seal_key` (32 bytes) is the instance's.
    Errors: KeyInvalid, PartnerNotFound.
    """
    for key in keys:
        check_key(key)
    added = []
    conn = raw_connection()
    for key in keys:
        is_secret = key.algorithm == KeyAlgorithm.HMAC_SHA256
        added.append(AddedKey(new_id(), secrets.token_bytes(_SECRET_BYTES) if is_secret else b""))
    material = [seal(seal_key, new.id, new.secret) if new.secret else key.public_key for key, new in _pair(keys, added)]
    try:
        conn.execute(
            """INSERT INTO scenes_key (id, partner_id, algorithm, material, scopes, label, created_at, expires_at)
               SELECT k.id, k.partner, k.algorithm, k.material, k.scopes::jsonb, k.label, %s, k.expires_at
               FROM unnest(%s::uuid[], %s::uuid[], %s::text[], %s::bytea[], %s::text[], %s::text[], %s::timestamptz[])
                    AS k(id, partner, algorithm, material, scopes, label, expires_at)""",
            [
                now,
                [new.id for new in added],
                [key.partner_id for key in keys],
                [key.algorithm.value for key in keys],
                material,
                [json.dumps(sorted(scope.value for scope in key.scopes)) for key in keys],
                [key.label for key in keys],
                [key.expires_at for key in keys],
            ],
        )
    except psycopg.errors.ForeignKeyViolation:
        raise errors.PartnerNotFound from None
    write_audit_rows(actor_id, "partner_key_added", [new.id for new in added], {}, now)
    return added


@command
def revoke_keys(ids: Sequence[UUID], note: str, actor_id: UUID, now: datetime) -> None:
    """Makes keys worthless from this commit on; what they signed before stays.

    Needs: `selectors.partners.access_partner` asked by the caller.
    Errors: ReviewNoteMissing, KeyNotFound. Replay: a revoked key keeps its first moment.
    """
    reason = check_note(note)
    rows = raw_connection().execute(
        """UPDATE scenes_key SET revoked_at = coalesce(revoked_at, %s) WHERE id = ANY(%s) RETURNING id""",
        [now, list(ids)],
    )
    if len(rows.fetchall()) != len(set(ids)):
        raise errors.KeyNotFound
    write_audit_rows(actor_id, "partner_key_revoked", ids, {"note": reason}, now)


def _pair(keys: Sequence[NewKey], added: Sequence[AddedKey]) -> list[tuple[NewKey, AddedKey]]:
    return list(zip(keys, added, strict=True))


def _move(ids: Sequence[UUID], act: str, target: PartnerState, note: str, actor_id: UUID, now: datetime) -> None:
    check_operator(actor_id)
    reason = check_note(note)
    conn = raw_connection()
    _lock(conn, ids, act)
    conn.execute(
        "UPDATE scenes_partner SET state = %s, note = %s WHERE id = ANY(%s)", [target.value, reason, list(ids)]
    )
    _tell(conn, ids, target.value, reason, actor_id, now)


def _lock(conn: Connection, ids: Sequence[UUID], act: str) -> list[UUID | None]:
    return lock_files(
        conn, "scenes_partner", ids, lambda state: next_partner_state(PartnerState(state), act), errors.PartnerNotFound
    )


def _tell(conn: Connection, ids: Sequence[UUID], what: str, note: str, actor_id: UUID, now: datetime) -> None:
    write_audit_rows(actor_id, f"partner_{what}", ids, {"note": note}, now)
    append_events(conn, [(f"partner.{what}", {"partner": str(each)}) for each in ids], now)
