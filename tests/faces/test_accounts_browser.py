"""Passkeys with a real browser and a virtual key, and the pages of members and operators under axe-core."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.cache import cache
from playwright.sync_api import Browser, Page, expect

from redflower.domains.organizations.services import save_charities, submit_charities
from redflower.domains.people.services import make_operator
from redflower.faces.shared.settlement import settle
from redflower.kernel import clock
from tests.faces.looking import find_barriers, find_too_wide
from tests.factories import POLICY, ask, give, intend, make_charity, make_festival, make_project, notice
from tests.rooms.test_organizations import CHARITY

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1440, "height": 900}


@pytest.fixture
def site(live_server: Any, settings: Any) -> str:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    cache.clear()
    return str(live_server.url)


@pytest.fixture
def page(browser: Browser, site: str) -> Iterator[Page]:
    context = browser.new_context(viewport=PHONE, locale="zh-CN", base_url=site)
    yield context.new_page()
    context.close()


def sign_in(page: Page, email: str) -> None:
    """By code, as everybody does."""
    page.goto("/accounts/login/")
    page.get_by_label("邮箱").fill(email)
    page.get_by_role("button", name="发送验证码").click()
    page.wait_for_url("**/accounts/login/code/")
    code = re.search(r"^\s+(\d{6})$", str(mail.outbox[-1].body), re.MULTILINE)[1]
    page.get_by_label("验证码").fill(code)
    page.get_by_role("button", name="进入").click()
    page.wait_for_url("**/me")


def plug_in_key(page: Page) -> None:
    """A security key that its owner always touches."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True,
    }  # fmt: skip
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def test_a_passkey_is_added_and_opens_the_door_by_itself(page: Page):
    sign_in(page, "me@example.org")
    plug_in_key(page)
    page.goto("/accounts/passkeys/")
    page.get_by_role("link", name="添加通行密钥").click()
    page.get_by_label("给它起个名字").fill("我的手机")
    page.get_by_role("button", name="开始").click()
    page.wait_for_url("**/accounts/passkeys/")
    expect(page.get_by_text("我的手机")).to_be_visible()
    expect(page.get_by_text("通行密钥已添加")).to_be_visible()

    page.goto("/accounts/logout/")
    page.get_by_role("button", name="退出登录").click()
    sent = len(mail.outbox)
    page.goto("/accounts/login/")
    page.get_by_role("button", name="用通行密钥登录").click()
    page.wait_for_url("**/me")
    assert len(mail.outbox) == sent  # no code was needed

    page.goto("/accounts/passkeys/")
    page.get_by_role("link", name="移除").click()
    page.get_by_role("button", name="移除").click()
    expect(page.get_by_text("还没有通行密钥")).to_be_visible()


def test_a_key_that_is_not_known_leaves_the_other_way_open(page: Page):
    page.goto("/accounts/login/")
    # What a browser answers when its dialogue is closed, or when it holds no key of ours.
    page.evaluate("() => { navigator.credentials.get = () => Promise.reject(new DOMException('', 'NotAllowedError')) }")
    page.get_by_role("button", name="用通行密钥登录").click()
    expect(page.get_by_text("没有用成通行密钥")).to_be_visible()
    expect(page.get_by_role("button", name="发送验证码")).to_be_enabled()


def test_signing_in_works_without_script(browser: Browser, site: str):
    context = browser.new_context(viewport=PHONE, locale="zh-CN", base_url=site, java_script_enabled=False)
    page = context.new_page()
    sign_in(page, "plain@example.org")
    context.close()


@pytest.mark.parametrize(("viewport", "locale", "scheme"), [(PHONE, "en-US", "dark"), (DESK, "zh-CN", "light")])
def test_members_and_operators_pages_are_clean_for_axe(
    browser: Browser, site: str, viewport: dict, locale: str, scheme: str
):
    now = clock.now()
    maker = make_operator("operator-a@demo.redflower.test", now)
    [charity_id] = save_charities([CHARITY], maker, now)
    submit_charities([charity_id], maker, now)
    make_festival(opens_at=now - timedelta(minutes=1))
    project = make_project()
    gift = give(project.id, message="电话 13800138000", at=now)
    settle([notice(intend(ask(project.id), now), amount_minor=1, paid_at=now)], POLICY, now)
    context = browser.new_context(viewport=viewport, locale=locale, color_scheme=scheme, base_url=site)
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    look(page, "/accounts/login/")
    page.locator("button[value=b]").click()
    page.wait_for_url("**/backoffice/")
    for path in (
        "", f"charities/{charity_id}/", "charities/", "charities/new/", f"projects/{project.id}/", "projects/new/",
        "payments/", f"payments/{gift}/", "alarms/", "messages/", "festivals/", "operators/", "audit/",
    ):  # fmt: skip
        look(page, f"/backoffice/{path}")
    look(page, "/accounts/passkeys/")
    look(page, "/accounts/passkeys/add/")
    assert complaints == []  # also what the content policy would have blocked
    context.close()


def test_the_guide_of_an_empty_site_is_clean_for_axe(page: Page, settings: Any):
    settings.REDFLOWER_DEMO = False
    settings.REDFLOWER_SETUP_TOKEN = "lucky"
    look(page, "/setup/account/?token=lucky")
    page.get_by_label("你的邮箱").fill("me@example.org")
    page.get_by_role("button", name="成为第一位运营人员").click()
    page.wait_for_url("**/setup/site/")
    look(page, "/setup/site/")
    page.get_by_label("站点名称（中文）").fill("青禾公益")
    page.get_by_label("站点名称（英文）").fill("Qinghe Giving")
    page.get_by_role("button", name="下一步").click()
    page.wait_for_url("**/setup/charity/")
    look(page, "/setup/charity/")
    page.get_by_role("button", name="保存并提交审核").click()
    expect(page.get_by_role("alert")).to_be_visible()
    read_with_axe(page)
    make_charity()
    look(page, "/setup/project/")
    look(page, "/setup/finish/")


def look(page: Page, path: str) -> None:
    """Opens a page and reads it."""
    page.goto(path)
    read_with_axe(page)


def read_with_axe(page: Page) -> None:
    """Lets axe-core read the page; nothing may stick out to the right."""
    assert find_barriers(page) == [], page.url
    assert find_too_wide(page) == [], page.url
