"""The partner console: members see their own, keys are shown once, webhooks are replayed, a sandbox practises."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client as Browser
from redflower_client import Key

from redflower.adapters.webhooks import HTTPS_ONLY, Answer
from redflower.domains.flowers.selectors import count_flowers
from redflower.domains.partners.selectors import list_endpoints
from redflower.domains.people.models import User
from redflower.domains.scenes.selectors.campaigns import list_items_to_moderate
from redflower.domains.scenes.selectors.deeds import find_deeds_by_external_id, list_held_deeds
from redflower.domains.scenes.selectors.partners import find_partner, list_keys
from redflower.domains.scenes.services.partners import add_members
from redflower.domains.scenes.types import ItemState, ReportedDeed, ReportingPartner
from redflower.faces.followers import scenes as scene_follower
from redflower.faces.followers.webhooks import follow_once
from redflower.faces.shared.scenes.doors import donors_behind, report_deeds
from redflower.flows.webhooks import deliver_through
from redflower.kernel import clock
from tests.faces.scene_world import Scenes, make_scenes
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def scenes(tmp_path: Path) -> Scenes:
    return make_scenes(tmp_path)


def sign_in(user: User, language: str = "zh-CN") -> Browser:
    browser = Browser(headers={"accept-language": language})
    browser.force_login(user)
    return browser


def test_a_partner_exists_for_its_members_and_operators_only(scenes: Scenes) -> None:
    member, stranger, operator = make_user(), make_user(), make_user(is_operator=True)
    add_members(scenes.partner_id, [member.id], operator.id, clock.now())
    for page in ("", "keys/", "webhooks/", "start/"):
        url = f"/partners/{scenes.partner_id}/{page}"
        answers = [sign_in(user).get(url).status_code for user in (member, stranger, operator)]
        assert answers == [200, 404, 200], page
        assert Browser().get(url).status_code == 302
    assert "慢行" in sign_in(member).get("/partners").content.decode()
    assert "慢行" not in sign_in(stranger).get("/partners").content.decode()


def test_a_private_key_is_shown_once_and_kept_by_nobody(scenes: Scenes) -> None:
    browser = sign_in(make_user(is_operator=True))
    url = f"/partners/{scenes.partner_id}/keys/"
    page = browser.post(url, {"label": "生产", "scope": ["deeds", "read"]}).content.decode()
    [pem] = set(
        re.findall(r"-----BEGIN PRIVATE KEY-----.*?-----END PRIVATE KEY-----", page.replace("&#10;", "\n"), re.DOTALL)
    )
    new = list_keys(scenes.partner_id)[0]
    assert Key.from_pem(pem, str(new.id)).private.public_key().public_bytes_raw() == new.public_key
    assert {scope.value for scope in new.scopes} == {"deeds", "read"}
    assert "PRIVATE KEY" not in browser.get(url).content.decode()
    browser.post(f"{url}{new.id}/revoke", {"note": "不用了"})
    assert list_keys(scenes.partner_id)[0].revoked_at is not None
    assert browser.post(f"{url}{scenes.partner_id}/revoke", {"note": "别人的"}).status_code == 404


@pytest.mark.parametrize("url", ["http://example.org/", "https://user@example.org/", "http://127.0.0.1:22/", "ftp://x"])
def test_an_endpoint_that_no_webhook_may_go_to_is_not_added(scenes: Scenes, url: str) -> None:
    browser = sign_in(make_user(is_operator=True))
    page = browser.post(f"/partners/{scenes.partner_id}/webhooks/", {"act": "open", "url": url}, follow=True)
    assert "https://" in page.content.decode()
    assert [each.url for each in list_endpoints(scenes.partner_id)] == ["http://app.test/hooks"]


@pytest.mark.parametrize(
    ("error", "zh", "en"),
    [
        (HTTPS_ONLY, "地址不是以 https:// 开头", "does not begin with https://"),
        ("ConnectError: refused", "没有连上对方的服务器", "could not be reached"),
        ("HTTP 503", "HTTP 503", "HTTP 503"),
    ],
)
def test_what_became_of_a_try_is_told_in_the_readers_language(scenes: Scenes, error: str, zh: str, en: str) -> None:
    walk(scenes, 1)
    while follow_once():
        pass
    deliver_through(lambda parcels: [Answer(0, error, 3)] * len(parcels), b"k" * 32, clock.now())
    operator = make_user(is_operator=True)
    for language, said in (("zh-CN", zh), ("en", en)):
        page = sign_in(operator, language).get(f"/partners/{scenes.partner_id}/webhooks/").content.decode()
        assert said in page, language


def test_a_held_deed_counts_once_an_operator_says_so(scenes: Scenes) -> None:
    walk(scenes, 4, device="one-phone")
    [held] = list_held_deeds()
    [donor] = donors_behind(scenes.partner_id, "u-3")
    browser = sign_in(make_user(is_operator=True))
    assert "计入…" in browser.get("/backoffice/scenes/").content.decode()
    chosen = {"id": str(held.id), "act": "release"}
    asked = browser.post("/backoffice/scenes/deeds/decide/", chosen).content.decode()
    assert (held.external_id in asked, count_flowers([donor])) == (True, 0)
    browser.post("/backoffice/scenes/deeds/decide/", {**chosen, "sure": "1"})
    assert (list_held_deeds(), count_flowers([donor])) == ([], 2)


def test_what_a_deed_earned_is_taken_back_by_an_operator_with_a_reason(scenes: Scenes) -> None:
    walk(scenes, 1)
    [donor] = donors_behind(scenes.partner_id, "u-0")
    hand_out()
    browser = sign_in(make_user(is_operator=True))
    asked = {"partner": str(scenes.partner_id), "ids": "d-0\nnever"}
    page = browser.get("/backoffice/scenes/deeds/", asked).content.decode()
    assert ("计入了" in page, "never" in page) == (True, True)
    [deed] = find_deeds_by_external_id(scenes.partner_id, ["d-0"]).values()
    chosen = {"id": str(deed.id), "act": "reverse", "sure": "1"}
    assert browser.post("/backoffice/scenes/deeds/decide/", chosen).status_code == 422  # why?
    assert browser.post("/backoffice/scenes/deeds/decide/", {**chosen, "note": "不是本人"}).status_code == 302
    assert count_flowers([donor]) == 0
    assert "已收回" in browser.get("/backoffice/scenes/deeds/", asked).content.decode()
    assert sign_in(make_user()).get("/backoffice/scenes/deeds/", asked).status_code == 403


def test_ids_beyond_a_hundred_are_said_not_to_be_looked_for(scenes: Scenes) -> None:
    many = {"partner": str(scenes.partner_id), "ids": "\n".join(f"none-{number}" for number in range(103))}
    page = sign_in(make_user(is_operator=True)).get("/backoffice/scenes/deeds/", many).content.decode()
    assert "后面的 3 个没有查" in page and "none-99" in page.split("没有收到过")[1]
    assert "none-100" not in page.split("没有收到过")[1]


def hand_out() -> None:
    while scene_follower.follow_once():
        pass


def walk(scenes: Scenes, people: int, device: str = "") -> None:
    rows = [
        ReportedDeed(
            f"d-{n}", "daily-steps", f"u-{n}", clock.now(), amount=6_000, **({"device": device} if device else {})
        )
        for n in range(people)
    ]
    report_deeds(ReportingPartner(scenes.partner_id), rows, clock.now())


def test_somebody_registers_a_sandbox_and_it_is_ready_at_once() -> None:
    user = make_user()
    browser = sign_in(user)
    fields = {"slug": "my-app", "name_zh": "我的应用", "name_en": "My app", "homepage": "https://app.example.com"}
    answer = browser.post("/partners", {**fields, "sandbox": "1"})
    partner = find_partner("my-app")
    assert partner is not None
    assert (answer.status_code, partner.state, partner.is_sandbox) == (302, "active", True)
    again = browser.post("/partners", fields)
    assert again.status_code == 422
    assert "My app" in again.content.decode()  # what was typed is kept
    english = sign_in(user, "en").get(f"/partners/{partner.id}/start/").content.decode()
    assert "First steps" in english


def test_an_operator_shows_a_story_after_being_asked_once_more(scenes: Scenes) -> None:
    [held] = list_items_to_moderate()
    browser = sign_in(make_user(is_operator=True))
    assert held.title_zh in browser.get("/backoffice/scenes/").content.decode()
    asked = browser.post("/backoffice/scenes/items/decide/", {"id": str(held.id), "act": "show"})
    assert held.title_zh in asked.content.decode()
    assert list_items_to_moderate() == [held]
    done = browser.post("/backoffice/scenes/items/decide/", {"id": str(held.id), "act": "show", "sure": "1"})
    assert done.status_code == 302
    assert list_items_to_moderate() == []
    assert held.state == ItemState.HELD
    assert sign_in(make_user()).get("/backoffice/scenes/").status_code == 403


def test_the_document_lists_every_operation_in_both_languages() -> None:
    told: dict[str, Any] = {}
    for language in ("zh-CN", "en"):
        answer = Browser(headers={"accept-language": language}).get("/api/partner/v1/openapi.json")
        told[language] = json.loads(answer.content)
    assert set(told["en"]["paths"]) == set(told["zh-CN"]["paths"])
    assert len(told["en"]["paths"]) == 8
    assert not re.search(r"[\u4e00-\u9fff]", json.dumps(told["en"], ensure_ascii=False))
