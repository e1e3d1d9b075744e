"""The legal clock of a project's reports."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redflower.domains.disclosures.rules import CHINA_2023, compute_duties
from redflower.domains.disclosures.types import Duty, DutyState, Report, ReportKind

START = datetime(2026, 1, 1, tzinfo=UTC)
YEAR = timedelta(days=365)
PERIOD = timedelta(days=CHINA_2023.progress_every_days)
FINAL = timedelta(days=CHINA_2023.final_within_days)


def days(count: float) -> timedelta:
    return timedelta(days=count)


def report(day: float, kind: ReportKind = ReportKind.PROGRESS) -> Report:
    return Report(uuid4(), uuid4(), kind, "", "", "", "", START + days(day))


def duties(now_day: float, *reports: Report, length: timedelta = YEAR) -> list[Duty]:
    return compute_duties(START, START + length, reports, CHINA_2023, START + days(now_day))


def states(found: list[Duty]) -> list[tuple[str, str]]:
    return [(duty.kind.value, duty.state.value) for duty in found]


@pytest.mark.parametrize(
    ("now_day", "expected"),
    [
        (0, [("progress", "due_later")]),
        (91.9, [("progress", "due_later")]),
        (92, [("progress", "due_later"), ("progress", "due_later")]),  # due this instant, and the next one
        (92.1, [("progress", "overdue"), ("progress", "due_later")]),
        (200, [("progress", "overdue")] * 2 + [("progress", "due_later")]),
        (275, [("progress", "overdue")] * 2 + [("progress", "due_later")]),
        (
            277,
            [("progress", "overdue")] * 3 + [("final", "due_later")],
        ),  # the last progress report is behind: what comes next
        (365, [("progress", "overdue")] * 3 + [("final", "due_later")]),
        (365 + 93, [("progress", "overdue")] * 3 + [("final", "overdue")]),
    ],
)
def test_without_reports_every_period_falls_due_and_then_the_final_one(now_day, expected):
    assert states(duties(now_day)) == expected


def test_a_short_project_owes_only_its_final_report():
    half_year = timedelta(days=CHINA_2023.progress_if_longer_days)
    assert states(duties(100, length=half_year)) == [("final", "due_later")]
    assert states(duties(190, length=half_year)) == [("final", "due_later")]


def test_a_report_in_its_period_meets_the_duty_and_a_later_one_meets_it_late():
    [first, second] = duties(100, report(50))
    assert (first.state, first.met_at) == (DutyState.MET, START + days(50))
    assert second.state == DutyState.DUE_LATER
    [first, second] = duties(100, report(95))
    assert (first.state, first.met_at, second.state) == (DutyState.MET, START + days(95), DutyState.MET)
    assert first.met_at > first.due_at


def test_a_report_before_the_start_of_a_period_does_not_count_for_it():
    [first, second] = duties(180, report(50))
    assert (first.state, second.state) == (DutyState.MET, DutyState.DUE_LATER)
    assert states(duties(190, report(50)))[1] == ("progress", "overdue")


def test_a_report_dated_in_the_future_meets_nothing_yet():
    assert states(duties(91, report(200), report(80 + 20))) == [("progress", "due_later")]
    assert states(duties(370, report(400, ReportKind.FINAL)))[-1] == ("final", "due_later")


def test_finance_reports_count_as_progress_but_only_a_final_report_ends_the_project():
    assert states(duties(91, report(80, ReportKind.FINANCE))) == [("progress", "met")]
    ended = duties(400, report(50), report(150), report(250), report(390, ReportKind.FINANCE))
    assert states(ended)[-1] == ("final", "due_later")
    ended = duties(500, report(50), report(150), report(250), report(400, ReportKind.FINAL))
    assert states(ended) == [("progress", "met")] * 3 + [("final", "met")]


histories = st.lists(st.builds(report, st.integers(0, 900), st.sampled_from(ReportKind)), max_size=8)


@given(st.integers(1, 900), st.integers(-10, 1100), histories)
def test_whatever_was_published_the_duties_are_whole_and_in_order(length, now_day, reports):
    now = START + days(now_day)
    published = [one for one in reports if one.published_at <= now]
    found = compute_duties(START, START + days(length), published, CHINA_2023, now)
    dues = [duty.due_at for duty in found]
    assert dues == sorted(dues)
    progress = [duty for duty in found if duty.kind == ReportKind.PROGRESS]
    assert [duty.due_at for duty in progress] == [START + PERIOD * (number + 1) for number in range(len(progress))]
    assert bool(progress) == (length > CHINA_2023.progress_if_longer_days)
    final_is_next = all(duty.due_at <= now for duty in progress)
    assert [duty.due_at for duty in found if duty.kind == ReportKind.FINAL] == (
        [START + days(length) + FINAL] if final_is_next else []
    )
    for duty in found:
        assert (duty.state == DutyState.MET) == (duty.met_at is not None)
        assert (duty.state == DutyState.OVERDUE) == (duty.met_at is None and now > duty.due_at)
    assert sum(duty.due_at > now for duty in progress) <= 1  # nothing further ahead than the next


@given(st.integers(184, 900), st.integers(0, 1100), histories, st.integers(0, 900))
def test_one_more_report_never_makes_a_duty_worse(length, now_day, reports, day):
    now = START + days(now_day)
    before = compute_duties(START, START + days(length), reports, CHINA_2023, now)
    after = compute_duties(START, START + days(length), [*reports, report(day, ReportKind.FINAL)], CHINA_2023, now)
    assert [duty.due_at for duty in before] == [duty.due_at for duty in after]
    for was, became in zip(before, after, strict=True):
        assert was.state != DutyState.MET or became.state == DutyState.MET
