"""Writes of gifts."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from redflower.domains.donations import posting, rules, selectors
from redflower.domains.donations.rules import GivingPolicy
from redflower.domains.donations.types import GiftRequest, IntentOutcome, IssuedReceipt, MessageState, ReceiptRequest
from redflower.domains.people.selectors import check_operator
from redflower.domains.people.services import write_audit_rows
from redflower.kernel.canon import sha256_hex
from redflower.kernel.errors import Refusal
from redflower.kernel.ids import new_id
from redflower.plumbing.db import command, raw_connection


@command
def make_gifts(
    requests: Sequence[GiftRequest], provider: str, policy: GivingPolicy, now: datetime
) -> list[IntentOutcome | Refusal]:
    """Writes the durable intent of a list of gifts; shape, errors and replay as `posting.make_gifts`."""
    return posting.make_gifts(raw_connection(), requests, provider, policy, now)


@command
def moderate_messages(gift_ids: Sequence[UUID], show: bool, actor_id: UUID, now: datetime) -> int:
    """Shows or removes messages that wait for a moderator; returns how many it decided.

    Errors: OperatorNeeded.
    Replay: a message decided before keeps its first decision.
    """
    check_operator(actor_id)
    state = MessageState.SHOWN if show else MessageState.REMOVED
    rows = raw_connection().execute(
        "UPDATE donations_gift SET message_state = %s WHERE id = ANY(%s) AND message_state = 'held' RETURNING id",
        [state.value, list(gift_ids)],
    )
    decided = [row[0] for row in rows.fetchall()]
    write_audit_rows(actor_id, f"message_{state.value}", decided, {}, now)
    return len(decided)


def check_confirmation(donor_id: UUID, amount_minor: int, policy: GivingPolicy, now: datetime) -> str | None:
    """Why this donor is asked once more before this gift, or None."""
    return rules.find_confirmation_reason(amount_minor, selectors.get_history(donor_id, now), policy)


@command
def issue_receipts(requests: Sequence[ReceiptRequest], now: datetime) -> list[IssuedReceipt]:
    """Hands out receipts and remembers it: the first of a content is the original, every later one a copy.

    Shape: one answer per request, in order.
    Replay: asking again is asking for a copy.
    """
    conn = raw_connection()
    rows = [
        (new_id(), request.form.value, request.subject_id, request.year, sha256_hex(dict(request.content)))
        for request in requests
    ]
    columns = [list(column) for column in zip(*rows, strict=True)] if rows else [[], [], [], [], []]
    languages = [request.language for request in requests]
    insert = """INSERT INTO donations_receipt (id, form, subject_id, year, sha256, language, is_original, issued_at)
                SELECT r.*, %s, %s FROM unnest(%s::uuid[], %s::text[], %s::uuid[], %s::smallint[], %s::text[], %s::text[]) AS r (id)"""
    conn.execute(
        f"{insert} ON CONFLICT (subject_id, sha256) WHERE is_original DO NOTHING", [True, now, *columns, languages]
    )
    conn.execute(
        f"{insert} WHERE NOT EXISTS (SELECT 1 FROM donations_receipt d WHERE d.id = r.id)",
        [False, now, *columns, languages],
    )
    issued = conn.execute(
        """SELECT d.id, d.is_original, d.issued_at, o.issued_at FROM donations_receipt d
           JOIN donations_receipt o ON o.subject_id = d.subject_id AND o.sha256 = d.sha256 AND o.is_original
           WHERE d.id = ANY(%s)""",
        [columns[0]],
    ).fetchall()
    by_id = {row[0]: IssuedReceipt(*row) for row in issued}
    return [by_id[row[0]] for row in rows]
