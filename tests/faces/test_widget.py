"""The widget's door: short-lived tokens, registered pages only, and the same settlement as the bulk door."""

import gzip
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from django.test import Client as Browser
from redflower_client import Client, Deed, Problem

from redflower.domains.festivals.selectors.bonuses import get_bonus_standing
from redflower.domains.festivals.types import BonusStanding
from redflower.domains.ledger.selectors import get_balance
from redflower.domains.ledger.types import AccountKind
from redflower.domains.scenes.selectors.campaigns import find_campaign
from redflower.domains.scenes.services.partners import revoke_keys, suspend_partners
from redflower.domains.scenes.types import PLATFORM
from redflower.faces.partner_api.views.widget import MODULE
from redflower.faces.shared.scenes.doors import token_key
from redflower.faces.shared.scenes.refusals import UserTokenExpired, UserTokenInvalid
from redflower.faces.shared.scenes.tokens import LIFE, UserToken, issue_token, read_token
from redflower.kernel import clock
from redflower.kernel.clock import local_date
from tests.faces.scene_world import ORIGIN, Scenes, make_scenes
from tests.factories import NOON, make_festival, make_user

pytestmark = pytest.mark.django_db(transaction=True)
API = "/api/partner/v1"


@pytest.fixture
def scenes(tmp_path: Path) -> Scenes:
    return make_scenes(tmp_path)


def carry() -> httpx.Client:
    """Hands a client's requests to the site instead of a network."""

    def hand_over(request: httpx.Request) -> httpx.Response:
        headers = {name: value for name, value in request.headers.items() if name != "content-length"}
        answer = Browser(enforce_csrf_checks=True).generic(
            request.method,
            request.url.raw_path.decode(),
            request.content,
            content_type=headers.pop("content-type", ""),
            headers=headers,
        )
        return httpx.Response(answer.status_code, content=answer.content, headers=dict(answer.headers))

    return httpx.Client(transport=httpx.MockTransport(hand_over))


@pytest.fixture
def partner(scenes: Scenes) -> Client:
    """The Python client, its requests handed to the site instead of a network."""
    return Client("http://testserver", scenes.key, http=carry())


Page = Callable[..., Any]


@pytest.fixture
def page(partner: Client) -> Page:
    """A page of the partner's: `page(path, body)` asks as its script does, for a user with 7,204 steps."""

    def ask(path: str, body: Any = None, origin: str = ORIGIN, token: str = "", **headers: str) -> Any:
        text = token or give_token(partner)
        sent = {"origin": origin, "authorization": f"Bearer {text}", **headers}
        browser = Browser(enforce_csrf_checks=True)
        if body is None:
            return browser.get(f"{API}/widget/{path}", headers=sent)
        return browser.post(f"{API}/widget/{path}", json.dumps(body), content_type="application/json", headers=sent)

    return ask


def give_token(partner: Client, user: str = "u-7", **deeds: dict[str, Any]) -> str:
    vouched = deeds or {"daily-steps": {"amount": 7_204}}
    [token] = partner.user_tokens([{"user": user, "deeds": vouched}])
    return token.token


def collect(scene: str = "daily-steps", key: str = "", **facts: Any) -> dict[str, Any]:
    return {"deeds": [{"scene": scene, "id": key or str(uuid4()), "facts": facts}]}


# --- tokens ---------------------------------------------------------------------------------------


def test_a_token_says_what_was_signed_and_nothing_else() -> None:
    said = UserToken(UUID(int=7), "用户-7", ("steps",), {"steps": {"amount": 7_204}}, NOON + LIFE)
    text = issue_token(said, b"key")
    assert read_token(text, b"key", NOON) == said
    with pytest.raises(UserTokenExpired):
        read_token(text, b"key", NOON + LIFE)
    for place in range(0, len(text), 7):
        changed = text[:place] + ("A" if text[place] != "A" else "B") + text[place + 1 :]
        with pytest.raises(UserTokenInvalid):
            read_token(changed, b"key", NOON)
    with pytest.raises(UserTokenInvalid):
        read_token(text, b"other", NOON)


def test_only_a_signed_request_gets_tokens_and_only_for_its_own_campaigns(partner: Client, scenes: Scenes) -> None:
    [token] = partner.user_tokens(["u-1"], ["daily-steps"])
    read = read_token(token.token, token_key(), clock.now())
    assert (read.partner_id, read.campaigns) == (scenes.partner_id, ("daily-steps",))
    assert timedelta(minutes=14) < token.expires_at - clock.now() <= LIFE
    with pytest.raises(Problem) as refused:
        partner.user_tokens(["u-1"], ["somebody-elses"])
    assert refused.value.code == "campaign_not_yours"
    for users in ([{"user": ""}], [{"user": "u", "deeds": {"daily-steps": {"amount": "many"}}}], [{"user": "u\n"}]):
        with pytest.raises(Problem) as refused:
            partner.user_tokens(users)
        assert refused.value.code == "user_tokens_invalid"
    unsigned = Browser().post(f"{API}/user-tokens", "{}", content_type="application/json")
    assert (unsigned.status_code, unsigned.json()["code"]) == (401, "signature_missing")


def test_a_revoked_key_and_a_suspended_partner_get_nothing(partner: Client, page: Page, scenes: Scenes) -> None:
    token = give_token(partner)
    operator = make_user(is_operator=True)
    suspend_partners([scenes.partner_id], "查一查", operator.id, clock.now())
    with pytest.raises(Problem) as refused:
        partner.user_tokens(["u-1"])
    assert refused.value.code == "partner_not_active"
    assert page("scenes/steps", token=token).json()["code"] == "partner_not_active"
    revoke_keys([UUID(scenes.key.key_id)], "泄露", operator.id, clock.now())
    with pytest.raises(Problem) as refused:
        partner.campaigns()
    assert refused.value.status == 401


# --- pages ----------------------------------------------------------------------------------------


def test_a_registered_page_reads_and_any_other_is_refused(page: Page, partner: Client) -> None:
    answer = page("scenes/steps")
    assert answer.status_code == 200
    assert answer["Access-Control-Allow-Origin"] == ORIGIN
    assert "Access-Control-Allow-Credentials" not in answer
    for origin in ("http://evil.test", "null", "", "http://app.test.evil.test", "https://app.test"):
        refused = page("scenes/steps", origin=origin)
        assert (refused.status_code, refused.json()["code"]) == (403, "origin_not_registered"), origin
        assert "Access-Control-Allow-Origin" not in refused


def test_a_browser_asks_first_and_hears_yes_only_for_registered_pages(scenes: Scenes) -> None:
    asked = {"access-control-request-method": "POST", "access-control-request-headers": "authorization,content-type"}
    yes = Browser().options(f"{API}/widget/deeds", headers={"origin": ORIGIN, **asked})
    assert (yes.status_code, yes["Access-Control-Allow-Origin"]) == (204, ORIGIN)
    assert yes["Access-Control-Allow-Methods"] == "POST"
    no = Browser().options(f"{API}/widget/deeds", headers={"origin": "http://evil.test", **asked})
    assert "Access-Control-Allow-Origin" not in no
    assert "Origin" in no["Vary"]


def test_the_platforms_own_token_is_for_its_own_pages(scenes: Scenes) -> None:
    donor = uuid4()
    text = issue_token(UserToken(PLATFORM, str(donor), ("daily-steps",), {}, clock.now() + LIFE), token_key())
    headers = {"authorization": f"Bearer {text}"}
    own = Browser().get(f"{API}/widget/scenes/steps", headers={**headers, "sec-fetch-site": "same-origin"})
    assert own.status_code == 200
    assert Browser().get(f"{API}/widget/scenes/steps", headers=headers).status_code == 403
    assert Browser().get(f"{API}/widget/scenes/steps", headers={**headers, "origin": ORIGIN}).status_code == 403


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("deeds", {}, "widget_body_invalid"),
        ("deeds", {"deeds": []}, "widget_body_invalid"),
        ("deeds", {"deeds": ["x"]}, "widget_body_invalid"),
        ("deeds", {"deeds": [{"scene": "steps", "id": "", "facts": {}}]}, "widget_body_invalid"),
        ("deeds", {"deeds": [{"scene": "steps", "id": "1", "facts": []}]}, "widget_body_invalid"),
        ("deeds", {"deeds": [{"scene": "nowhere", "id": "1"}]}, "scene_not_in_token"),
        (
            "flowers",
            {"gives": [{"scene": "steps", "id": "1", "kind": "project", "to": "x", "flowers": -1}]},
            "widget_body_invalid",
        ),
        (
            "flowers",
            {"gives": [{"scene": "steps", "id": "1", "kind": "cash", "to": "x", "flowers": 1}]},
            "widget_body_invalid",
        ),
        ("deeds", {"deeds": [{"scene": "steps", "id": "x" * 20_000}]}, "widget_body_too_large"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(page: Page, path: str, body: Any, code: str) -> None:
    answer = page(path, body)
    assert 400 <= answer.status_code < 500
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == code


def test_a_finger_on_the_button_is_slowed_down(page: Page, partner: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    from redflower.faces.partner_api import widget_door
    from redflower.faces.shared.pace import FixedWindow

    monkeypatch.setattr(widget_door, "_asked", FixedWindow())
    monkeypatch.setattr(widget_door, "REQUESTS_A_MINUTE", 3)
    token = give_token(partner)
    assert [page("scenes/steps", token=token).status_code for _ in range(4)] == [200, 200, 200, 429]


# --- earning and giving ---------------------------------------------------------------------------


def test_steps_earn_once_a_day_and_replay_answers_the_same(page: Page, partner: Client) -> None:
    token = give_token(partner)
    first = page("deeds", collect(key="tap-1"), token=token).json()
    assert (first["answers"][0]["result"], first["answers"][0]["flowers"]) == ("earned", 2)
    assert first["state"]["me"] | {"flowers": 2, "today": 2, "cap": 2} == first["state"]["me"]
    before = find_campaign("daily-steps")
    again = page("deeds", collect(key="tap-2"), token=token).json()
    assert (again["answers"][0]["flowers"], again["answers"][0]["code"]) == (0, "already_today")
    after = find_campaign("daily-steps")
    assert before is not None
    assert after is not None
    assert (before.flowers, before.spent_minor) == (after.flowers, after.spent_minor) == (2, 30)


def test_a_browser_cannot_claim_what_the_partner_did_not_vouch_for(page: Page, partner: Client) -> None:
    few = give_token(partner, "u-8", **{"daily-steps": {"amount": 900}})
    answer = page("deeds", collect(amount=99_000, value=99_000), token=few).json()["answers"][0]
    assert (answer["flowers"], answer["code"]) == (0, "below_target")
    nothing = give_token(partner, "u-9", other={})
    for scene in ("shake", "green", "round_up", "volunteer"):
        answer = page("deeds", collect(scene, subject="x", payment_minor=10_000), token=nothing).json()["answers"][0]
        assert (answer["result"], answer["flowers"]) == ("refused", 0), scene


def test_the_widget_and_the_bulk_door_are_one_settlement(page: Page, partner: Client) -> None:
    now = clock.now()
    report = partner.report_deeds(
        [
            Deed("bulk-1", "daily-steps", "u-7", now, amount=9_000),
            Deed("bulk-1", "daily-steps", "u-7", now, amount=9_000),
            Deed("bulk-2", "daily-steps", "u-10", now, amount=150_000),
        ]
    )
    assert [(each.status, each.flowers) for each in report.answers[:2]] == [("accepted", 2), ("replayed", 2)]
    assert (report.answers[2].status, report.answers[2].reason) == ("refused", "impossible_amount")
    assert report.answers[2].message
    answer = page("deeds", collect(), token=give_token(partner)).json()["answers"][0]
    assert (answer["flowers"], answer["code"]) == (0, "already_today")


def test_flowers_are_given_once_and_never_more_than_there_are(page: Page, partner: Client, scenes: Scenes) -> None:
    token = give_token(partner)
    page("deeds", collect(), token=token)
    gift = {"id": "gift-1", "scene": "steps", "kind": "project", "to": scenes.project.slug, "flowers": 1}
    for _ in range(2):  # the same id is the same gift
        told = page("flowers", {"gives": [gift]}, token=token).json()
        assert told["answers"][0]["result"] == "given"
        assert told["state"]["me"]["flowers"] == 1
    told = page(
        "flowers", {"gives": [gift | {"id": "gift-2", "flowers": 5}, gift | {"id": "gift-3"}]}, token=token
    ).json()
    assert [each["result"] for each in told["answers"]] == ["refused", "given"]
    assert told["state"]["me"]["flowers"] == 0
    elsewhere = page("flowers", {"gives": [gift | {"id": "gift-4", "to": "elsewhere"}]}, token=token).json()
    assert elsewhere["answers"][0]["code"] == "project_not_in_campaign"


def test_flowers_for_a_project_count_for_its_bonus_while_a_festival_takes_them(
    page: Page, partner: Client, scenes: Scenes
) -> None:
    festival = make_festival(("random-2018",), opens_at=clock.now(), hours=72, projects_per_giver=1)
    token = give_token(partner)
    page("deeds", collect(), token=token)
    gift = {"id": "gift-1", "scene": "steps", "kind": "project", "to": scenes.project.slug, "flowers": 1}
    for _ in range(2):
        assert page("flowers", {"gives": [gift]}, token=token).json()["answers"][0]["result"] == "given"
    today = local_date(clock.now(), "Asia/Shanghai")
    assert get_bonus_standing(festival, scenes.project.id, today) == BonusStanding(0, 1)
    assert get_balance(AccountKind.BONUS_FLOWERS, scenes.project.id) == 0


def test_a_shake_unlocks_a_sum_that_the_person_places_once(page: Page, partner: Client) -> None:
    paid = {"subject": "pay-1", "facts": {"payment_minor": 1_850}}
    token = give_token(partner, "u-7", **{"shake-for-light": paid})
    shaken = page("deeds", collect("shake"), token=token).json()
    amount = shaken["answers"][0]["unlocked_minor"]
    assert 1 <= amount <= 100
    [unplaced] = shaken["state"]["unplaced"]
    assert unplaced["amount_minor"] == amount
    target = shaken["state"]["targets"][0]["id"]
    other = give_token(partner, "u-8", **{"shake-for-light": paid})
    placing = {"placements": [{"scene": "shake", "id": unplaced["id"], "project": target}]}
    assert page("placements", placing, token=other).json()["answers"][0]["code"] == "nothing_to_place"
    placed = page("placements", placing, token=token).json()
    assert placed["answers"][0]["result"] == "placed"
    assert placed["state"]["unplaced"] == []


def test_the_quiz_explains_every_answer(page: Page, partner: Client) -> None:
    token = give_token(partner)
    asked = page("scenes/quiz", token=token).json()["deed"]["questions"]
    assert len(asked) == 5
    told = page("deeds", collect("quiz", answers={each["id"]: 0 for each in asked}), token=token).json()["answers"][0]
    assert len(told["explanations"]) == 5
    assert all(each["why"]["zh"] and each["why"]["en"] for each in told["explanations"])
    assert told["right"] == sum(each["right"] for each in told["explanations"])


def test_a_reader_cannot_have_read_for_longer_than_their_token_lives(page: Page, partner: Client) -> None:
    token = give_token(partner)
    article = page("scenes/read", token=token).json()["deed"]["article"]
    told = page("deeds", collect("read", article=article, seconds=86_400), token=token).json()["answers"][0]
    assert (told["result"], told["code"]) == ("refused", "faster_than_human")


def test_ten_requests_or_one_cost_the_widget_the_same_queries(
    page: Page, partner: Client, django_assert_max_num_queries: Any
) -> None:
    token = give_token(partner)
    with django_assert_max_num_queries(22):
        assert page("scenes/steps", token=token).status_code == 200


# --- the module -----------------------------------------------------------------------------------


def test_the_component_is_small_open_to_every_page_and_free_of_what_policies_forbid() -> None:
    source = MODULE.read_bytes()
    assert len(gzip.compress(source, 9)) <= 15 * 1024
    for forbidden in (
        b"innerHTML",
        b"eval(",
        b"new Function",
        b"style=",
        b"insertAdjacentHTML",
        b"document.write",
        b"http://",
    ):
        assert source.replace(b"http://www.w3.org/2000/svg", b"").count(forbidden) == 0, forbidden
    answer = Browser().get("/widget/v1/red-flower.js")
    assert answer.content == source
    assert answer["Content-Type"].startswith("text/javascript")
    assert (answer["Access-Control-Allow-Origin"], answer["Cross-Origin-Resource-Policy"]) == ("*", "cross-origin")
    again = Browser().get("/widget/v1/red-flower.js", headers={"if-none-match": answer["ETag"]})
    assert again.status_code == 304


def test_both_languages_of_the_component_say_the_same_things() -> None:
    import re

    source = MODULE.read_text("utf-8")
    zh, en = (re.search(rf"\n  {name}: {{(.*?)\n  }},", source, re.DOTALL) for name in ("zh", "en"))
    assert zh is not None
    assert en is not None
    bare = [re.sub(r'"(?:[^"\\]|\\.)*"', '""', block[1]) for block in (zh, en)]  # a colon in a sentence is no key
    keys = [set(re.findall(r"(?:^|[\s,{])(\w+): [\"{]", block)) - {"one", "other"} for block in bare]
    assert keys[0] == keys[1]
    assert len(keys[0]) > 30
