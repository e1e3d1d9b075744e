"""Reads of partners."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from redflower.domains.partners.errors import EndpointNotFound, MessageNotFound
from redflower.domains.partners.types import EndpointView, MessageState, MessageView, TryView
from redflower.plumbing.db import fetch_all, fetch_one

_ENDPOINT = """SELECT id, partner_id, url, kinds::text AS kinds, secret_version, rotated_at, made_at, closed_at
               FROM partners_endpoint"""
_MESSAGE = """
SELECT m.id, m.endpoint_id, e.url, m.kind, m.body, m.made_at, d.due_at, coalesce(t.number, 0) AS tries,
       t.status AS last_status, coalesce(t.error, '') AS last_error
FROM partners_message m JOIN partners_endpoint e ON e.id = m.endpoint_id LEFT JOIN partners_due d ON d.message_id = m.id
LEFT JOIN LATERAL (SELECT number, status, error FROM partners_try WHERE message_id = m.id ORDER BY number DESC LIMIT 1) t ON true
"""


def list_endpoints(partner_id: UUID) -> list[EndpointView]:
    """A partner's open endpoints, the oldest first."""
    rows = fetch_all(f"{_ENDPOINT} WHERE partner_id = %s AND closed_at IS NULL ORDER BY id", [partner_id])
    return [_endpoint(row) for row in rows]


def get_endpoint(partner_id: UUID, endpoint_id: UUID) -> EndpointView:
    """One open endpoint of a partner.

    Errors: EndpointNotFound.
    """
    row = fetch_one(f"{_ENDPOINT} WHERE id = %s AND partner_id = %s AND closed_at IS NULL", [endpoint_id, partner_id])
    if row is None:
        raise EndpointNotFound
    return _endpoint(row)


def list_messages(partner_id: UUID, *, before: UUID | None = None, limit: int = 50) -> list[MessageView]:
    """What a partner was told, the latest first; `before` continues behind a message."""
    rows = fetch_all(
        f"{_MESSAGE} WHERE e.partner_id = %s AND (%s::uuid IS NULL OR m.id < %s) ORDER BY m.id DESC LIMIT %s",
        [partner_id, before, before, limit],
    )
    return [_message(row) for row in rows]


def get_message(partner_id: UUID, message_id: UUID) -> MessageView:
    """One message to a partner.

    Errors: MessageNotFound.
    """
    row = fetch_one(f"{_MESSAGE} WHERE e.partner_id = %s AND m.id = %s", [partner_id, message_id])
    if row is None:
        raise MessageNotFound
    return _message(row)


def list_tries(message_id: UUID) -> list[TryView]:
    """Every attempt at a message, the first first."""
    rows = fetch_all(
        "SELECT number, status, error, milliseconds, at FROM partners_try WHERE message_id = %s ORDER BY number",
        [message_id],
    )
    return [TryView(**row) for row in rows]


def count_messages_by_state(partner_id: UUID, since: datetime) -> dict[MessageState, int]:
    """How many messages since an instant were heard, wait, or were given up."""
    row = fetch_one(
        """SELECT count(*) FILTER (WHERE d.message_id IS NOT NULL) AS waiting,
                  count(*) FILTER (WHERE d.message_id IS NULL AND EXISTS (SELECT 1 FROM partners_try t
                      WHERE t.message_id = m.id AND t.status BETWEEN 200 AND 299)) AS heard,
                  count(*) AS all_of_them
           FROM partners_message m JOIN partners_endpoint e ON e.id = m.endpoint_id
           LEFT JOIN partners_due d ON d.message_id = m.id WHERE e.partner_id = %s AND m.made_at >= %s""",
        [partner_id, since],
    ) or {"waiting": 0, "heard": 0, "all_of_them": 0}
    given_up = row["all_of_them"] - row["waiting"] - row["heard"]
    return {
        MessageState.WAITING: row["waiting"],
        MessageState.HEARD: row["heard"],
        MessageState.GIVEN_UP: given_up,
    }


def has_due_messages(now: datetime) -> bool:
    """True when something waits to be sent; a read, so that polling costs no write."""
    return fetch_one("SELECT 1 FROM partners_due WHERE due_at <= %s LIMIT 1", [now]) is not None


def _endpoint(row: dict[str, Any]) -> EndpointView:
    kinds: Sequence[str] = json.loads(row["kinds"])
    return EndpointView(**{**row, "kinds": tuple(kinds)})


def _message(row: dict[str, Any]) -> MessageView:
    if row["due_at"] is not None:
        state = MessageState.WAITING
    elif row["last_status"] is not None and 200 <= row["last_status"] < 300:
        state = MessageState.HEARD
    else:
        state = MessageState.GIVEN_UP
    return MessageView(**row, state=state)
