"""The legal clock of a project's reports, as pure functions of its dates."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from redflower.domains.disclosures.errors import AskingEmpty, AskingTooLong, DisclosureInvalid
from redflower.domains.disclosures.types import Answer, Duty, DutyState, Report, ReportDraft, ReportKind
from redflower.domains.donations.errors import TextUnreadable
from redflower.domains.organizations.rules import is_text
from redflower.kernel.text import has_forbidden_characters

ASKING_MIN_CHARS, ASKING_MAX_CHARS = 4, 300


@dataclass(frozen=True, slots=True)
class ReportClock:
    """The deadlines of one country's law. Units: days."""

    progress_every_days: int = 92
    progress_if_longer_days: int = 183
    final_within_days: int = 92


# Charity Law of China (2023 revision): progress at least every three months for projects longer than six, and a full
# report within three months of the end.
CHINA_2023 = ReportClock()


def compute_duties(
    starts_at: datetime, ends_at: datetime, reports: Sequence[Report], clock: ReportClock, now: datetime
) -> list[Duty]:
    """Every duty that has fallen due by `now`, and the next one.

    A progress duty is met by any report published within the period it covers, or later (then it was met late).
    """
    duties: list[Duty] = []
    known = sorted((report for report in reports if report.published_at <= now), key=lambda report: report.published_at)
    published = [report.published_at for report in known]
    if ends_at - starts_at > timedelta(days=clock.progress_if_longer_days):
        every = timedelta(days=clock.progress_every_days)
        opened, due = starts_at, starts_at + every
        while due < ends_at:
            duties.append(_judge(ReportKind.PROGRESS, due, next((at for at in published if opened < at), None), now))
            if due > now:
                break
            opened, due = due, due + every
    final_due = ends_at + timedelta(days=clock.final_within_days)
    if not duties or duties[-1].due_at <= now:
        final = next((report.published_at for report in known if report.kind == ReportKind.FINAL), None)
        duties.append(_judge(ReportKind.FINAL, final_due, final, now))
    return duties


def _judge(kind: ReportKind, due_at: datetime, met_at: datetime | None, now: datetime) -> Duty:
    if met_at is not None:
        return Duty(kind, due_at, DutyState.MET, met_at)
    return Duty(kind, due_at, DutyState.OVERDUE if now > due_at else DutyState.DUE_LATER, None)


def check_report(report: ReportDraft) -> None:
    """Refuses a report with a hole in it.

    Errors: DisclosureInvalid with the first `field` in doubt.
    """
    wrong = [] if report.kind in tuple(ReportKind) else ["kind"]
    wrong += [name for name in ("title_zh", "title_en", "body_zh", "body_en") if not is_text(getattr(report, name))]
    if wrong:
        raise DisclosureInvalid(field=wrong[0])


def check_answer(answer: Answer) -> None:
    """Refuses an answer that says nothing in one of the languages.

    Errors: DisclosureInvalid with the `field` in doubt.
    """
    wrong = [f"answer_{language}" for language in ("zh", "en") if not is_text(getattr(answer, language))]
    if wrong:
        raise DisclosureInvalid(field=wrong[0])


def check_asking(text: str) -> None:
    """Refuses a question that asks nothing, or that is longer than people read.

    Errors: TextUnreadable, AskingEmpty, AskingTooLong.
    """
    if has_forbidden_characters(text):
        raise TextUnreadable
    if len(text.strip()) < ASKING_MIN_CHARS:
        raise AskingEmpty(least=ASKING_MIN_CHARS)
    if len(text) > ASKING_MAX_CHARS:
        raise AskingTooLong(limit=ASKING_MAX_CHARS, length=len(text))


def check_wording(zh: str, en: str) -> None:
    """Refuses to make a question public in one language only.

    Errors: DisclosureInvalid with the `field` in doubt.
    """
    wrong = [f"asked_{language}" for language, text in (("zh", zh), ("en", en)) if not is_text(text)]
    if wrong:
        raise DisclosureInvalid(field=wrong[0])
