"""Acts on proposals, written by the list: the latest says the state, and each is told to its author."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg

from redflower.domains.dreams import errors, rules
from redflower.domains.dreams.types import Act, ProposalState
from redflower.kernel.ids import id_at, millisecond_of
from redflower.plumbing.db import step

Connection = psycopg.Connection[Any]


@dataclass(frozen=True, slots=True)
class NewAct:
    """An act to write."""

    proposal_id: UUID
    act: Act
    reason: str = ""
    suggestion: str = ""


@dataclass(frozen=True, slots=True)
class Held:
    """A proposal while it is held: its state, how many acts it has had, and who is to be told."""

    state: ProposalState
    acts: int
    author_id: UUID
    call_id: UUID


def hold_proposals(conn: Connection, ids: Sequence[UUID]) -> dict[UUID, Held]:
    """Locks proposals in id order, and reads where each stands.

    Errors: ProposalNotFound.
    """
    rows = conn.execute(
        "SELECT id, author_id, call_id FROM dreams_proposal WHERE id = ANY(%s) ORDER BY id FOR UPDATE", [list(ids)]
    ).fetchall()
    if len(rows) != len(set(ids)):
        raise errors.ProposalNotFound
    # A second statement: only now, with the rows held, are the acts of whoever held them before in sight.
    latest = {
        row[0]: (Act(row[1]), row[2])
        for row in conn.execute(
            """SELECT DISTINCT ON (proposal_id) proposal_id, act, number FROM dreams_act
               WHERE proposal_id = ANY(%s) ORDER BY proposal_id, number DESC""",
            [list(ids)],
        )
    }
    return {
        row[0]: Held(rules.state_after(latest[row[0]][0] if row[0] in latest else None), latest.get(row[0], (None, 0))[1], row[1], row[2])
        for row in rows
    }  # fmt: skip


@step
def write_acts(
    conn: Connection, held: dict[UUID, Held], acts: Sequence[NewAct], actor_id: UUID | None, now: datetime
) -> None:
    """Writes acts on held proposals and queues a mail to each author who left an address.

    Errors: ProposalStateConflict for an act the state table does not have.
    """
    for act in acts:
        rules.next_state(held[act.proposal_id].state, act.act)
    ids = [id_at(millisecond_of(now)) for _ in acts]
    conn.execute(
        """INSERT INTO dreams_act (id, proposal_id, number, act, reason, suggestion, actor_id, at)
           SELECT a.*, %s, %s FROM unnest(%s::uuid[], %s::uuid[], %s::smallint[], %s::text[], %s::text[], %s::text[]) AS a""",
        [
            actor_id,
            now,
            ids,
            [act.proposal_id for act in acts],
            [held[act.proposal_id].acts + 1 for act in acts],
            [act.act.value for act in acts],
            [act.reason.strip() for act in acts],
            [act.suggestion.strip() for act in acts],
        ],
    )
    conn.execute(
        """INSERT INTO dreams_mail (id, act_id, donor_id, queued_at)
           SELECT m.mail, m.act, p.author_id, %s FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[]) AS m(mail, act, proposal)
           JOIN dreams_proposal p ON p.id = m.proposal WHERE p.email <> ''""",
        [now, [id_at(millisecond_of(now)) for _ in acts], ids, [act.proposal_id for act in acts]],
    )
