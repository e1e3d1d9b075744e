"""Rounds: planned by one person, opened by another, decided once."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg

from redflower.domains.dreams import errors, posting, rules
from redflower.domains.dreams.posting import Grant
from redflower.domains.dreams.services.acts import NewAct, hold_proposals, write_acts
from redflower.domains.dreams.types import Act, LetterKind, NewDream, NewRound, ProposalState
from redflower.domains.ledger import posting as ledger
from redflower.domains.ledger.errors import BalanceTooLow
from redflower.domains.ledger.posting import open_accounts, post_transfers
from redflower.domains.ledger.rules import account_id
from redflower.domains.ledger.types import AccountKind, Phase
from redflower.domains.people.rules import check_second_person
from redflower.domains.people.selectors import check_operator
from redflower.domains.people.services import write_audit_row
from redflower.domains.projects.rules import project_accounts
from redflower.kernel.ids import derive_id, id_at, millisecond_of, short_code
from redflower.kernel.money import FEN_PER_YUAN
from redflower.plumbing.db import command, raw_connection, step
from redflower.plumbing.events import append_events

Connection = psycopg.Connection[Any]
RETURNED_AT_ONCE = 5_000  # ballots whose flowers go back in one transaction


@command
def plan_round(plan: NewRound, dreams: Sequence[NewDream], actor_id: UUID, now: datetime) -> UUID:
    """Writes a round and its dreams, out of the public's sight until a second person opens it.

    Errors: OperatorNeeded, RoundInvalid, ProposalNotFound, ProposalNotShortlisted, CharityNotReady, RoundTaken.
    """
    check_operator(actor_id)
    rules.check_round(plan)
    if not dreams or any(not 0 < dream.minimum <= 100_000_000 for dream in dreams):
        raise errors.RoundInvalid(field="dreams")
    conn, round_id = raw_connection(), id_at(millisecond_of(now))
    held = hold_proposals(conn, [dream.proposal_id for dream in dreams])
    if any(each.state != ProposalState.SHORTLISTED or each.call_id != plan.call_id for each in held.values()):
        raise errors.ProposalNotShortlisted
    _check_charities(conn, [dream.charity_id for dream in dreams])
    try:
        _insert_round(conn, round_id, plan, actor_id, now)
        _insert_dreams(conn, round_id, dreams, now)
    except psycopg.errors.UniqueViolation:
        raise errors.RoundTaken from None
    write_audit_row(actor_id, "round_planned", round_id, {"dreams": len(dreams)}, now)
    return round_id


def _check_charities(conn: Connection, ids: Sequence[UUID]) -> None:
    rows = conn.execute(
        "SELECT id FROM organizations_charity WHERE id = ANY(%s) AND state = 'published' ORDER BY id FOR SHARE",
        [list(set(ids))],
    ).fetchall()
    if len(rows) != len(set(ids)):
        raise errors.CharityNotReady


def _insert_round(conn: Connection, round_id: UUID, plan: NewRound, actor_id: UUID, now: datetime) -> None:
    conn.execute(
        """INSERT INTO dreams_round (id, slug, call_id, name_zh, name_en, summary_zh, summary_en, opens_at, closes_at,
               person_dream_cap, person_round_cap, may_withdraw, feedback_days, planned_by_id, planned_at)
           VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s::jsonb, %s, %s)""",
        [
            round_id, plan.slug, plan.call_id, plan.name_zh, plan.name_en, plan.summary_zh, plan.summary_en, plan.opens_at,
            plan.closes_at, plan.person_dream_cap, plan.person_round_cap, plan.may_withdraw,
            json.dumps(list(plan.feedback_days)), actor_id, now,
        ],
    )  # fmt: skip


def _insert_dreams(conn: Connection, round_id: UUID, dreams: Sequence[NewDream], now: datetime) -> None:
    ids = [id_at(millisecond_of(now)) for _ in dreams]
    conn.execute(
        """INSERT INTO dreams_dream (id, slug, round_id, proposal_id, charity_id, position, grant_minor, minimum)
           SELECT d.id, d.slug, %s, d.proposal, d.charity, d.position, p.grant_minor, d.minimum
           FROM unnest(%s::uuid[], %s::text[], %s::uuid[], %s::uuid[], %s::smallint[], %s::int[])
                AS d(id, slug, proposal, charity, position, minimum) JOIN dreams_proposal p ON p.id = d.proposal""",
        [
            round_id,
            ids,
            [short_code(dream_id).lower() for dream_id in ids],
            [dream.proposal_id for dream in dreams],
            [dream.charity_id for dream in dreams],
            list(range(1, len(dreams) + 1)),
            [dream.minimum for dream in dreams],
        ],
    )


_GRANTS = """
SELECT d.id, r.call_id, d.grant_minor, d.proposal_id FROM dreams_dream d JOIN dreams_round r ON r.id = d.round_id
WHERE {} ORDER BY d.id
"""


@command
def open_round(round_id: UUID, actor_id: UUID, now: datetime) -> None:
    """Opens a planned round: every grant is reserved in the ledger, and the authors hear that they are in.

    Errors: OperatorNeeded, RoundNotFound, ReviewerIsSubmitter, RoundAlreadyOpened, ProposalStateConflict, FundTooLow.
    """
    check_operator(actor_id)
    conn = raw_connection()
    row = conn.execute("SELECT planned_by_id, call_id FROM dreams_round WHERE id = %s", [round_id]).fetchone()
    if row is None:
        raise errors.RoundNotFound
    check_second_person(row[0], actor_id)
    opened = conn.execute(
        """INSERT INTO dreams_opening (round_id, opened_by_id, opened_at) VALUES (%s, %s, %s)
           ON CONFLICT DO NOTHING RETURNING round_id""",
        [round_id, actor_id, now],
    ).fetchone()
    if opened is None:
        raise errors.RoundAlreadyOpened
    dreams = conn.execute(_GRANTS.format("d.round_id = %s"), [round_id]).fetchall()
    held = hold_proposals(conn, [dream[3] for dream in dreams])
    write_acts(conn, held, [NewAct(dream[3], Act.CHOOSE) for dream in dreams], actor_id, now)
    conn.execute(
        "INSERT INTO dreams_tally (dream_id, ballots, givers) SELECT d, 0, 0 FROM unnest(%s::uuid[]) AS d",
        [[dream[0] for dream in dreams]],
    )
    grants = [Grant(*dream[:3]) for dream in dreams]
    accounts = [account for grant in grants for account in project_accounts(rules.project_id_of(grant.dream_id))]
    open_accounts(conn, [*accounts, *(posting.dream_account(grant.dream_id) for grant in grants)], now)
    _reserve(conn, row[1], grants, now)
    write_audit_row(actor_id, "round_opened", round_id, {"reserved_minor": sum(g.amount_minor for g in grants)}, now)
    append_events(conn, [("round.opened", {"round": str(round_id)})], now)


def _reserve(conn: Connection, call_id: UUID, grants: Sequence[Grant], now: datetime) -> None:
    fund = account_id(AccountKind.DREAM_FUND, call_id)
    free = ledger.hold_accounts(conn, {account for grant in grants for account in posting.accounts_of(grant)})[fund]
    missing = sum(grant.amount_minor for grant in grants) - free
    if missing > 0:
        raise errors.FundTooLow(missing_yuan=f"{-(-missing // FEN_PER_YUAN):,}")
    try:
        post_transfers(conn, posting.plan_grants(grants, Phase.PENDING), now)
    except BalanceTooLow:
        raise errors.FundTooLow(missing_yuan="?") from None


@command
def decide_dreams(dream_ids: Sequence[UUID], now: datetime) -> list[UUID]:
    """Grants the dreams that have reached their minimum, and ends those whose round closed below it; each once.

    A granted dream's promise is posted, the other's voided; its author hears why, and its givers get a letter. Holds the
    dreams' accounts, so no flower moves beside the decision.
    Replay: a dream decided before, or with nothing to decide yet, is left as it is; returns the ids decided now.
    """
    conn = raw_connection()
    dreams = conn.execute(_GRANTS.format("d.id = ANY(%s)"), [list(dream_ids)]).fetchall()
    proposals = {dream[0]: dream[3] for dream in dreams}
    held = hold_proposals(conn, list(proposals.values()))
    grants = {dream[0]: Grant(*dream[:3]) for dream in dreams}
    ledger.hold_accounts(conn, {account for grant in grants.values() for account in posting.accounts_of(grant)})
    decided = {}
    for dream_id, standing in posting.load_standings(conn, list(grants)).items():
        answer = rules.decide(standing, now)
        if answer is not None:
            decided[dream_id] = (answer, standing.flowers)
    won = _write_outcomes(conn, decided, now)
    granted = [grants[dream_id] for dream_id in won if decided[dream_id][0]]
    missed = [grants[dream_id] for dream_id in won if not decided[dream_id][0]]
    post_transfers(conn, posting.plan_grants(granted, Phase.POST) + posting.plan_grants(missed, Phase.VOID), now)
    acts = [NewAct(proposals[d], Act.GRANT if decided[d][0] else Act.MISS) for d in won]
    if won:
        write_acts(conn, held, acts, None, now)
        _write_outcome_letters(conn, [(d, decided[d][0]) for d in won], now)
        append_events(conn, [(f"dream.{'granted' if decided[d][0] else 'not_met'}", {"dream": str(d)}) for d in won], now)  # fmt: skip
    return won


def _write_outcomes(conn: Connection, decided: dict[UUID, tuple[bool, int]], now: datetime) -> list[UUID]:
    ids = sorted(decided)
    rows = conn.execute(
        """INSERT INTO dreams_outcome (dream_id, granted, flowers, decided_at)
           SELECT o.*, %s FROM unnest(%s::uuid[], %s::boolean[], %s::int[]) AS o ON CONFLICT DO NOTHING RETURNING dream_id""",
        [now, ids, [decided[dream_id][0] for dream_id in ids], [decided[dream_id][1] for dream_id in ids]],
    ).fetchall()
    return sorted(row[0] for row in rows)


def _write_outcome_letters(conn: Connection, outcomes: Sequence[tuple[UUID, bool]], now: datetime) -> None:
    kinds = [(LetterKind.GRANTED if granted else LetterKind.RETURNED).value for _, granted in outcomes]
    conn.execute(
        """INSERT INTO dreams_letter (id, dream_id, stage, kind, feedback_id, written_at)
           SELECT l.id, l.dream, 0, l.kind, NULL, %s FROM unnest(%s::uuid[], %s::uuid[], %s::text[]) AS l(id, dream, kind)
           ON CONFLICT DO NOTHING""",
        [now, [derive_id(dream, "letter-0") for dream, _ in outcomes], [dream for dream, _ in outcomes], kinds],
    )


@command
def return_flowers(dream_ids: Sequence[UUID], now: datetime, limit: int = RETURNED_AT_ONCE) -> int:
    """Sends the flowers of dreams that were not met back to their givers, up to `limit` ballots; returns how many.

    Ask again until it returns 0. Replay: a ballot's flowers return once.
    """
    conn = raw_connection()
    rows = conn.execute(
        """SELECT b.id, b.dream_id, b.donor_id, b.flowers FROM dreams_ballot b
           JOIN dreams_outcome o ON o.dream_id = b.dream_id AND NOT o.granted
           WHERE b.dream_id = ANY(%s) AND NOT EXISTS (SELECT 1 FROM dreams_ballot_reversal v WHERE v.ballot_id = b.id)
           ORDER BY b.dream_id, b.id DESC LIMIT %s""",
        [list(dream_ids), limit],
    ).fetchall()
    if rows:
        reverse_ballots(conn, rows, "returned", now)
    return len(rows)


@step
def reverse_ballots(conn: Connection, ballots: Sequence[tuple[UUID, UUID, UUID, int]], why: str, now: datetime) -> None:
    """Moves the flowers of ballots (id, dream, donor, flowers) back, and says why; whoever claims a ballot moves it."""
    claimed = conn.execute(
        """INSERT INTO dreams_ballot_reversal (ballot_id, why, at) SELECT b, %s, %s FROM unnest(%s::uuid[]) AS b
           ON CONFLICT DO NOTHING RETURNING ballot_id""",
        [why, now, sorted(ballot[0] for ballot in ballots)],
    ).fetchall()
    ours = {row[0] for row in claimed}
    post_transfers(conn, posting.plan_reversals([ballot for ballot in ballots if ballot[0] in ours]), now)


@command
def record_projects(dream_ids: Sequence[UUID], now: datetime) -> None:
    """Records that granted dreams have become projects, whose ids follow from theirs.

    Replay: recorded once.
    """
    conn = raw_connection()
    rows = conn.execute(
        """INSERT INTO dreams_project (dream_id, project_id, made_at)
           SELECT d.*, %s FROM unnest(%s::uuid[], %s::uuid[]) AS d ON CONFLICT DO NOTHING RETURNING dream_id""",
        [now, list(dream_ids), [rules.project_id_of(dream_id) for dream_id in dream_ids]],
    ).fetchall()
    append_events(conn, [("dream.became_project", {"dream": str(row[0])}) for row in rows], now)
