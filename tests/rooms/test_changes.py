"""What the public reads is changed by two people: proposed by one, published by another, with a reason for all to read."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from redflower.domains.disclosures import errors as disclosure_errors
from redflower.domains.disclosures.selectors import get_question, get_report, list_reports
from redflower.domains.disclosures.services import (
    decide_disclosure,
    propose_answer,
    propose_report,
    publish_questions,
)
from redflower.domains.disclosures.types import Answer, Question, ReportDraft
from redflower.domains.organizations import errors as charity_errors
from redflower.domains.organizations import rules as charity_rules
from redflower.domains.organizations.selectors import get_charity, get_charity_for_operators
from redflower.domains.organizations.services import decide_charity_change, propose_charity_change, suspend_charities
from redflower.domains.organizations.types import NewCharity
from redflower.domains.people import errors
from redflower.domains.people.selectors import count_waiting_changes, get_change, list_corrections, list_waiting_changes
from redflower.domains.people.services import make_operator
from redflower.domains.people.types import ChangeKind, Reason
from redflower.domains.projects import errors as project_errors
from redflower.domains.projects import rules as project_rules
from redflower.domains.projects.selectors import get_project_for_operators, list_budget, list_plan, list_projects
from redflower.domains.projects.services import decide_project_change, propose_project_change
from redflower.domains.projects.types import BudgetLine, NewProject
from redflower.faces.followers.search import follow_once
from redflower.kernel.ids import new_id
from redflower.plumbing.db import fetch_all
from tests.factories import NOON, make_charity, make_project, make_user

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(days=3)
WHY = Reason("证书换发，编号变了", "The certificate was renewed under a new number")


@pytest.fixture
def maker() -> UUID:
    return make_operator("maker@example.org", NOON)


@pytest.fixture
def checker() -> UUID:
    return make_operator("checker@example.org", NOON)


@pytest.fixture
def charity() -> UUID:
    return make_charity(name_zh="青禾助学基金会", uscc="53530000MJ00000016").id


@pytest.fixture
def project(charity: UUID, maker: UUID) -> UUID:
    """A published project with the budget and plan that its file needs."""
    made = make_project(charity_id=charity, title_zh="山里的一盏夜灯", goal_minor=100_000)
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO projects_budget_line (project_id, position, label_zh, label_en, amount_minor)
               VALUES (%s, 0, '灯具', 'Lamps', 100000)""",
            [made.id],
        )
        cursor.execute(
            """INSERT INTO projects_plan_step (project_id, position, text_zh, text_en, due_at)
               VALUES (%s, 0, '装完', 'All fitted', %s)""",
            [made.id, NOON],
        )
    return made.id


def charity_file(charity_id: UUID, **changes: Any) -> NewCharity:
    return replace(charity_rules.apply_facts(get_charity_for_operators(charity_id), {}), **changes)


def project_file(project_id: UUID, **changes: Any) -> NewProject:
    view = get_project_for_operators(project_id)
    return replace(project_rules.apply_facts(view, list_budget(project_id), list_plan(project_id), {}), **changes)


def test_a_charity_reads_as_before_until_a_second_person_publishes(charity: UUID, maker: UUID, checker: UUID) -> None:
    before = get_charity_for_operators(charity)
    new = charity_file(charity, certificate_no="慈募证字〔2026〕0007号", founded_on=date(2001, 2, 3))
    change_id = propose_charity_change(new, WHY, maker, NOON)
    assert get_charity_for_operators(charity) == before
    assert [change.id for change in list_waiting_changes(charity)] == [change_id]
    assert count_waiting_changes()[ChangeKind.CHARITY] == 1
    with pytest.raises(errors.ReviewerIsSubmitter):
        decide_charity_change(change_id, True, "", maker, NOON)
    decide_charity_change(change_id, True, "", checker, LATER)
    after = get_charity(before.slug)
    assert (after.certificate_no, after.founded_on) == ("慈募证字〔2026〕0007号", date(2001, 2, 3))
    assert after.published_at == before.published_at
    [correction] = list_corrections(charity)
    assert correction.was == {"certificate_no": before.certificate_no, "founded_on": before.founded_on.isoformat()}
    assert correction.becomes == {"certificate_no": "慈募证字〔2026〕0007号", "founded_on": "2001-02-03"}
    assert (correction.reason_zh, correction.decided_at, correction.decided_by_id) == (WHY.zh, LATER, checker)
    acts = fetch_all("SELECT act FROM people_audit_row WHERE subject_id = %s ORDER BY id", [charity])
    assert [row["act"] for row in acts] == ["charity_change_proposed", "charity_change_published"]


def test_a_published_charity_keeps_its_address_and_code(charity: UUID, maker: UUID) -> None:
    for changed in ({"slug": "another"}, {"uscc": "53530000MJ00000029"}):
        with pytest.raises(charity_errors.CharityFieldFixed):
            propose_charity_change(charity_file(charity, **changed), WHY, maker, NOON)
    assert list_waiting_changes() == []


@pytest.mark.parametrize(
    ("reason", "changes", "refusal"),
    [
        (Reason("", "Why"), {"name_en": "New"}, errors.ChangeReasonMissing),
        (Reason("为什么", "  "), {"name_en": "New"}, errors.ChangeReasonMissing),
        (Reason("长" * 301, "Why"), {"name_en": "New"}, errors.ChangeReasonMissing),
        (Reason("藏\u202e反", "Why"), {"name_en": "New"}, errors.ChangeReasonMissing),
        (WHY, {}, errors.NothingChanged),
        (WHY, {"name_zh": " "}, charity_errors.CharityInvalid),
    ],
)
def test_a_proposal_without_substance_is_refused(
    charity: UUID, maker: UUID, reason: Reason, changes: dict[str, str], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        propose_charity_change(charity_file(charity, **changes), reason, maker, NOON)
    assert list_waiting_changes() == []


def test_one_change_waits_at_a_time_and_is_decided_once(charity: UUID, maker: UUID, checker: UUID) -> None:
    change_id = propose_charity_change(charity_file(charity, name_en="One"), WHY, maker, NOON)
    with pytest.raises(errors.ChangeWaiting):
        propose_charity_change(charity_file(charity, name_en="Two"), WHY, checker, NOON)
    with pytest.raises(errors.ReviewNoteMissing):
        decide_charity_change(change_id, False, " ", checker, NOON)
    decide_charity_change(change_id, False, "请附证书", checker, NOON)
    with pytest.raises(errors.ChangeDecided):
        decide_charity_change(change_id, True, "", checker, NOON)
    assert get_charity_for_operators(charity).name_en != "One"
    assert list_corrections(charity) == []
    assert get_change(change_id).note == "请附证书"
    again = propose_charity_change(charity_file(charity, name_en="Two"), WHY, maker, NOON)
    decide_charity_change(again, False, "", maker, NOON)  # one's own proposal is taken back without a reason


def test_only_operators_change_and_only_what_is_public(charity: UUID, maker: UUID) -> None:
    with pytest.raises(errors.OperatorNeeded):
        propose_charity_change(charity_file(charity, name_en="New"), WHY, make_user().id, NOON)
    draft = make_charity(uscc="53530000MJ00000029", state="draft", published_at=None, reviewed_by=None).id
    with pytest.raises(charity_errors.CharityStateConflict):
        propose_charity_change(charity_file(draft, name_en="New"), WHY, maker, NOON)
    with pytest.raises(charity_errors.CharityNotFound):
        propose_charity_change(charity_file(charity, id=uuid4(), name_en="New"), WHY, maker, NOON)
    with pytest.raises(errors.ChangeNotFound):
        decide_charity_change(uuid4(), True, "", maker, NOON)
    suspend_charities([charity], "核对中", maker, NOON)
    propose_charity_change(charity_file(charity, name_en="New"), WHY, maker, NOON)  # what is wrong can be put right


@pytest.mark.django_db(transaction=True)
def test_a_renamed_charity_is_found_by_its_new_name(charity: UUID, project: UUID, maker: UUID, checker: UUID) -> None:
    def find(words: str) -> list[UUID]:
        return [each.id for each in list_projects(words=words, openness="all", now=NOON, day_seed="")]

    change_id = propose_charity_change(charity_file(charity, name_zh="麦浪乡村基金会"), WHY, maker, NOON)
    decide_charity_change(change_id, True, "", checker, NOON)
    assert find("麦浪") == []
    follow_once()
    assert find("麦浪") == [project]
    assert find("青禾") == []


def test_a_project_changes_whole_and_is_found_by_its_new_words(project: UUID, maker: UUID, checker: UUID) -> None:
    new = project_file(
        project,
        title_zh="山里的一盏星灯",
        goal_minor=150_000,
        ends_at=LATER + timedelta(days=300),
        budget=(BudgetLine("灯具", "Lamps", 100_000), BudgetLine("安装", "Fitting", 50_000)),
        achieved_zh="已装好三所",
        achieved_en="Three schools are lit",
    )
    change_id = propose_project_change(new, Reason("多了两所学校", "Two more schools joined"), maker, NOON)
    assert set(get_change(change_id).was) == {
        "title_zh", "goal_minor", "ends_at", "budget", "achieved_zh", "achieved_en",
    }  # fmt: skip
    decide_project_change(change_id, True, "", checker, LATER)
    view = get_project_for_operators(project)
    assert (view.title_zh, view.goal_minor, view.ends_at) == ("山里的一盏星灯", 150_000, LATER + timedelta(days=300))
    assert list_budget(project) == list(new.budget)
    assert list_plan(project) == list(new.plan)
    assert [each.id for each in list_projects(words="星灯", openness="all", now=NOON, day_seed="")] == [project]


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"slug": "elsewhere"}, project_errors.ProjectFieldFixed),
        ({"starts_at": NOON - timedelta(days=900)}, project_errors.ProjectFieldFixed),
        ({"goal_minor": 100_001}, project_errors.BudgetNotGoal),
        ({"title_zh": "\u202e"}, project_errors.ProjectInvalid),
    ],
)
def test_a_project_refuses_what_would_break_it(
    project: UUID, maker: UUID, change: dict[str, Any], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        propose_project_change(project_file(project, **change), WHY, maker, NOON)


def test_the_money_of_a_published_project_stays_with_its_charity(project: UUID, maker: UUID) -> None:
    other = make_charity(name_zh="另一家", slug="other").id
    with pytest.raises(project_errors.ProjectFieldFixed):
        propose_project_change(project_file(project, charity_id=other), WHY, maker, NOON)


def test_a_report_is_published_by_a_second_person_and_corrected_in_sight(
    project: UUID, maker: UUID, checker: UUID
) -> None:
    draft = ReportDraft(project, "finance", "第一季账目", "First quarter", "支出 7 万元", "70,000 yuan spent")
    change_id = propose_report(draft, Reason("", ""), maker, NOON)
    assert list_reports(project) == []
    with pytest.raises(errors.ReviewerIsSubmitter):
        decide_disclosure(change_id, True, "", maker, NOON)
    decide_disclosure(change_id, True, "", checker, NOON)
    [report] = list_reports(project)
    assert (report.title_zh, report.published_at) == ("第一季账目", NOON)
    assert list_corrections(project) == []  # nothing was corrected

    fixed = replace(draft, id=report.id, body_zh="支出 7.2 万元", body_en="72,000 yuan spent")
    with pytest.raises(errors.ChangeReasonMissing):
        propose_report(fixed, Reason("", ""), maker, LATER)
    second = propose_report(fixed, Reason("漏记一张发票", "An invoice was left out"), maker, LATER)
    decide_disclosure(second, True, "", checker, LATER)
    assert get_report(report.id).body_zh == "支出 7.2 万元"
    assert get_report(report.id).published_at == NOON
    [correction] = list_corrections(project)
    assert correction.was == {"body_zh": "支出 7 万元", "body_en": "70,000 yuan spent"}
    assert correction.subject_id == report.id


def test_a_report_needs_words_and_a_project_people_can_see(project: UUID, maker: UUID) -> None:
    whole = ReportDraft(project, "progress", "进展", "Progress", "好", "Good")
    for hole in ({"kind": "rumour"}, {"title_zh": ""}, {"body_en": "\u2066"}):
        with pytest.raises(disclosure_errors.DisclosureInvalid):
            propose_report(replace(whole, **hole), WHY, maker, NOON)
    with pytest.raises(disclosure_errors.ReportNotFound):
        propose_report(replace(whole, id=uuid4()), WHY, maker, NOON)
    draft = make_project(state="draft", published_at=None, reviewed_by=None).id
    with pytest.raises(project_errors.ProjectStateConflict):
        propose_report(replace(whole, project_id=draft), WHY, maker, NOON)


def test_an_answer_stands_once_a_second_person_has_read_it(project: UUID, maker: UUID, checker: UUID) -> None:
    question = Question(new_id(), project, "米从哪里买？", "Where is the rice from?", NOON, "", "", None)
    publish_questions([question])
    with pytest.raises(disclosure_errors.DisclosureInvalid):
        propose_answer(question.id, Answer("镇上", ""), WHY, maker, NOON)
    with pytest.raises(disclosure_errors.QuestionNotFound):
        propose_answer(uuid4(), Answer("镇上", "In town"), WHY, maker, NOON)
    decide_disclosure(propose_answer(question.id, Answer("镇上", "In town"), WHY, maker, NOON), True, "", checker, NOON)
    assert (get_question(question.id).answer_zh, get_question(question.id).answered_at) == ("镇上", NOON)
    assert list_corrections(project) == []
    better = propose_answer(question.id, Answer("镇上的粮站", "At the grain station"), WHY, maker, LATER)
    decide_disclosure(better, True, "", checker, LATER)
    assert (get_question(question.id).answer_zh, get_question(question.id).answered_at) == ("镇上的粮站", NOON)
    assert [change.kind for change in list_corrections(project)] == [ChangeKind.ANSWER]


def _insert(**fields: Any) -> Callable[[], None]:
    row = {"kind": "charity", "was": '{"a": 1}', "reason_zh": "因", "reason_en": "why", **fields}

    def run() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                """INSERT INTO people_change (id, kind, subject_id, page_id, was, becomes, reason_zh, reason_en, proposed_by_id,
                                              proposed_at)
                   VALUES (%s, %s, %s, %s, %s, '{}', %s, %s, %s, %s)""",
                [uuid4(), row["kind"], uuid4(), uuid4(), row["was"], row["reason_zh"], row["reason_en"],
                 make_user().id, NOON],
            )  # fmt: skip

    return run


def test_the_table_itself_asks_for_a_reason_and_keeps_the_past(charity: UUID, maker: UUID) -> None:
    _insert()()
    _insert(was="{}", reason_zh="", reason_en="")()
    for wrong, name in (
        ({"reason_zh": ""}, "correction_tells_the_public_why"),
        ({"kind": "weather"}, "change_has_a_known_kind"),
    ):
        with pytest.raises(IntegrityError, match=name):
            _insert(**wrong)()
    for table in ("people_change", "people_change_decision"):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {table}")
