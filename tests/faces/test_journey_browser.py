"""The whole job on a phone, in headless Chromium: from the home page to the ledger, with and without script."""

import re
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from playwright.sync_api import Browser, Page, expect

from redflower.adapters.sandbox_bank import Bank
from redflower.domains.projects.models import Project
from redflower.faces.commands.sandbox_post import post_until
from redflower.faces.commands.worker import work_once
from redflower.kernel import clock
from tests.faces.journey import open_project
from tests.faces.looking import PHONE, Faults, find_barriers, find_too_wide, keep_picture, list_untranslated
from tests.factories import make_festival

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def site(live_server: Any, settings: Any, provider: Bank) -> Iterator[str]:
    """The site with everything that runs beside it: the provider's post office and the worker."""
    settings.REDFLOWER_BASE_URL = live_server.url
    stop = threading.Event()

    def work() -> None:
        while not stop.wait(0.2):
            work_once()
        connection.close()

    beside = [threading.Thread(target=post_until, args=(stop, provider)), threading.Thread(target=work)]
    for thread in beside:
        thread.start()
    yield live_server.url
    stop.set()
    for thread in beside:
        thread.join()


@pytest.fixture
def project(transactional_db: None) -> Project:
    make_festival(opens_at=clock.now() - timedelta(minutes=1), slice_seconds=1)
    return open_project(
        slug="lunch", title_zh="山里的午餐", title_en="Lunch in the hills", unit_minor=500, unit_en="a lunch"
    )


class Phone:
    """A person with a phone who looks at every page they come to."""

    def __init__(self, page: Page, language: str, scheme: str) -> None:
        self.page, self.language, self.scheme = page, language, scheme
        self.faults = Faults(page)

    def look(self, name: str) -> None:
        """Nothing wider than the phone, nothing axe objects to, nothing broken, one language."""
        self.page.wait_for_load_state("networkidle")
        self.page.wait_for_timeout(700)  # until nothing moves any more
        keep_picture(self.page, f"{self.language}-{self.scheme}-{name}")
        assert find_too_wide(self.page) == [], name
        assert find_barriers(self.page) == [], name
        assert self.faults.seen == [], name
        if self.language == "en":
            assert list_untranslated(self.page) == [], name

    def press(self, selector: str) -> None:
        target = self.page.locator(selector).first
        target.scroll_into_view_if_needed()
        box = target.bounding_box()
        assert box is not None and box["height"] >= 44, selector
        target.click()


@pytest.fixture(params=[("zh-CN", "light"), ("en", "dark")], ids=lambda look: "-".join(look))
def phone(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Phone]:
    language, scheme = request.param
    context = browser.new_context(locale=language, color_scheme=scheme, viewport=PHONE, has_touch=True, is_mobile=True)
    yield Phone(context.new_page(), language, scheme)
    context.close()


def test_from_the_home_page_to_the_ledger(phone: Phone, site: str, project: Project) -> None:
    page = phone.page
    page.goto(site + "/")
    page.locator(f"a[href='/projects/{project.slug}']:visible").first.click()
    page.wait_for_url(f"**/projects/{project.slug}")
    page.locator(f"a[href^='/projects/{project.slug}/calm']:visible").first.click()
    page.wait_for_url("**/calm*")
    phone.look("calm")
    phone.press("[name=choice][value=continue]")
    page.wait_for_url("**/give?*")
    phone.look("give")
    page.locator("label", has=page.locator("[name=preset][value='50']")).click()
    expect(page.locator("[name=amount]")).to_have_value("50")
    page.locator("label", has=page.locator("[value=named]")).click()
    phone.press(".give__end button")
    expect(page.locator("[name=shown_name]")).to_have_attribute("aria-invalid", "true")
    phone.look("give-errors")
    page.locator("[name=shown_name]").fill("Lin")
    page.locator("[name=message]").fill("👨‍👩‍👧 Enjoy!")
    phone.press(".give__end button")
    page.wait_for_url("**/sandbox/pay/*")
    phone.press("[name=act][value=pay]")
    page.wait_for_url("**/g/*")
    expect(page.locator(".receipt")).to_be_visible(timeout=10_000)
    phone.look("settled")
    expect(page.locator(".draws")).to_be_visible(timeout=20_000)
    phone.look("drawn")
    expect(page.locator("#gift-said")).not_to_be_empty()
    phone.press("main a[href='/me']")
    page.wait_for_url("**/me")
    expect(page.locator(".mine")).to_have_count(1)
    phone.look("me")
    page.locator(".mine__ledger").click()
    page.wait_for_url(f"**/projects/{project.slug}/ledger*")
    line = page.locator(".entry:target")  # the gift's own line, however many have come after it
    expect(line).to_contain_text("Lin")
    expect(line).to_contain_text("¥50")
    expect(line.locator(".entry__line")).not_to_have_count(0)  # its match stands beside it


@pytest.mark.parametrize("behaviour", ["fail", "cancel"])
def test_a_payment_that_fails_leads_back_to_a_form_that_remembers(
    phone: Phone, site: str, project: Project, behaviour: str
) -> None:
    page = phone.page
    page.goto(f"{site}/projects/{project.slug}/give?read_facts=1")
    page.locator("[name=amount]").fill("66.60")
    page.locator("[name=message]").fill("Enjoy!")
    phone.press(".give__end button")
    page.wait_for_url("**/sandbox/pay/*")
    if behaviour == "fail":
        page.locator("summary").click()
        page.locator("label", has=page.locator("[value=fail]")).click()
    page.locator(f"[name=act][value={'cancel' if behaviour == 'cancel' else 'pay'}]").click()
    page.wait_for_url("**/g/*")
    again = page.locator("a[href*='again=']")
    expect(again).to_be_visible(timeout=10_000)
    phone.look(behaviour)
    again.click()
    expect(page.locator("[name=amount]")).to_have_value("66.60")
    expect(page.locator("[name=message]")).to_have_value("Enjoy!")


def test_a_gift_that_was_not_paid_yet_leads_back_to_its_payment_page(phone: Phone, site: str, project: Project) -> None:
    page = phone.page
    page.goto(f"{site}/projects/{project.slug}/give?read_facts=1&amount=10")
    phone.press(".give__end button")
    page.wait_for_url("**/sandbox/pay/*")
    payment = page.url
    page.goto(f"{site}/me")
    page.locator("main a[href^='/g/']").first.click()
    page.wait_for_url("**/g/*")
    phone.press("form[action$='/pay'] button")
    page.wait_for_url(payment)


def test_the_petal_falls_within_600_ms_and_not_at_all_for_those_who_want_no_motion(
    browser: Browser, site: str, project: Project, provider: Bank
) -> None:
    for motion in ("no-preference", "reduce"):
        context = browser.new_context(locale="zh-CN", viewport=PHONE, reduced_motion=motion)
        page = context.new_page()
        page.goto(f"{site}/projects/{project.slug}/give?read_facts=1&amount=10")
        page.locator(".give__end button").click()
        page.wait_for_url("**/sandbox/pay/*")
        page.locator("[name=act][value=pay]").click()
        page.wait_for_url("**/g/*")
        petal = page.locator(".thanks .flower__petal.is-falling")
        expect(petal).to_have_count(1, timeout=10_000)
        seconds = petal.evaluate("element => parseFloat(getComputedStyle(element).animationDuration)")
        assert seconds <= (0.6 if motion == "no-preference" else 0.01)
        context.close()


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_without_script_the_whole_journey_works(
    browser: Browser, site: str, project: Project, provider: Bank, language: str
) -> None:
    context = browser.new_context(locale=language, viewport=PHONE, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site}/projects/{project.slug}/calm")
    page.locator("[name=choice][value=continue]").click()
    page.locator("label", has=page.locator("[name=preset][value='10']")).click()
    expect(page.locator("[name=shown_name]")).to_be_hidden()
    page.locator(".give__end button").click()
    page.wait_for_url("**/sandbox/pay/*")
    page.locator("[name=act][value=pay]").click()
    page.wait_for_url("**/g/*")
    expect(page.locator(".draws")).to_be_visible(timeout=30_000)  # by reloading itself
    page.goto(f"{site}/me")
    expect(page.locator(".mine")).to_have_count(1)
    context.close()


def test_by_keyboard_alone(browser: Browser, site: str, project: Project, provider: Bank) -> None:
    context = browser.new_context(locale="zh-CN", viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.goto(f"{site}/projects/{project.slug}/give?read_facts=1")
    page.locator("[name=amount]").focus()
    page.keyboard.type("12")
    page.keyboard.press("Tab")  # how to be shown: the chosen one of the group
    assert page.evaluate("document.activeElement.value") == "anonymous"
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.name") == "shown_name"
    page.keyboard.type("Lin")
    page.keyboard.press("Enter")
    page.wait_for_url("**/sandbox/pay/*")
    assert re.search(r"¥12\.00", page.content())
    context.close()
