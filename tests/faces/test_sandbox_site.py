"""The provider's page: a person looks, pays or walks away, and lands where the merchant said, never elsewhere."""

import re
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.wsgi import get_wsgi_application
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect

from redflower.adapters.sandbox import SandboxClient
from redflower.adapters.sandbox_bank import Bank, BankDown, Charge, ChargeRequest
from redflower.faces.sandbox_site.views import pay as view
from redflower.kernel import clock
from redflower.kernel.ids import new_id
from tests.faces.looking import find_barriers, find_too_wide

RETURN_PATH = "/g/private-token"


@pytest.fixture
def bank(settings: Any, tmp_path: Path) -> Bank:
    settings.REDFLOWER_DATA = tmp_path
    return Bank(tmp_path / "sandbox")


@pytest.fixture
def open_charge(bank: Bank) -> Callable[..., Charge]:
    def open_charge(merchant: str = "red-flower", **changes: Any) -> Charge:
        facts: dict[str, Any] = {
            "order_no": str(new_id()),
            "amount_minor": 128_040,
            "currency": "CNY",
            "description": "乡村儿童营养午餐",
            "return_path": RETURN_PATH,
            "notice_url": "http://127.0.0.1:9/notices/sandbox",
        }
        return bank.open_charges(merchant, [ChargeRequest(**(facts | changes))], clock.now())[0]

    return open_charge


@pytest.fixture
def charge(open_charge: Callable[..., Charge]) -> Charge:
    return open_charge()


@pytest.fixture
def person() -> Client:
    """A browser: CSRF is checked, the language is Chinese."""
    return Client(enforce_csrf_checks=True, headers={"accept-language": "zh-CN"})


def address(charge: Charge) -> str:
    return reverse("sandbox_site:pay", args=[charge.charge_id])


def press(person: Client, url: str, **fields: str) -> Any:
    """Opens the page and sends its form, as a person or the simulator does."""
    page = person.get(url).content.decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert token, page
    return person.post(url, {"csrfmiddlewaretoken": token[1], "act": "pay"} | fields)


class TestLinks:
    @pytest.fixture
    def link(self, bank: Bank, settings: Any) -> str:
        pen = SandboxClient(settings.REDFLOWER_DATA / "sandbox", "red-flower").write_links("http://127.0.0.1:9/n")
        return pen.write(str(new_id()), 5_000, "lunch", RETURN_PATH, clock.now() + timedelta(minutes=30))

    def test_a_signed_link_leads_to_the_page_of_its_charge(self, person: Client, link: str) -> None:
        answer = person.get(f"/sandbox/link?{link}")
        assert answer.status_code == 303
        assert person.get(f"/sandbox/link?{link}")["Location"] == answer["Location"]
        assert "50.00" in person.get(answer["Location"]).content.decode()

    @pytest.mark.parametrize("spoil", [lambda link: link.replace("5000", "1"), lambda link: link[:-1], lambda link: ""])
    def test_a_link_that_was_altered_opens_nothing(self, person: Client, link: str, spoil: Any) -> None:
        answer = person.get(f"/sandbox/link?{spoil(link)}")
        assert answer.status_code == 400
        assert "不是商户发出的" in answer.content.decode()

    def test_a_link_past_its_time_says_so(self, person: Client, bank: Bank, settings: Any) -> None:
        pen = SandboxClient(settings.REDFLOWER_DATA / "sandbox", "red-flower").write_links("http://127.0.0.1:9/n")
        link = pen.write(str(new_id()), 5_000, "lunch", RETURN_PATH, clock.now() - timedelta(seconds=1))
        answer = person.get(f"/sandbox/link?{link}")
        assert (answer.status_code, "过了时限" in answer.content.decode()) == (410, True)


class TestLooking:
    def test_the_page_says_who_asks_for_how_much_and_what_for(self, person: Client, charge: Charge) -> None:
        page = person.get(address(charge)).content.decode()
        for words in ("沙盒支付", "在 小红花公益 捐赠", "¥1,280.40", "乡村儿童营养午餐", "不会真的扣款"):
            assert words in page

    def test_it_is_complete_in_english(self, charge: Charge) -> None:
        page = Client(headers={"accept-language": "en"}).get(address(charge)).content.decode()
        visible = page.replace("乡村儿童营养午餐", "")
        assert "A gift through Red Flower" in page
        assert re.findall(r"[\u4e00-\u9fff]+", visible) == []

    def test_what_a_merchant_writes_is_shown_not_run(self, person: Client, open_charge: Callable[..., Charge]) -> None:
        charge = open_charge(merchant="<b>m</b>", description="<script>alert(1)</script>")
        page = person.get(address(charge)).content.decode()
        assert "&lt;script&gt;" in page and "&lt;b&gt;m" in page and "<script" not in page

    def test_nothing_is_kept_by_caches_and_nothing_inline_may_run(self, person: Client, charge: Charge) -> None:
        answer = person.get(address(charge))
        assert "no-store" in answer["Cache-Control"]
        assert "unsafe-inline" not in answer["Content-Security-Policy"]
        assert not re.search(r"<style|<script|\sstyle=|\son\w+=", answer.content.decode())


class TestActing:
    @pytest.mark.parametrize(
        ("fields", "state", "delays"),
        [
            ({}, "paid", [0]),
            ({"behaviour": "normal"}, "paid", [0]),
            ({"behaviour": "slow"}, "paid", [8]),
            ({"behaviour": "late"}, "paid", [90]),
            ({"behaviour": "twice"}, "paid", [0, 0]),
            ({"behaviour": "fail"}, "failed", [0]),
            ({"act": "cancel", "behaviour": "twice"}, "cancelled", [0]),
        ],
    )
    def test_each_choice_does_what_it_says_and_leads_back(
        self, person: Client, bank: Bank, charge: Charge, fields: dict[str, str], state: str, delays: list[int]
    ) -> None:
        answer = press(person, address(charge), **fields)
        assert (answer.status_code, answer["Location"]) == (303, RETURN_PATH)
        decided = bank.get_charge(charge.charge_id)
        assert decided.state == state and decided.decided_at is not None
        due = [notice.due_at for notice in bank.list_notices(charge.charge_id)]
        assert due == [decided.decided_at + timedelta(seconds=delay) for delay in delays]

    def test_pressing_twice_pays_once_and_leads_to_the_same_place(
        self, person: Client, bank: Bank, charge: Charge
    ) -> None:
        press(person, address(charge))
        token = person.cookies["rf_csrf"].value
        again = person.post(address(charge), {"csrfmiddlewaretoken": token, "act": "pay"})
        assert (again.status_code, again["Location"]) == (303, RETURN_PATH)
        assert len(bank.list_notices(charge.charge_id)) == 1

    def test_without_the_forms_token_nothing_is_paid(self, person: Client, bank: Bank, charge: Charge) -> None:
        assert person.post(address(charge), {"act": "pay"}).status_code == 403
        assert bank.get_charge(charge.charge_id).state == "open"

    def test_a_choice_that_is_not_on_the_page_is_named_and_nothing_is_paid(
        self, person: Client, bank: Bank, charge: Charge
    ) -> None:
        answer = press(person, address(charge), behaviour="steal")
        assert answer.status_code == 400 and "没有看懂您的选择" in answer.content.decode()
        assert bank.get_charge(charge.charge_id).state == "open"

    def test_the_same_browser_is_the_same_payer_and_another_is_not(
        self, person: Client, bank: Bank, open_charge: Callable[..., Charge]
    ) -> None:
        def pay(client: Client) -> str | None:
            charge = open_charge()
            press(client, address(charge))
            return bank.get_charge(charge.charge_id).payer_id

        first, second, stranger = pay(person), pay(person), pay(Client())
        assert first == second != stranger
        assert person.cookies["sandbox_payer"]["httponly"]

    def test_nobody_can_claim_to_be_another_payer(self, person: Client, bank: Bank, charge: Charge) -> None:
        person.cookies["sandbox_payer"] = "payer_of_somebody_else:signature"
        press(person, address(charge))
        payer_id = bank.get_charge(charge.charge_id).payer_id
        assert payer_id is not None and "somebody" not in payer_id


class TestReturning:
    def test_another_path_of_this_site_may_be_asked_for(self, person: Client, charge: Charge) -> None:
        answer = press(person, address(charge) + "?return=/me%3Ftab%3Dgifts")
        assert answer["Location"] == "/me?tab=gifts"

    @pytest.mark.parametrize(
        "elsewhere",
        ["https://elsewhere.example/", "//elsewhere.example", "/%5Celsewhere.example", "/%09/e.example", ""],
    )
    def test_another_site_is_refused_before_anything_is_paid(
        self, person: Client, bank: Bank, charge: Charge, elsewhere: str
    ) -> None:
        answer = person.get(f"{address(charge)}?return={elsewhere}")
        assert answer.status_code == 400 and "别的网站" in answer.content.decode()
        token = re.search('value="([^"]+)"', person.get(address(charge)).content.decode())
        assert token
        posted = person.post(f"{address(charge)}?return={elsewhere}", {"csrfmiddlewaretoken": token[1], "act": "pay"})
        assert posted.status_code == 400
        assert bank.get_charge(charge.charge_id).state == "open"


class TestNothingToPay:
    @pytest.mark.parametrize(
        ("behaviour", "words"), [("normal", "已经付好了"), ("fail", "没有成功"), ("cancel", "已经取消")]
    )
    def test_a_decided_charge_says_so_and_leads_back(
        self, person: Client, bank: Bank, charge: Charge, behaviour: Any, words: str
    ) -> None:
        bank.pay(charge.charge_id, "payer", clock.now(), behaviour)
        page = person.get(address(charge)).content.decode()
        assert words in page and f'href="{RETURN_PATH}"' in page and "<form" not in page

    def test_a_closed_charge_says_so(self, person: Client, bank: Bank, charge: Charge) -> None:
        bank.close(charge.merchant, charge.order_no)
        assert "已经关闭" in person.get(address(charge)).content.decode()

    def test_a_charge_past_its_time_says_so(self, person: Client, open_charge: Callable[..., Charge]) -> None:
        charge = open_charge(expires_at=clock.now() - timedelta(seconds=1))
        assert "已经关闭" in person.get(address(charge)).content.decode()

    def test_a_charge_that_closed_while_the_page_was_open_is_explained_here(
        self, person: Client, bank: Bank, charge: Charge
    ) -> None:
        page = person.get(address(charge)).content.decode()
        token = re.search('name="csrfmiddlewaretoken" value="([^"]+)"', page)
        assert token
        bank.close(charge.merchant, charge.order_no)
        answer = person.post(address(charge), {"csrfmiddlewaretoken": token[1], "act": "pay"})
        assert (answer.status_code, answer["Location"]) == (303, address(charge))

    @pytest.mark.parametrize("charge_id", ["0" * 32, "x", "%00", "'; DROP TABLE charges; --", "付款"])
    def test_a_charge_nobody_opened_is_a_page_of_its_own(self, person: Client, bank: Bank, charge_id: str) -> None:
        answer = person.get(f"/sandbox/pay/{charge_id}")
        assert answer.status_code == 404 and "没有找到这笔付款" in answer.content.decode()

    def test_books_that_cannot_be_used_are_a_page_of_their_own(
        self, person: Client, bank: Bank, charge: Charge, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def down() -> Bank:
            raise BankDown("disk full")

        monkeypatch.setattr(view, "_bank", down)
        answer = person.get(address(charge))
        assert answer.status_code == 503 and "暂时不可用" in answer.content.decode()


# --- in a browser, at the size of a phone -----------------------------------------------------------


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def origin() -> Iterator[str]:
    """The site on a free port, without its database: the provider has to manage on its own books."""
    application = StaticFilesHandler(get_wsgi_application())
    with make_server("127.0.0.1", 0, application, _Server, _Quiet) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(params=[("zh-CN", "light"), ("en", "dark")], ids=lambda look: "-".join(look))
def phone(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A phone that runs no script, so that nothing may depend on one."""
    language, scheme = request.param
    context = browser.new_context(
        locale=language,
        color_scheme=scheme,
        viewport={"width": 390, "height": 844},
        java_script_enabled=False,
    )
    yield context.new_page()
    context.close()


@pytest.mark.browser
def test_a_donor_pays_with_one_thumb_and_no_script(
    phone: Page, origin: str, bank: Bank, open_charge: Callable[..., Charge]
) -> None:
    charge = open_charge(return_path="/livez", amount_minor=1_000_000_000)
    phone.goto(origin + address(charge))
    phone.locator("summary").click()
    for target in phone.locator("button, summary, label").all():
        box = target.bounding_box()
        assert box is not None and box["height"] >= 44
    phone.locator("label", has=phone.locator("[value=twice]")).click()
    expect(phone.locator("[value=twice]")).to_be_checked()
    phone.locator("[name=act][value=pay]").click()
    phone.wait_for_url("**/livez")
    assert len(bank.list_notices(charge.charge_id)) == 2


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(
    browser: Browser, origin: str, bank: Bank, open_charge: Callable[..., Charge], scheme: Any
) -> None:
    waiting, paid = open_charge(), open_charge()
    bank.pay(paid.charge_id, "payer", clock.now())
    # axe itself is an inline script: only for it the page's policy is set aside.
    context = browser.new_context(
        color_scheme=scheme, viewport={"width": 390, "height": 844}, bypass_csp=True, locale="zh-CN"
    )
    page = context.new_page()
    for charge in (waiting, paid):
        page.goto(origin + address(charge))
        if charge is waiting:
            page.locator("summary").click()
        assert find_barriers(page) == []
        assert find_too_wide(page) == []
    context.close()
