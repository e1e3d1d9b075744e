"""Transfers of the ledger that no other entry tells of, as the log tells them: in batches of one kind and one moment."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any, NamedTuple
from uuid import UUID

from redflower.domains.ledger.types import Asset
from redflower.domains.proofs.posting.facts import MAKE_KEYS, Connection, tell_id, tell_instant
from redflower.domains.proofs.rules import (
    MOVES_AT_ONCE,
    PUBLIC_ACCOUNTS,
    TOLD_ELSEWHERE,
    add_up,
    commit_fact,
    make_salt,
    write_entry,
)
from redflower.domains.proofs.types import Draft, EntryKind

_FROM = """
FROM ledger_transfer t
LEFT JOIN ledger_account d ON d.id = t.debit_id LEFT JOIN ledger_account c ON c.id = t.credit_id
LEFT JOIN scenes_deed e ON e.id = t.subject_id
"""
_PERSON = """CASE WHEN NOT d.kind = ANY(%(public)s) THEN d.owner_id WHEN NOT c.kind = ANY(%(public)s) THEN c.owner_id
                  ELSE e.donor_id END"""
_WANTED = "WHERE t.id = ANY(%(ids)s) AND NOT t.kind = ANY(%(elsewhere)s)"

# The fact behind a transfer, as texts: whatever of it is changed later, the commitment is another one.
_FACT = f"""
CASE WHEN e.id IS NOT NULL THEN ARRAY[
    e.partner_id::text, e.external_id, e.campaign_id::text, {tell_instant("e.done_at")}, e.done_on::text, e.amount::text,
    e.status::text, e.reason, e.flowers::text, e.money_minor::text, e.item, e.subject, e.project_id::text,
    {tell_instant("e.received_at")}, r.kind, r.flowers::text, r.money_minor::text, r.project_id::text,
    {tell_instant("r.ruled_at")}, p.project_id::text, p.amount_minor::text, {tell_instant("p.placed_at")}]
WHEN b.id IS NOT NULL THEN ARRAY[
    b.dream_id::text, b.key, b.flowers::text, b.rally_id::text, {tell_instant("b.given_at")}, v.why, {tell_instant("v.at")}]
ELSE ARRAY[]::text[] END
"""
_AGREES = f"""
d.id IS NOT NULL AND c.id IS NOT NULL AND d.asset = t.asset AND c.asset = t.asset
AND (({_PERSON}) IS NULL OR k.donor_id IS NOT NULL)
AND CASE t.kind
    WHEN 'deed_flower' THEN e.donor_id = c.owner_id AND t.amount IN (e.flowers, r.flowers)
    WHEN 'deed_burned' THEN e.donor_id = d.owner_id AND f.donor_id = e.donor_id AND f.burned = t.amount AND f.burned_at = t.booked_at
    WHEN 'deed_money' THEN e.campaign_id = d.owner_id AND t.amount IN (e.money_minor, r.money_minor)
    WHEN 'deed_placed' THEN p.project_id = c.owner_id AND p.amount_minor = t.amount AND p.placed_at = t.booked_at
    WHEN 'deed_unplaced' THEN p.project_id IS NULL AND p.amount_minor = t.amount AND p.placed_at = t.booked_at
    WHEN 'deed_money_returned' THEN e.id IS NOT NULL AND r.ruled_at = t.booked_at
    WHEN 'goal_granted' THEN g.project_id = c.owner_id AND g.amount_minor = t.amount AND g.granted_at = t.booked_at
    WHEN 'campaign_funded' THEN s.budget_minor = t.amount
    WHEN 'dream_funded' THEN l.fund_minor = t.amount
    WHEN 'flowers_given' THEN b.id IS NULL AND c.kind <> 'dream'
        OR (b.donor_id, b.dream_id, b.flowers, b.given_at) = (d.owner_id, c.owner_id, t.amount, t.booked_at)
    WHEN 'flowers_returned' THEN b.id IS NULL AND d.kind <> 'dream'
        OR (b.donor_id, b.dream_id, b.flowers, v.at) = (c.owner_id, d.owner_id, t.amount, t.booked_at)
    ELSE TRUE END
"""
_MOVES = f"""
SELECT t.id, t.kind, t.rule, t.phase, t.asset, t.amount, t.subject_id::text, coalesce(t.reverses_id, t.pending_id)::text,
       {tell_instant("t.booked_at")}, d.kind, d.owner_id, c.kind, c.owner_id, {_PERSON}, k.key, {_FACT}, {_AGREES}
{_FROM}
LEFT JOIN scenes_ruling r ON r.deed_id = e.id
     AND r.kind = CASE WHEN t.kind IN ('deed_burned', 'deed_money_returned') THEN 'reversed' ELSE 'released' END
LEFT JOIN scenes_placement p ON p.id = e.id AND t.kind IN ('deed_placed', 'deed_unplaced')
LEFT JOIN flowers_burning f ON f.id = e.id
LEFT JOIN scenes_grant g ON g.id = t.subject_id
LEFT JOIN scenes_campaign s ON s.id = t.subject_id
LEFT JOIN dreams_call l ON l.id = t.subject_id
LEFT JOIN dreams_ballot b ON b.id = t.subject_id
LEFT JOIN dreams_ballot_reversal v ON v.ballot_id = b.id AND t.kind = 'flowers_returned'
LEFT JOIN proofs_person_key k ON k.donor_id = {_PERSON}
{_WANTED} ORDER BY t.id
"""


class _Row(NamedTuple):
    id: UUID
    kind: str
    rule: str
    phase: str
    asset: int
    amount: int
    subject: str
    refers_to: str | None
    at: str
    debit_kind: str | None
    debit_owner: UUID | None
    credit_kind: str | None
    credit_owner: UUID | None
    person: UUID | None
    key: bytes | None
    fact: list[str | None]
    agrees: bool | None

    @property
    def batch(self) -> tuple[str, ...]:
        """Transfers that share this share an entry."""
        return (
            self.at,
            self.kind,
            self.rule,
            self.phase,
            str(self.asset),
            self.debit_kind or "",
            self.credit_kind or "",
        )


def ensure_keys_of_people(conn: Connection, ids: Sequence[UUID]) -> None:
    """Makes a key for everybody behind these transfers who has none; a destroyed key is not made again."""
    conn.execute(MAKE_KEYS.format(f"SELECT {_PERSON} AS donor_id {_FROM} {_WANTED}"), _ask(ids))


def load_moves(conn: Connection, ids: Sequence[UUID]) -> list[Draft]:
    """Transfers by their ids as batches; those that other entries tell of are left out."""
    rows = sorted((_Row(*row) for row in conn.execute(_MOVES, _ask(ids)).fetchall()), key=lambda row: row.batch)
    drafts = []
    for _, group in groupby(rows, key=lambda row: row.batch):
        batch = list(group)
        drafts += [_moves(batch[start : start + MOVES_AT_ONCE]) for start in range(0, len(batch), MOVES_AT_ONCE)]
    return drafts


def load_batch(conn: Connection, ids: Sequence[UUID]) -> Draft | None:
    """One batch as it was logged, whatever has become of its transfers; None when none of them is there."""
    rows = [_Row(*row) for row in conn.execute(_MOVES, _ask(ids)).fetchall()]
    return _moves(rows) if rows else None


def _ask(ids: Sequence[UUID]) -> dict[str, Any]:
    return {
        "ids": list(ids),
        "elsewhere": list(TOLD_ELSEWHERE),
        "public": [kind.value for kind in PUBLIC_ACCOUNTS],
    }


def _moves(rows: Sequence[_Row]) -> Draft:
    first = rows[0]
    fields = {
        "id": str(first.id),
        "at": first.at,
        "asset": Asset(first.asset).name,
        "amount": sum(row.amount for row in rows),
        "move": first.kind,
        "rule": first.rule,
        "phase": first.phase,
        "from": first.debit_kind,
        "to": first.credit_kind,
        "items": [_item(row) for row in rows],
    }
    body = write_entry(EntryKind.MOVES, fields)
    agrees = all(row.agrees is True and row.batch == first.batch for row in rows)
    told = add_up({"kind": EntryKind.MOVES, **fields})
    sums = [(UUID(project), gifts, given, matched) for project, gifts, given, matched in told]
    return Draft(EntryKind.MOVES, first.id, None, body, [row.id for row in rows], agrees, sums)


def _item(row: _Row) -> list[object]:
    salt = make_salt(row.key, row.id) if row.key else None
    return [
        str(row.id),
        tell_id(row.debit_owner) if row.debit_kind in PUBLIC_ACCOUNTS else None,
        tell_id(row.credit_owner) if row.credit_kind in PUBLIC_ACCOUNTS else None,
        row.amount,
        row.subject,
        commit_fact(salt, row.person, row.fact) if salt and row.person else None,
        row.refers_to,
    ]
