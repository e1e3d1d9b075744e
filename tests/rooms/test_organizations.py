"""Charities: a file is checked, submitted, and published by a second person; the database agrees."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from redflower.domains.organizations import errors, selectors
from redflower.domains.organizations.services import (
    resume_charities,
    review_charities,
    save_charities,
    submit_charities,
    suspend_charities,
)
from redflower.domains.organizations.types import CharityState, NewCharity
from redflower.domains.people.errors import OperatorNeeded, ReviewerIsSubmitter, ReviewNoteMissing
from redflower.domains.people.services import make_operator
from redflower.kernel import clock
from redflower.plumbing.db import fetch_all

pytestmark = pytest.mark.django_db

CHARITY = NewCharity(
    slug="qinghe-lamp",
    name_zh="青禾夜灯助学基金会",
    name_en="Qinghe Night Lamp Education Foundation",
    kind="foundation",
    region="530000",
    uscc="53530000MJ00000016",
    founded_on=date(2012, 3, 5),
    mission_zh="让山里的孩子晚上有一盏灯。",
    mission_en="A lamp at night for every child in the hills.",
)


@pytest.fixture
def now() -> datetime:
    return clock.now()


@pytest.fixture
def maker(now: datetime) -> UUID:
    return make_operator("maker@example.org", now)


@pytest.fixture
def checker(now: datetime) -> UUID:
    return make_operator("checker@example.org", now)


@pytest.fixture
def submitted(maker: UUID, now: datetime) -> UUID:
    [charity_id] = save_charities([CHARITY], maker, now)
    submit_charities([charity_id], maker, now)
    return charity_id


def _acts(charity_id: UUID) -> list[str]:
    rows = fetch_all("SELECT act FROM people_audit_row WHERE subject_id = %s ORDER BY id", [charity_id])
    return [row["act"] for row in rows]


def test_a_second_person_publishes_and_the_public_sees_it_only_then(submitted: UUID, checker: UUID, now: datetime):
    with pytest.raises(errors.CharityNotFound):
        selectors.get_charity("qinghe-lamp")
    assert [charity.id for charity in selectors.list_charities_for_review()] == [submitted]

    review_charities([submitted], True, "", checker, now)

    charity = selectors.get_charity("qinghe-lamp")
    assert (charity.state, charity.reviewed_by_id, charity.published_at) == (CharityState.PUBLISHED, checker, now)
    assert _acts(submitted) == ["charity_saved", "charity_submitted", "charity_published"]


def test_the_submitter_cannot_review_their_own_file(submitted: UUID, maker: UUID, now: datetime):
    with pytest.raises(ReviewerIsSubmitter):
        review_charities([submitted], True, "", maker, now)
    assert selectors.get_charity_for_operators(submitted).state == CharityState.SUBMITTED
    assert "charity_published" not in _acts(submitted)


def test_the_database_refuses_a_review_by_the_submitter(submitted: UUID, maker: UUID):
    sql = (
        "UPDATE organizations_charity SET state = 'published', reviewed_by_id = %s, published_at = now() WHERE id = %s"
    )
    with (
        pytest.raises(IntegrityError, match="charity_reviewer_is_not_its_submitter"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql, [maker, submitted])


def test_the_database_refuses_a_published_charity_that_nobody_reviewed(submitted: UUID):
    with (
        pytest.raises(IntegrityError, match="published_charity_was_reviewed"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("UPDATE organizations_charity SET state = 'published' WHERE id = %s", [submitted])


def test_a_return_needs_a_reason_and_comes_back_after_editing(
    submitted: UUID, maker: UUID, checker: UUID, now: datetime
):
    with pytest.raises(ReviewNoteMissing):
        review_charities([submitted], False, "  ", checker, now)
    review_charities([submitted], False, "登记证书照片看不清", checker, now)
    assert selectors.get_charity_for_operators(submitted).review_note == "登记证书照片看不清"

    save_charities([replace(CHARITY, id=submitted, name_en="Qinghe Foundation")], checker, now)
    submit_charities([submitted], checker, now)  # the former reviewer may submit, and then may not review
    with pytest.raises(ReviewerIsSubmitter):
        review_charities([submitted], True, "", checker, now)
    review_charities([submitted], True, "", maker, now)
    assert selectors.get_charity("qinghe-lamp").name_en == "Qinghe Foundation"


def test_only_operators_review(submitted: UUID, checker: UUID, now: datetime):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE people_user SET is_operator = false WHERE id = %s", [checker])
    with pytest.raises(OperatorNeeded):
        review_charities([submitted], True, "", checker, now)


def test_suspending_and_resuming_leave_the_page_and_their_reasons(submitted: UUID, checker: UUID, now: datetime):
    review_charities([submitted], True, "", checker, now)
    suspend_charities([submitted], "年报逾期未公布", checker, now)
    assert selectors.get_charity("qinghe-lamp").state == CharityState.SUSPENDED
    with pytest.raises(errors.CharityStateConflict):  # a suspended charity is not published by a review
        review_charities([submitted], True, "", checker, now)
    resume_charities([submitted], "年报已补", checker, now)
    assert selectors.get_charity("qinghe-lamp").is_published
    assert _acts(submitted)[-2:] == ["charity_suspended", "charity_resumed"]


@pytest.mark.parametrize(
    ("change", "error", "field"),
    [
        ({"name_zh": " "}, errors.CharityInvalid, "name_zh"),
        ({"name_en": "a\u202eb"}, errors.CharityInvalid, "name_en"),
        ({"slug": "Not A Slug"}, errors.CharityInvalid, "slug"),
        ({"kind": "company"}, errors.CharityInvalid, "kind"),
        ({"region": "53"}, errors.CharityInvalid, "region"),
        ({"founded_on": clock.now().date() + timedelta(days=2)}, errors.CharityInvalid, "founded_on"),
        ({"uscc": "53530000MJ00000011"}, errors.UsccInvalid, None),
        ({"uscc": ""}, errors.UsccInvalid, None),
    ],
)
def test_a_file_with_a_hole_is_refused_by_name(
    change: dict, error: type, field: str | None, maker: UUID, now: datetime
):
    with pytest.raises(error) as refusal:
        save_charities([replace(CHARITY, **change)], maker, now)
    assert refusal.value.facts.get("field") == field
    assert selectors.list_charities_for_operators() == []


def test_slug_and_credit_code_belong_to_one_charity(submitted: UUID, maker: UUID, now: datetime):
    with pytest.raises(errors.CharitySlugTaken):
        save_charities([replace(CHARITY, uscc="53530000MJ00000029")], maker, now)
    with pytest.raises(errors.UsccTaken):
        save_charities([replace(CHARITY, slug="another")], maker, now)


def test_a_list_is_written_whole_or_not_at_all(submitted: UUID, maker: UUID, checker: UUID, now: datetime):
    with pytest.raises(errors.CharityNotFound):
        review_charities([submitted, uuid4()], True, "", checker, now)
    assert selectors.get_charity_for_operators(submitted).state == CharityState.SUBMITTED
    with pytest.raises(errors.CharityStateConflict):  # what is being reviewed does not change under the reviewer's eyes
        save_charities([replace(CHARITY, id=submitted)], maker, now)
