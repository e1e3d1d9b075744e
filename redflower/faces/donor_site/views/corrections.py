"""What was changed on a page after people could read it, and why."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext

from redflower.domains.people.selectors import list_corrections
from redflower.domains.people.types import ChangeKind, ChangeView
from redflower.faces.shared.changes import Difference, describe_change
from redflower.faces.shared.jinja import pick
from redflower.kernel.text import N_

_WHAT = {
    ChangeKind.CHARITY: N_("改了机构资料"),
    ChangeKind.PROJECT: N_("改了项目资料"),
    ChangeKind.REPORT: N_("更正了一份报告"),
    ChangeKind.ANSWER: N_("更正了一个回答"),
}


@dataclass(frozen=True, slots=True)
class Correction:
    """A published change as the page shows it."""

    subject_id: UUID
    at: datetime
    what: str
    reason: str
    differences: tuple[Difference, ...]


def load_corrections(page_id: UUID) -> list[Correction]:
    """Every published change of a charity's or project's page, the latest first."""
    return [_show(change) for change in list_corrections(page_id)]


def _show(change: ChangeView) -> Correction:
    if change.decided_at is None:
        raise AssertionError("a published change was decided")
    return Correction(
        subject_id=change.subject_id,
        at=change.decided_at,
        what=gettext(_WHAT[change.kind]),
        reason=pick(change, "reason"),
        differences=tuple(describe_change(change)),
    )
