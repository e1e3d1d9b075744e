"""Writes of charities: a file is drafted, submitted, and published by somebody else than its submitter."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
from django.conf import settings

from redflower.domains.organizations import errors, rules
from redflower.domains.organizations.selectors import get_charity_for_operators
from redflower.domains.organizations.types import CharityState, CharityView, NewCharity
from redflower.domains.people.posting import lock_files, submit_files
from redflower.domains.people.rules import check_note, check_second_person, compute_difference
from redflower.domains.people.selectors import check_operator, get_change
from redflower.domains.people.services import decide_change, propose_change, write_audit_rows
from redflower.domains.people.types import ChangeKind, ProposedChange, Reason
from redflower.kernel.clock import local_date
from redflower.kernel.ids import new_id
from redflower.plumbing.db import command, raw_connection
from redflower.plumbing.events import append_events

Connection = psycopg.Connection[Any]
_TABLE = "organizations_charity"

# What a save writes, with the type PostgreSQL reads it as; a list of charities travels as one array per column.
_SAVED = {
    "slug": "text", "name_zh": "text", "name_en": "text", "kind": "text", "region": "text", "uscc": "text",
    "certificate_no": "text", "founded_on": "date", "mission_zh": "text", "mission_en": "text", "palette": "text",
}  # fmt: skip


@command
def save_charities(charities: Sequence[NewCharity], actor_id: UUID, now: datetime) -> list[UUID]:
    """Writes drafts, new ones or (by `id`) ones that are still drafts or were returned; returns their ids in order.

    All or none are written.
    Errors: CharityInvalid, UsccInvalid, CharityStateConflict, CharitySlugTaken, UsccTaken.
    """
    for charity in charities:
        rules.check_charity(charity, local_date(now, settings.TIME_ZONE))
    ids = [charity.id or new_id() for charity in charities]
    written = _write(raw_connection(), charities, ids, now)
    if len(written) != len(set(ids)):
        raise errors.CharityStateConflict(current="submitted", target=CharityState.DRAFT.value)
    write_audit_rows(actor_id, "charity_saved", ids, {}, now)
    return ids


def _write(conn: Connection, charities: Sequence[NewCharity], ids: Sequence[UUID], now: datetime) -> set[UUID]:
    columns = [[getattr(charity, name) for charity in charities] for name in _SAVED if name != "uscc"]
    columns.insert(list(_SAVED).index("uscc"), [rules.check_uscc(charity.uscc) for charity in charities])
    try:
        rows = conn.execute(
            f"""INSERT INTO organizations_charity (id, {", ".join(_SAVED)}, state, review_note, created_at)
                SELECT c.*, 'draft', '', %s
                FROM unnest(%s::uuid[], {", ".join(f"%s::{kind}[]" for kind in _SAVED.values())}) AS c
                ON CONFLICT (id) DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in _SAVED)}
                WHERE organizations_charity.state IN ('draft', 'returned') RETURNING id""",
            [now, list(ids), *columns],
        ).fetchall()
    except psycopg.errors.UniqueViolation as error:
        if "uscc" in (error.diag.constraint_name or ""):
            raise errors.UsccTaken from None
        raise errors.CharitySlugTaken(slug=", ".join(charity.slug for charity in charities[:3])) from None
    return {row[0] for row in rows}


@command
def submit_charities(ids: Sequence[UUID], actor_id: UUID, now: datetime) -> None:
    """Hands drafts (or returned files) to a second person; all or none.

    Errors: CharityNotFound, CharityStateConflict.
    """
    conn = raw_connection()
    _lock(conn, ids, "submit")
    submit_files(conn, _TABLE, ids, actor_id)
    write_audit_rows(actor_id, "charity_submitted", ids, {}, now)


@command
def review_charities(ids: Sequence[UUID], publish: bool, note: str, reviewer_id: UUID, now: datetime) -> None:
    """Publishes submitted charities, or returns them with the reason; all or none.

    Errors: OperatorNeeded, ReviewNoteMissing (a return without a reason), CharityNotFound, CharityStateConflict,
    ReviewerIsSubmitter.
    """
    check_operator(reviewer_id)
    reason = note.strip() if publish else check_note(note)
    conn = raw_connection()
    for submitter_id in _lock(conn, ids, "publish" if publish else "return"):
        check_second_person(submitter_id, reviewer_id)
    state = CharityState.PUBLISHED if publish else CharityState.RETURNED
    conn.execute(
        """UPDATE organizations_charity SET state = %s, reviewed_by_id = %s, review_note = %s,
                  published_at = CASE WHEN %s THEN %s ELSE published_at END WHERE id = ANY(%s)""",
        [state.value, reviewer_id, reason, publish, now, list(ids)],
    )
    _tell(conn, ids, state.value, reason, reviewer_id, now)


@command
def propose_charity_change(charity: NewCharity, reason: Reason, actor_id: UUID, now: datetime) -> UUID:
    """Proposes another file for a charity the public reads (`id` says which); a second person publishes it.

    Errors: CharityInvalid, UsccInvalid, CharityNotFound, CharityStateConflict (drafts are saved), CharityFieldFixed,
    NothingChanged, OperatorNeeded, ReasonMissing, ChangeWaiting.
    """
    rules.check_charity(charity, local_date(now, settings.TIME_ZONE))
    current = _lock_published(charity.id)
    rules.check_fixed(charity, current)
    was, becomes = compute_difference(rules.to_facts(current), rules.to_facts(charity))
    change = ProposedChange(ChangeKind.CHARITY, current.id, current.id, was, becomes)
    return propose_change(change, reason, actor_id, now)


@command
def decide_charity_change(change_id: UUID, publish: bool, note: str, actor_id: UUID, now: datetime) -> None:
    """Publishes a proposed change, with its reason for all to read, or drops it.

    Errors: ChangeNotFound, CharityNotFound, CharityStateConflict, OperatorNeeded, ReviewerIsSubmitter,
    ReviewNoteMissing, ChangeDecided, CharityInvalid.
    """
    current = _lock_published(get_change(change_id).subject_id)
    change = decide_change(change_id, publish, note, actor_id, now)
    if not publish:
        return
    charity = rules.apply_facts(current, change.becomes)
    rules.check_charity(charity, local_date(now, settings.TIME_ZONE))
    conn = raw_connection()
    conn.execute(
        f"""UPDATE organizations_charity SET ({", ".join(_SAVED)}) = ROW({", ".join(["%s"] * len(_SAVED))})
            WHERE id = %s""",
        [*(getattr(charity, name) for name in _SAVED), current.id],
    )
    append_events(conn, [("charity.changed", {"charity": str(current.id)})], now)


def _lock_published(charity_id: UUID | None) -> CharityView:
    raw_connection().execute("SELECT 1 FROM organizations_charity WHERE id = %s FOR UPDATE", [charity_id])
    if charity_id is None:
        raise errors.CharityNotFound
    current = get_charity_for_operators(charity_id)
    if not rules.is_changeable(current.state):
        raise errors.CharityStateConflict(current=current.state.value, target=CharityState.PUBLISHED.value)
    return current


@command
def suspend_charities(ids: Sequence[UUID], note: str, actor_id: UUID, now: datetime) -> None:
    """Stops published charities from raising money at once; their pages stay, with all they have received.

    Errors: OperatorNeeded, ReviewNoteMissing, CharityNotFound, CharityStateConflict.
    """
    _move(ids, "suspend", note, actor_id, now)


@command
def resume_charities(ids: Sequence[UUID], note: str, actor_id: UUID, now: datetime) -> None:
    """Lets suspended charities raise money again.

    Errors: OperatorNeeded, ReviewNoteMissing, CharityNotFound, CharityStateConflict.
    """
    _move(ids, "resume", note, actor_id, now)


# An act, its outcome and the word that audit rows and events use for it.
_STANDING = {"suspend": (CharityState.SUSPENDED, "suspended"), "resume": (CharityState.PUBLISHED, "resumed")}


def _move(ids: Sequence[UUID], act: str, note: str, actor_id: UUID, now: datetime) -> None:
    check_operator(actor_id)
    reason = check_note(note)
    target, word = _STANDING[act]
    conn = raw_connection()
    _lock(conn, ids, act)
    conn.execute("UPDATE organizations_charity SET state = %s WHERE id = ANY(%s)", [target.value, list(ids)])
    _tell(conn, ids, word, reason, actor_id, now)


def _tell(conn: Connection, ids: Sequence[UUID], what: str, reason: str, actor_id: UUID, now: datetime) -> None:
    write_audit_rows(actor_id, f"charity_{what}", ids, {"note": reason}, now)
    append_events(conn, [(f"charity.{what}", {"charity": str(charity_id)}) for charity_id in ids], now)


def _lock(conn: Connection, ids: Sequence[UUID], act: str) -> list[UUID | None]:
    return lock_files(
        conn, _TABLE, ids, lambda state: rules.next_state(CharityState(state), act), errors.CharityNotFound
    )
