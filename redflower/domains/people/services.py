"""Writes of people."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from redflower.domains.people.models import User
from redflower.kernel.ids import id_at
from redflower.plumbing.db import command, raw_connection, step


@command
def make_donors(count: int, now: datetime, regions: Sequence[str] = ()) -> list[UUID]:
    """Writes new donors without a user (guests) and returns their ids.

    `regions` gives each its province, when known.
    """
    ids = [id_at(int(now.timestamp() * 1000)) for _ in range(count)]
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
    raw_connection().execute(
        """INSERT INTO people_donor (id, shown_name, region, created_at) VALUES (%s, '', '', %s)
           ON CONFLICT (id) DO NOTHING""",
        [donor_id, now],
    )


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
def make_operator(email: str, now: datetime) -> UUID:
    """Gives the user with this address (made if missing) the operator's role.

    Replay: an operator stays one.
    """
    user = User.objects.filter(email=email.strip().lower()).first()
    if user is None:
        user = User.objects.create_user(email, created_at=now)
    User.objects.filter(pk=user.pk).update(is_operator=True)
    return user.id


@command
def name_site(name_zh: str, name_en: str, languages: Sequence[str], is_open: bool) -> None:
    """Writes the instance's own name and languages; `is_open` ends the set-up guide."""
    raw_connection().execute(
        """INSERT INTO people_site (id, name_zh, name_en, languages, is_open) VALUES (1, %s, %s, %s::jsonb, %s)
           ON CONFLICT (id) DO UPDATE SET name_zh = excluded.name_zh, name_en = excluded.name_en,
                                          languages = excluded.languages, is_open = excluded.is_open""",
        [name_zh, name_en, json.dumps(list(languages)), is_open],
    )


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
