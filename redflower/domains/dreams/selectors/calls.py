"""Reads of calls and proposals."""

import json
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from redflower.domains.dreams.errors import ProposalNotFound
from redflower.domains.dreams.rules import state_after
from redflower.domains.dreams.types import (
    ACTS,
    Act,
    ActView,
    BudgetItem,
    CallView,
    NewCall,
    ProposalRow,
    ProposalState,
    ProposalView,
    Wish,
)
from redflower.plumbing.db import fetch_all
from redflower.plumbing.search import to_query_text

_CALL = """
SELECT c.id, c.slug, c.title_zh, c.title_en, c.brief_zh, c.brief_en, c.eligible_zh, c.eligible_en, c.sponsor_zh, c.sponsor_en,
       c.themes::text AS themes, c.opens_at, c.closes_at, c.grant_min_minor, c.grant_max_minor, c.fund_minor,
       s.published_at AS shortlisted_at
FROM dreams_call c LEFT JOIN dreams_shortlist s ON s.call_id = c.id
"""
_WISH = (
    "title_zh", "title_en", "summary_zh", "summary_en", "need_zh", "need_en", "story_zh", "story_en", "helped_zh",
    "helped_en", "people", "cause", "region", "motif", "palette", "picture_seed", "author_name", "about_zh", "about_en",
    "email",
)  # fmt: skip
# The latest act by its own index: one step into it for each proposal.
_LATEST = """LEFT JOIN LATERAL (SELECT a.act FROM dreams_act a WHERE a.proposal_id = p.id ORDER BY a.number DESC LIMIT 1) a ON true
             LEFT JOIN LATERAL (SELECT s.at FROM dreams_act s WHERE s.proposal_id = p.id AND s.act = 'submit'
                                ORDER BY s.number DESC LIMIT 1) s ON true"""
_LAST = UUID(int=2**128 - 1)
# Which latest act makes a state.
_ACT_OF = {target: act for act, (_, target) in ACTS.items()}


def read_call(facts: Mapping[str, Any]) -> NewCall:
    """A call out of the change that proposed it."""
    hours = {name: datetime.fromisoformat(facts[name]) for name in ("opens_at", "closes_at")}
    return NewCall(**{**facts, **hours, "themes": tuple(facts["themes"])})


def _calls(sql: str, params: list[object]) -> list[CallView]:
    return [CallView(**{**row, "themes": tuple(json.loads(row["themes"]))}) for row in fetch_all(sql, params)]


def list_calls() -> list[CallView]:
    """Every call, the newest first."""
    return _calls(f"{_CALL} ORDER BY c.opens_at DESC, c.id DESC", [])


def find_call(slug: str) -> CallView | None:
    """A call by its slug."""
    return next(iter(_calls(f"{_CALL} WHERE c.slug = %s", [slug])), None)


def find_open_call(now: datetime) -> CallView | None:
    """The call that takes proposals now; with several, the one that closes first."""
    return next(iter(_calls(f"{_CALL} WHERE c.opens_at <= %s AND c.closes_at > %s ORDER BY c.closes_at", [now, now])), None)  # fmt: skip


def find_next_call(now: datetime) -> CallView | None:
    """The call that has been announced and opens next."""
    return next(iter(_calls(f"{_CALL} WHERE c.opens_at > %s ORDER BY c.opens_at", [now])), None)


def find_calls_by_id(ids: Iterable[UUID]) -> dict[UUID, CallView]:
    """Calls by id."""
    return {call.id: call for call in _calls(f"{_CALL} WHERE c.id = ANY(%s)", [list(ids)])}


def read_budget(text: str) -> tuple[BudgetItem, ...]:
    """A budget out of its JSON column."""
    return tuple(BudgetItem(*line) for line in json.loads(text))


def _wish(row: dict[str, Any]) -> Wish:
    return Wish(**{name: row[name] for name in _WISH}, budget=read_budget(row["budget"]))


def find_wishes(ids: Iterable[UUID]) -> dict[UUID, Wish]:
    """What proposals say, by id."""
    columns = ", ".join(_WISH)
    rows = fetch_all(f"SELECT id, {columns}, budget::text AS budget FROM dreams_proposal WHERE id = ANY(%s)", [list(ids)])  # fmt: skip
    return {row["id"]: _wish(row) for row in rows}


def get_proposal(proposal_id: UUID) -> ProposalView:
    """One proposal with everything it says.

    Errors: ProposalNotFound.
    """
    columns = ", ".join(f"p.{name}" for name in _WISH)
    rows = fetch_all(
        f"""SELECT p.id, p.call_id, p.author_id, p.created_at, p.saved_at, p.needs_look, {columns}, p.budget::text AS budget,
                   a.act, s.at AS submitted_at FROM dreams_proposal p {_LATEST} WHERE p.id = %s""",
        [proposal_id],
    )
    if not rows:
        raise ProposalNotFound
    row = rows[0]
    return ProposalView(
        row["id"], row["call_id"], row["author_id"], _wish(row), state_after(Act(row["act"]) if row["act"] else None),
        row["created_at"], row["saved_at"], row["submitted_at"], row["needs_look"],
    )  # fmt: skip


def list_acts(proposal_id: UUID) -> list[ActView]:
    """What has been done to a proposal, the first first."""
    rows = fetch_all(
        "SELECT id, act, reason, suggestion, at FROM dreams_act WHERE proposal_id = %s ORDER BY number", [proposal_id]
    )
    return [ActView(**{**row, "act": Act(row["act"])}) for row in rows]


_ROW = f"""
SELECT p.id, p.title_zh, p.title_en, p.summary_zh, p.summary_en, p.author_name, p.cause, p.region, p.people, p.grant_minor,
       p.needs_look, p.motif, p.palette, p.picture_seed, a.act, s.at AS submitted_at
FROM dreams_proposal p {_LATEST}
"""


def _rows(sql: str, params: list[object]) -> list[ProposalRow]:
    rows = fetch_all(sql, params)
    return [ProposalRow(state=state_after(Act(row["act"]) if row["act"] else None), **_without(row, "act")) for row in rows]  # fmt: skip


def _without(row: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key != name}


def list_proposals(
    call_id: UUID,
    states: Collection[ProposalState] = (),
    cause: str = "",
    region: str = "",
    text: str = "",
    needs_look: bool = False,
    after: UUID | None = None,
    limit: int = 50,
) -> list[ProposalRow]:
    """A call's proposals for the desk, the newest first; drafts are their authors' own and are left out.

    Filters that are empty filter nothing; `after` continues behind a row.
    """
    acts = [_ACT_OF[state].value for state in states if state in _ACT_OF] or [act.value for act in Act]
    query = to_query_text(text) if text else ""
    return _rows(
        f"""{_ROW} WHERE p.call_id = %s AND p.id < %s AND a.act = ANY(%s) AND (%s = '' OR p.cause = %s)
            AND (%s = '' OR p.region = %s) AND (%s = '' OR p.words @@ to_tsquery('simple', %s)) AND (NOT %s OR p.needs_look)
            ORDER BY p.id DESC LIMIT %s""",
        [call_id, after or _LAST, acts, cause, cause, region, region, query, query or "x", needs_look, limit],
    )


def find_rows(ids: Iterable[UUID]) -> list[ProposalRow]:
    """Proposals by id, the newest first."""
    return _rows(f"{_ROW} WHERE p.id = ANY(%s) ORDER BY p.id DESC", [list(ids)])


def count_proposals_by_state(call_id: UUID | None = None) -> dict[ProposalState, int]:
    """How many proposals stand where, of one call or of all."""
    rows = fetch_all(
        """SELECT a.act, count(*) AS n FROM (SELECT DISTINCT ON (proposal_id) proposal_id, act FROM dreams_act
               ORDER BY proposal_id, number DESC) a JOIN dreams_proposal p ON p.id = a.proposal_id
           WHERE %s::uuid IS NULL OR p.call_id = %s GROUP BY a.act""",
        [call_id, call_id],
    )
    counts = {state_after(Act(row["act"])): row["n"] for row in rows}
    return {state: counts.get(state, 0) for state in ProposalState}


def count_handed_in(call_ids: Iterable[UUID]) -> dict[UUID, int]:
    """How many proposals calls have been handed, whatever became of them."""
    rows = fetch_all(
        """SELECT p.call_id, count(*) AS n FROM dreams_proposal p WHERE p.call_id = ANY(%s)
               AND EXISTS (SELECT 1 FROM dreams_act a WHERE a.proposal_id = p.id) GROUP BY 1""",
        [list(call_ids)],
    )
    return {row["call_id"]: row["n"] for row in rows}


def list_proposals_of_authors(author_ids: Iterable[UUID]) -> list[ProposalRow]:
    """Everything a person has proposed or begun to write, over all the donors they have been."""
    return _rows(f"{_ROW} WHERE p.author_id = ANY(%s) ORDER BY p.id DESC LIMIT 100", [list(author_ids)])


def list_public_shortlist(call_id: UUID, after: UUID | None = None, limit: int = 60) -> list[ProposalRow]:
    """A call's shortlist once it is published, with those that have gone on from it."""
    acts = [Act.SHORTLIST.value, Act.CHOOSE.value, Act.GRANT.value, Act.MISS.value]
    return _rows(
        f"""{_ROW} WHERE p.call_id = %s AND p.id < %s AND a.act = ANY(%s)
            AND EXISTS (SELECT 1 FROM dreams_shortlist l WHERE l.call_id = p.call_id) ORDER BY p.id DESC LIMIT %s""",
        [call_id, after or _LAST, acts, limit],
    )
