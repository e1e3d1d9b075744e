"""What authors do with their proposals."""

import json
from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from redflower.domains.dreams import errors, rules
from redflower.domains.dreams.selectors import find_calls_by_id, find_wishes
from redflower.domains.dreams.services.acts import NewAct, hold_proposals, write_acts
from redflower.domains.dreams.types import EDITABLE, Act, DraftSave, Wish
from redflower.plumbing.db import command, raw_connection
from redflower.plumbing.events import append_events
from redflower.plumbing.search import to_vector_text

# What a save writes, with the type PostgreSQL reads it as.
_SAVED = {
    "title_zh": "text", "title_en": "text", "summary_zh": "text", "summary_en": "text", "need_zh": "text",
    "need_en": "text", "story_zh": "text", "story_en": "text", "helped_zh": "text", "helped_en": "text", "people": "int",
    "cause": "text", "region": "text", "grant_minor": "bigint", "motif": "text", "palette": "text",
    "picture_seed": "int", "author_name": "text", "about_zh": "text", "about_en": "text", "email": "text",
}  # fmt: skip

# The texts a proposal is found by.
_FOUND_BY = ("title_zh", "title_en", "summary_zh", "summary_en", "need_zh", "need_en", "author_name")


def _write_budget(wish: Wish) -> str:
    return json.dumps([[item.label_zh, item.label_en, item.amount_minor] for item in wish.budget])


@command
def save_proposals(drafts: Sequence[DraftSave], language: str, held_words: Collection[str], now: datetime) -> None:
    """Keeps drafts as their authors leave them, new ones or ones that are still (or again) with them; all or none.

    Errors: WishUnreadable, WishTooLong, BudgetTooLong, PeopleInvalid, ProposalStateConflict (handed in, or another's).
    Replay: the last save stands.
    """
    for draft in drafts:
        rules.check_draft(draft.wish)
    conn = raw_connection()
    ids = [draft.id for draft in drafts]
    known = [
        row[0] for row in conn.execute("SELECT id FROM dreams_proposal WHERE id = ANY(%s) ORDER BY id FOR UPDATE", [ids])
    ]  # fmt: skip
    held = hold_proposals(conn, known)
    if any(each.state not in EDITABLE for each in held.values()):
        raise errors.ProposalStateConflict
    columns = [[getattr(draft.wish, name) for draft in drafts] for name in _SAVED]
    budgets = [_write_budget(draft.wish) for draft in drafts]
    words = [to_vector_text("\n".join(getattr(draft.wish, name) for name in _FOUND_BY)) for draft in drafts]
    written = conn.execute(
        f"""INSERT INTO dreams_proposal (id, call_id, author_id, language, created_at, saved_at, needs_look, budget, words,
                                         {", ".join(_SAVED)})
            SELECT p.id, p.call_id, p.author_id, %s, %s, %s, p.needs_look, p.budget::jsonb, to_tsvector('simple', p.words),
                   {", ".join(f"p.{name}" for name in _SAVED)}
            FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::boolean[], %s::text[], %s::text[],
                        {", ".join(f"%s::{kind}[]" for kind in _SAVED.values())})
                 AS p(id, call_id, author_id, needs_look, budget, words, {", ".join(_SAVED)})
            ON CONFLICT (id) DO UPDATE SET saved_at = excluded.saved_at, language = excluded.language,
                   needs_look = excluded.needs_look, budget = excluded.budget, words = excluded.words,
                   {", ".join(f"{name} = excluded.{name}" for name in _SAVED)}
            WHERE dreams_proposal.call_id = excluded.call_id AND dreams_proposal.author_id = excluded.author_id RETURNING id""",
        [
            language, now, now, ids, [draft.call_id for draft in drafts], [draft.author_id for draft in drafts],
            [rules.needs_look(draft.wish, held_words) for draft in drafts], budgets, words, *columns,
        ],
    ).fetchall()  # fmt: skip
    if len(written) != len(set(ids)):
        raise errors.ProposalStateConflict


@command
def submit_proposals(ids: Sequence[UUID], now: datetime) -> None:
    """Hands drafts (or returned proposals) in; all or none.

    Errors: ProposalNotFound, CallNotOpen, what `rules.check_wish` refuses, ProposalStateConflict.
    """
    conn = raw_connection()
    held = hold_proposals(conn, ids)
    wishes = find_wishes(ids)
    calls = find_calls_by_id({each.call_id for each in held.values()})
    for proposal_id, each in held.items():
        rules.next_state(each.state, Act.SUBMIT)
        if not rules.can_submit(each.state, calls[each.call_id], now):
            raise errors.CallNotOpen
        rules.check_wish(wishes[proposal_id], calls[each.call_id])
    write_acts(conn, held, [NewAct(proposal_id, Act.SUBMIT) for proposal_id in held], None, now)
    append_events(conn, [("proposal.submitted", {"proposal": str(proposal_id)}) for proposal_id in held], now)


@command
def withdraw_proposals(ids: Sequence[UUID], now: datetime) -> None:
    """Takes proposals back, as their authors may while nobody has decided; all or none.

    Errors: ProposalNotFound, ProposalStateConflict.
    """
    conn = raw_connection()
    held = hold_proposals(conn, ids)
    write_acts(conn, held, [NewAct(proposal_id, Act.WITHDRAW) for proposal_id in held], None, now)
