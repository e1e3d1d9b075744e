"""Corrections of what projects and charities say, as pages of a list."""

from uuid import UUID

from redflower.domains.people.selectors import list_corrections
from redflower.faces.public_api.cursors import read_after, write_cursor
from redflower.faces.public_api.schemas.bases import Paging
from redflower.faces.public_api.schemas.corrections import Correction, CorrectionPage


def show_corrections(page_id: UUID, page: Paging) -> CorrectionPage:
    """A page of the corrections of a charity's or project's page, the latest first.

    A page has few: they are read whole, and a cursor of one that is not among them ends the list.
    Errors: CursorMalformed.
    """
    after = read_after("corrections", page.cursor)
    found = list_corrections(page_id)
    places = {change.id: place for place, change in enumerate(found)}
    start = places.get(after, len(found) - 1) + 1 if after else 0
    shown = found[start : start + page.limit]
    more = write_cursor("corrections", shown[-1].id) if start + page.limit < len(found) else None
    items = [
        Correction.model_validate(
            {name: getattr(change, name) for name in _FIELDS} | {"published_at": change.decided_at}
        )
        for change in shown
    ]
    return CorrectionPage(items=items, next=more)


_FIELDS = ("id", "kind", "subject_id", "was", "becomes", "reason_zh", "reason_en")
