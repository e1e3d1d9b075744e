"""A visitor asks in public, an operator reads it, the charity answers; until then everybody sees how long it has waited."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from redflower.domains.disclosures.errors import AskingEmpty, AskingNotFound, AskingTooLong, DisclosureInvalid
from redflower.domains.disclosures.models import Question
from redflower.domains.disclosures.selectors import list_questions, list_waiting_askings
from redflower.domains.disclosures.services import ask_questions, drop_asking, publish_asking
from redflower.domains.disclosures.types import Asking
from redflower.domains.donations.errors import TextUnreadable
from redflower.domains.people.errors import OperatorNeeded
from redflower.domains.people.selectors import list_audit_rows
from redflower.domains.people.services import make_operator
from redflower.domains.projects.models import Project
from redflower.faces.donor_site.views import ask
from redflower.faces.shared.pace import FixedWindow
from redflower.kernel import clock
from redflower.kernel.ids import new_id
from tests.faces.journey import open_project, read_field
from tests.faces.test_backoffice import enter
from tests.factories import NOON, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nobody_has_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ask, "_askings", FixedWindow())


@pytest.fixture
def project() -> Project:
    return open_project(slug="lunch")


@pytest.fixture
def operator() -> Any:
    return make_operator("anna@example.org", NOON)


def asking(project: Project, text: str = "炭从哪里买？", language: str = "zh", **fields: Any) -> Asking:
    return Asking(
        **{"id": new_id(), "project_id": project.id, "text": text, "language": language, "asked_at": NOON} | fields
    )


def send(client: Client, text: str, key: str = "k1") -> Any:
    return client.post("/projects/lunch/ask", {"text": text, "key": key})


def test_a_question_goes_from_the_visitor_to_the_public_page(client: Client, project: Project, operator: Any) -> None:
    page = client.get("/projects/lunch/ask").content.decode()
    answer = send(client, "炭从哪里买？", read_field(page, "key"))
    assert (answer.status_code, answer["Location"]) == (302, "/projects/lunch/ask?sent=1")
    assert "问题收到了" in client.get(answer["Location"]).content.decode()
    assert "炭从哪里买" not in client.get("/projects/lunch").content.decode()  # nobody has read it yet
    desk = enter("anna@example.org")
    assert "炭从哪里买？" in desk.get("/backoffice/questions/").content.decode()
    [waiting] = list_waiting_askings()
    address = f"/backoffice/questions/{waiting.id}/decide/"
    half = desk.post(address, {"verdict": "publish", "asked_zh": "炭从哪里买？", "asked_en": " "})
    assert half.status_code == 422 and "炭从哪里买？" in half.content.decode()
    whole = {"verdict": "publish", "asked_zh": "炭从哪里买？", "asked_en": "Where is the coal from?"}
    assert desk.post(address, whole).status_code == 302
    assert "炭从哪里买？" in client.get("/projects/lunch").content.decode()
    assert "炭从哪里买？" in client.get("/projects/lunch/calm").content.decode()
    assert (
        "Where is the coal from?"
        in Client(headers={"accept-language": "en"}).get("/projects/lunch/ask").content.decode()
    )
    again = desk.post(address, whole)
    assert again.status_code == 404 and "已经处理过" in again.content.decode()
    assert list_audit_rows(act="question_")[0].actor_email == "anna@example.org"


def test_the_page_counts_the_days_from_when_it_was_asked(client: Client, project: Project, operator: Any) -> None:
    asked = asking(project, asked_at=clock.now() - timedelta(days=12, hours=1))
    ask_questions([asked])
    publish_asking(asked.id, "炭从哪里买？", "Where from?", operator, clock.now())
    assert "已经 12 天" in client.get("/projects/lunch").content.decode()
    assert "for 12 days" in Client(headers={"accept-language": "en"}).get("/projects/lunch").content.decode()


def test_what_is_not_published_is_seen_by_nobody(client: Client, project: Project, operator: Any) -> None:
    asked = asking(project, text="加我微信")
    ask_questions([asked])
    drop_asking(asked.id, operator, NOON)
    assert list_questions(project.id) == [] and list_waiting_askings() == []
    assert "加我微信" not in client.get("/projects/lunch").content.decode()
    with pytest.raises(AskingNotFound):
        publish_asking(asked.id, "问", "Q", operator, NOON)


def test_a_form_sent_twice_asks_once(client: Client, project: Project) -> None:
    send(client, "炭从哪里买？")
    send(client, "炭从哪里买？")
    assert len(list_waiting_askings()) == 1


@pytest.mark.parametrize(
    ("text", "refusal"),
    [("  ", AskingEmpty), ("嗯\n", AskingEmpty), ("问" * 301, AskingTooLong), ("炭\u202e从哪里买", TextUnreadable),
     ("炭\x00从哪里买", TextUnreadable)],
)  # fmt: skip
def test_what_asks_nothing_is_refused_beside_the_field_and_stays(
    client: Client, project: Project, text: str, refusal: type[Exception]
) -> None:
    answer = send(client, text)
    assert answer.status_code == 422
    assert 'id="error-text"' in answer.content.decode()
    assert list_waiting_askings() == []
    with pytest.raises(refusal):
        ask_questions([asking(project), asking(project, text=text)])
    assert list_waiting_askings() == []


def test_markup_is_text(client: Client, project: Project) -> None:
    send(client, "<script>alert(1)</script>")
    answer = enter_anna().get("/backoffice/questions/").content.decode()
    assert "<script>alert" not in answer and "&lt;script&gt;" in answer


def enter_anna() -> Client:
    make_operator("anna@example.org", NOON)
    return enter("anna@example.org")


def test_an_address_that_asks_too_fast_waits_and_keeps_its_words(client: Client, project: Project) -> None:
    for number in range(ask.ASKINGS_PER_MINUTE):
        assert send(client, "炭从哪里买？", f"k{number}").status_code == 302
    answer = send(client, "谁来做饭呢？", "another")
    assert answer.status_code == 429 and "谁来做饭呢？" in answer.content.decode()


@pytest.mark.parametrize("state", ["draft", "submitted", "hidden"])
def test_a_project_the_public_does_not_see_cannot_be_asked(client: Client, state: str) -> None:
    open_project(slug="lunch", state=state)
    assert client.get("/projects/lunch/ask").status_code == 404
    assert send(client, "炭从哪里买？").status_code == 404


def test_only_operators_decide_and_both_languages_are_needed(project: Project, operator: Any) -> None:
    asked = asking(project)
    ask_questions([asked])
    with pytest.raises(OperatorNeeded):
        publish_asking(asked.id, "问", "Q", make_user().id, NOON)
    with pytest.raises(OperatorNeeded):
        drop_asking(asked.id, make_user().id, NOON)
    with pytest.raises(DisclosureInvalid):
        publish_asking(asked.id, "问", "", operator, NOON)
    assert Client().get("/backoffice/questions/").status_code == 302
    assert Question.objects.count() == 0
