"""The back office: for operators alone, two pairs of eyes on every publication, every act asked and on record."""

import re
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client

from redflower.domains.donations.selectors import count_held_messages
from redflower.domains.organizations.selectors import get_charity_for_operators, list_charities_for_operators
from redflower.domains.organizations.services import save_charities, submit_charities
from redflower.domains.organizations.types import CharityState
from redflower.domains.payments.selectors import count_open_alarms, list_open_alarms
from redflower.domains.people.models import User
from redflower.domains.people.selectors import list_audit_rows
from redflower.domains.people.services import make_operator
from redflower.domains.projects.selectors import get_project_for_operators
from redflower.domains.projects.types import ProjectState
from redflower.faces.shared.settlement import settle
from tests.factories import (
    NOON,
    POLICY,
    ask,
    give,
    intend,
    make_charity,
    make_festival,
    make_project,
    make_user,
    notice,
)
from tests.rooms.test_organizations import CHARITY

pytestmark = pytest.mark.django_db

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
PAGES = [
    "", "charities/", "charities/new/", "projects/", "projects/new/", "payments/", "alarms/", "alarms/?show=done",
    "messages/", "festivals/", "operators/", "audit/", "payments.csv",
]  # fmt: skip
SOON = NOON + timedelta(minutes=1)


def enter(email: str) -> Client:
    """A browser in which this operator has signed in."""
    client = Client()
    client.force_login(User.objects.get(pk=make_operator(email, NOON)), BACKEND)
    return client


@pytest.fixture
def anna() -> Client:
    return enter("anna@example.org")


@pytest.fixture
def bo() -> Client:
    return enter("bo@example.org")


@pytest.fixture
def submitted() -> UUID:
    """A charity that Anna has submitted."""
    maker = make_operator("anna@example.org", NOON)
    [charity_id] = save_charities([CHARITY], maker, NOON)
    submit_charities([charity_id], maker, NOON)
    return charity_id


def read(answer: Any) -> str:
    """A page's text."""
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


@pytest.mark.parametrize("page", PAGES)
def test_strangers_are_asked_to_sign_in_and_donors_are_refused(page: str):
    stranger = Client().get(f"/backoffice/{page}")
    assert (stranger.status_code, stranger["Location"].split("?")[0]) == (302, "/accounts/login/")
    donor = Client()
    donor.force_login(make_user("donor@example.org"), BACKEND)
    assert donor.get(f"/backoffice/{page}").status_code == 403


def test_posts_are_guarded_like_pages(submitted: UUID):
    donor = Client()
    donor.force_login(make_user("donor@example.org"), BACKEND)
    for path in (f"charities/{submitted}/review/", "alarms/resolve/", "messages/decide/", "operators/"):
        assert donor.post(f"/backoffice/{path}", {"verdict": "publish", "sure": "1"}).status_code == 403
        assert Client().post(f"/backoffice/{path}").status_code == 302
    assert get_charity_for_operators(submitted).state == CharityState.SUBMITTED


def test_a_dismissed_operator_is_out_at_once(anna: Client, bo: Client):
    user = User.objects.get(email="bo@example.org")
    asked = read(anna.post(f"/backoffice/operators/{user.id}/dismiss/"))
    assert "bo@example.org" in asked
    assert bo.get("/backoffice/").status_code == 200
    anna.post(f"/backoffice/operators/{user.id}/dismiss/", {"sure": "1"})
    assert bo.get("/backoffice/").status_code == 403
    own = User.objects.get(email="anna@example.org")
    refused = anna.post(f"/backoffice/operators/{own.id}/dismiss/", {"sure": "1"})
    assert refused.status_code == 422
    assert "不能取消自己" in refused.content.decode()


def test_every_page_opens_empty_and_full_in_both_languages(anna: Client):
    for language in ("zh-CN", "en"):
        for page in PAGES[:-1]:
            read(anna.get(f"/backoffice/{page}", HTTP_ACCEPT_LANGUAGE=language))
    make_festival()
    project = make_project()
    give(project.id, message="电话 13800138000", shown_as="named", shown_name="小满")
    settle([notice(intend(ask(project.id)), currency="USD")], POLICY, SOON)
    for page in [*PAGES[:-1], f"projects/{project.id}/", f"charities/{project.charity_id}/"]:
        english = read(anna.get(f"/backoffice/{page}", HTTP_ACCEPT_LANGUAGE="en"))
        assert "<script>" not in english
        assert "style=" not in english


def test_the_submitter_is_told_to_wait_and_cannot_force_it(anna: Client, submitted: UUID):
    page = read(anna.get(f"/backoffice/charities/{submitted}/"))
    assert "等同事来看" in page
    assert 'name="verdict"' not in page
    refused = anna.post(f"/backoffice/charities/{submitted}/review/", {"verdict": "publish"})
    assert refused.status_code == 422
    assert get_charity_for_operators(submitted).state == CharityState.SUBMITTED


def test_a_second_person_publishes_or_returns_with_a_reason(bo: Client, submitted: UUID):
    assert "等你复核" in read(bo.get("/backoffice/"))
    address = f"/backoffice/charities/{submitted}/review/"
    refused = bo.post(address, {"verdict": "return", "note": " "})
    assert refused.status_code == 422
    assert "请写明原因" in refused.content.decode()
    bo.post(address, {"verdict": "return", "note": "证书编号不对"})
    assert get_charity_for_operators(submitted).state == CharityState.RETURNED
    assert "证书编号不对" in read(bo.get(f"/backoffice/charities/{submitted}/"))
    bo.post(f"/backoffice/charities/{submitted}/submit/")
    enter("anna@example.org").post(address, {"verdict": "publish"})
    charity = get_charity_for_operators(submitted)
    assert charity.is_published
    assert Client().get(f"/charities/{charity.slug}").status_code == 200


def test_two_reviewers_at_once_publish_once(bo: Client, submitted: UUID):
    cy = enter("cy@example.org")
    address = f"/backoffice/charities/{submitted}/review/"
    assert bo.post(address, {"verdict": "publish"}).status_code == 302
    late = cy.post(address, {"verdict": "return", "note": "晚了"})
    assert late.status_code == 422
    assert get_charity_for_operators(submitted).is_published


def test_a_charity_is_written_edited_and_submitted_here(anna: Client):
    form = {
        "name_zh": "新机构", "name_en": "New Charity", "kind": "service", "region": "110000", "uscc": CHARITY.uscc,
        "founded_on": "2020-02-02", "mission_zh": "使命", "mission_en": "Mission", "palette": "rose",
    }  # fmt: skip
    assert anna.post("/backoffice/charities/new/", {**form, "uscc": "1"}).status_code == 422
    anna.post("/backoffice/charities/new/", form)
    [charity] = list_charities_for_operators()
    assert charity.slug == "new-charity"
    edit = f"/backoffice/charities/{charity.id}/edit/"
    assert 'value="新机构"' in read(anna.get(edit))
    anna.post(edit, {**form, "name_en": "Newer Charity", "slug": "newer"})
    assert get_charity_for_operators(charity.id).slug == "newer"
    anna.post(f"/backoffice/charities/{charity.id}/submit/")
    refused = anna.post(edit, form)  # under review, a file does not change
    assert refused.status_code == 422
    assert "请刷新后再看" in refused.content.decode()


def test_a_project_is_reviewed_stopped_and_taken_down(anna: Client, bo: Client):
    project = make_project(state="submitted", published_at=None, reviewed_by=None, submitted_by=make_user())
    address = f"/backoffice/projects/{project.id}"
    page = read(bo.get(f"{address}/"))
    assert 'name="verdict"' in page
    bo.post(f"{address}/review/", {"verdict": "publish"})
    assert get_project_for_operators(project.id).state == ProjectState.PUBLISHED
    for act, state in (
        ("pause", ProjectState.PAUSED),
        ("resume", ProjectState.PUBLISHED),
        ("hide", ProjectState.HIDDEN),
    ):
        asked = read(anna.post(f"{address}/{act}/"))
        assert 'name="sure"' in asked
        without = anna.post(f"{address}/{act}/", {"sure": "1", "note": ""})
        assert without.status_code == 422
        anna.post(f"{address}/{act}/", {"sure": "1", "note": "核查中"})
        assert get_project_for_operators(project.id).state == state
    assert anna.post(f"{address}/explode/").status_code == 404
    assert Client().get(f"/projects/{project.slug}").status_code == 404


def test_a_suspended_charity_stops_all_it_runs(anna: Client):
    project = make_project()
    address = f"/backoffice/charities/{project.charity_id}/suspend/"
    assert project.title_zh in read(anna.post(address))  # what will happen, before it happens
    anna.post(address, {"sure": "1", "note": "年报逾期"})
    assert get_project_for_operators(project.id).charity_state == "suspended"
    anna.post(address, {"sure": "1", "note": "已补"})
    assert get_project_for_operators(project.id).charity_state == "published"


def test_parked_notices_are_closed_in_bulk_after_a_question(anna: Client):
    project = make_project()
    settle([notice(intend(ask(project.id)), amount_minor=1) for _ in range(2)], POLICY, SOON)
    ids = [str(alarm.id) for alarm in list_open_alarms()]
    assert "付款金额与订单不符" in read(anna.get("/backoffice/alarms/"))
    asked = read(anna.post("/backoffice/alarms/resolve/", {"id": ids}))
    assert "涉及 2 项" in asked
    assert all(one in asked for one in ids)
    assert count_open_alarms() == 2
    anna.post("/backoffice/alarms/resolve/", {"id": ids, "sure": "1", "note": "已退款"})
    assert count_open_alarms() == 0
    assert "已退款" in read(anna.get("/backoffice/alarms/?show=done"))


@pytest.mark.parametrize("ids", [[], ["nonsense"], [str(uuid4())] * 3])
def test_bulk_acts_on_nothing_or_nonsense_are_refused_by_name(anna: Client, ids: list[str]):
    for path in ("alarms/resolve/", "messages/decide/"):
        answer = anna.post(f"/backoffice/{path}", {"id": ids, "sure": "1", "note": "x", "act": "show"})
        assert answer.status_code in (302, 422)


def test_messages_are_shown_or_removed_in_bulk(anna: Client):
    project = make_project()
    give(project.id, message="看 http://spam.example")
    kept = give(project.id, message="我的电话 13800138000 <b>")
    page = read(anna.get("/backoffice/messages/"))
    assert "&lt;b&gt;" in page
    assert "<b>我" not in page
    asked = read(anna.post("/backoffice/messages/decide/", {"id": [str(kept)], "act": "show"}))
    assert "13800138000" in asked
    assert count_held_messages() == 2
    anna.post("/backoffice/messages/decide/", {"id": [str(kept)], "act": "show", "sure": "1"})
    assert count_held_messages() == 1
    assert list_audit_rows(act="message_")[0].actor_email == "anna@example.org"


def test_payments_are_found_and_exported(anna: Client):
    project = make_project(title_zh="=cmd 山里的午餐")
    gift = give(project.id, 123_456)
    page = read(anna.get("/backoffice/payments/?state=settled&q=&from=2026-09-09&to=2026-09-09"))
    assert "1,234" in page
    assert "已到账" in read(anna.get(f"/backoffice/payments/{gift}/"))
    assert "没有符合条件的订单" in read(anna.get("/backoffice/payments/?from=2027-01-01"))
    export = b"".join(anna.get("/backoffice/payments.csv").streaming_content).decode("utf-8-sig")
    head, line = export.splitlines()
    assert head.startswith("order,state,amount_yuan")
    assert re.match(rf"{gift},settled,1234\.56,'=cmd", line)


@pytest.mark.parametrize("query", ["state=none", "from=x&to=9999-99-99", "from=0001-01-01", "to=9999-12-31", "q=%00'"])
def test_a_query_that_makes_no_sense_asks_for_nothing(anna: Client, query: str):
    read(anna.get(f"/backoffice/payments/?{query}"))
    assert anna.get(f"/backoffice/payments.csv?{query}").status_code == 200


def test_pages_of_what_does_not_exist_are_404(anna: Client):
    for path in (f"charities/{uuid4()}/", f"projects/{uuid4()}/", f"payments/{uuid4()}/", "festivals/none/"):
        assert anna.get(f"/backoffice/{path}").status_code == 404
    assert anna.get("/backoffice/payments/?after=x").status_code == 400


def test_the_record_of_acts_is_paged_and_filtered(anna: Client, bo: Client, submitted: UUID):
    bo.post(f"/backoffice/charities/{submitted}/review/", {"verdict": "publish"})
    page = read(anna.get("/backoffice/audit/?kind=charity"))
    assert "复核通过并公开了机构" in page
    assert "bo@example.org" in page
    assert "请来一位运营人员" not in page
    assert "请来一位运营人员" in read(anna.get("/backoffice/audit/?kind=operator"))


def test_an_operator_is_invited_by_address(anna: Client):
    assert anna.post("/backoffice/operators/", {"email": "nobody"}).status_code == 422
    anna.post("/backoffice/operators/", {"email": "New@Example.org"})
    assert User.objects.get(email="new@example.org").is_operator
    [row] = [row for row in list_audit_rows(act="operator_made") if row.actor_email == "anna@example.org"][:1]
    assert row.subject_id == User.objects.get(email="new@example.org").id


def test_other_peoples_charity_pages_are_not_guessable_by_drafts():
    charity = make_charity(state="draft", reviewed_by=None, published_at=None)
    assert Client().get(f"/charities/{charity.slug}").status_code == 404
