"""What the public API promises: its answers, its refusals, its caches, and how many queries each costs."""

import base64
import json
import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from typing import Any
from uuid import UUID

import psycopg
import pytest
from django.core import signing
from django.db import connection
from django.test import Client

from redflower.adapters.payment_errors import ProviderDown
from redflower.adapters.sandbox import SandboxClient
from redflower.domains.donations.types import GiftState, IntentOutcome
from redflower.domains.festivals.selectors import list_pools
from redflower.domains.festivals.services import close_pools, draw_due_slices
from redflower.domains.insights.services import add_drawn_slices, add_settled_gifts
from redflower.domains.payments.models import Order
from redflower.domains.people.models import Donor
from redflower.faces.public_api import rate_limit
from redflower.faces.public_api.cursors import write_cursor
from redflower.faces.public_api.donor_tokens import read_donor_token
from redflower.faces.public_api.rate_limit import client_address
from redflower.faces.shared import instance
from redflower.faces.shared.pace import FixedWindow
from redflower.faces.shared.settlement import settle
from redflower.faces.shared.site import current_site
from redflower.kernel import clock
from redflower.kernel.ids import new_id
from redflower.kernel.limits import AMOUNT_MAX_MINOR
from tests.factories import POLICY, ask, give, intend, make_charity, make_donor, make_festival, make_project, notice

pytestmark = pytest.mark.django_db
ZONE = "Asia/Shanghai"
API = "/api/v1"


SOME_ID = UUID("019a0000-0000-7000-8000-000000000001")  # parallel workers must collect the same tests


def an_open_project(**fields: Any) -> Any:
    now = clock.now()
    dates = {"starts_at": now - timedelta(days=200), "ends_at": now + timedelta(days=30)}
    return make_project(**{**dates, **fields})


def a_running_festival(**fields: Any) -> UUID:
    return make_festival(opens_at=clock.now() - timedelta(minutes=10), hours=1, **fields)


def read(client: Client, path: str, **parameters: Any) -> Any:
    response = client.get(f"{API}{path}", parameters)
    assert response.status_code == 200, response.content
    return response.json()


def refused(response: Any, status: int, code: str) -> Any:
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    problem = response.json()
    assert (problem["status"], problem["code"]) == (status, code)
    assert problem["type"] == f"urn:redflower:problem:{code}"
    assert problem["title"]
    return problem


def post(client: Client, *gifts: dict[str, Any], **headers: Any) -> Any:
    return client.post(f"{API}/gifts", {"gifts": list(gifts)}, content_type="application/json", headers=headers)


def gift(project: Any, **fields: Any) -> dict[str, Any]:
    return {"idempotency_key": str(new_id()), "project": project.slug, "amount_minor": 2000, **fields}


def answers(response: Any) -> list[Any]:
    assert response.status_code == 200, response.content
    return response.json()["gifts"]


def pages_of(client: Client, path: str, **parameters: Any) -> Iterator[list[Any]]:
    cursor = ""
    while True:
        page = read(client, path, **parameters, **({"cursor": cursor} if cursor else {}))
        yield page["items"]
        if page["next"] is None:
            return
        cursor = page["next"]


class TestProjects:
    def test_a_list_shows_open_projects_with_their_totals(self, client):
        project = an_open_project()
        an_open_project(state="draft")
        add_settled_gifts([give(project.id, 1234, clock.now())])
        [item] = read(client, "/projects")["items"]
        assert item["slug"] == project.slug
        assert item["openness"] == "open"
        assert item["raised"]["given_minor"] == item["raised"]["raised_minor"] == 1234
        assert item["charity"]["slug"] == project.charity.slug
        assert item["url"].endswith(f"/projects/{project.slug}")

    def test_filters_combine(self, client):
        health = an_open_project(cause="health", region="110000")
        rural = an_open_project(cause="rural", region="110000")
        over = an_open_project(cause="rural", ends_at=clock.now() - timedelta(days=1))
        found = lambda **asked: {item["slug"] for item in read(client, "/projects", **asked)["items"]}  # noqa: E731
        assert found(cause="health") == {health.slug}
        assert found(region="110000") == {health.slug, rural.slug}
        assert found(region="110000", charity=rural.charity.slug) == {rural.slug}
        assert found(openness="finished") == {over.slug}
        assert found(openness="all") == {health.slug, rural.slug, over.slug}
        assert found(words="没有这样的项目") == found(words="!!!") == set()

    def test_words_are_found_in_chinese(self, client):
        project = an_open_project()
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE projects_project SET words = to_tsvector('simple', '热 午餐') WHERE id = %s", [project.id]
            )
        assert [item["slug"] for item in read(client, "/projects", words="午餐")["items"]] == [project.slug]

    def test_paging_meets_every_project_once_even_when_the_day_changes(self, client, monkeypatch):
        slugs = {an_open_project().slug for _ in range(7)}
        pages = pages_of(client, "/projects", limit=3)
        seen = [item["slug"] for item in next(pages)]
        tomorrow = clock.now() + timedelta(days=1)
        monkeypatch.setattr(clock, "now", lambda: tomorrow)
        seen += [item["slug"] for page in pages for item in page]
        assert sorted(seen) == sorted(slugs)

    def test_one_project_tells_all_that_is_public(self, client):
        project = an_open_project()
        found = read(client, f"/projects/{project.slug}")
        assert found["charity"]["uscc"] == project.charity.uscc
        assert found["budget"] == found["plan"] == []
        assert [duty["state"] for duty in found["calm"]["duties"]] == ["overdue", "overdue", "due_later"]
        assert found["calm"]["unanswered_questions"] == 0

    @pytest.mark.parametrize("path", ["/projects/nobody", "/projects/nobody/transfers", "/gifts?project=nobody"])
    def test_what_is_not_for_the_public_is_not_found(self, client, path):
        refused(client.get(API + path), 404, "project_not_found")
        hidden = an_open_project(state="draft")
        refused(client.get(API + path.replace("nobody", hidden.slug)), 404, "project_not_found")

    def test_the_ledger_shows_a_gift_and_its_match_and_pages(self, client):
        project, festival = an_open_project(), a_running_festival()
        now = clock.now()
        gifts = [give(project.id, 1000 + number, now) for number in range(3)]
        draw_due_slices(festival, ZONE, now + timedelta(minutes=1))
        booked = [item for page in pages_of(client, f"/projects/{project.slug}/transfers", limit=4) for item in page]
        assert len(booked) == len({item["id"] for item in booked}) == 6
        assert {item["subject_id"] for item in booked} == set(map(str, gifts))
        for item in booked:
            assert item["credit"]["kind"] == "project"
            assert item["debit"]["kind"] == {"gift": "donors", "award": "pool"}[item["kind"]]
            assert (item["asset"], item["phase"]) == ("CNY", "posted")


class TestGifts:
    def test_only_settled_gifts_are_public_and_names_only_where_chosen(self, client):
        project, now = an_open_project(), clock.now()
        intend(ask(project.id), now)
        give(project.id, 500, now, shown_as="anonymous", shown_name="张三", message="加油")
        give(
            project.id,
            600,
            now + timedelta(milliseconds=1),
            shown_as="pseudonym",
            shown_name="小满",
            message="微信 13800001111",
        )
        [second, first] = read(client, "/gifts")["items"]
        assert (first["shown_name"], first["message"], first["amount_minor"]) == (None, "加油", 500)
        assert (second["shown_name"], second["message"]) == ("小满", "")
        assert second["project"]["slug"] == project.slug
        assert "donor" not in json.dumps([first, second])
        assert read(client, "/gifts", project=project.slug, limit=1)["next"]

    def test_a_private_token_follows_a_gift_to_its_match_and_flower(self, client):
        project, festival, now = an_open_project(), a_running_festival(), clock.now()
        intent = intend(ask(project.id), now)
        path = f"{API}/gifts/{instance.gift_path(intent.gift_id).removeprefix('/g/')}"
        response = client.get(path)
        assert response["Cache-Control"] == "private, no-store"
        found = response.json()
        assert (found["state"], found["match"]["state"], found["flowers"]) == ("pending", "none", 0)
        settle([notice(intent, paid_at=now)], POLICY, now)
        found = client.get(path).json()
        assert (found["state"], found["match"]["state"], found["flowers"]) == ("settled", "waiting", 1)
        draw_due_slices(festival, ZONE, now + timedelta(minutes=1))
        found = client.get(path).json()
        assert found["match"]["state"] == "drawn"
        assert found["match"]["amount_minor"] == found["match"]["awards"][0]["amount_minor"] > 0
        assert found["url"].endswith(path.rpartition("/")[2])

    def test_a_guessed_token_opens_nothing(self, client):
        refused(client.get(f"{API}/gifts/{'a' * 64}"), 404, "gift_not_found")
        refused(client.get(f"{API}/gifts/short"), 404, "not_found")
        token = instance.gift_path(new_id()).removeprefix("/g/")
        refused(client.get(f"{API}/gifts/{token}"), 404, "gift_not_found")


class TestAskingForGifts:
    def test_a_gift_gets_a_page_to_pay_on_and_a_donor_who_stays(self, client):
        project = an_open_project()
        [first] = answers(post(client, gift(project, shown_as="named", shown_name="林小满")))
        assert (first["state"], first["amount_minor"], first["replayed"]) == ("pending", 2000, False)
        assert client.get(first["pay_url"].removeprefix("http://127.0.0.1:8000")).status_code == 200
        assert read(client, f"/gifts/{first['gift_token']}")["shown_name"] == "林小满"
        [second] = answers(post(client, gift(project, donor_token=first["donor_token"])))
        assert read_donor_token(second["donor_token"]) == read_donor_token(first["donor_token"])
        assert second["gift_token"] != first["gift_token"]
        assert Donor.objects.count() == 1

    def test_a_list_is_answered_item_by_item(self, client):
        project = an_open_project()
        over = an_open_project(ends_at=clock.now() - timedelta(days=1))
        asked = [
            (gift(project), None),
            (gift(over), "project_not_open"),
            ({**gift(project), "project": "nobody"}, "project_not_found"),
            ({**gift(project), "project": "a\x00b"}, "project_not_found"),
            (gift(project, amount_minor=0), "amount_too_small"),
            (gift(project, amount_minor=-1), "amount_too_small"),
            (gift(project, amount_minor=AMOUNT_MAX_MINOR + 1), "amount_too_large"),
            (gift(project, amount_minor=2**63), "amount_too_large"),
            (gift(project, amount_minor=10**400), "amount_too_large"),
            (gift(project, idempotency_key=""), "idempotency_key_invalid"),
            (gift(project, idempotency_key="k" * 65), "idempotency_key_invalid"),
            (gift(project, message="\u202e"), "text_unreadable"),
            (gift(project, message="\x00"), "text_unreadable"),
            (gift(project, message="长" * 201), "message_too_long"),
            (gift(project, shown_as="named"), "name_missing"),
            (gift(project, shown_as="named", shown_name="名" * 31), "name_too_long"),
            (gift(project, donor_token="forged:1:x"), "donor_token_invalid"),
            (gift(project), None),
        ]
        found = answers(post(client, *(item for item, _ in asked)))
        assert [answer.get("problem", {}).get("code") for answer in found] == [code for _, code in asked]
        assert Order.objects.count() == 2
        assert found[0]["donor_token"] == found[-1]["donor_token"] or Donor.objects.count() == 1

    def test_problems_speak_the_language_of_the_client(self, client):
        asked = gift(an_open_project(), donor_token="forged")
        [chinese] = answers(post(client, asked, Accept_Language="zh-CN"))
        [english] = answers(post(client, asked, Accept_Language="en"))
        assert chinese["problem"]["title"] == "捐赠人令牌不是由本站签发的"
        assert english["problem"]["title"] == "This donor token was not issued by this site"
        [answer] = answers(post(client, gift(an_open_project(), message="长" * 201)))
        assert answer["problem"]["facts"] == {"limit": "200", "length": "201"}

    def test_the_same_key_is_answered_as_before_with_its_present_state(self, client):
        project, now = an_open_project(), clock.now()
        asked = gift(project, donor_token=client.post(f"{API}/donors").json()["donor_token"])
        [first] = answers(post(client, asked))
        [again] = answers(post(client, asked))
        assert again == {**first, "replayed": True, "donor_token": again["donor_token"]}
        [changed] = answers(post(client, {**asked, "amount_minor": 2001}))
        assert changed["problem"]["code"] == "idempotency_conflict"
        order = Order.objects.get()
        settle([_paid(order, now)], POLICY, now)
        [settled] = answers(post(client, asked))
        assert (settled["state"], settled["pay_url"]) == (GiftState.SETTLED, None)
        twice = answers(post(client, gift(project, idempotency_key="k"), gift(project, idempotency_key="k")))
        assert [answer["replayed"] for answer in twice] == [False, True]

    def test_when_the_provider_is_away_the_intent_stands_and_a_retry_finishes_it(self, client, monkeypatch):
        project = an_open_project()
        asked = gift(project, donor_token=client.post(f"{API}/donors").json()["donor_token"])

        def away(*_: object) -> None:
            raise ProviderDown

        with monkeypatch.context() as broken:
            broken.setattr(SandboxClient, "create", away)
            response = post(client, asked)
            refused(response, 503, "provider_down")
            assert response["Retry-After"]
        [answer] = answers(post(client, asked))
        assert answer["replayed"]
        assert answer["pay_url"]
        assert Order.objects.count() == 1

    def test_a_donor_token_is_a_promise_that_writes_nothing(self, client):
        response = client.post(f"{API}/donors")
        assert response.status_code == 201
        assert Donor.objects.count() == 0
        assert read_donor_token(response.json()["donor_token"])

    def test_a_cookie_is_no_donor_token(self, client):
        cookie = signing.dumps(str(make_donor()), salt="donor")
        [answer] = answers(post(client, gift(an_open_project(), donor_token=cookie)))
        assert answer["problem"]["code"] == "donor_token_invalid"


def _paid(order: Any, now: Any) -> Any:
    return notice(IntentOutcome(order.id, order.amount_minor, order.expires_at, False), paid_at=now)


class TestBadBodies:
    def send(self, client: Client, body: bytes | str, content_type: str = "application/json", **extra: Any) -> Any:
        extra = {"CONTENT_TYPE": content_type, **extra}  # the test client leaves it out when the body is empty
        return client.generic("POST", f"{API}/gifts", body, content_type=content_type, **extra)

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            (b"", "body_unreadable"),
            (b"{", "body_unreadable"),
            (b"\xff", "body_unreadable"),
            ('{"gifts": []}'.encode("utf-16"), "body_unreadable"),
            (b"[" * 100_000, "body_unreadable"),
            (b'{"gifts": [' + b"9" * 5000 + b"]}", "body_unreadable"),
            (b'{"gifts": [], "gifts": []}', "body_key_repeated"),
            (b'{"gifts": [{"amount_minor": NaN}]}', "body_number_unreadable"),
            (b'{"gifts": [{"amount_minor": -Infinity}]}', "body_number_unreadable"),
        ],
    )
    def test_what_is_no_json_is_refused(self, client, body, code):
        refused(self.send(client, body), 400, code)

    @pytest.mark.parametrize("amount", ["1e2", "10.0", "0.001", '"10"', '"１０"', "true", "null", "[10]", "1e400"])
    def test_an_amount_is_a_json_integer_and_nothing_else(self, client, amount):
        body = f'{{"gifts": [{{"idempotency_key": "k", "project": "p", "amount_minor": {amount}}}]}}'
        [error] = refused(self.send(client, body), 422, "validation_failed")["errors"]
        assert (error["place"], error["field"]) == ("body", "gifts.0.amount_minor")
        assert error["code"] == "int_type"

    @pytest.mark.parametrize(
        ("body", "field", "code"),
        [
            ([], "", "model_type"),
            ({}, "gifts", "missing"),
            ({"gifts": {}}, "gifts", "list_type"),
            ({"gifts": []}, "gifts", "too_short"),
            ({"gifts": [{}] * 101}, "gifts", "too_long"),
            ({"gifts": [1]}, "gifts.0", "model_type"),
            ({"gifts": [], "gift": 1}, "gift", "extra_forbidden"),
            ({"gifts": [{"shown_as": "hero"}]}, "gifts.0.shown_as", "literal_error"),
            ({"gifts": [{"message": 5}]}, "gifts.0.message", "string_type"),
            ({"gifts": [{"donor_token": "x" * 201}]}, "gifts.0.donor_token", "string_too_long"),
        ],
    )
    @pytest.mark.parametrize("language", ["zh-CN", "en"])
    def test_each_field_in_fault_is_named(self, client, body, field, code, language):
        response = self.send(client, json.dumps(body), HTTP_ACCEPT_LANGUAGE=language)
        errors = refused(response, 422, "validation_failed")["errors"]
        named = {(error["field"], error["code"]): error["message"] for error in errors}
        assert (field, code) in named
        assert any("\u4e00" <= char <= "\u9fff" for char in named[field, code]) == (language == "zh-CN")

    @pytest.mark.parametrize("field", ["message", "shown_name", "idempotency_key", "project", "donor_token"])
    def test_half_a_character_is_refused(self, client, field):
        asked = {**gift(an_open_project(), shown_as="named", shown_name="名"), field: "HALF"}
        response = self.send(client, json.dumps({"gifts": [asked]}).replace("HALF", "\\ud800"))
        if response.status_code == 422:  # where the length of a text is checked at the door
            [error] = response.json()["errors"]
            assert (error["field"], error["code"]) == (f"gifts.0.{field}", "string_unicode")
        else:
            [answer] = answers(response)
            assert answer["problem"]["status"] in (404, 422)

    @pytest.mark.parametrize("key", ["\\ud800", "\\u0000", "x" * 1000, "\\u202e"])
    def test_a_name_nobody_knows_is_repeated_without_harm(self, client, key):
        errors = refused(self.send(client, f'{{"gifts": [], "{key}": 1}}'), 422, "validation_failed")["errors"]
        assert any(error["field"].isascii() and len(error["field"]) <= 40 for error in errors)
        refused(self.send(client, f'{{"{key}": 1, "{key}": 1}}'), 400, "body_key_repeated")

    @pytest.mark.parametrize(
        "media", ["", "text/plain", "application/x-www-form-urlencoded", "application/json; charset=gbk"]
    )
    def test_other_media_are_refused(self, client, media):
        refused(self.send(client, "{}", media), 415, "media_type_unsupported")

    def test_compressed_and_endless_bodies_are_refused(self, client):
        refused(self.send(client, "{}", HTTP_CONTENT_ENCODING="gzip"), 415, "media_type_unsupported")
        refused(self.send(client, "{}", HTTP_TRANSFER_ENCODING="chunked"), 411, "body_length_missing")

    def test_a_body_over_the_limit_is_refused_before_it_is_read(self, client):
        refused(self.send(client, b" " * (256 * 1024 + 1)), 413, "body_too_large")
        refused(self.send(client, b"{}", CONTENT_LENGTH="9" * 40), 413, "body_too_large")

    def test_the_longest_list_that_may_be_sent_fits_into_the_limit(self, client):
        asked = gift(an_open_project(), shown_as="named", shown_name="\u5f20" * 30, message="\u5584" * 200)
        asked["idempotency_key"] = "k" * 64
        body = json.dumps({"gifts": [asked] * 100}, ensure_ascii=True)
        assert all("gift_token" in answer for answer in answers(self.send(client, body)))


class TestBadAddresses:
    @pytest.mark.parametrize(
        "path", ["/nothing", "/projects/Not-A-Slug", "/projects/%00", "/projects/%ff", "/projects/a/b/c"]
    )
    def test_there_is_nothing_elsewhere(self, client, path):
        refused(client.get(API + path), 404, "not_found")

    @pytest.mark.parametrize(
        ("query", "field", "code"),
        [
            ("limit=0", "limit", "greater_than_equal"),
            ("limit=101", "limit", "less_than_equal"),
            ("limit=1e1", "limit", "int_parsing"),
            ("limit=1.0", "limit", "int_parsing"),
            ("limit=%EF%BC%91", "limit", "int_parsing"),
            ("limit=", "limit", "int_parsing"),
            ("cause=heroism", "cause", "enum"),
            ("region=53", "region", "string_pattern_mismatch"),
            ("charity=A", "charity", "string_pattern_mismatch"),
            ("openness=closed", "openness", "literal_error"),
            ("words=" + "a" * 101, "words", "string_too_long"),
            ("words=%00", "words", "text_unreadable"),
            ("words=%E2%80%AE", "words", "text_unreadable"),
            ("words=%ff", "words", "text_unreadable"),
            ("casue=health", "casue", "extra_forbidden"),
            ("cause=health&cause=rural", "cause", "repeated"),
        ],
    )
    def test_each_parameter_in_fault_is_named(self, client, query, field, code):
        [error] = refused(client.get(f"{API}/projects?{query}"), 422, "validation_failed")["errors"]
        assert (error["place"], error["field"], error["code"]) == ("query", field, code)

    @pytest.mark.parametrize(
        "cursor",
        [
            "x",
            "%%%",
            "é",
            "Z2lmdHM",
            write_cursor("gifts", SOME_ID),
            write_cursor("projects", "2026-13-01", SOME_ID),
            write_cursor("projects", "2026-01-01", "nobody"),
            write_cursor("projects", "2026-01-01", SOME_ID) + "=",
            base64.urlsafe_b64encode(b"\xff\xfe").decode(),
        ],
    )
    def test_a_malformed_cursor_is_named(self, client, cursor):
        refused(client.get(f"{API}/projects", {"cursor": cursor}), 422, "cursor_malformed")

    def test_other_methods_are_refused_and_told_which_there_are(self, client):
        for method in ("PUT", "PATCH", "DELETE", "TRACE", "BREW"):
            response = client.generic(method, f"{API}/gifts")
            refused(response, 405, "method_not_allowed")
            assert response["Allow"] == "GET, HEAD, OPTIONS, POST"
        refused(client.post(f"{API}/projects"), 405, "method_not_allowed")

    def test_too_many_parameters_are_refused(self, client):
        response = client.get(f"{API}/projects?" + "&".join(f"a{number}=1" for number in range(2000)))
        assert response.status_code in (400, 422)
        assert response["Content-Type"] == "application/problem+json"

    def test_the_root_leads_to_the_reference(self, client):
        assert client.get("/api/")["Location"] == "/api/docs"


class TestFestivals:
    def test_everything_a_stranger_needs_to_check_a_draw(self, client):
        project = an_open_project()
        festival = a_running_festival(presets=("surprise-2024", "random-2018"))
        now = clock.now()
        gifts = [give(project.id, 50 + number * 100, now) for number in range(5)]
        draw_due_slices(festival, ZONE, now + timedelta(minutes=1))
        [card] = read(client, "/festivals")["items"]
        assert (card["phase"], card["slices"]) == ("running", 720)
        found = read(client, f"/festivals/{card['slug']}")
        assert (found["gifts"], found["given_minor"]) == (5, 1250)
        for pool in found["pools"]:
            assert pool["granted_minor"] + pool["returned_minor"] + pool["free_minor"] == pool["budget_minor"]
            assert pool["revealed_secret"] is None
            slices = read(client, f"/festivals/{card['slug']}/slices", pool=pool["id"])
            assert sum(item["granted_minor"] for item in slices["items"]) == pool["granted_minor"] > 0
            assert slices["next"] is None
            number = slices["items"][0]["slice_no"]
            pages = pages_of(client, f"/festivals/{card['slug']}/awards", pool=pool["id"], slice=number, limit=2)
            awards = [item for page in pages for item in page]
            assert {item["gift_id"] for item in awards} == set(map(str, gifts))
            assert all(set(item) == {"gift_id", "amount_minor", "reason"} for item in awards)
            assert sum(item["amount_minor"] for item in awards) == pool["granted_minor"]

    def test_slices_page_by_number(self, client):
        project, festival, now = an_open_project(), a_running_festival(), clock.now()
        for number in range(3):
            give(project.id, 1000, now - timedelta(seconds=10 * number))
        draw_due_slices(festival, ZONE, now + timedelta(minutes=1))
        slug, pool = read(client, "/festivals")["items"][0]["slug"], list_pools(festival)[0].id
        first = read(client, f"/festivals/{slug}/slices", pool=pool, limit=2)
        rest = read(client, f"/festivals/{slug}/slices", pool=pool, limit=2, before=first["next"])
        numbers = [item["slice_no"] for item in first["items"] + rest["items"]]
        assert len(numbers) == 3
        assert numbers == sorted(numbers, reverse=True)
        assert rest["next"] is None

    def test_the_secret_is_shown_when_the_pool_is_closed(self, client):
        festival = make_festival(opens_at=clock.now() - timedelta(hours=3), hours=1)
        draw_due_slices(festival, ZONE, clock.now())
        close_pools(festival, clock.now())
        slug = read(client, "/festivals")["items"][0]["slug"]
        [pool] = read(client, f"/festivals/{slug}")["pools"]
        assert (pool["state"], pool["free_minor"]) == ("closed", 0)
        assert bytes.fromhex(pool["revealed_secret"]) == b"secret" * 6

    def test_a_pool_of_another_festival_is_not_found(self, client):
        refused(client.get(f"{API}/festivals/nobody"), 404, "festival_not_found")
        refused(client.get(f"{API}/festivals/nobody/slices", {"pool": new_id()}), 404, "festival_not_found")
        a_running_festival()
        slug = read(client, "/festivals")["items"][0]["slug"]
        refused(client.get(f"{API}/festivals/{slug}/slices", {"pool": new_id()}), 404, "pool_not_found")
        refused(client.get(f"{API}/festivals/{slug}/awards", {"pool": new_id(), "slice": 1}), 404, "pool_not_found")
        [error] = refused(client.get(f"{API}/festivals/{slug}/slices", {"pool": "1"}), 422, "validation_failed")[
            "errors"
        ]
        assert (error["field"], error["code"]) == ("pool", "uuid_parsing")
        for number in ("-1", str(2**31), "9" * 30):
            refused(
                client.get(f"{API}/festivals/{slug}/awards", {"pool": new_id(), "slice": number}),
                422,
                "validation_failed",
            )


class TestTheRest:
    def test_charities_are_listed_in_the_order_they_joined(self, client):
        first, second = make_charity(), make_charity(region="110000")
        make_charity(state="draft")
        seen = [item["slug"] for page in pages_of(client, "/charities", limit=1) for item in page]
        assert seen == [charity.slug for charity in sorted((first, second), key=lambda charity: charity.id)]
        assert [item["slug"] for item in read(client, "/charities", region="110000")["items"]] == [second.slug]
        assert read(client, f"/charities/{first.slug}")["uscc"] == first.uscc
        refused(client.get(f"{API}/charities/nobody"), 404, "charity_not_found")

    def test_totals_of_the_site_and_of_today(self, client):
        project, festival, now = an_open_project(), a_running_festival(), clock.now()
        add_settled_gifts([give(project.id, 1000, now), give(project.id, 234, now)])
        draw_due_slices(festival, ZONE, now + timedelta(minutes=1))
        add_drawn_slices(festival, range(720))
        found = read(client, "/totals")
        assert found["overall"]["given_minor"] == found["today"]["given_minor"] == 1234
        assert found["overall"]["matched_minor"] > 0
        assert found["overall"]["projects_open"] == found["overall"]["projects_supported"] == 1
        [region] = found["today"]["regions"]
        assert (region["region"], region["name_zh"], region["amount_minor"]) == ("530000", "云南", 1234)
        assert sum(hour["gifts"] for hour in found["today"]["hours"]) == 2

    def test_an_empty_site_answers_with_nothing_rather_than_failing(self, client):
        for path in ("/projects", "/gifts", "/festivals", "/charities"):
            assert read(client, path)["items"] == []
        assert read(client, "/totals")["overall"]["gifts"] == 0


class TestCachesAndBrowsers:
    def test_a_list_is_fresh_for_a_moment_and_has_an_etag(self, client):
        response = client.get(f"{API}/festivals")
        assert response["Cache-Control"] == "public, max-age=2"
        assert response["Content-Language"] == "zh-Hans, en"
        assert "Cookie" not in response["Vary"]
        again = client.get(f"{API}/festivals", headers={"If-None-Match": response["ETag"]})
        assert (again.status_code, again.content) == (304, b"")
        a_running_festival()
        assert client.get(f"{API}/festivals", headers={"If-None-Match": response["ETag"]}).status_code == 200

    def test_head_has_no_body(self, client):
        response = client.head(f"{API}/festivals")
        assert (response.status_code, response.content) == (200, b"")
        assert response["ETag"] == client.get(f"{API}/festivals")["ETag"]

    def test_other_sites_may_read_but_not_give(self, client):
        for path in ("/projects", "/projects/nobody", "/projects?limit=0", "/openapi.json"):
            assert client.get(API + path)["Access-Control-Allow-Origin"] == "*"
        preflight = client.options(
            f"{API}/gifts", headers={"Origin": "https://other.example", "Access-Control-Request-Method": "POST"}
        )
        assert preflight.status_code == 204
        assert "POST" not in preflight["Access-Control-Allow-Methods"]
        assert "POST" in preflight["Allow"]
        response = post(client, gift(an_open_project()), Origin="https://other.example")
        assert "Access-Control-Allow-Origin" not in response
        assert not response.cookies

    def test_a_database_that_is_away_is_a_503(self, client, monkeypatch):
        def away() -> None:
            raise psycopg.OperationalError("gone")

        monkeypatch.setattr("redflower.faces.public_api.routers.festivals.list_festivals", away)
        response = client.get(f"{API}/festivals")
        refused(response, 503, "unavailable")
        assert response["Retry-After"]


class TestRateLimit:
    @pytest.fixture(autouse=True)
    def fresh(self, monkeypatch):
        monkeypatch.setattr(rate_limit, "_gifts", FixedWindow())

    def test_an_address_that_asks_too_often_waits_and_others_do_not(self, client, settings):
        settings.REDFLOWER_API_GIFTS_PER_MINUTE = 2
        project = an_open_project()
        answers(post(client, gift(project), gift(project), gift(project)))
        response = post(client, gift(project))
        refused(response, 429, "too_many_gifts")
        assert 0 < int(response["Retry-After"]) <= 60
        other = Client(REMOTE_ADDR="192.0.2.7")
        answers(post(other, gift(project)))

    def test_a_new_minute_counts_anew(self):
        window, now = FixedWindow(), clock.now().replace(second=58)
        assert window.take("a", 5, 5, now) == 0
        assert window.take("a", 1, 5, now) == 2
        assert window.take("b", 1, 5, now) == 0
        assert window.take("a", 1, 5, now + timedelta(seconds=2)) == 0

    def test_behind_a_proxy_the_hop_it_wrote_counts_and_not_what_the_client_invented(self, rf):
        request = rf.get("/", REMOTE_ADDR="10.0.0.1", headers={"X-Forwarded-For": "1.1.1.1, 192.0.2.9"})
        assert client_address(request, 0) == "10.0.0.1"
        assert client_address(request, 1) == "192.0.2.9"
        assert client_address(rf.get("/", REMOTE_ADDR="10.0.0.1"), 1) == "10.0.0.1"
        home = client_address(rf.get("/", REMOTE_ADDR="2001:db8:1:2:3:4:5:6"), 0)
        assert home == client_address(rf.get("/", REMOTE_ADDR="2001:db8:1:2::9"), 0) == "2001:db8:1:2::/64"


class TestQueries:
    """Each endpoint costs the same however much there is to show."""

    @pytest.fixture
    def world(self):
        projects, festival, now = [an_open_project() for _ in range(3)], a_running_festival(), clock.now()
        gifts = [give(project.id, 1000, now) for project in projects for _ in range(4)]
        draw_due_slices(festival, ZONE, now + timedelta(minutes=1))
        return projects, festival, gifts

    @pytest.mark.parametrize(
        ("path", "queries"),
        [
            ("/projects", 2),
            ("/projects?charity={charity}", 3),
            ("/projects/{project}", 7),
            ("/projects/{project}/transfers", 2),
            ("/projects/{project}/corrections", 2),
            ("/charities/{charity}/corrections", 2),
            ("/gifts", 1),
            ("/gifts?project={project}", 2),
            ("/gifts/{token}", 5),
            ("/totals", 4),
            ("/festivals", 1),
            ("/festivals/{festival}", 4),
            ("/festivals/{festival}/slices?pool={pool}", 3),
            ("/festivals/{festival}/awards?pool={pool}&slice=120", 3),
            ("/charities", 1),
            ("/charities/{charity}", 1),
        ],
    )
    def test_reading(self, client, world, django_assert_num_queries, path, queries):
        projects, festival, gifts = world
        names = {
            "charity": projects[0].charity.slug,
            "project": projects[0].slug,
            "token": instance.gift_path(gifts[0]).removeprefix("/g/"),
            "festival": read(client, "/festivals")["items"][0]["slug"],
            "pool": list_pools(festival)[0].id,
        }
        current_site()  # read at most every few seconds, whoever asks
        with django_assert_num_queries(queries):
            assert client.get(API + path.format(**names)).status_code == 200

    def test_giving_costs_the_same_statements_for_one_and_for_many(self, client, monkeypatch):
        project, statements, execute = an_open_project(), [], psycopg.Cursor.execute

        def counted(cursor: Any, query: Any, *args: Any, **kwargs: Any) -> Any:
            statements.append(query)
            return execute(cursor, query, *args, **kwargs)

        answers(post(client, gift(project)))  # what a process reads once and keeps
        costs = []
        for count in (1, 5, 15, 30):  # a few rows go by INSERT, many by COPY
            asked = [gift(project) for _ in range(count)]
            with monkeypatch.context() as watched:
                watched.setattr(psycopg.Cursor, "execute", counted)
                answers(post(client, *asked))
                answers(post(client, *asked))
            costs.append(len(statements))
            statements.clear()
        assert costs[0] == costs[1] > 0
        assert costs[2] == costs[3] > 0


class TestReference:
    @pytest.mark.parametrize(("language", "title"), [("zh-CN", "开放接口"), ("en", "Retries")])
    def test_every_operation_is_explained_with_an_example_to_copy(self, client, language, title):
        response = client.get("/api/docs", headers={"Accept-Language": language})
        page = response.content.decode()
        assert response.status_code == 200
        assert title in page
        document = client.get(f"{API}/openapi.json", headers={"Accept-Language": language}).json()
        assert document["openapi"].startswith("3.1")
        for path, methods in document["paths"].items():
            for method, operation in methods.items():
                assert f'id="{operation["operationId"]}"' in page
                assert operation["summary"] in unescape(page)
                assert method in ("get", "post")
                assert f"{path.partition('{')[0]}" in page
        assert page.count("data-copy=") == sum(map(len, document["paths"].values()))

    def test_the_reference_obeys_the_policy_of_the_site(self, client):
        page = client.get("/api/docs").content.decode()
        assert "style=" not in page
        assert "<style" not in page
        assert "onclick" not in page
        assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", page))

    def test_the_document_speaks_the_language_of_the_reader_and_may_be_read_from_anywhere(self, client):
        response = client.get(f"{API}/openapi.json", headers={"Accept-Language": "en"})
        assert response.json()["info"]["title"] == "Red Flower open API"
        assert response["Content-Language"] == "en"
        assert "Accept-Language" in response["Vary"]
        assert client.post(f"{API}/openapi.json").status_code == 405
