"""How reports and their deadlines are named."""

from dataclasses import dataclass
from datetime import datetime

from redflower.domains.disclosures.types import Duty, DutyState
from redflower.faces.shared.labels import REPORT_KINDS


@dataclass(frozen=True, slots=True)
class DutyLine:
    """A legal duty as pages show it."""

    name: str
    state: DutyState
    due_at: datetime
    met_at: datetime | None
    days_late: int  # 0 when met in time or not yet due


def describe_duty(duty: Duty, now: datetime) -> DutyLine:
    """A duty with how late it was met, or is."""
    until = duty.met_at or now
    return DutyLine(
        REPORT_KINDS[duty.kind].here, duty.state, duty.due_at, duty.met_at, max((until - duty.due_at).days, 0)
    )
