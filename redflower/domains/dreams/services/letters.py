"""What has become of granted dreams: told, reviewed, and written to every giver at once."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from redflower.domains.dreams import errors, rules
from redflower.domains.dreams.types import LetterKind, NewFeedback
from redflower.domains.people.rules import check_email, check_note, check_second_person
from redflower.domains.people.selectors import check_operator
from redflower.domains.people.services import write_audit_rows
from redflower.kernel.ids import derive_id, id_at, millisecond_of
from redflower.plumbing.db import command, raw_connection
from redflower.plumbing.events import append_events

_COLUMNS = ("dream_id", "stage", "title_zh", "title_en", "body_zh", "body_en", "spent_minor", "people", "is_last")


@command
def write_feedback(letters: Sequence[NewFeedback], now: datetime) -> list[UUID]:
    """Takes what authors or charities tell about granted dreams, to be reviewed; all or none.

    Errors: FeedbackInvalid, FeedbackNotDue (not granted, closed, a stage told before or not the next one).
    """
    for letter in letters:
        rules.check_feedback(letter)
    conn = raw_connection()
    dreams = [letter.dream_id for letter in letters]
    rows = conn.execute(
        """SELECT o.dream_id, coalesce(max(f.stage) FILTER (WHERE r.published), 0),
                  coalesce(bool_or(f.is_last AND r.published), false),
                  coalesce(bool_or(f.id IS NOT NULL AND r.feedback_id IS NULL), false)
           FROM dreams_outcome o LEFT JOIN dreams_feedback f ON f.dream_id = o.dream_id
           LEFT JOIN dreams_feedback_review r ON r.feedback_id = f.id
           WHERE o.granted AND o.dream_id = ANY(%s) GROUP BY o.dream_id""",
        [dreams],
    ).fetchall()
    told = {row[0]: row[1:] for row in rows}
    for letter in letters:
        last, closed, waiting = told.get(letter.dream_id, (0, True, False))
        if closed or waiting or letter.stage != last + 1:
            raise errors.FeedbackNotDue
    ids = [id_at(millisecond_of(now)) for _ in letters]
    conn.execute(
        """INSERT INTO dreams_feedback (id, dream_id, stage, title_zh, title_en, body_zh, body_en, spent_minor, people,
                                        is_last, written_by_id, written_at)
           SELECT f.*, %s FROM unnest(%s::uuid[], %s::uuid[], %s::smallint[], %s::text[], %s::text[], %s::text[], %s::text[],
                                      %s::bigint[], %s::int[], %s::boolean[], %s::uuid[]) AS f""",
        [
            now,
            ids,
            *([getattr(letter, name) for letter in letters] for name in _COLUMNS),
            [letter.written_by for letter in letters],
        ],
    )
    return ids


@command
def review_feedback(ids: Sequence[UUID], publish: bool, note: str, actor_id: UUID, now: datetime) -> int:
    """Publishes feedback as letters to all givers of its dreams, or returns it with the reason; returns how many.

    Errors: OperatorNeeded, ReviewNoteMissing (a return without a reason), FeedbackNotFound, ReviewerIsSubmitter.
    Replay: feedback reviewed before keeps its first answer.
    """
    check_operator(actor_id)
    reason = note.strip() if publish else check_note(note)
    conn = raw_connection()
    rows = conn.execute("SELECT id, written_by_id FROM dreams_feedback WHERE id = ANY(%s)", [list(ids)]).fetchall()
    if len(rows) != len(set(ids)):
        raise errors.FeedbackNotFound
    for _, writer in rows:
        check_second_person(writer, actor_id)
    reviewed = [
        row[0]
        for row in conn.execute(
            """INSERT INTO dreams_feedback_review (feedback_id, published, note, actor_id, at)
               SELECT f, %s, %s, %s, %s FROM unnest(%s::uuid[]) AS f ON CONFLICT DO NOTHING RETURNING feedback_id""",
            [publish, reason, actor_id, now, list(ids)],
        )
    ]
    if publish and reviewed:
        _write_letters(reviewed, now)
    write_audit_rows(actor_id, f"feedback_{'published' if publish else 'returned'}", reviewed, {"note": reason}, now)
    return len(reviewed)


def _write_letters(feedback_ids: Sequence[UUID], now: datetime) -> None:
    conn = raw_connection()
    rows = conn.execute(
        "SELECT id, dream_id, stage, is_last FROM dreams_feedback WHERE id = ANY(%s) ORDER BY id", [list(feedback_ids)]
    ).fetchall()
    conn.execute(
        """INSERT INTO dreams_letter (id, dream_id, stage, kind, feedback_id, written_at)
           SELECT l.*, %s FROM unnest(%s::uuid[], %s::uuid[], %s::smallint[], %s::text[], %s::uuid[]) AS l""",
        [
            now,
            [derive_id(row[1], f"letter-{row[2]}") for row in rows],
            [row[1] for row in rows],
            [row[2] for row in rows],
            [(LetterKind.CLOSING if row[3] else LetterKind.FEEDBACK).value for row in rows],
            [row[0] for row in rows],
        ],
    )
    append_events(conn, [("dream.letter", {"dream": str(row[1]), "stage": row[2]}) for row in rows], now)


@command
def mark_letters_read(letter_ids: Sequence[UUID], donor_ids: Collection[UUID], now: datetime) -> None:
    """Remembers that a person has opened letters.

    Replay: remembered once.
    """
    raw_connection().execute(
        """INSERT INTO dreams_letter_read (donor_id, letter_id, at)
           SELECT d, l, %s FROM unnest(%s::uuid[]) AS d, unnest(%s::uuid[]) AS l ON CONFLICT DO NOTHING""",
        [now, list(donor_ids), list(letter_ids)],
    )


@command
def wish_for_mail(donor_id: UUID, email: str, language: str, now: datetime) -> None:
    """Sends this donor's letters by mail too, from now on.

    Errors: EmailInvalid.
    """
    raw_connection().execute(
        """INSERT INTO dreams_mail_wish (donor_id, email, language, since) VALUES (%s, %s, %s, %s)
           ON CONFLICT (donor_id) DO UPDATE SET email = excluded.email, language = excluded.language""",
        [donor_id, check_email(email), language, now],
    )


@command
def end_mail_wish(donor_ids: Collection[UUID]) -> None:
    """No more mail to these donors; the address is forgotten."""
    raw_connection().execute("DELETE FROM dreams_mail_wish WHERE donor_id = ANY(%s)", [list(donor_ids)])


@command
def queue_letters(now: datetime) -> int:
    """Queues a mail for every giver who asked for mail and every letter of theirs written since; returns how many.

    One statement for all givers of all dreams. Replay: a letter is queued once for a donor.
    """
    rows = raw_connection().execute(
        """INSERT INTO dreams_mail (id, letter_id, donor_id, queued_at)
           SELECT gen_random_uuid(), l.id, w.donor_id, %s FROM dreams_mail_wish w
           JOIN LATERAL (SELECT DISTINCT dream_id FROM dreams_ballot WHERE donor_id = w.donor_id) b ON true
           JOIN dreams_letter l ON l.dream_id = b.dream_id AND l.written_at >= w.since
           WHERE NOT EXISTS (SELECT 1 FROM dreams_mail m WHERE m.letter_id = l.id AND m.donor_id = w.donor_id)
           ON CONFLICT DO NOTHING""",
        [now],
    )
    return rows.rowcount


@command
def mark_sent(mail_ids: Sequence[UUID], now: datetime) -> None:
    """Remembers that mails have left."""
    raw_connection().execute(
        "UPDATE dreams_mail SET sent_at = %s WHERE id = ANY(%s) AND sent_at IS NULL", [now, list(mail_ids)]
    )
