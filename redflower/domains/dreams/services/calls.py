"""Calls: written by one operator, announced by another, with the fund in the ledger before the first proposal."""

import json
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from redflower.domains.dreams import errors, rules
from redflower.domains.dreams.posting import fund_accounts
from redflower.domains.dreams.selectors import find_call, read_call
from redflower.domains.dreams.types import NewCall
from redflower.domains.ledger.posting import open_accounts, post_transfers
from redflower.domains.ledger.rules import account_id
from redflower.domains.ledger.types import AccountKind, Asset, NewTransfer
from redflower.domains.people.services import decide_change, propose_change
from redflower.domains.people.types import ChangeKind, ProposedChange, Reason
from redflower.kernel.ids import derive_id, id_at, millisecond_of
from redflower.plumbing.db import command, raw_connection
from redflower.plumbing.events import append_events


@command
def propose_call(call: NewCall, actor_id: UUID, now: datetime) -> UUID:
    """Writes a call down for a second person to announce, out of the public's sight; returns the change that waits.

    Errors: CallInvalid, CallTaken, OperatorNeeded.
    """
    rules.check_call(call, now)
    if find_call(call.slug):
        raise errors.CallTaken
    call_id = id_at(millisecond_of(now))
    change = ProposedChange(ChangeKind.CALL, call_id, call_id, {}, _write_down(call))
    return propose_change(change, Reason("", ""), actor_id, now)


def _write_down(call: NewCall) -> dict[str, Any]:
    facts = asdict(call)
    hours = {name: facts[name].isoformat() for name in ("opens_at", "closes_at")}
    return {**facts, **hours, "themes": list(call.themes)}


@command
def decide_call(change_id: UUID, publish: bool, note: str, actor_id: UUID, now: datetime) -> None:
    """Announces a call that one operator has written, or drops it; the sponsor's fund is booked as it is announced.

    Errors: ChangeNotFound, OperatorNeeded, ReviewerIsSubmitter, ReviewNoteMissing, ChangeDecided, CallInvalid (it would
    close in the past by now), CallTaken.
    """
    change = decide_change(change_id, publish, note, actor_id, now)
    if not publish:
        return
    call, call_id, conn = read_call(change.becomes), change.subject_id, raw_connection()
    rules.check_call(call, now)
    facts = {**asdict(call), "themes": json.dumps(list(call.themes))}
    written = conn.execute(
        f"""INSERT INTO dreams_call (id, announced_by_id, announced_at, {", ".join(facts)})
            VALUES (%s, %s, %s, {", ".join("%s" for _ in facts)}) ON CONFLICT (slug) DO NOTHING""",
        [call_id, actor_id, now, *facts.values()],
    )
    if not written.rowcount:
        raise errors.CallTaken
    open_accounts(conn, fund_accounts(call_id), now)
    funded = NewTransfer(
        id=derive_id(call_id, "dream_funded"),
        asset=Asset.CNY,
        kind="dream_funded",
        debit_id=account_id(AccountKind.SPONSOR, call_id),
        credit_id=account_id(AccountKind.DREAM_FUND, call_id),
        amount=call.fund_minor,
        subject_id=call_id,
    )
    post_transfers(conn, [funded], now)
    append_events(conn, [("call.announced", {"call": str(call_id)})], now)
