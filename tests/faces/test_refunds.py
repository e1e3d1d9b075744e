"""Refunds over HTTP: the donor's form and case, the desk with two people, the provider's door, the API's state."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from redflower.adapters.sandbox_bank import Bank
from redflower.domains.donations.selectors import find_refunds_of_gifts
from redflower.domains.donations.types import RefundState
from redflower.domains.payments.selectors import list_unanswered_refunds
from redflower.domains.people.selectors import list_audit_rows
from redflower.faces.shared.instance import gift_path, refund_path, sandbox_client
from redflower.faces.shared.refunds import Refunds
from redflower.kernel import clock
from tests.faces.journey import Visitor, find_chinese, give_and_settle, open_project
from tests.faces.test_backoffice import enter
from tests.factories import NOON, give, make_project
from tests.refunds import LATER, accept, ask_back, send_back

pytestmark = pytest.mark.django_db(transaction=True)
DESK = "/backoffice/refunds/"


def read(answer) -> str:
    assert answer.status_code == 200, answer.content.decode()[:500]
    return answer.content.decode()


def token_of(page: str) -> str:
    return re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)[1]


def test_a_donor_asks_from_the_gifts_own_page_and_follows_it_to_the_end(provider: Bank):
    visitor, project = Visitor(), open_project()
    path = give_and_settle(visitor, project, provider)
    assert f"{path}/refund" in read(visitor.get(path))
    stranger = Visitor()  # whoever holds the link
    form = read(stranger.get(f"{path}/refund"))
    refused = stranger.post(f"{path}/refund", token_of(form), reason="", note="")
    assert refused.status_code == 422
    assert "请选择一个退款原因" in refused.content.decode()
    answer = stranger.post(f"{path}/refund", token_of(form), reason="mistake", note="多写了一个零")
    assert answer.status_code == 303
    case = answer["Location"]
    page = read(stranger.get(case))
    assert "到账不久，按规则直接同意" in page
    assert "多写了一个零" in page
    assert stranger.get(f"{path}/refund")["Location"] == case, "asked once, the form leads to the case"
    token = path.rsplit("/", 1)[1]
    assert stranger.get(f"/api/v1/gifts/{token}").json()["refund"]["state"] == "accepted"
    worker = Refunds()
    assert (worker.release_once(), worker.ask_once()) == (1, 1)
    assert "已原路退回" in read(stranger.get(case))
    assert "已经退回" in re.sub(r"<[^>]+>", "", read(stranger.get(path)))
    gift = stranger.get(f"/api/v1/gifts/{token}").json()
    assert (gift["state"], gift["refund"]["state"]) == ("refunded", "refunded")
    assert visitor.get(f"{path}/receipt")["Location"] == path, "no receipt of what went back"


def test_any_number_of_my_gifts_in_one_case(provider: Bank):
    visitor = Visitor()
    first, second = open_project(), open_project()
    paths = [give_and_settle(visitor, project, provider) for project in (first, second)]
    assert "/me/refund" in read(visitor.get("/me"))
    form = read(visitor.get("/me/refund"))
    ids = re.findall(r'name="gift" value="([^"]+)"', form)
    assert len(ids) == 2
    nothing = visitor.post("/me/refund", token_of(form), reason="other", note="")
    assert nothing.status_code == 422
    assert "请先选择" in nothing.content.decode()
    answer = visitor.client.post(
        "/me/refund", {"csrfmiddlewaretoken": token_of(form), "reason": "other", "note": "", "gift": ids}
    )
    assert answer.status_code == 303
    assert read(visitor.get(answer["Location"])).count('aria-labelledby="refund-') == 2
    assert "没有可以退回的捐赠" in read(visitor.get("/me/refund"))
    assert all(path for path in paths)


def test_nobody_asks_for_somebody_elses_gift(provider: Bank):
    path = give_and_settle(Visitor(), open_project(), provider)
    thief = Visitor()
    own = give_and_settle(thief, open_project(), provider)
    form = read(thief.get("/me/refund"))
    gift = find_gift(path)
    answer = thief.post("/me/refund", token_of(form), reason="other", note="", gift=str(gift))
    assert answer.status_code == 422
    assert find_refunds_of_gifts([gift, find_gift(own)]) == {}
    for link in ("/g/nonsense/refund", "/refunds/nonsense", refund_path(gift)):
        assert thief.get(link).status_code == 404


def find_gift(path: str):
    from redflower.faces.shared.instance import read_gift_token

    return read_gift_token(path.rsplit("/", 1)[1])


@pytest.mark.parametrize("note", ["x" * 5_000, "a\x00b", "\u202e"])
def test_odd_words_are_refused_by_name_never_by_a_fault(provider: Bank, note: str):
    visitor = Visitor()
    path = give_and_settle(visitor, open_project(), provider)
    form = read(visitor.get(f"{path}/refund"))
    assert visitor.post(f"{path}/refund", token_of(form), reason="other", note=note).status_code in (303, 422)


def test_the_desk_needs_two_people_and_writes_down_both():
    gift = give(make_project().id, 1000)
    ask_back(gift, note="付错了")
    anna, bo = enter("anna@example.org"), enter("bo@example.org")
    assert "付错了" in read(anna.get(DESK))
    asked = {"id": str(gift), "act": "accept"}
    assert "同意退回这些捐赠？" in read(anna.post(f"{DESK}decide/", asked))
    assert find_refunds_of_gifts([gift])[gift].state == RefundState.ASKED, "asked before it is done"
    assert anna.post(f"{DESK}decide/", {**asked, "sure": "1"}).status_code == 302
    assert "你同意的，等同事放行" in read(anna.get(f"{DESK}?state=accepted"))
    alone = anna.post(f"{DESK}release/", {"id": str(gift), "sure": "1"})
    assert alone.status_code == 422
    assert bo.post(f"{DESK}release/", {"id": str(gift), "sure": "1"}).status_code == 302
    assert find_refunds_of_gifts([gift])[gift].state == RefundState.SENT
    acts = [row.act for row in list_audit_rows(limit=10)]
    assert {"refund_accepted", "refund_released"} <= set(acts)


def test_declining_needs_a_reason_and_the_donor_reads_it():
    gift = give(make_project().id, 1000)
    case = ask_back(gift)
    anna = enter("anna@example.org")
    asked = {"id": str(gift), "act": "decline", "sure": "1"}
    assert anna.post(f"{DESK}decide/", asked).status_code == 422
    assert anna.post(f"{DESK}decide/", {**asked, "note": "已经用在午餐上"}).status_code == 302
    assert "已经用在午餐上" in read(Client().get(refund_path(case)))
    assert anna.post(f"{DESK}decide/", {**asked, "note": "再来"}).status_code == 422


@pytest.mark.parametrize("state", ["", *RefundState, "nonsense"])
def test_every_tab_of_the_desk_opens_in_english_too(state: str):
    gifts = [give(make_project().id, 1000) for _ in range(3)]
    ask_back(gifts[0])
    ask_back(gifts[1])
    accept(gifts[1])
    send_back(gifts[2])
    anna = enter("anna@example.org")
    page = anna.get(DESK, {"state": state}, headers={"accept-language": "en"})
    assert find_chinese(re.search(r"<main.*?</main>", read(page), re.DOTALL)[0]) == []


def test_strangers_do_not_see_the_desk():
    assert Client().get(DESK).status_code == 302
    assert Client().post(f"{DESK}decide/", {}).status_code == 302


def test_the_case_reads_in_english_without_a_chinese_word():
    gifts = [give(make_project().id, 1000) for _ in range(2)]
    case = ask_back(gifts[0])
    page = read(Client().get(refund_path(case), headers={"accept-language": "en"}))
    assert find_chinese(re.search(r"<main.*?</main>", page, re.DOTALL)[0]) == []


def test_the_providers_door_believes_signed_words_about_refunds_only(provider: Bank):
    visitor = Visitor()
    path = give_and_settle(visitor, open_project(), provider)
    form = read(visitor.get(f"{path}/refund"))
    visitor.post(f"{path}/refund", token_of(form), reason="twice", note="")
    Refunds().release_once()
    from redflower.adapters.sandbox_bank import RefundRequest

    [waiting] = list_unanswered_refunds("sandbox", None, 10)
    client = sandbox_client()
    client.refund([RefundRequest(str(waiting.id), str(waiting.order_id), waiting.amount_minor, "http://127.0.0.1/x")])
    [told] = provider.take_due_notices(clock.now(), 10)
    door = "/notices/sandbox/refunds"

    def post(body: bytes, url: str = door):
        extra = {name: value for name, value in told.headers.items() if name != "Content-Type"}
        return Client(enforce_csrf_checks=True).post(url, body, content_type="application/json", headers=extra)

    assert post(told.body.replace(b"done", b"fail")).status_code == 401
    assert post(told.body, "/notices/sandbox").status_code == 422
    assert post(told.body).json() == {"result": "settled"}
    assert post(told.body).json() == {"result": "replayed"}
    assert post(b"x" * 20_000).status_code == 413


def test_the_public_ledger_shows_the_gift_and_its_return():
    from tests.refunds import give_back

    project = make_project()
    gift = give(project.id, 1000)
    give_back(gift)
    page = read(Client().get(f"/projects/{project.slug}/ledger"))
    assert "退回捐赠" in page
    table = Client().get(f"/projects/{project.slug}/ledger.csv")
    if table.status_code == 200:
        assert "-10.00" in b"".join(table.streaming_content).decode()
    assert "已经退回" in re.sub(r"<[^>]+>", "", read(Client().get(gift_path(gift))))
    assert timedelta(days=1) < LATER - NOON
