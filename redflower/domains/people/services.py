"""Writes of people."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.hashers import make_password

from redflower.domains.people import posting
from redflower.domains.people.errors import ChangeDecided, ChangeWaiting, InstanceFounded, OperatorIsSelf
from redflower.domains.people.rules import (
    check_email,
    check_note,
    check_reason,
    check_second_person,
    check_shown_name,
    check_site_names,
)
from redflower.domains.people.selectors import check_operator, find_waiting_change, get_change, has_operator
from redflower.domains.people.types import ChangeView, ProposedChange, Reason
from redflower.kernel.ids import id_at, millisecond_of, new_id
from redflower.plumbing.db import command, raw_connection, step
from redflower.plumbing.events import append_events


@command
def make_donors(count: int, now: datetime, regions: Sequence[str] = ()) -> list[UUID]:
    """Writes new donors without a user (guests) and returns their ids.

    `regions` gives each its province, when known.
    """
    ids = [id_at(millisecond_of(now)) for _ in range(count)]
    raw_connection().execute(
        """INSERT INTO people_donor (id, shown_name, region, created_at)
           SELECT d.id, '', d.region, %s FROM unnest(%s::uuid[], %s::text[]) AS d(id, region)""",
        [now, ids, list(regions) or [""] * count],
    )
    return ids


@command
def welcome_guest(donor_id: UUID, now: datetime) -> None:
    """Writes the guest donor whose id a device was promised before it gave.

    Replay: a donor that exists stays as they are, so a form sent twice at once has one donor.
    """
    posting.welcome_guests(raw_connection(), [donor_id], now)


@command
def welcome_guests(donor_ids: Sequence[UUID], now: datetime) -> None:
    """As `welcome_guest`, for everyone in a list at once."""
    posting.welcome_guests(raw_connection(), donor_ids, now)


@command
def claim_donor(donor_id: UUID, user_id: UUID) -> bool:
    """Makes a guest donor belong to the user who signed in on the same device; True when it does now.

    Replay: a donor that belongs to somebody stays theirs.
    """
    cursor = raw_connection().execute(
        "UPDATE people_donor SET user_id = %s WHERE id = %s AND user_id IS NULL", [user_id, donor_id]
    )
    return cursor.rowcount == 1


@command
def rename_donor(donor_id: UUID, shown_name: str) -> None:
    """Keeps the name a donor wants to give by; gifts made before keep the name they were given with.

    Errors: ShownNameInvalid.
    """
    raw_connection().execute(
        "UPDATE people_donor SET shown_name = %s WHERE id = %s", [check_shown_name(shown_name), donor_id]
    )


@command
def join(email: str, now: datetime) -> UUID:
    """The user who signs in with this address, made if missing; the address is proven by the code sent to it.

    Errors: EmailInvalid.
    Replay: the same address is the same user, also for two requests at once.
    """
    return _ensure_user(email, now)


@command
def make_operator(email: str, now: datetime, actor_id: UUID | None = None) -> UUID:
    """Gives the user with this address (made if missing) the operator's role.

    `actor_id` is the operator who does so; only set-up and the demo have none.
    Errors: OperatorNeeded, EmailInvalid.
    Replay: an operator stays one.
    """
    if actor_id:
        check_operator(actor_id)
    user_id = _ensure_user(email, now)
    changed = raw_connection().execute(
        "UPDATE people_user SET is_operator = true WHERE id = %s AND NOT is_operator", [user_id]
    )
    if changed.rowcount:
        write_audit_row(actor_id or user_id, "operator_made", user_id, {}, now)
    return user_id


@command
def found_instance(email: str, now: datetime) -> UUID:
    """Makes the first operator of an empty instance.

    Errors: EmailInvalid, InstanceFounded (there is an operator, also when two people try at once).
    """
    raw_connection().execute("LOCK TABLE people_user IN SHARE ROW EXCLUSIVE MODE")
    if has_operator():
        raise InstanceFounded
    user_id = _ensure_user(email, now)
    raw_connection().execute("UPDATE people_user SET is_operator = true WHERE id = %s", [user_id])
    write_audit_row(user_id, "instance_founded", user_id, {}, now)
    return user_id


@command
def dismiss_operator(user_id: UUID, actor_id: UUID, now: datetime) -> None:
    """Takes the operator's role from somebody else; what they did stays on record.

    Errors: OperatorNeeded, OperatorIsSelf.
    Replay: somebody who is no operator stays none.
    """
    check_operator(actor_id)
    if user_id == actor_id:
        raise OperatorIsSelf
    changed = raw_connection().execute(
        "UPDATE people_user SET is_operator = false WHERE id = %s AND is_operator", [user_id]
    )
    if changed.rowcount:
        write_audit_row(actor_id, "operator_dismissed", user_id, {}, now)


def _ensure_user(email: str, now: datetime) -> UUID:
    address = check_email(email)
    conn = raw_connection()
    # No password: '!' is Django's mark for "cannot sign in by password".
    conn.execute(
        """INSERT INTO people_user (id, email, password, is_active, is_operator, is_superuser, created_at)
           VALUES (%s, %s, %s, true, false, false, %s) ON CONFLICT (email) DO NOTHING""",
        [id_at(millisecond_of(now)), address, make_password(None), now],
    )
    row = conn.execute("SELECT id FROM people_user WHERE email = %s", [address]).fetchone()
    if row is None:
        raise AssertionError("unreachable")
    return UUID(str(row[0]))


@command
def name_site(
    name_zh: str,
    name_en: str,
    languages: Sequence[str],
    is_open: bool,
    actor_id: UUID | None = None,
    now: datetime | None = None,
) -> None:
    """Writes the instance's own name and languages; `is_open` ends the set-up guide.

    An operator's act carries `actor_id` and `now`; only the demo's seed has neither.
    Errors: OperatorNeeded, SiteNameMissing.
    """
    if actor_id:
        check_operator(actor_id)
    check_site_names(name_zh, name_en)
    raw_connection().execute(
        """INSERT INTO people_site (id, name_zh, name_en, languages, is_open) VALUES (1, %s, %s, %s::jsonb, %s)
           ON CONFLICT (id) DO UPDATE SET name_zh = excluded.name_zh, name_en = excluded.name_en,
                                          languages = excluded.languages, is_open = excluded.is_open""",
        [name_zh.strip(), name_en.strip(), json.dumps(list(languages)), is_open],
    )
    if actor_id and now:
        write_audit_row(actor_id, "site_named", None, {"name_zh": name_zh, "is_open": is_open}, now)


@step
def write_audit_row(actor_id: UUID, act: str, subject_id: UUID | None, facts: dict[str, Any], now: datetime) -> None:
    """Records a privileged act in the transaction of the act."""
    write_audit_rows(actor_id, act, [subject_id], facts, now)


@step
def write_audit_rows(
    actor_id: UUID, act: str, subject_ids: Sequence[UUID | None], facts: dict[str, Any], now: datetime
) -> None:
    """Records one privileged act on many subjects, a row for each, in the transaction of the act."""
    raw_connection().execute(
        """INSERT INTO people_audit_row (actor_id, act, subject_id, facts, at)
           SELECT %s, %s, s, %s::jsonb, %s FROM unnest(%s::uuid[]) AS s""",
        [actor_id, act, json.dumps(facts, default=str), now, list(subject_ids)],
    )


@step
def propose_change(change: ProposedChange, reason: Reason, actor_id: UUID, now: datetime) -> UUID:
    """Writes down a change of something published, for a second person to publish; returns its id.

    What the public has not read before (`was` is empty) needs no reason.
    Needs: the caller holds its subject's lock, so that two proposals meet here one after the other.
    Errors: OperatorNeeded, ChangeReasonMissing, ChangeWaiting (one at a time, or the second would undo the first).
    """
    check_operator(actor_id)
    told = check_reason(reason) if change.was else Reason("", "")
    if find_waiting_change(change.subject_id):
        raise ChangeWaiting
    change_id = new_id()
    raw_connection().execute(
        """INSERT INTO people_change (id, kind, subject_id, page_id, was, becomes, reason_zh, reason_en, proposed_by_id,
                                      proposed_at)
           VALUES (%s, %s, %s, %s, %s::jsonb, %s::jsonb, %s, %s, %s, %s)""",
        [change_id, change.kind.value, change.subject_id, change.page_id, json.dumps(change.was),
         json.dumps(change.becomes), told.zh, told.en, actor_id, now],
    )  # fmt: skip
    write_audit_row(actor_id, f"{change.kind.value}_change_proposed", change.page_id, {"note": told.zh}, now)
    return change_id


@step
def decide_change(change_id: UUID, publish: bool, note: str, actor_id: UUID, now: datetime) -> ChangeView:
    """Writes down a second person's verdict on a change, and returns the change for its room to carry out.

    Dropping one's own proposal needs no second person, and no note.
    Needs: the caller holds its subject's lock.
    Errors: OperatorNeeded, ChangeNotFound, ReviewerIsSubmitter, ReviewNoteMissing (somebody else's dropped without a
    reason), ChangeDecided.
    """
    check_operator(actor_id)
    change = get_change(change_id)
    if publish:
        check_second_person(change.proposed_by_id, actor_id)
    own = change.proposed_by_id == actor_id
    reason = note.strip() if publish or own else check_note(note)
    written = raw_connection().execute(
        """INSERT INTO people_change_decision (change_id, is_published, note, decided_by_id, decided_at)
           VALUES (%s, %s, %s, %s, %s) ON CONFLICT (change_id) DO NOTHING""",
        [change_id, publish, reason, actor_id, now],
    )
    if not written.rowcount:
        raise ChangeDecided
    word = "published" if publish else "dropped"
    write_audit_row(actor_id, f"{change.kind.value}_change_{word}", change.page_id, {"note": reason}, now)
    if publish:
        append_events(raw_connection(), [("change.published", {"change": str(change_id)})], now)
    return change
