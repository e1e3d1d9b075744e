"""Reads of feedback and letters."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from redflower.domains.dreams.types import FeedbackView, LetterKind, LetterView, Post
from redflower.plumbing.db import fetch_all, fetch_one

_FEEDBACK = """
SELECT f.id, f.dream_id, d.slug AS dream_slug, p.title_zh AS dream_title_zh, p.title_en AS dream_title_en, f.stage, f.title_zh,
       f.title_en, f.body_zh, f.body_en, f.spent_minor, f.people, f.is_last, f.written_by_id, f.written_at,
       CASE WHEN r.published THEN r.at END AS published_at, CASE WHEN NOT r.published THEN r.at END AS returned_at,
       coalesce(r.note, '') AS note
FROM dreams_feedback f JOIN dreams_dream d ON d.id = f.dream_id JOIN dreams_proposal p ON p.id = d.proposal_id
LEFT JOIN dreams_feedback_review r ON r.feedback_id = f.id
"""


def list_feedback(dream_id: UUID | None = None, waiting_only: bool = False, limit: int = 200) -> list[FeedbackView]:
    """What was told about granted dreams, of one or of all; `waiting_only` for what nobody has reviewed."""
    rows = fetch_all(
        f"""{_FEEDBACK} WHERE (%s::uuid IS NULL OR f.dream_id = %s) AND (NOT %s OR r.feedback_id IS NULL)
            ORDER BY f.written_at LIMIT %s""",
        [dream_id, dream_id, waiting_only, limit],
    )
    return [FeedbackView(**row) for row in rows]


def list_told_stages(dream_ids: Iterable[UUID]) -> dict[UUID, dict[int, tuple[datetime, bool]]]:
    """The published stages of dreams: dream -> stage -> (when, whether it was the last)."""
    rows = fetch_all(
        "SELECT dream_id, stage, kind, written_at FROM dreams_letter WHERE dream_id = ANY(%s) AND stage > 0",
        [list(dream_ids)],
    )
    told: dict[UUID, dict[int, tuple[datetime, bool]]] = {}
    for row in rows:
        told.setdefault(row["dream_id"], {})[row["stage"]] = (row["written_at"], row["kind"] == LetterKind.CLOSING)
    return told


_LETTER = """
SELECT l.id, l.dream_id, d.slug AS dream_slug, p.title_zh AS dream_title_zh, p.title_en AS dream_title_en, p.motif, p.palette,
       p.picture_seed, p.author_name, l.kind, l.stage, coalesce(f.title_zh, '') AS title_zh, coalesce(f.title_en, '') AS title_en,
       coalesce(f.body_zh, '') AS body_zh, coalesce(f.body_en, '') AS body_en, coalesce(f.spent_minor, 0) AS spent_minor,
       coalesce(f.people, 0) AS people, l.written_at, {given} AS given, {read} AS is_read
FROM dreams_letter l JOIN dreams_dream d ON d.id = l.dream_id JOIN dreams_proposal p ON p.id = d.proposal_id
LEFT JOIN dreams_feedback f ON f.id = l.feedback_id
"""
# A reader's letters: from their ballots (by the index that begins with the donor) to dreams, to letters.
_MINE = _LETTER.format(
    given="b.given::int",
    read="EXISTS (SELECT 1 FROM dreams_letter_read e WHERE e.letter_id = l.id AND e.donor_id = ANY(%s))",
)
_GAVE = """
JOIN (SELECT b.dream_id, sum(b.flowers) AS given FROM dreams_ballot b LEFT JOIN dreams_ballot_reversal v ON v.ballot_id = b.id
      WHERE b.donor_id = ANY(%s) AND (v.ballot_id IS NULL OR v.why = 'returned') GROUP BY 1) b ON b.dream_id = l.dream_id
"""


def _letter(row: dict[str, Any]) -> LetterView:
    picture = f"/pictures/{row.pop('motif')}-{row.pop('palette')}-{row.pop('picture_seed')}.svg"
    return LetterView(**{**row, "kind": LetterKind(row["kind"]), "picture_url": picture})


def list_letters(donor_ids: Iterable[UUID], limit: int = 100) -> list[LetterView]:
    """Letters about every dream a person has given flowers to, the newest first."""
    donors = list(donor_ids)
    rows = fetch_all(
        f"{_MINE} {_GAVE} ORDER BY l.written_at DESC, l.stage DESC, l.id DESC LIMIT %s", [donors, donors, limit]
    )
    return [_letter(row) for row in rows]


def count_unread_letters(donor_ids: Iterable[UUID]) -> int:
    """How many letters a person has not opened yet."""
    donors = list(donor_ids)
    if not donors:
        return 0
    row = fetch_one(
        f"""SELECT count(*) AS n FROM dreams_letter l {_GAVE}
            WHERE NOT EXISTS (SELECT 1 FROM dreams_letter_read e WHERE e.letter_id = l.id AND e.donor_id = ANY(%s))""",
        [donors, donors],
    )
    return int(row["n"]) if row else 0


def get_letter(letter_id: UUID, donor_ids: Iterable[UUID]) -> LetterView | None:
    """One letter, for somebody it was written to; nobody else finds it."""
    donors = list(donor_ids)
    row = fetch_one(f"{_MINE} {_GAVE} WHERE l.id = %s", [donors, donors, letter_id])
    return _letter(row) if row else None


def list_dream_letters(dream_id: UUID) -> list[LetterView]:
    """The letters of a dream as everybody may read them, the first first."""
    rows = fetch_all(f"{_LETTER.format(given='0', read='true')} WHERE l.dream_id = %s ORDER BY l.stage", [dream_id])
    return [_letter(row) for row in rows]


def find_mail_wish(donor_ids: Iterable[UUID]) -> str:
    """The address a person has asked to have letters at, or empty."""
    row = fetch_one("SELECT email FROM dreams_mail_wish WHERE donor_id = ANY(%s) LIMIT 1", [list(donor_ids)])
    return str(row["email"]) if row else ""


def list_waiting_mails(limit: int = 100) -> list[Post]:
    """Mails to send, the oldest first, with what each is about."""
    rows = fetch_all(
        """SELECT m.id, CASE WHEN m.act_id IS NULL THEN 'letter' ELSE 'act' END AS kind, coalesce(w.email, p.email) AS to,
                  coalesce(w.language, p.language) AS language, p.title_zh, p.title_en,
                  coalesce(m.letter_id, p.id) AS subject_id, coalesce(a.act, l.kind) AS act, coalesce(a.reason, '') AS reason,
                  coalesce(a.suggestion, '') AS suggestion
           FROM dreams_mail m LEFT JOIN dreams_act a ON a.id = m.act_id LEFT JOIN dreams_letter l ON l.id = m.letter_id
           LEFT JOIN dreams_dream d ON d.id = l.dream_id JOIN dreams_proposal p ON p.id = coalesce(a.proposal_id, d.proposal_id)
           LEFT JOIN dreams_mail_wish w ON w.donor_id = m.donor_id AND m.letter_id IS NOT NULL
           WHERE m.sent_at IS NULL AND (m.act_id IS NOT NULL OR w.donor_id IS NOT NULL) ORDER BY m.queued_at, m.id LIMIT %s""",
        [limit],
    )
    return [Post(**row) for row in rows]
