"""An empty site: its keeper is guided from their own account to the first files, and nobody else is let in."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client

from redflower.domains.organizations.selectors import list_charities_for_operators
from redflower.domains.organizations.types import CharityState
from redflower.domains.people.errors import InstanceFounded
from redflower.domains.people.models import User
from redflower.domains.people.selectors import get_site, list_audit_rows
from redflower.domains.people.services import found_instance, name_site
from redflower.domains.projects.selectors import list_budget, list_projects_for_operators
from redflower.domains.projects.types import ProjectState
from tests.factories import NOON, make_user

pytestmark = pytest.mark.django_db

CHARITY = {
    "name_zh": "云南青禾助学基金会",
    "name_en": "Qinghe Education Foundation",
    "kind": "foundation",
    "region": "530000",
    "uscc": "53530000MJ00000016",
    "founded_on": "2012-03-05",
    "mission_zh": "让山里的孩子晚上有一盏灯。",
    "mission_en": "A lamp at night.",
    "palette": "wheat",
}
PROJECT = {
    "title_zh": "山里的一盏夜灯",
    "title_en": "A Night Lamp",
    "summary_zh": "为走廊装上夜灯",
    "summary_en": "Night lights",
    "story_zh": "夜里去厕所要走六十步。",
    "story_en": "Sixty steps.",
    "cause": "education",
    "region": "530000",
    "filing_no": "5353X",
    "starts_on": "2026-11-01",
    "ends_on": "2027-03-01",
    "budget_zh": ["灯具", "", "安装"],
    "budget_en": ["Lamps", "", "Fitting"],
    "budget_yuan": ["7000.50", "", "300"],
    "plan_zh": ["装好"],
    "plan_en": ["Fit"],
    "plan_day": ["2026-12-01"],
    "motif": "lamp",
    "palette": "wheat",
    "picture_seed": "7",
}


@pytest.fixture(autouse=True)
def _no_demo(settings: Any) -> None:
    settings.REDFLOWER_DEMO = False
    settings.REDFLOWER_SETUP_TOKEN = "lucky"


def found(client: Client, email: str = "me@example.org") -> Any:
    """Takes the first step."""
    return client.post("/setup/account/", {"email": email, "token": "lucky"})


@pytest.mark.parametrize("path", ["/", "/projects", "/me", "/backoffice/"])
def test_every_public_page_of_an_empty_site_leads_to_the_guide(client: Client, path: str):
    assert client.get(path)["Location"] == "/setup/"
    assert client.get("/setup/")["Location"] == "/setup/account/"


def test_programs_are_told_that_the_site_is_not_open_yet(client: Client):
    answer = client.get("/api/v1/projects")
    assert (answer.status_code, answer.json()["code"]) == (503, "not_open_yet")


def test_probes_answer_on_an_empty_site(client: Client):
    assert client.get("/livez").status_code == 200
    assert client.get("/readyz").status_code == 200


def test_the_whole_guide_ends_in_an_open_site_with_files_to_review(client: Client):
    assert found(client)["Location"] == "/setup/"
    assert client.get("/setup/")["Location"] == "/setup/site/"
    names = {"name_zh": "青禾公益", "name_en": "Qinghe Giving"}
    named = client.post("/setup/site/", {**names, "languages": ["zh-hans", "en"], "default": "en"})
    assert named["Location"] == "/setup/charity/"
    assert client.post("/setup/charity/", CHARITY)["Location"] == "/setup/project/"
    [charity] = list_charities_for_operators()
    assert (charity.state, charity.slug) == (CharityState.SUBMITTED, "qinghe-education-foundation")
    answer = client.post("/setup/project/", {**PROJECT, "charity_id": charity.id})
    assert answer["Location"] == "/setup/finish/", answer.content.decode()
    [project] = list_projects_for_operators()
    assert (project.state, project.goal_minor) == (ProjectState.SUBMITTED, 730_050)
    assert [line.label_en for line in list_budget(project.id)] == ["Lamps", "Fitting"]
    page = client.get("/setup/finish/").content.decode()
    assert "山里的一盏夜灯" in page or "A Night Lamp" in page
    assert client.post("/setup/finish/", {"email": "two@example.org"})["Location"] == "/backoffice/"

    site = get_site()
    assert (site.is_open, site.name_zh, site.languages) == (True, "青禾公益", ("en", "zh-hans"))
    assert User.objects.filter(is_operator=True).count() == 2
    assert "Qinghe Giving" in Client().get("/projects").content.decode()  # the default language is what was chosen
    acts = [row.act for row in list_audit_rows()]
    assert {"instance_founded", "site_named", "operator_made", "charity_submitted", "project_submitted"} <= set(acts)


def test_once_open_the_guide_does_not_exist(client: Client):
    name_site("甲", "A", ["zh-hans"], True)
    for path in ("", "account/", "site/", "charity/", "project/", "finish/"):
        assert client.get(f"/setup/{path}").status_code == 404
    assert client.get("/projects").status_code == 200


def test_an_open_site_is_not_asked_about_again(client: Client, django_assert_num_queries: Any):
    name_site("甲", "A", ["zh-hans"], True)
    client.get("/livez")
    client.get("/about")
    with django_assert_num_queries(0):
        client.get("/about")


def test_a_demo_has_no_guide(settings: Any):
    settings.REDFLOWER_DEMO = True
    assert Client().get("/setup/").status_code == 404
    assert Client().get("/projects").status_code == 200


@pytest.mark.parametrize("token", ["", "unlucky", "lücky", "\x00"])
def test_without_the_token_nobody_becomes_the_operator(client: Client, token: str):
    answer = client.post("/setup/account/", {"email": "thief@example.org", "token": token})
    assert answer.status_code == 422
    assert not User.objects.exists()


def test_without_a_token_only_the_machine_itself_may_begin(settings: Any):
    settings.REDFLOWER_SETUP_TOKEN = ""
    form = {"email": "me@example.org"}
    assert Client(REMOTE_ADDR="203.0.113.9").post("/setup/account/", form).status_code == 422
    proxied = Client(REMOTE_ADDR="127.0.0.1", HTTP_X_FORWARDED_FOR="203.0.113.9")
    assert proxied.post("/setup/account/", form).status_code == 422
    assert not User.objects.exists()
    assert Client(REMOTE_ADDR="127.0.0.1").post("/setup/account/", form)["Location"] == "/setup/"
    # Now there is an operator; sitting at the machine proves no address any more.
    again = Client(REMOTE_ADDR="127.0.0.1").post("/setup/account/", form)
    assert again.status_code == 422
    assert "_auth_user_id" not in Client().session


def test_only_one_person_founds_a_site(client: Client):
    found(client)
    second = Client()
    assert found(second, "late@example.org").status_code == 422
    assert "_auth_user_id" not in second.session
    with pytest.raises(InstanceFounded):
        found_instance("later@example.org", NOON)
    assert User.objects.filter(is_operator=True).count() == 1


def test_the_operator_comes_back_with_the_token(client: Client):
    found(client)
    back = Client()
    assert found(back)["Location"] == "/setup/"
    assert back.get("/setup/site/").status_code == 200


@pytest.mark.parametrize("path", ["site/", "charity/", "project/", "finish/"])
def test_the_later_steps_are_the_operators_alone(client: Client, path: str):
    found(Client())
    assert client.get(f"/setup/{path}")["Location"] == "/setup/account/"
    client.force_login(make_user("donor@example.org"), "allauth.account.auth_backends.AuthenticationBackend")
    assert client.get(f"/setup/{path}")["Location"] == "/setup/account/"


@pytest.mark.parametrize(
    ("step", "form", "change", "field"),
    [
        ("charity", CHARITY, {"uscc": "53530000MJ00000011"}, "uscc"),
        ("charity", CHARITY, {"name_zh": ""}, "name_zh"),
        ("charity", CHARITY, {"name_en": "a\u202eb"}, "name_en"),
        ("charity", CHARITY, {"slug": "Not A Slug"}, "slug"),
        ("charity", CHARITY, {"founded_on": "yesterday"}, "founded_on"),
        ("charity", CHARITY, {"founded_on": "2999-01-01"}, "founded_on"),
        ("charity", CHARITY, {"region": "99"}, "region"),
        ("project", PROJECT, {"budget_yuan": ["1e3", "", "0"]}, "budget"),
        ("project", PROJECT, {"budget_zh": ["", "", ""], "budget_en": [""], "budget_yuan": [""]}, "budget"),
        ("project", PROJECT, {"plan_day": ["soon"]}, "plan"),
        ("project", PROJECT, {"ends_on": "2020-01-01"}, "ends_on"),
        ("project", PROJECT, {"charity_id": "nonsense"}, "charity_id"),
        ("project", PROJECT, {"story_zh": "\x00"}, "story_zh"),
    ],
)
def test_a_file_with_a_hole_keeps_what_was_typed_and_names_the_hole(
    client: Client, step: str, form: dict, change: dict, field: str
):
    found(client)
    client.post("/setup/site/", {"name_zh": "甲", "name_en": "A", "languages": ["zh-hans"], "default": "zh-hans"})
    if step == "project":
        client.post("/setup/charity/", CHARITY)
        form = {**form, "charity_id": list_charities_for_operators()[0].id}
    answer = client.post(f"/setup/{step}/", {**form, **change})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert f'href="#field-{field}"' in page
    assert form["palette"] in page
    assert "mission_zh" not in form or form["mission_zh"] in page


def test_a_site_needs_both_names(client: Client):
    found(client)
    form = {"name_zh": "青禾", "name_en": " ", "languages": ["zh-hans"], "default": "zh-hans"}
    assert client.post("/setup/site/", form).status_code == 422
    assert get_site() is None


def test_the_database_holds_one_site():
    name_site("甲", "A", ["zh-hans"], False)
    with pytest.raises(Exception, match="there_is_one_site"), connection.cursor() as cursor:
        cursor.execute("INSERT INTO people_site VALUES (2, 'x', 'x', '[]', false)")
