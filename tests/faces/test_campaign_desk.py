"""Operators write campaigns and what they are about; a second one opens and shows them; then anybody does them."""

import json
from collections.abc import Mapping
from uuid import UUID

import pytest
from django.test import Client as Browser

from redflower.domains.scenes.selectors.campaigns import find_campaign, list_items, list_items_to_moderate
from redflower.domains.scenes.services.campaigns import read_preset
from redflower.domains.scenes.types import CampaignState
from tests.faces.journey import open_project
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)

FILE = {
    "title_zh": "晚饭后走一走", "title_en": "A walk after supper", "summary_zh": "走满六千步。", "summary_en": "Six thousand steps.",
    "opens_at": "2020-01-01T00:00", "closes_at": "2099-01-01T00:00", "sponsor_zh": "远山", "sponsor_en": "Farhill",
    "budget_minor": "1000", "person_day_flowers": "2", "person_day_minor": "1.50", "day_minor": "",
}  # fmt: skip


def operator() -> Browser:
    browser = Browser(headers={"accept-language": "zh-CN"})
    browser.force_login(make_user(is_operator=True))
    return browser


def rule(kind: str, **changes: object) -> str:
    return json.dumps({**read_preset(kind)["body"], **changes}, ensure_ascii=False)


def write(browser: Browser, kind: str, facts: Mapping[str, object]) -> tuple[int, str]:
    answer = browser.post(f"/backoffice/scenes/new/{kind}/", facts)
    return answer.status_code, answer.content.decode()


def decide(browser: Browser, what: str, act: str, chosen: UUID, note: str = "") -> int:
    told = {"id": str(chosen), "act": act, "sure": "1", "note": note}
    return browser.post(f"/backoffice/scenes/{what}/decide/", told).status_code


def test_a_campaign_is_written_by_one_operator_and_opened_by_another() -> None:
    maker, checker, project = operator(), operator(), open_project()
    form = maker.get("/backoffice/scenes/new/steps/").content.decode()
    assert "day_steps" in form  # the preset's numbers, to begin with
    facts = {**FILE, "rule": rule("steps"), "project_ids": [str(project.id)]}
    assert write(maker, "steps", facts)[0] == 302
    campaign = find_campaign("a-walk-after-supper")
    assert campaign is not None
    assert (campaign.rule_code, campaign.rule_version) == ("steps", read_preset("steps")["version"])
    assert (campaign.limits.person_day_minor, campaign.limits.day_minor) == (150, None)
    assert decide(maker, "campaigns", "publish", campaign.id) == 422  # one's own
    assert decide(checker, "campaigns", "publish", campaign.id) == 302
    assert Browser().get("/scenes/a-walk-after-supper").status_code == 200
    assert "¥1,000" in Browser().get("/scenes/a-walk-after-supper").content.decode()
    assert maker.get(f"/backoffice/scenes/{campaign.id}/edit/").status_code == 409


def test_a_returned_campaign_keeps_its_words_and_says_why() -> None:
    maker, checker, project = operator(), operator(), open_project()
    write(maker, "steps", {**FILE, "rule": rule("steps"), "project_ids": [str(project.id)]})
    campaign = find_campaign("a-walk-after-supper")
    assert campaign is not None
    decide(checker, "campaigns", "return", campaign.id, "预算太少")
    page = maker.get(f"/backoffice/scenes/{campaign.id}/edit/").content.decode()
    assert all(each in page for each in ("预算太少", "晚饭后走一走", 'value="1000"', f'value="{project.id}" checked'))
    facts = {**FILE, "budget_minor": "2000", "rule": rule("steps"), "slug": campaign.slug, "project_ids": [project.id]}
    assert maker.post(f"/backoffice/scenes/{campaign.id}/edit/", facts).status_code == 302
    again = find_campaign("a-walk-after-supper")
    assert again is not None
    assert (again.id, again.state, again.budget_minor) == (campaign.id, CampaignState.SUBMITTED, 200_000)


def test_a_rule_with_other_numbers_is_a_rule_set_of_its_own() -> None:
    maker, project = operator(), open_project()
    facts = {**FILE, "rule": rule("steps", day_steps=8_000), "project_ids": [str(project.id)]}
    for name in ("first-walk", "second-walk"):
        assert write(maker, "steps", {**facts, "slug": name})[0] == 302
    first, second = find_campaign("first-walk"), find_campaign("second-walk")
    assert first is not None
    assert second is not None
    assert first.rule_set_id == second.rule_set_id
    assert (first.rule_code != "steps", first.rule_body["day_steps"]) == (True, 8_000)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"rule": "{"}, "读不懂"),
        ({"rule": rule("steps", day_steps="many")}, "day_steps"),
        ({"project_ids": []}, "请检查这一项"),  # money with nowhere to go
        ({"closes_at": "2019-01-01T00:00"}, "请检查这一项"),
        ({"budget_minor": "much"}, "error"),
    ],
)
def test_what_cannot_be_a_campaign_is_said_beside_its_field(changed: dict[str, object], said: str) -> None:
    facts = {**FILE, "rule": rule("steps"), "project_ids": [str(open_project().id)], **changed}
    status, page = write(operator(), "steps", facts)
    assert (status, said in page, "晚饭后走一走" in page) == (422, True, True)
    assert find_campaign("a-walk-after-supper") is None


QUESTION = {
    "title_zh": "江豚用什么找鱼？", "title_en": "How do porpoises find fish?", "options_zh": "眼睛\n声音", "options_en": "Eyes\nSound",
    "answer": "2", "why_zh": "江水浑。", "why_en": "The river is murky.",
}  # fmt: skip
ITEMS = {
    "quiz": QUESTION,
    "read": {"title_zh": "红树", "title_en": "Mangroves", "text_zh": "会呼吸的根。", "text_en": "Roots that breathe."},
    "checkin": {"title_zh": "捡拾日", "title_en": "Clean-up", "place_zh": "江边，周六", "place_en": "By the river, Saturday"},
    "like": {
        "title_zh": "蜂箱", "title_en": "Hives", "author_name": "阿木", "lines_zh": "春天。\n花开了。", "lines_en": "Spring.\nFlowers.",
        "motif": "bee", "palette": "wheat",
    },
}  # fmt: skip


@pytest.mark.parametrize("kind", ITEMS)
def test_what_a_campaign_is_about_is_shown_once_somebody_let_it_through(kind: str) -> None:
    maker, checker, project = operator(), operator(), open_project()
    write(maker, kind, {**FILE, "rule": rule(kind), "project_ids": [str(project.id)]})
    campaign = find_campaign("a-walk-after-supper")
    assert campaign is not None
    decide(checker, "campaigns", "publish", campaign.id)
    path, item = f"/backoffice/scenes/{campaign.id}/items/", {**ITEMS[kind], "project_id": str(project.id)}
    assert maker.post(path, item).status_code == 302
    assert list_items(campaign.id) == []
    [held] = list_items_to_moderate()
    desk = checker.get("/backoffice/scenes/").content.decode()
    assert item["title_zh"] in desk
    assert decide(maker, "items", "show", held.id) == 422  # one's own
    assert decide(checker, "items", "show", held.id) == 302
    assert (
        item["title_zh"]
        in Browser(headers={"accept-language": "zh-CN"}).get(f"/scenes/{campaign.slug}").content.decode()
    )


@pytest.mark.parametrize(
    "changed", [{"options_en": "Eyes"}, {"answer": "3"}, {"options_zh": "声音", "options_en": "Sound"}]
)
def test_a_question_nobody_could_answer_is_not_written(changed: dict[str, str]) -> None:
    maker = operator()
    write(maker, "quiz", {**FILE, "budget_minor": "", "sponsor_zh": "", "sponsor_en": "", "rule": rule("quiz")})
    campaign = find_campaign("a-walk-after-supper")
    assert campaign is not None
    answer = maker.post(f"/backoffice/scenes/{campaign.id}/items/", {**QUESTION, **changed})
    assert (answer.status_code, list_items(campaign.id, None)) == (422, [])
    assert QUESTION["title_zh"] in answer.content.decode()
