"""How reports and their deadlines are named."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext

from redflower.domains.disclosures.types import Duty, DutyState, ReportKind
from redflower.kernel.text import N_

ICONS = {ReportKind.PROGRESS: "sprout", ReportKind.FINANCE: "receipt-text", ReportKind.FINAL: "flag"}
_NAMES = {ReportKind.PROGRESS: N_("进展报告"), ReportKind.FINANCE: N_("财务报告"), ReportKind.FINAL: N_("结项报告")}


@dataclass(frozen=True, slots=True)
class DutyLine:
    """A legal duty as pages show it."""

    name: str
    state: DutyState
    due_at: datetime
    met_at: datetime | None
    days_late: int  # 0 when met in time or not yet due


def name_kind(kind: ReportKind) -> str:
    """A kind of report, in the page's language."""
    return gettext(_NAMES[kind])


def describe_duty(duty: Duty, now: datetime) -> DutyLine:
    """A duty with how late it was met, or is."""
    until = duty.met_at or now
    return DutyLine(name_kind(duty.kind), duty.state, duty.due_at, duty.met_at, max((until - duty.due_at).days, 0))
