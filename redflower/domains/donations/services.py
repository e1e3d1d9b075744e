"""Writes of gifts."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from redflower.domains.donations import posting, rules, selectors
from redflower.domains.donations.rules import GivingPolicy
from redflower.domains.donations.types import GiftRequest, IntentOutcome, MessageState
from redflower.domains.people.selectors import check_operator
from redflower.domains.people.services import write_audit_rows
from redflower.kernel.errors import Refusal
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
