"""Writes of the payment desk: what operators decide about notices that did not fit."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from redflower.domains.payments.errors import AlarmNotFound
from redflower.domains.people.rules import check_note
from redflower.domains.people.selectors import check_operator
from redflower.domains.people.services import write_audit_rows
from redflower.plumbing.db import command, raw_connection


@command
def resolve_alarms(ids: Sequence[UUID], note: str, actor_id: UUID, now: datetime) -> None:
    """Closes parked notices with what was found out; all or none. No money moves by this.

    Errors: OperatorNeeded, ReviewNoteMissing, AlarmNotFound (also when a colleague has closed one of them meanwhile).
    """
    check_operator(actor_id)
    reason = check_note(note)
    closed = raw_connection().execute(
        """UPDATE payments_alarm SET resolved_at = %s, resolved_by_id = %s, note = %s
           WHERE id = ANY(%s) AND resolved_at IS NULL""",
        [now, actor_id, reason, list(ids)],
    )
    if closed.rowcount != len(set(ids)):
        raise AlarmNotFound
    write_audit_rows(actor_id, "alarm_resolved", ids, {"note": reason}, now)
