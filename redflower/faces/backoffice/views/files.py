"""What the pages of charities and of projects have in common: who is who, what happened, the tabs by state, and a file's way past
a second person."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext

from redflower.domains.people.selectors import find_users_by_id, list_audit_rows
from redflower.domains.people.types import AuditView
from redflower.faces.backoffice.labels import Label, name_act
from redflower.faces.shared.refusals import tell
from redflower.kernel import clock
from redflower.kernel.errors import Refusal


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


def hand_in(
    request: HttpRequest, submit: Callable[[Sequence[UUID], UUID, datetime], object], file_id: UUID, page: str
) -> HttpResponse:
    """Hands a file to a second person."""
    submit([file_id], request.user.id, clock.now())
    messages.success(request, gettext("已提交，请另一位运营人员复核"))
    return redirect(page, file_id)


def judge(
    request: HttpRequest, review: Callable[[Sequence[UUID], bool, str, UUID, datetime], object], file_id: UUID, page: str,
    published: str, ask_again: Callable[[str, str], HttpResponse],
) -> HttpResponse:  # fmt: skip
    """Publishes a file or returns it; what was typed stays when it is refused: `ask_again(note, error)`."""
    publish = request.POST.get("verdict") == "publish"
    note = request.POST.get("note", "")
    try:
        review([file_id], publish, note, request.user.id, clock.now())
    except Refusal as refusal:
        return ask_again(note, tell(refusal))
    messages.success(request, published if publish else gettext("已退回，对方会看到原因"))
    return redirect(page, file_id)
