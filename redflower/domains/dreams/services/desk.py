"""What the screening desk decides, by the list."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from redflower.domains.dreams import errors, rules
from redflower.domains.dreams.services.acts import NewAct, hold_proposals, write_acts
from redflower.domains.dreams.types import ScreenAct
from redflower.domains.people.selectors import check_operator
from redflower.domains.people.services import write_audit_row, write_audit_rows
from redflower.plumbing.db import command, raw_connection
from redflower.plumbing.events import append_events


@command
def screen_proposals(acts: Sequence[ScreenAct], actor_id: UUID, now: datetime) -> None:
    """Shortlists, returns or declines proposals, each with its own reason and suggestion; all or none.

    Errors: OperatorNeeded, ProposalStateConflict, ReasonMissing, ProposalNotFound.
    """
    check_operator(actor_id)
    rules.check_screening(acts)
    conn = raw_connection()
    held = hold_proposals(conn, [act.proposal_id for act in acts])
    write_acts(conn, held, [NewAct(a.proposal_id, a.act, a.reason, a.suggestion) for a in acts], actor_id, now)
    for act in {each.act for each in acts}:
        ids = [each.proposal_id for each in acts if each.act == act]
        write_audit_rows(actor_id, f"proposal_{act.value}", ids, {}, now)
        append_events(conn, [(f"proposal.{act.value}", {"proposal": str(proposal_id)}) for proposal_id in ids], now)


@command
def publish_shortlist(call_id: UUID, actor_id: UUID, now: datetime) -> None:
    """Makes a call's shortlist public.

    Errors: OperatorNeeded, CallNotFound.
    Replay: a shortlist published before stays as it was.
    """
    check_operator(actor_id)
    conn = raw_connection()
    if conn.execute("SELECT 1 FROM dreams_call WHERE id = %s", [call_id]).fetchone() is None:
        raise errors.CallNotFound
    written = conn.execute(
        """INSERT INTO dreams_shortlist (call_id, published_by_id, published_at) VALUES (%s, %s, %s)
           ON CONFLICT DO NOTHING RETURNING call_id""",
        [call_id, actor_id, now],
    ).fetchone()
    if written:
        write_audit_row(actor_id, "shortlist_published", call_id, {}, now)
        append_events(conn, [("shortlist.published", {"call": str(call_id)})], now)
