"""Writes of partners: endpoints, and messages on their way.

Whoever acts for a partner has been let in by the caller, through `scenes.selectors.partners.access_partner`.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from redflower.domains.partners.errors import EndpointNotFound, EndpointsTooMany, MessageNotFound
from redflower.domains.partners.rules import (
    ENDPOINTS_MAX,
    LEASE,
    TRIES_MAX,
    check_endpoint_url,
    plan_next_try,
    write_body,
)
from redflower.domains.partners.types import DueMessage, NewMessage, TryResult
from redflower.domains.people.services import write_audit_row, write_audit_rows
from redflower.kernel.ids import id_at, millisecond_of
from redflower.plumbing.db import command, raw_connection, step


@command
def open_endpoint(
    partner_id: UUID, url: str, kinds: Sequence[str], now: datetime, actor_id: UUID | None = None
) -> UUID:
    """Registers an address that hears of a partner's events from now on; returns its id.

    Needs: an address the adapter has judged. Without an actor it is the demo's seed.
    Errors: EndpointUrlInvalid, EndpointsTooMany.
    Replay: an open endpoint with this address is returned as it is.
    """
    address, conn, endpoint_id = check_endpoint_url(url), raw_connection(), id_at(millisecond_of(now))
    (count,) = conn.execute(
        "SELECT count(*) FROM partners_endpoint WHERE partner_id = %s AND closed_at IS NULL AND url <> %s",
        [partner_id, address],
    ).fetchone() or (0,)
    if count >= ENDPOINTS_MAX:
        raise EndpointsTooMany(limit=ENDPOINTS_MAX)
    made = conn.execute(
        """INSERT INTO partners_endpoint (id, partner_id, url, kinds, secret_version, made_by_id, made_at)
           VALUES (%s, %s, %s, %s::jsonb, 1, %s, %s) ON CONFLICT DO NOTHING RETURNING id""",
        [endpoint_id, partner_id, address, json.dumps(list(kinds)), actor_id, now],
    ).fetchone()
    if made is None:
        (known,) = conn.execute(
            "SELECT id FROM partners_endpoint WHERE partner_id = %s AND url = %s AND closed_at IS NULL",
            [partner_id, address],
        ).fetchone() or (endpoint_id,)
        return UUID(str(known))
    if actor_id:
        write_audit_row(actor_id, "endpoint_opened", endpoint_id, {"partner": str(partner_id), "url": address}, now)
    return endpoint_id


@command
def close_endpoint(partner_id: UUID, endpoint_id: UUID, actor_id: UUID, now: datetime) -> None:
    """Stops telling an address anything; what waits for it is given up.

    Errors: EndpointNotFound.
    """
    conn = raw_connection()
    closed = conn.execute(
        "UPDATE partners_endpoint SET closed_at = %s WHERE id = %s AND partner_id = %s AND closed_at IS NULL",
        [now, endpoint_id, partner_id],
    )
    if closed.rowcount == 0:
        raise EndpointNotFound
    conn.execute(
        """DELETE FROM partners_due d USING partners_message m
           WHERE m.id = d.message_id AND m.endpoint_id = %s""",
        [endpoint_id],
    )
    write_audit_row(actor_id, "endpoint_closed", endpoint_id, {"partner": str(partner_id)}, now)


@command
def rotate_endpoint_secret(partner_id: UUID, endpoint_id: UUID, actor_id: UUID, now: datetime) -> int:
    """Gives an endpoint a new secret; the one before signs beside it for a day. Returns the new version.

    Errors: EndpointNotFound.
    """
    row = (
        raw_connection()
        .execute(
            """UPDATE partners_endpoint SET secret_version = secret_version + 1, rotated_at = %s
           WHERE id = %s AND partner_id = %s AND closed_at IS NULL RETURNING secret_version""",
            [now, endpoint_id, partner_id],
        )
        .fetchone()
    )
    if row is None:
        raise EndpointNotFound
    write_audit_row(actor_id, "endpoint_secret_rotated", endpoint_id, {"version": row[0]}, now)
    return int(row[0])


@step
def queue_messages(news: Sequence[NewMessage], now: datetime) -> int:
    """Writes events down for every endpoint that wants to hear of them; returns how many messages that made.

    Replay: an event is queued once per endpoint, whoever asks again.
    """
    if not news:
        return 0
    made = raw_connection().execute(
        """WITH news AS (
               SELECT * FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::text[]) AS n(partner_id, event_key, kind, body)
           ), made AS (
               INSERT INTO partners_message (id, endpoint_id, event_key, kind, body, made_at)
               SELECT overlay(overlay(overlay(md5(e.id::text || n.event_key) placing %s from 1) placing '7' from 13)
                              placing '8' from 17)::uuid,
                      e.id, n.event_key, n.kind, n.body, %s
               FROM news n JOIN partners_endpoint e ON e.partner_id = n.partner_id AND e.closed_at IS NULL
               WHERE jsonb_array_length(e.kinds) = 0 OR e.kinds ? n.kind
               ORDER BY e.id, n.event_key ON CONFLICT DO NOTHING RETURNING id)
           INSERT INTO partners_due (message_id, due_at) SELECT id, %s FROM made""",
        [
            [each.partner_id for each in news],
            [each.event_key for each in news],
            [each.kind for each in news],
            [write_body(each.kind, each.facts, now) for each in news],
            f"{millisecond_of(now):012x}",
            now,
            now,
        ],
    )
    return made.rowcount


@command
def take_due_messages(limit: int, now: datetime) -> list[DueMessage]:
    """Takes what is due longest, under a lease: a sender that dies loses nothing, another one takes it again.

    Locks: due rows, SKIP LOCKED, so that two senders never hold the same.
    """
    rows = (
        raw_connection()
        .execute(
            """WITH taken AS (
               SELECT message_id FROM partners_due WHERE due_at <= %s ORDER BY due_at, message_id LIMIT %s
               FOR UPDATE SKIP LOCKED
           ), leased AS (
               UPDATE partners_due d SET due_at = %s FROM taken WHERE d.message_id = taken.message_id
               RETURNING d.message_id
           )
           SELECT m.id, m.endpoint_id, e.url, m.body, e.secret_version, e.rotated_at,
                  coalesce((SELECT max(number) FROM partners_try t WHERE t.message_id = m.id), 0)
           FROM leased l JOIN partners_message m ON m.id = l.message_id JOIN partners_endpoint e ON e.id = m.endpoint_id
           ORDER BY m.id""",
            [now, limit, now + LEASE],
        )
        .fetchall()
    )
    return [DueMessage(*row) for row in rows]


@command
def record_tries(results: Sequence[TryResult]) -> None:
    """Writes down what became of a list of tries: what was heard is done, the rest is due again or given up.

    Replay: every call is a try of its own; a message heard by two senders at once is done once.
    """
    conn = raw_connection()
    ids = [result.message_id for result in results]
    conn.execute("SELECT 1 FROM partners_due WHERE message_id = ANY(%s) ORDER BY message_id FOR UPDATE", [ids])
    numbers = dict(
        conn.execute(
            """INSERT INTO partners_try (message_id, number, status, error, milliseconds, at)
               SELECT r.id, 1 + coalesce((SELECT max(number) FROM partners_try t WHERE t.message_id = r.id), 0),
                      r.status, r.error, r.ms, r.at
               FROM unnest(%s::uuid[], %s::int[], %s::text[], %s::int[], %s::timestamptz[]) AS r(id, status, error, ms, at)
               RETURNING message_id, number""",
            [
                ids,
                [result.status for result in results],
                [result.error for result in results],
                [result.milliseconds for result in results],
                [result.at for result in results],
            ],
        ).fetchall()
    )
    again = {}
    for result in results:
        if not 200 <= result.status < 300:
            again[result.message_id] = plan_next_try(_since_replay(numbers[result.message_id]), result.at)
    over = [message_id for message_id in ids if again.get(message_id) is None]
    conn.execute("DELETE FROM partners_due WHERE message_id = ANY(%s)", [over])
    later = {message_id: at for message_id, at in again.items() if at is not None}
    conn.execute(
        """UPDATE partners_due d SET due_at = n.at FROM unnest(%s::uuid[], %s::timestamptz[]) AS n(id, at)
           WHERE d.message_id = n.id""",
        [list(later), list(later.values())],
    )


@command
def replay_messages(partner_id: UUID, message_ids: Sequence[UUID], actor_id: UUID, now: datetime) -> int:
    """Sends messages once more, now, with the ids they always had; returns how many.

    Errors: MessageNotFound.
    Replay: one that waits already is brought forward.
    """
    queued = raw_connection().execute(
        """INSERT INTO partners_due (message_id, due_at)
           SELECT m.id, %s FROM partners_message m JOIN partners_endpoint e ON e.id = m.endpoint_id
           WHERE m.id = ANY(%s) AND e.partner_id = %s AND e.closed_at IS NULL ORDER BY m.id
           ON CONFLICT (message_id) DO UPDATE SET due_at = excluded.due_at""",
        [now, list(message_ids), partner_id],
    )
    if queued.rowcount == 0:
        raise MessageNotFound
    write_audit_rows(actor_id, "message_replayed", list(message_ids), {"partner": str(partner_id)}, now)
    return queued.rowcount


def _since_replay(number: int) -> int:
    """Which try this is since the last start: one that was given up and asked for again begins anew."""
    return (number - 1) % TRIES_MAX + 1
