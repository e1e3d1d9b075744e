"""What the pages of charities and of projects have in common: who is who, what happened, and the tabs by state."""

from collections.abc import Mapping
from uuid import UUID

from redflower.domains.people.selectors import find_users_by_id, list_audit_rows
from redflower.domains.people.types import AuditView
from redflower.faces.backoffice.labels import Label, name_act


def make_tabs(path: str, labels: Mapping[str, Label], counts: Mapping[str, int], chosen: str, everything: str) -> list:
    """Tabs by state with their counts; `everything` names the first one."""
    tabs = [(everything, path, not chosen, sum(counts.values()))]
    return tabs + [
        (label.here, f"{path}?state={state}", chosen == state, counts[state])
        for state, label in labels.items()
        if counts[state] or chosen == state
    ]


def find_emails(*ids: UUID | None) -> dict[UUID, str]:
    """The addresses of people named in a file."""
    return {user_id: user.email for user_id, user in find_users_by_id([each for each in ids if each]).items()}


def list_history(subject_id: UUID) -> list[dict[str, object]]:
    """What was done with a file, the latest first, for the kit's timeline."""
    return [_tell(row) for row in list_audit_rows(subject_id=subject_id, limit=30)]


def _tell(row: AuditView) -> dict[str, object]:
    grave = row.act.endswith(("returned", "suspended", "paused", "hidden", "removed"))
    good = row.act.endswith(("published", "resumed", "shown", "resolved"))
    return {
        "at": row.at,
        "title": name_act(row.act),
        "text": " · ".join(filter(None, (row.actor_email, row.facts.get("note", "")))),
        "icon": "ban" if grave else "check" if good else "pencil",
        "tone": "green" if good else "",
    }
