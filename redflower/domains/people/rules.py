"""Pure decisions about people: the second pair of eyes."""

from uuid import UUID

from redflower.domains.people import errors


def check_second_person(submitter_id: UUID | None, reviewer_id: UUID) -> None:
    """Refuses a review by the person who submitted.

    Errors: ReviewerIsSubmitter.
    """
    if submitter_id == reviewer_id:
        raise errors.ReviewerIsSubmitter


def check_note(note: str) -> str:
    """The reason of an act that somebody else has to understand, trimmed.

    Errors: ReviewNoteMissing.
    """
    if not note.strip():
        raise errors.ReviewNoteMissing
    return note.strip()
