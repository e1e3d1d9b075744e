"""The engine's door over HTTP: what it takes, what it answers, and every way in which it says no."""

import json
from urllib.parse import urlsplit

import pytest

from redflower.adapters.sandbox_bank import BadLink, Bank
from redflower.domains.donations.selectors import get_gift
from redflower.domains.ledger.selectors import get_balance
from redflower.domains.ledger.types import AccountKind
from redflower.faces.shared import instance
from redflower.kernel import clock
from tests.doors import around_now, asked, open_doors, paid
from tests.factories import make_project

JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def doors(django_db_setup, tmp_path_factory):
    with open_doors(tmp_path_factory.mktemp("door")) as doors:
        yield doors


@pytest.fixture
def door(transactional_db, doors):
    with doors.client() as client:
        client.doors = doors
        yield client


@pytest.fixture
def project(transactional_db):
    return make_project(**around_now())


def notify(door, *facts):
    body, headers = door.doors.sign(*facts)
    return door.post("/v1/notices/sandbox", content=body, headers=headers)


def test_a_gift_is_asked_for_paid_settled_and_seen(door, project):
    answer = door.post("/v1/gifts", json=asked(project.slug))
    assert answer.status_code == 200
    opened = answer.json()
    assert opened["state"] == "pending" and not opened["replayed"]
    assert notify(door, paid(opened)).json()["result"] == "settled"
    assert notify(door, paid(opened)).json()["result"] == "replayed"
    seen = door.get(f"/v1/gifts/{opened['gift_token']}").json()
    assert (seen["state"], seen["flowers"], seen["project"]) == ("settled", 1, project.slug)
    assert door.get(f"/v1/gifts/{seen['gift_id']}").json() == seen
    assert get_balance(AccountKind.PROJECT, project.id) == 1000
    # The pages know it too: one settlement, one key.
    gift_id = instance.read_gift_token(opened["gift_token"])
    assert get_gift(gift_id, clock.now()).channel == "api"


def test_the_payment_link_opens_a_charge_once_and_only_as_it_was_signed(door, project):
    opened = door.post("/v1/gifts", json=asked(project.slug)).json()
    query = urlsplit(opened["pay_url"]).query
    bank, now = Bank(door.doors.folder / "sandbox"), clock.now()
    charge = bank.open_link(query, now)
    assert (charge.amount_minor, charge.description) == (1000, project.title_zh)
    assert bank.open_link(query, now) == charge
    for forged in (
        query.replace("amount=1000", "amount=1"),
        query + "0",
        query.replace("merchant=red-flower", "merchant=nobody"),
        query.rpartition("&signature=")[0],
        "amount=9&" + query,
        "",
    ):
        with pytest.raises(BadLink) as refused:
            bank.open_link(forged, now)
        assert refused.value.why in ("forged", "unreadable")
    with pytest.raises(BadLink) as refused:
        bank.open_link(query, charge.expires_at)
    assert refused.value.why == "expired"


@pytest.mark.parametrize(
    ("language", "title"), [("en", "title_en"), ("en-GB,zh;q=0.5", "title_en"), ("zh-CN", "title_zh")]
)
def test_the_payer_reads_the_project_in_the_language_that_was_asked_for(door, project, language, title):
    opened = door.post("/v1/gifts", json=asked(project.slug), headers={"accept-language": language}).json()
    charge = Bank(door.doors.folder / "sandbox").open_link(urlsplit(opened["pay_url"]).query, clock.now())
    assert charge.description == getattr(project, title)


def test_a_replay_is_answered_with_the_first_gift_and_its_present_state(door, project):
    first = asked(project.slug)
    opened = door.post("/v1/gifts", json=first).json()
    again = {**first, "donor_token": opened["donor_token"]}
    replayed = door.post("/v1/gifts", json=again).json()
    assert replayed == {**opened, "replayed": True}
    notify(door, paid(opened))
    settled = door.post("/v1/gifts", json=again).json()
    assert (settled["state"], settled["pay_url"]) == ("settled", None)
    other = door.post("/v1/gifts", json={**again, "amount_minor": 7})
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_conflict")


def test_an_array_is_answered_item_by_item(door, project):
    gifts = [asked(project.slug), asked("nowhere"), asked(project.slug, amount_minor=0), asked(str(project.id))]
    answers = door.post("/v1/gifts", json=gifts, headers={"Accept-Language": "en"}).json()
    assert [answer.get("problem", {}).get("code") for answer in answers] == [
        None, "project_not_found", "amount_too_small", None,
    ]  # fmt: skip
    assert answers[2]["problem"]["title"] == "The least amount is ¥0.01"
    assert answers[0]["donor_token"] == answers[3]["donor_token"]
    results = notify(door, paid(answers[0]), paid(answers[3]), paid(answers[0])).json()
    assert [result["result"] for result in results] == ["settled", "settled", "replayed"]


def test_a_notice_is_believed_only_when_it_is_the_providers(door, project):
    opened = door.post("/v1/gifts", json=asked(project.slug)).json()
    body, headers = door.doors.sign(paid(opened))
    send = lambda body, headers: door.post("/v1/notices/sandbox", content=body, headers=headers).json()["code"]  # noqa: E731
    assert send(body.replace(b"1000", b"9000"), headers) == "notice_forged"
    assert send(body, JSON) == "notice_unsigned"
    stale = {**headers, "Sandbox-Timestamp": "1"}
    assert send(body, stale) == "notice_stale"
    assert notify(door, paid(opened, merchant="another")).json()["code"] == "notice_for_another"
    unknown = notify(door, paid(opened, order_no="0199c4f0-7a11-7e02-8000-000000000000"))
    assert (unknown.status_code, unknown.json()["code"]) == (404, "order_not_found")
    assert door.post("/v1/notices/nobody", content=body, headers=headers).json()["code"] == "provider_unknown"
    assert notify(door, paid(opened, amount_minor=999)).json()["result"] == "parked"
    assert notify(door, paid(opened)).json()["result"] == "settled"


GOOD = b'{"idempotency_key":"k","project":"p","amount_minor":1'


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "body_unreadable"),
        (b"{", 400, "body_unreadable"),
        (b"\xff", 400, "body_unreadable"),
        (b"[" * 100_000, 400, "body_unreadable"),
        (GOOD + b',"amount_minor":2}', 400, "body_key_repeated"),
        (GOOD + b',"message":NaN}', 400, "body_number_unreadable"),
        (GOOD.replace(b"1", b"1e3") + b"}", 422, "validation_failed"),
        (GOOD.replace(b"1", b'"1"') + b"}", 422, "validation_failed"),
        (GOOD.replace(b"1", "１".encode()) + b"}", 400, "body_unreadable"),
        (GOOD + b',"currency":"USD"}', 422, "validation_failed"),
        (b"{}", 422, "validation_failed"),
        (b"[]", 422, "validation_failed"),
        (b"null", 422, "validation_failed"),
        (GOOD.replace(b"p", b"nowhere", 1) + b"}", 422, "validation_failed"),
        (GOOD + b',"donor_token":"guess"}', 422, "donor_token_invalid"),
        (GOOD + b',"message":"\\ud800"}', 400, "body_unreadable"),
        (b" " * 1_100_000, 413, "body_too_large"),
    ],
)
def test_bad_bodies_are_refused_by_name(door, body, status, code):
    answer = door.post("/v1/gifts", content=body, headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_texts_that_cannot_be_written_are_refused_and_their_neighbours_are_not(door, project):
    gifts = [
        asked(project.slug, message="a\u0000b"),
        asked(project.slug, message="愿你好"),
        asked(project.slug + "\u0000"),
    ]
    answers = door.post("/v1/gifts", json=gifts).json()
    assert [answer.get("problem", {}).get("code") for answer in answers] == [
        "text_unreadable",
        None,
        "project_not_found",
    ]


def test_addresses_methods_and_media_types(door):
    assert door.get("/v1/nothing").json()["code"] == "not_found"
    refused = door.put("/v1/gifts", content=b"{}")
    assert (refused.status_code, refused.headers["Allow"]) == (405, "POST")
    assert door.post("/v1/gifts", content=b"{}", headers={"Content-Type": "text/plain"}).status_code == 415
    chunked = door.post("/v1/gifts", content=iter([b"{}"]), headers=JSON)
    assert (chunked.status_code, chunked.json()["code"]) == (411, "body_length_missing")
    assert (
        door.get("/v1/gifts/guess", headers={"Accept-Language": "en"}).json()["title"] == "We could not find this gift"
    )
    assert door.post("/v1/deeds", content=b"{}", headers=JSON).status_code in (400, 401)
    assert door.get("/livez").status_code == door.get("/readyz").status_code == 200


def test_an_address_that_asks_too_fast_waits(transactional_db, tmp_path, project):
    with open_doors(tmp_path, REDFLOWER_API_GIFTS_PER_MINUTE="3") as doors, doors.client() as client:
        answers = [client.post("/v1/gifts", json=asked(project.slug)) for _ in range(4)]
        # Nobody has put a proxy before us: what the client says of itself counts for nothing.
        disguised = client.post("/v1/gifts", json=asked(project.slug), headers={"X-Forwarded-For": "192.0.2.9"})
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert disguised.status_code == 429
    assert int(answers[3].headers["Retry-After"]) > 0
    assert json.loads(answers[3].content)["code"] == "too_many_gifts"
