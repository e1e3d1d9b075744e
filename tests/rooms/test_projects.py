"""Projects: filed with a budget and a plan, published by a second person, found by their words, stopped for a reason."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import IntegrityError, connection, transaction

from redflower.domains.ledger.rules import account_id
from redflower.domains.ledger.types import AccountKind
from redflower.domains.people.errors import OperatorNeeded, ReviewerIsSubmitter, ReviewNoteMissing
from redflower.domains.people.services import make_operator
from redflower.domains.projects import errors, selectors
from redflower.domains.projects.rules import compute_openness
from redflower.domains.projects.services import (
    hide_projects,
    pause_projects,
    resume_projects,
    review_projects,
    save_projects,
    submit_projects,
)
from redflower.domains.projects.types import BudgetLine, NewProject, Openness, PlanStep, ProjectState
from redflower.plumbing.db import fetch_all
from tests.factories import NOON, make_charity

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.fixture
def maker() -> UUID:
    return make_operator("maker@example.org", NOON)


@pytest.fixture
def checker() -> UUID:
    return make_operator("checker@example.org", NOON)


def _project(**changes: object) -> NewProject:
    charity_id = changes.pop("charity_id", None) or make_charity(name_zh="青禾助学基金会").id
    whole = NewProject(
        slug="night-lamp",
        charity_id=charity_id,
        filing_no="51530000MJ0000000001",
        title_zh="山里的一盏夜灯",
        title_en="A Night Lamp",
        summary_zh="为寄宿学校的走廊装上夜灯",
        summary_en="Night lights for boarding schools",
        story_zh="夜里去厕所要走六十步。",
        story_en="It is sixty steps to the toilet at night.",
        cause="education",
        region="530000",
        goal_minor=100_000,
        starts_at=NOON - DAY,
        ends_at=NOON + 100 * DAY,
        budget=(BudgetLine("灯具", "Lamps", 70_000), BudgetLine("安装", "Fitting", 30_000)),
        plan=(PlanStep("装好第一所", "First school", NOON), PlanStep("全部装完", "All schools", NOON + DAY)),
    )
    return replace(whole, **changes)


@pytest.fixture
def submitted(maker: UUID) -> UUID:
    [project_id] = save_projects([_project()], maker, NOON)
    submit_projects([project_id], maker, NOON)
    return project_id


@pytest.fixture
def published(submitted: UUID, checker: UUID) -> UUID:
    review_projects([submitted], True, "", checker, NOON)
    return submitted


def _acts(project_id: UUID) -> list[str]:
    rows = fetch_all("SELECT act FROM people_audit_row WHERE subject_id = %s ORDER BY id", [project_id])
    return [row["act"] for row in rows]


def test_publishing_opens_the_page_and_the_two_accounts(submitted: UUID, checker: UUID):
    with pytest.raises(errors.ProjectNotFound):
        selectors.get_project("night-lamp", NOON)
    review_projects([submitted], True, "", checker, NOON)

    project = selectors.get_project("night-lamp", NOON)
    assert compute_openness(project, NOON) == Openness.OPEN
    assert [line.amount_minor for line in selectors.list_budget(submitted)] == [70_000, 30_000]
    assert [step.text_en for step in selectors.list_plan(submitted)] == ["First school", "All schools"]
    accounts = {row["id"] for row in fetch_all("SELECT id FROM ledger_account WHERE owner_id = %s", [submitted])}
    assert accounts == {account_id(AccountKind.DONORS, submitted), account_id(AccountKind.PROJECT, submitted)}
    assert _acts(submitted) == ["project_saved", "project_submitted", "project_published"]


@pytest.mark.parametrize("words", ["夜灯", "寄宿学校", "青禾", "boarding", "night lamp"])
def test_a_project_is_found_by_words_of_its_title_story_and_charity(published: UUID, words: str):
    assert [project.id for project in selectors.list_projects(words=words, now=NOON)] == [published]
    assert selectors.list_projects(words="海洋", now=NOON) == []


def test_the_submitter_cannot_review_and_the_database_agrees(submitted: UUID, maker: UUID):
    with pytest.raises(ReviewerIsSubmitter):
        review_projects([submitted], True, "", maker, NOON)
    sql = "UPDATE projects_project SET state = 'published', reviewed_by_id = %s, published_at = now() WHERE id = %s"
    with (
        pytest.raises(IntegrityError, match="project_reviewer_is_not_its_submitter"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql, [maker, submitted])


def test_the_database_refuses_a_published_project_that_nobody_reviewed(submitted: UUID):
    with (
        pytest.raises(IntegrityError, match="published_project_was_reviewed"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("UPDATE projects_project SET state = 'published' WHERE id = %s", [submitted])


def test_a_project_of_an_unpublished_charity_waits(maker: UUID, checker: UUID):
    charity = make_charity(state="suspended")
    [project_id] = save_projects([_project(charity_id=charity.id)], maker, NOON)
    submit_projects([project_id], maker, NOON)
    with pytest.raises(errors.CharityNotPublished):
        review_projects([project_id], True, "", checker, NOON)
    assert fetch_all("SELECT 1 FROM ledger_account WHERE owner_id = %s", [project_id]) == []


def test_a_returned_project_is_rewritten_with_its_parts(submitted: UUID, maker: UUID, checker: UUID):
    with pytest.raises(ReviewNoteMissing):
        review_projects([submitted], False, "", checker, NOON)
    review_projects([submitted], False, "预算太粗", checker, NOON)
    finer = (BudgetLine("灯", "Lamps", 60_000), BudgetLine("线", "Wire", 10_000), BudgetLine("工", "Work", 30_000))
    charity_id = selectors.get_project_for_operators(submitted).charity_id
    save_projects([_project(id=submitted, charity_id=charity_id, budget=finer)], maker, NOON)
    assert len(selectors.list_budget(submitted)) == 3
    assert selectors.get_project_for_operators(submitted).state == ProjectState.RETURNED
    submit_projects([submitted], maker, NOON)
    assert [project.id for project in selectors.list_projects_for_review()] == [submitted]


def test_pausing_resuming_and_hiding_need_an_operator_and_a_reason(published: UUID, checker: UUID, maker: UUID):
    with pytest.raises(ReviewNoteMissing):
        pause_projects([published], "", checker, NOON)
    pause_projects([published], "等待第三方核查", checker, NOON)
    project = selectors.get_project("night-lamp", NOON)
    assert compute_openness(project, NOON) == Openness.PAUSED
    with pytest.raises(errors.ProjectStateConflict):  # a paused project is not published by a review
        review_projects([published], True, "", maker, NOON)
    resume_projects([published], "核查通过", checker, NOON)
    hide_projects([published], "机构申请撤下", checker, NOON)
    with pytest.raises(errors.ProjectNotFound):
        selectors.get_project("night-lamp", NOON)
    with pytest.raises(errors.ProjectStateConflict):
        resume_projects([published], "想再打开", checker, NOON)
    assert _acts(published)[-3:] == ["project_paused", "project_resumed", "project_hidden"]
    with connection.cursor() as cursor:
        cursor.execute("UPDATE people_user SET is_operator = false")
    with pytest.raises(OperatorNeeded):
        hide_projects([published], "x", checker, NOON)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"title_zh": ""}, "title_zh"),
        ({"story_en": "\x00"}, "story_en"),
        ({"filing_no": " "}, "filing_no"),
        ({"slug": "-x"}, "slug"),
        ({"cause": "politics"}, "cause"),
        ({"region": "china"}, "region"),
        ({"goal_minor": 0}, "goal_minor"),
        ({"goal_minor": 2**63}, "goal_minor"),
        ({"unit_minor": 100}, "unit_minor"),
        ({"ends_at": NOON - 2 * DAY}, "ends_at"),
        ({"budget": ()}, "budget"),
        ({"budget": (BudgetLine("灯", "Lamps", -1),)}, "budget"),
        ({"plan": ()}, "plan"),
    ],
)
def test_a_file_with_a_hole_is_refused_by_name(change: dict, field: str, maker: UUID):
    with pytest.raises(errors.ProjectInvalid) as refusal:
        save_projects([_project(**change)], maker, NOON)
    assert refusal.value.facts["field"] == field


def test_the_budget_adds_up_to_the_goal(maker: UUID):
    with pytest.raises(errors.BudgetNotGoal) as refusal:
        save_projects([_project(goal_minor=100_050)], maker, NOON)
    assert refusal.value.facts == {"budget_yuan": "1,000", "goal_yuan": "1,000.50"}


def test_many_projects_are_written_and_published_in_few_statements(
    maker: UUID, checker: UUID, django_assert_max_num_queries
):
    charity_id = make_charity().id
    many = [_project(charity_id=charity_id, slug=f"lamp-{number}") for number in range(40)]
    with django_assert_max_num_queries(30):
        ids = save_projects(many, maker, NOON)
        submit_projects(ids, maker, NOON)
        review_projects(ids, True, "", checker, NOON)
    found = selectors.find_projects_by_id(ids)
    assert [found[each].slug for each in ids] == [project.slug for project in many]
    assert len(selectors.list_projects(now=NOON, limit=100)) == 40


def test_a_slug_belongs_to_one_project_and_a_list_is_written_whole(submitted: UUID, maker: UUID):
    with pytest.raises(errors.ProjectSlugTaken):
        save_projects([_project(slug="fresh"), _project()], maker, NOON)
    assert len(selectors.list_projects_for_operators()) == 1
