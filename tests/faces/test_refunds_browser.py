"""A refund on a phone, in headless Chromium: from the gift's page to the money back, and the desk that lets it go."""

from typing import Any

import pytest
from playwright.sync_api import expect

from redflower.domains.donations.types import RefundState
from redflower.domains.projects.models import Project
from tests.faces.test_journey_browser import Phone, phone, project, site  # noqa: F401
from tests.factories import give, make_project, make_user
from tests.refunds import accept, ask_back

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_from_the_gift_to_the_money_back(phone: Phone, site: str, project: Project) -> None:  # noqa: F811
    page = phone.page
    page.goto(f"{site}/projects/{project.slug}/give?read_facts=1")
    page.locator("label", has=page.locator("[name=preset][value='50']")).click()
    phone.press(".give__end button")
    page.wait_for_url("**/sandbox/pay/*")
    phone.press("[name=act][value=pay]")
    page.wait_for_url("**/g/*")
    expect(page.locator(".receipt")).to_be_visible(timeout=20_000)
    address = page.url.split("?")[0]
    phone.press("main a[href$='/refund']")
    page.wait_for_url("**/refund")
    phone.look("refund-ask")
    phone.press(".give__end button")
    expect(page.locator("[role=alert]")).to_be_visible()
    phone.look("refund-refused")
    page.locator("label", has=page.locator("[value=mistake]")).click()
    page.locator("[name=note]").fill("One zero too many")
    phone.press(".give__end button")
    page.wait_for_url("**/refunds/*")
    for _ in range(40):
        if page.locator(".refund-steps .is-done").count() == 4:
            break
        page.wait_for_timeout(500)
        page.reload()
    expect(page.locator(".refund-steps .is-done")).to_have_count(4)
    phone.look("refund-case")
    page.goto(address)
    expect(page.locator(".thanks__head h1")).to_be_visible()
    phone.look("refunded")
    page.goto(f"{site}/me")
    phone.look("refund-me")
    page.goto(f"{site}/projects/{project.slug}/ledger")
    phone.look("refund-ledger")
    page.goto(f"{site}/me/refund")
    phone.look("refund-nothing")


def test_the_desk(phone: Phone, site: str, client: Any) -> None:  # noqa: F811
    gifts = [give(make_project(title_en=f"Lunch {n}").id, 1000) for n in range(3)]
    for gift in gifts[:2]:
        ask_back(gift, note="多写了一个零" if phone.language != "en" else "One zero too many")
    accept(gifts[1])
    client.force_login(make_user(is_operator=True), "allauth.account.auth_backends.AuthenticationBackend")
    cookie = client.cookies["sessionid"] if "sessionid" in client.cookies else next(iter(client.cookies.values()))
    phone.page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": site}])
    for state in (RefundState.ASKED, RefundState.ACCEPTED, RefundState.RETURNED):
        phone.page.goto(f"{site}/backoffice/refunds/?state={state}")
        phone.look(f"desk-{state}")
    phone.page.goto(f"{site}/backoffice/refunds/")
    phone.page.locator("[name=id]").first.check()
    phone.press("[name=act][value=accept]")
    phone.page.wait_for_url("**/decide/")
    phone.look("desk-question")
