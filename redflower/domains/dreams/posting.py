"""Flowers to dreams and grants from funds, by the list, on the driver's own connection."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg

from redflower.domains.dreams.rules import Standing, project_id_of
from redflower.domains.flowers.posting import plan_flower_gifts, plan_flower_returns
from redflower.domains.flowers.types import FlowerGift
from redflower.domains.ledger.rules import account_id
from redflower.domains.ledger.types import AccountKind, Asset, NewAccount, NewTransfer, Phase
from redflower.kernel.ids import derive_id

Connection = psycopg.Connection[Any]

_STANDING = """
SELECT d.id, o.round_id IS NOT NULL, r.opens_at, r.closes_at, x.granted, d.minimum,
       coalesce(a.credits_posted - a.debits_posted, 0)::bigint, r.id, r.person_dream_cap, r.person_round_cap
FROM dreams_dream d JOIN dreams_round r ON r.id = d.round_id
LEFT JOIN dreams_opening o ON o.round_id = r.id LEFT JOIN dreams_outcome x ON x.dream_id = d.id
LEFT JOIN ledger_account a ON a.owner_id = d.id AND a.kind = 'dream' AND a.id = ANY(%s)
WHERE d.id = ANY(%s) ORDER BY d.id
"""


@dataclass(frozen=True, slots=True)
class NewBallot:
    """A checked act of giving, ready to be written."""

    id: UUID
    dream_id: UUID
    donor_id: UUID
    key: str
    flowers: int
    shown_name: str
    words: str
    words_state: str
    rally_id: UUID | None


@dataclass(frozen=True, slots=True)
class Grant:
    """A dream's money: from which fund, how much."""

    dream_id: UUID
    call_id: UUID
    amount_minor: int


def load_standings(conn: Connection, dream_ids: Collection[UUID]) -> dict[UUID, Standing]:
    """What decides whether dreams take flowers; read it while their accounts are held."""
    accounts = [account_id(AccountKind.DREAM, dream_id) for dream_id in dream_ids]
    rows = conn.execute(_STANDING, [accounts, list(dream_ids)]).fetchall()
    return {row[0]: Standing(*row) for row in rows}


def load_given(conn: Connection, donor_ids: Collection[UUID]) -> list[tuple[UUID, UUID, UUID, int]]:
    """What donors have given and not got back: (donor, dream, round, flowers)."""
    return conn.execute(
        """SELECT b.donor_id, b.dream_id, d.round_id, sum(b.flowers)::bigint
           FROM dreams_ballot b JOIN dreams_dream d ON d.id = b.dream_id
           LEFT JOIN dreams_ballot_reversal v ON v.ballot_id = b.id
           WHERE b.donor_id = ANY(%s) AND v.ballot_id IS NULL GROUP BY 1, 2, 3""",
        [list(donor_ids)],
    ).fetchall()


def find_first_answers(
    conn: Connection, donor_ids: Collection[UUID], keys: Collection[str]
) -> dict[tuple[UUID, str], tuple[UUID, UUID, int]]:
    """Ballots given before with these keys: (donor, key) -> (ballot, dream, flowers)."""
    rows = conn.execute(
        "SELECT donor_id, key, id, dream_id, flowers FROM dreams_ballot WHERE donor_id = ANY(%s) AND key = ANY(%s)",
        [list(donor_ids), list(keys)],
    ).fetchall()
    return {(row[0], row[1]): (row[2], row[3], row[4]) for row in rows}


def insert_ballots(conn: Connection, ballots: Sequence[NewBallot], first: Mapping[UUID, int], at: datetime) -> None:
    """Writes ballots and adds them to their dreams' tallies; `first` counts the new givers of each dream."""
    conn.execute(
        """INSERT INTO dreams_ballot (id, dream_id, donor_id, key, flowers, shown_name, words, words_state, rally_id, given_at)
           SELECT b.*, %s FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::text[], %s::int[], %s::text[], %s::text[],
                                      %s::text[], %s::uuid[]) AS b""",
        [
            at,
            [ballot.id for ballot in ballots],
            [ballot.dream_id for ballot in ballots],
            [ballot.donor_id for ballot in ballots],
            [ballot.key for ballot in ballots],
            [ballot.flowers for ballot in ballots],
            [ballot.shown_name for ballot in ballots],
            [ballot.words for ballot in ballots],
            [ballot.words_state for ballot in ballots],
            [ballot.rally_id for ballot in ballots],
        ],
    )
    counts: dict[UUID, int] = {}
    for ballot in ballots:
        counts[ballot.dream_id] = counts.get(ballot.dream_id, 0) + 1
    dreams = sorted(counts)
    conn.execute(
        """UPDATE dreams_tally t SET ballots = t.ballots + n.ballots, givers = t.givers + n.givers
           FROM unnest(%s::uuid[], %s::int[], %s::int[]) AS n(dream_id, ballots, givers) WHERE t.dream_id = n.dream_id""",
        [dreams, [counts[dream] for dream in dreams], [first.get(dream, 0) for dream in dreams]],
    )


def plan_ballot_transfers(ballots: Sequence[NewBallot]) -> list[NewTransfer]:
    """A ballot moves its flowers from its donor to its dream."""
    return plan_flower_gifts([_gift(each.id, each.dream_id, each.donor_id, each.flowers) for each in ballots])


def plan_reversals(ballots: Sequence[tuple[UUID, UUID, UUID, int]]) -> list[NewTransfer]:
    """Ballots (id, dream, donor, flowers) moved back, each by the mirror of its transfer."""
    return plan_flower_returns([_gift(*each) for each in ballots])


def _gift(ballot_id: UUID, dream_id: UUID, donor_id: UUID, flowers: int) -> FlowerGift:
    return FlowerGift(ballot_id, donor_id, AccountKind.DREAM, dream_id, flowers)


def plan_grants(grants: Sequence[Grant], phase: Phase) -> list[NewTransfer]:
    """Grants promised (pending), paid (post) or given up (void), from the call's fund to the project-to-be."""
    return [
        NewTransfer(
            id=derive_id(grant.dream_id, f"grant-{phase.value}"),
            asset=Asset.CNY,
            kind="dream_grant",
            debit_id=account_id(AccountKind.DREAM_FUND, grant.call_id),
            credit_id=account_id(AccountKind.PROJECT, project_id_of(grant.dream_id)),
            amount=grant.amount_minor,
            subject_id=grant.dream_id,
            phase=phase,
            pending_id=None if phase == Phase.PENDING else derive_id(grant.dream_id, "grant-pending"),
        )
        for grant in grants
    ]


def fund_accounts(call_id: UUID) -> list[NewAccount]:
    """The two accounts of a call: the sponsor's money outside, and the fund."""
    return [
        NewAccount(account_id(kind, call_id), Asset.CNY, kind, call_id)
        for kind in (AccountKind.SPONSOR, AccountKind.DREAM_FUND)
    ]


def dream_account(dream_id: UUID) -> NewAccount:
    """Where a dream's flowers are."""
    return NewAccount(account_id(AccountKind.DREAM, dream_id), Asset.FLOWER, AccountKind.DREAM, dream_id)


def accounts_of(grant: Grant) -> list[UUID]:
    """Every account a decision about a dream holds."""
    return [
        account_id(AccountKind.DREAM, grant.dream_id),
        account_id(AccountKind.DREAM_FUND, grant.call_id),
        account_id(AccountKind.PROJECT, project_id_of(grant.dream_id)),
    ]
