"""What the public reads is changed in the back office by two operators, and the change is told on the public page."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.utils import timezone

from redflower.domains.disclosures.selectors import get_question, list_reports
from redflower.domains.disclosures.services import publish_questions
from redflower.domains.disclosures.types import Question
from redflower.domains.organizations.selectors import get_charity_for_operators
from redflower.domains.people.selectors import list_waiting_changes
from redflower.domains.people.services import make_operator
from redflower.domains.projects.models import BudgetLine, PlanStep, Project
from redflower.domains.projects.selectors import get_project_for_operators, list_budget, list_plan
from redflower.faces.shared.file_forms import CharityForm, ProjectForm
from redflower.kernel import clock
from redflower.kernel.ids import new_id
from tests.faces.journey import open_project
from tests.faces.test_backoffice import enter
from tests.factories import make_charity

pytestmark = pytest.mark.django_db
WHY = {"reason_zh": "证书换发了", "reason_en": "The certificate was renewed"}


@pytest.fixture
def anna() -> Client:
    make_operator("anna@example.org", clock.now())
    return enter("anna@example.org")


@pytest.fixture
def bo() -> Client:
    make_operator("bo@example.org", clock.now())
    return enter("bo@example.org")


@pytest.fixture
def project() -> Project:
    made = open_project(
        charity=make_charity(uscc="53530000MJ00000029", slug="green-sprouts", name_zh="青禾助学基金会"),
        slug="night-lamp",
        title_zh="山里的一盏夜灯",
        story_zh="夜里去厕所要走六十步。\n\n有了灯，就不怕了。",
        goal_minor=100_000,
        picture_seed=7,
    )
    now = clock.now()
    BudgetLine.objects.create(project=made, position=0, label_zh="灯具", label_en="Lamps", amount_minor=100_000)
    PlanStep.objects.create(project=made, position=0, text_zh="装完", text_en="All fitted", due_at=now)
    return made


def read(answer: Any) -> str:
    """A page's text, whatever it answers."""
    return str(answer.content.decode())


def charity_fields(charity_id: UUID, **changes: str) -> dict[str, Any]:
    """What the browser sends of a charity's form: everything but what cannot be changed."""
    sent = CharityForm.write(get_charity_for_operators(charity_id))
    return {name: value for name, value in sent.items() if name not in ("slug", "uscc")} | changes


def project_fields(project_id: UUID, **changes: Any) -> dict[str, Any]:
    """As `charity_fields`, of a project; browsers end lines with both characters."""
    sent = ProjectForm.write(get_project_for_operators(project_id), list_budget(project_id), list_plan(project_id))
    for name in ("budget", "plan"):
        for row in sent.pop(name):
            for column, value in row.items():
                sent.setdefault(f"{name}_{column}", []).append(value)
    sent["story_zh"] = sent["story_zh"].replace("\n", "\r\n")
    return {name: value for name, value in sent.items() if name not in ("slug", "charity_id", "starts_on")} | changes


def test_a_charity_changes_by_two_and_tells_why(anna: Client, bo: Client, project: Project) -> None:
    charity_id = project.charity_id
    page = read(anna.get(f"/backoffice/charities/{charity_id}/edit/"))
    assert 'name="uscc"' not in page and "53530000MJ00000029" in page  # shown, not asked
    fields = charity_fields(charity_id, certificate_no="慈募证字〔2026〕0007号")
    refused = anna.post(f"/backoffice/charities/{charity_id}/edit/", fields)
    assert refused.status_code == 422 and "慈募证字〔2026〕0007号" in read(refused)
    assert list_waiting_changes() == []
    answer = anna.post(f"/backoffice/charities/{charity_id}/edit/", fields | WHY)
    [waiting] = list_waiting_changes(charity_id)
    assert answer["Location"] == f"/backoffice/changes/{waiting.id}/"
    assert "改过什么" not in read(Client().get("/charities/green-sprouts"))
    assert "等同事来看" in read(anna.get(answer["Location"]))
    forced = anna.post(answer["Location"], {"verdict": "publish"})
    assert forced.status_code == 422 and "换一位同事" in read(forced)
    assert "证书换发了" in read(bo.get("/backoffice/changes/"))
    assert bo.post(answer["Location"], {"verdict": "publish"}).status_code == 302
    public = read(Client().get("/charities/green-sprouts"))
    assert "改过什么" in public and "证书换发了" in public
    assert "<ins>慈募证字〔2026〕0007号</ins>" in public
    english = read(Client(headers={"accept-language": "en"}).get("/charities/green-sprouts"))
    assert "The certificate was renewed" in english
    late = bo.post(answer["Location"], {"verdict": "publish"})
    assert late.status_code == 422 and "已经有人处理过" in read(late)


def test_a_change_that_is_dropped_needs_a_reason_and_leaves_no_trace_in_public(
    anna: Client, bo: Client, project: Project
) -> None:
    fields = charity_fields(project.charity_id, name_en="Renamed") | WHY
    address = anna.post(f"/backoffice/charities/{project.charity_id}/edit/", fields)["Location"]
    silent = bo.post(address, {"verdict": "drop", "note": ""})
    assert silent.status_code == 422 and "写明原因" in read(silent)
    assert bo.post(address, {"verdict": "drop", "note": "请附证书"}).status_code == 302
    assert "请附证书" in read(anna.get(address))
    assert "改过什么" not in read(Client().get("/charities/green-sprouts"))


def test_a_project_keeps_what_was_not_touched_to_the_second(anna: Client, project: Project) -> None:
    answer = anna.post(f"/backoffice/projects/{project.id}/edit/", project_fields(project.id) | WHY)
    assert answer.status_code == 422 and "没有什么可改的" in read(answer)


def test_a_project_changes_its_goal_and_says_so(anna: Client, bo: Client, project: Project) -> None:
    fields = project_fields(
        project.id, budget_zh=["灯具", "安装"], budget_en=["Lamps", "Fitting"], budget_yuan=["1000", "500"]
    )
    reason = {"reason_zh": "多了两所学校", "reason_en": "Two more schools"}
    address = anna.post(f"/backoffice/projects/{project.id}/edit/", fields | reason)["Location"]
    [waiting] = list_waiting_changes(project.id)
    assert set(waiting.becomes) == {"budget", "goal_minor"}
    shown = read(bo.get(address))
    assert "<del>灯具 ¥1,000</del>" in shown and "安装 ¥500" in shown
    assert "多了两所学校" in read(anna.get(f"/backoffice/projects/{project.id}/"))
    bo.post(address, {"verdict": "publish"})
    [told] = Client().get("/api/v1/projects/night-lamp/corrections").json()["items"]
    assert (told["kind"], told["was"]["goal_minor"], told["becomes"]["goal_minor"]) == ("project", 100_000, 150_000)
    assert told["reason_en"] == "Two more schools"
    public = read(Client().get("/projects/night-lamp"))
    assert "目标 ¥1,500" in public and "多了两所学校" in public and 'href="#corrections"' in public
    assert "改过资料" in read(Client().get("/projects/night-lamp/calm"))


def test_a_report_and_an_answer_are_read_by_a_second_person(anna: Client, bo: Client, project: Project) -> None:
    asked = Question(new_id(), project.id, "灯从哪里买？", "Where are the lamps from?", clock.now(), "", "", None)
    publish_questions([asked])
    written = {"kind": "finance", "title_zh": "第一季账目", "title_en": "First quarter",
               "body_zh": "支出 7 万元", "body_en": "70,000 yuan spent"}  # fmt: skip
    hole = anna.post(f"/backoffice/projects/{project.id}/reports/new/", {**written, "body_en": ""})
    assert hole.status_code == 422 and "支出 7 万元" in read(hole)
    address = anna.post(f"/backoffice/projects/{project.id}/reports/new/", written)["Location"]
    assert list_reports(project.id) == []
    bo.post(address, {"verdict": "publish"})
    [report] = list_reports(project.id)
    assert "第一季账目" in read(Client().get("/projects/night-lamp"))
    fixed = {**written, "body_zh": "支出 7.2 万元", "body_en": "72,000 yuan spent"}
    correction = f"/backoffice/reports/{report.id}/correct/"
    assert anna.post(correction, fixed).status_code == 422  # the public is owed a reason
    address = anna.post(correction, {**fixed, "reason_zh": "漏记发票", "reason_en": "An invoice"})["Location"]
    bo.post(address, {"verdict": "publish"})
    public = read(Client().get("/projects/night-lamp"))
    assert "更正过" in public and "漏记发票" in public and "<del>支出 7 万元</del>" in public
    answer = {"answer_zh": "镇上", "answer_en": "In town"}
    address = anna.post(f"/backoffice/questions/{asked.id}/answer/", answer)["Location"]
    bo.post(address, {"verdict": "publish"})
    assert get_question(asked.id).answer_zh == "镇上"


@pytest.mark.parametrize("path", ["changes/{}/", "reports/{}/correct/", "questions/{}/answer/"])
def test_what_does_not_exist_is_404_and_strangers_see_nothing(anna: Client, path: str) -> None:
    address = "/backoffice/" + path.format(new_id())
    assert anna.get(address).status_code == 404
    assert Client().get(address).status_code == 302


def test_a_day_that_stays_keeps_its_hour_and_a_new_one_ends_at_night(
    anna: Client, bo: Client, project: Project
) -> None:
    later = timezone.localtime(project.ends_at + timedelta(days=30)).date()
    fields = project_fields(project.id, ends_on=later.isoformat()) | WHY
    address = anna.post(f"/backoffice/projects/{project.id}/edit/", fields)["Location"]
    bo.post(address, {"verdict": "publish"})
    changed = get_project_for_operators(project.id)
    assert timezone.localtime(changed.ends_at).strftime("%Y-%m-%d %H:%M") == f"{later} 23:59"
    assert changed.starts_at == project.starts_at


def test_corrections_are_told_to_programs_page_by_page(anna: Client, bo: Client, project: Project) -> None:
    address = f"/backoffice/charities/{project.charity_id}/edit/"
    for name in ("One", "Two", "Three"):
        change = anna.post(address, charity_fields(project.charity_id, name_en=name) | WHY)["Location"]
        bo.post(change, {"verdict": "publish"})
    anna.post(address, charity_fields(project.charity_id, name_en="Not yet") | WHY)
    door, cursor, names = "/api/v1/charities/green-sprouts/corrections", "", []
    while cursor is not None:
        page = Client().get(door, {"limit": 2, **({"cursor": cursor} if cursor else {})}).json()
        names += [each["becomes"]["name_en"] for each in page["items"]]
        cursor = page["next"]
    assert names == ["Three", "Two", "One"]
    assert Client().get("/api/v1/projects/night-lamp/corrections").json() == {"items": [], "next": None}
    assert Client().get(door, {"cursor": "bm90aGluZw"}).status_code == 422
    assert Client().get("/api/v1/charities/nobody/corrections").status_code == 404
