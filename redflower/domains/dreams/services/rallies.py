"""Pages of one's own that ask friends for flowers, and the moderation of what people say."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from redflower.domains.dreams import rules
from redflower.domains.people.selectors import check_operator
from redflower.domains.people.services import write_audit_rows
from redflower.kernel.ids import derive_id
from redflower.plumbing.db import command, raw_connection


@command
def make_rallies(
    pages: Sequence[tuple[UUID, UUID, str, str]], held_words: Collection[str], now: datetime
) -> list[UUID]:
    """Makes pages (dream, donor, name, sentence) and returns their ids; a sentence with a link waits for a moderator.

    Errors: WordsUnreadable, RallyNameMissing, WordsTooLong.
    Replay: a donor has one page for a dream, and it stays as it was first made.
    """
    checked = [(dream, donor, *rules.check_rally(name, sentence)) for dream, donor, name, sentence in pages]
    ids = [derive_id(donor, f"rally:{dream}") for dream, donor, *_ in checked]
    raw_connection().execute(
        """INSERT INTO dreams_rally (id, dream_id, donor_id, name, sentence, state, made_at)
           SELECT r.*, %s FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::text[], %s::text[], %s::text[]) AS r
           ON CONFLICT DO NOTHING""",
        [
            now,
            ids,
            [page[0] for page in checked],
            [page[1] for page in checked],
            [page[2] for page in checked],
            [page[3] for page in checked],
            [rules.judge_words(f"{name} {sentence}", held_words).value for *_, name, sentence in checked],
        ],
    )
    return ids


@command
def moderate_words(subject_ids: Sequence[UUID], show: bool, actor_id: UUID, now: datetime) -> int:
    """Shows or removes held words of ballots and rally pages; returns how many it decided.

    Errors: OperatorNeeded.
    Replay: words decided before keep their first decision.
    """
    check_operator(actor_id)
    rows = (
        raw_connection()
        .execute(
            """INSERT INTO dreams_verdict (subject_id, shown, actor_id, at)
           SELECT h.id, %s, %s, %s FROM (SELECT id FROM dreams_ballot WHERE id = ANY(%s) AND words_state = 'held'
                UNION ALL SELECT id FROM dreams_rally WHERE id = ANY(%s) AND state = 'held') h
           ON CONFLICT DO NOTHING RETURNING subject_id""",
            [show, actor_id, now, list(subject_ids), list(subject_ids)],
        )
        .fetchall()
    )
    decided = [row[0] for row in rows]
    write_audit_rows(actor_id, f"dream_words_{'shown' if show else 'removed'}", decided, {}, now)
    return len(decided)
