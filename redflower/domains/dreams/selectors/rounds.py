"""Reads of rounds, dreams, and what is said and gathered around them."""

import json
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from redflower.domains.dreams.errors import DreamNotFound
from redflower.domains.dreams.rules import compute_dream_state
from redflower.domains.dreams.selectors.calls import read_budget
from redflower.domains.dreams.types import (
    DreamPage,
    DreamState,
    DreamView,
    FundView,
    HeldWords,
    RallyView,
    RoundSums,
    RoundView,
    WordsState,
    WordsView,
)
from redflower.domains.ledger.rules import account_id
from redflower.domains.ledger.types import AccountKind
from redflower.plumbing.db import fetch_all, fetch_one

_ROUND = """
SELECT r.id, r.slug, r.call_id, r.name_zh, r.name_en, r.summary_zh, r.summary_en, r.opens_at, r.closes_at, r.person_dream_cap,
       r.person_round_cap, r.may_withdraw, r.feedback_days::text AS feedback_days, r.planned_by_id, r.planned_at, o.opened_at,
       o.opened_by_id, c.sponsor_zh, c.sponsor_en
FROM dreams_round r JOIN dreams_call c ON c.id = r.call_id LEFT JOIN dreams_opening o ON o.round_id = r.id
"""
_LAST = UUID(int=2**128 - 1)


def _rounds(sql: str, params: list[object]) -> list[RoundView]:
    rows = fetch_all(sql, params)
    return [RoundView(**{**row, "feedback_days": tuple(json.loads(row["feedback_days"]))}) for row in rows]


def list_rounds(opened_only: bool = True) -> list[RoundView]:
    """Rounds, the latest first; planned ones only for operators."""
    where = "WHERE o.round_id IS NOT NULL" if opened_only else ""
    return _rounds(f"{_ROUND} {where} ORDER BY r.opens_at DESC, r.id DESC", [])


def find_round(slug: str) -> RoundView | None:
    """A round by its slug, in any phase."""
    return next(iter(_rounds(f"{_ROUND} WHERE r.slug = %s", [slug])), None)


# What a dream's account holds is its flowers: exact at every commit, one row to read.
_DREAM = """
SELECT d.id, d.slug, d.round_id, d.proposal_id, d.charity_id, h.slug AS charity_slug, h.name_zh AS charity_name_zh,
       h.name_en AS charity_name_en, {texts} p.title_zh, p.title_en, p.summary_zh, p.summary_en, p.author_name, p.people,
       p.cause, p.region, p.motif, p.palette, p.picture_seed, d.grant_minor, d.minimum,
       coalesce(x.flowers, a.credits_posted - a.debits_posted, 0)::int AS flowers, r.slug AS round_slug, r.opens_at,
       r.closes_at, x.decided_at, x.granted, j.project_id, r.feedback_days::text AS feedback_days, r.may_withdraw,
       r.person_dream_cap, o.round_id IS NOT NULL AS opened
FROM dreams_dream d JOIN dreams_round r ON r.id = d.round_id JOIN dreams_proposal p ON p.id = d.proposal_id
JOIN organizations_charity h ON h.id = d.charity_id LEFT JOIN dreams_opening o ON o.round_id = r.id
LEFT JOIN dreams_outcome x ON x.dream_id = d.id LEFT JOIN dreams_project j ON j.dream_id = d.id
LEFT JOIN ledger_account a ON a.kind = 'dream' AND a.id = ANY(%s) AND a.owner_id = d.id
"""
_TEXTS = ("need_zh", "need_en", "story_zh", "story_en", "helped_zh", "helped_en", "about_zh", "about_en")
_WHOLE = _DREAM.format(texts=", ".join(f"p.{name}" for name in _TEXTS) + ", p.budget::text AS budget, ")
_SHORT = _DREAM.format(texts="")


def _dream(row: dict[str, Any], now: datetime) -> DreamView:
    granted, opened = row.pop("granted"), row.pop("opened")
    state = compute_dream_state(
        opened, row["opens_at"], row["closes_at"], granted, row["flowers"] >= row["minimum"], now
    )
    texts = {name: row.pop(name, "") for name in _TEXTS}
    budget = read_budget(row.pop("budget", "[]"))
    days = tuple(json.loads(row["feedback_days"]))
    return DreamView(**{**row, **texts, "budget": budget, "state": state, "feedback_days": days})


def _accounts(dream_ids: Iterable[UUID]) -> list[UUID]:
    return [account_id(AccountKind.DREAM, dream_id) for dream_id in dream_ids]


def list_dreams(round_ids: Collection[UUID], now: datetime) -> list[DreamView]:
    """The dreams of rounds without their long texts, in the order they were planned."""
    ids = [row["id"] for row in fetch_all("SELECT id FROM dreams_dream WHERE round_id = ANY(%s)", [list(round_ids)])]
    rows = fetch_all(f"{_SHORT} WHERE d.id = ANY(%s) ORDER BY r.opens_at DESC, d.position", [_accounts(ids), ids])
    return [_dream(row, now) for row in rows]


def get_dream(slug: str, now: datetime) -> DreamView:
    """A dream the public may see, with everything it tells.

    Errors: DreamNotFound, also before its round has opened.
    """
    found = fetch_one("SELECT id FROM dreams_dream WHERE slug = %s", [slug])
    dream = find_dream(found["id"], now) if found else None
    if dream is None or dream.state == DreamState.PLANNED:
        raise DreamNotFound
    return dream


def find_dream(dream_id: UUID, now: datetime) -> DreamView | None:
    """One dream by its id, in any state."""
    row = fetch_one(f"{_WHOLE} WHERE d.id = %s", [_accounts([dream_id]), dream_id])
    return _dream(row, now) if row else None


def get_dream_of_proposal(proposal_id: UUID, now: datetime) -> DreamView | None:
    """The dream a proposal has become, once its round has opened."""
    found = fetch_one("SELECT id FROM dreams_dream WHERE proposal_id = %s", [proposal_id])
    dream = find_dream(found["id"], now) if found else None
    return dream if dream and dream.state != DreamState.PLANNED else None


def find_dream_of_project(project_id: UUID, now: datetime) -> DreamView | None:
    """The dream a project comes from, without its long texts; None for the others."""
    row = fetch_one(f"{_SHORT} WHERE j.project_id = %s", [_accounts([]), project_id])
    return _dream(row, now) if row else None


def count_givers(dream_ids: Iterable[UUID]) -> dict[UUID, DreamPage]:
    """How many people and acts stand behind dreams."""
    rows = fetch_all("SELECT dream_id, givers, ballots FROM dreams_tally WHERE dream_id = ANY(%s)", [list(dream_ids)])
    return {row["dream_id"]: DreamPage(row["givers"], row["ballots"]) for row in rows}


def sum_round(dreams: Iterable[DreamView]) -> RoundSums:
    """What dreams add up to."""
    each = list(dreams)
    granted = [dream for dream in each if dream.state == DreamState.GRANTED]
    return RoundSums(
        len(each), sum(dream.flowers for dream in each), sum(dream.grant_minor for dream in each), len(granted),
        sum(dream.grant_minor for dream in granted), sum(dream.state == DreamState.NOT_MET for dream in each),
    )  # fmt: skip


def get_fund(call_id: UUID) -> FundView:
    """What a call's fund holds, from its account in the ledger."""
    row = fetch_one(
        "SELECT credits_posted, debits_pending, debits_posted FROM ledger_account WHERE id = %s",
        [account_id(AccountKind.DREAM_FUND, call_id)],
    )
    return FundView(row["credits_posted"], row["debits_pending"], row["debits_posted"]) if row else FundView(0, 0, 0)


def list_dreams_to_decide(now: datetime, limit: int = 500) -> list[UUID]:
    """Dreams that have reached their minimum, or whose round has closed, and that nobody has decided yet."""
    rows = fetch_all(
        """SELECT d.id FROM dreams_dream d JOIN dreams_round r ON r.id = d.round_id JOIN dreams_opening o ON o.round_id = r.id
           JOIN ledger_account a ON a.owner_id = d.id AND a.kind = 'dream'
           WHERE NOT EXISTS (SELECT 1 FROM dreams_outcome x WHERE x.dream_id = d.id)
           AND (r.closes_at <= %s OR a.credits_posted - a.debits_posted >= d.minimum) ORDER BY d.id LIMIT %s""",
        [now, limit],
    )
    return [row["id"] for row in rows]


def list_dreams_to_return() -> list[UUID]:
    """Dreams that were not met and still hold flowers."""
    rows = fetch_all(
        """SELECT x.dream_id FROM dreams_outcome x JOIN ledger_account a ON a.owner_id = x.dream_id AND a.kind = 'dream'
           WHERE NOT x.granted AND a.credits_posted > a.debits_posted ORDER BY x.dream_id"""
    )
    return [row["dream_id"] for row in rows]


def list_dreams_without_project() -> list[tuple[UUID, UUID, UUID]]:
    """Granted dreams that are no project yet: (dream, who planned its round, who opened it)."""
    rows = fetch_all(
        """SELECT x.dream_id, r.planned_by_id, o.opened_by_id FROM dreams_outcome x JOIN dreams_dream d ON d.id = x.dream_id
           JOIN dreams_round r ON r.id = d.round_id JOIN dreams_opening o ON o.round_id = r.id
           WHERE x.granted AND NOT EXISTS (SELECT 1 FROM dreams_project j WHERE j.dream_id = x.dream_id) ORDER BY x.dream_id"""
    )
    return [(row["dream_id"], row["planned_by_id"], row["opened_by_id"]) for row in rows]


def list_words(dream_id: UUID, after: UUID | None = None, limit: int = 12) -> list[WordsView]:
    """What givers of a dream have said, the latest first; held words only once a moderator has let them through."""
    rows = fetch_all(
        """SELECT b.id, b.shown_name, b.words, b.flowers, b.given_at FROM dreams_ballot b
           LEFT JOIN dreams_verdict v ON v.subject_id = b.id AND b.words_state = 'held'
           WHERE b.dream_id = %s AND b.id < %s AND b.words_state <> 'none' AND (b.words_state = 'shown' OR v.shown)
           ORDER BY b.id DESC LIMIT %s""",
        [dream_id, after or _LAST, limit],
    )
    return [WordsView(**row) for row in rows]


def find_rallies(ids: Iterable[UUID]) -> dict[UUID, RallyView]:
    """Rally pages with what they have brought, counted together."""
    wanted = list(ids)
    rows = fetch_all(
        """SELECT y.id, y.dream_id, y.donor_id, y.name, y.sentence, y.state, y.made_at, v.shown,
                  coalesce(n.friends, 0) AS friends, coalesce(n.flowers, 0)::int AS flowers
           FROM dreams_rally y LEFT JOIN dreams_verdict v ON v.subject_id = y.id
           LEFT JOIN (SELECT b.rally_id, count(DISTINCT b.donor_id) AS friends, sum(b.flowers) AS flowers FROM dreams_ballot b
                      LEFT JOIN dreams_ballot_reversal e ON e.ballot_id = b.id
                      WHERE b.rally_id = ANY(%s) AND (e.ballot_id IS NULL OR e.why = 'returned') GROUP BY 1) n ON n.rally_id = y.id
           WHERE y.id = ANY(%s)""",
        [wanted, wanted],
    )
    return {row["id"]: _rally(row) for row in rows}


def _rally(row: dict[str, Any]) -> RallyView:
    shown, state = row.pop("shown"), WordsState(row["state"])
    if state == WordsState.HELD and shown is not None:
        state = WordsState.SHOWN if shown else WordsState.REMOVED
    return RallyView(**{**row, "state": state})


def list_held_words(limit: int = 200) -> list[HeldWords]:
    """Words of givers and rally pages that wait for a moderator, the oldest first."""
    rows = fetch_all(
        """SELECT h.*, p.title_zh, p.title_en FROM (
               SELECT b.id, 'ballot' AS kind, b.dream_id, concat_ws(' · ', nullif(b.shown_name, ''), b.words) AS text,
                      b.given_at AS at FROM dreams_ballot b WHERE b.words_state = 'held'
               UNION ALL SELECT y.id, 'rally', y.dream_id, y.name || ' · ' || y.sentence, y.made_at FROM dreams_rally y
               WHERE y.state = 'held') h
           JOIN dreams_dream d ON d.id = h.dream_id JOIN dreams_proposal p ON p.id = d.proposal_id
           WHERE NOT EXISTS (SELECT 1 FROM dreams_verdict v WHERE v.subject_id = h.id) ORDER BY h.at LIMIT %s""",
        [limit],
    )
    return [HeldWords(row["id"], row["kind"], row["text"], row["title_zh"], row["title_en"], row["at"]) for row in rows]


def count_held_words() -> int:
    """How many words wait for a moderator."""
    return len(list_held_words())
