"""Giving a flower to a dream and writing one down, on a phone, in both languages, looked at with axe."""

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.core.signing import dumps
from django.db import connection
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from redflower.domains.dreams import selectors
from redflower.faces.followers import dreams as followers
from redflower.kernel import clock
from tests.dreaming import make_call, make_giver, open_dreams
from tests.faces.looking import PHONE, find_barriers, find_too_wide
from tests.factories import make_charity, make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(params=[("zh-CN", "light"), ("en", "dark")], ids=lambda look: "-".join(look))
def page(browser: Browser, request: pytest.FixtureRequest, live_server: Any) -> Iterator[Page]:
    language, scheme = request.param
    context = browser.new_context(locale=language, color_scheme=scheme, viewport=PHONE, base_url=live_server.url)
    context.add_cookies(
        [{"name": "rf_donor", "value": dumps(str(make_giver(6)), salt="donor"), "url": live_server.url}]
    )
    yield context.new_page()
    context.close()


def look(page: Page) -> None:
    page.wait_for_timeout(500)
    assert find_too_wide(page) == []
    assert find_barriers(page) == []


def test_flowers_are_given_and_a_dream_is_written_down(page):
    now = clock.now()
    [dream_id], operators = open_dreams(opens_at=now - timedelta(days=1), closes_at=now + timedelta(days=9))
    make_call(operators[0], at=now)
    slug = selectors.find_dream(dream_id, now).slug

    page.goto("/dreams")
    look(page)
    page.locator(".dream__title a").first.click()
    page.locator(".petal-pick", has_text="3").first.click()
    page.locator("form.give-flowers button[type=submit]").click()
    page.wait_for_url(f"**/dreams/{slug}?given=3*")
    expect(page.locator("#flowers")).to_have_text("3")
    look(page)

    page.goto("/dreams/propose")
    page.locator("form button.btn--block").click()
    page.locator("#field-title").fill("A well")
    page.locator("#field-summary").click()
    expect(page.locator("#saved")).not_to_be_empty()
    look(page)
    page.locator(".submit-bar button").click()
    page.wait_for_url("**/write?step=2")
    look(page)

    page.goto("/flowers")
    look(page)
    assert selectors.find_dream(dream_id, clock.now()).flowers == 3


def operator(browser: Browser, page: Page, url: str) -> Page:
    """The back office in a window of its own, in the same language and light."""
    client = Client()
    client.force_login(make_user(is_operator=True))
    opened = browser.new_context(locale=page.evaluate("navigator.language"), viewport=PHONE, base_url=url).new_page()
    session = {"name": settings.SESSION_COOKIE_NAME, "value": client.cookies[settings.SESSION_COOKIE_NAME].value}
    opened.context.add_cookies([{**session, "url": url}])
    return opened


def fill(page: Page, fields: dict[str, str]) -> None:
    for name, value in fields.items():
        page.locator(f"[name='{name}']").first.fill(value)


def beside(work: Callable[[], object]) -> None:
    """Runs what touches the database in a thread: Playwright's event loop runs in this one."""

    def run() -> None:
        work()
        connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()


def test_a_dream_from_its_call_to_the_letter(browser: Browser, page: Page, live_server: Any) -> None:
    """Everything by clicking: two operators, an author, and somebody with flowers."""
    page.goto("/dreams/propose")
    maker, checker = (operator(browser, page, live_server.url) for _ in range(2))
    make_charity()
    today = timezone.localdate(clock.now())

    maker.goto("/backoffice/calls/new/")
    fill(maker, {
        "title_zh": "春天的征集", "title_en": "A call in spring", "brief_zh": "写清楚三件事", "brief_en": "Tell us three things",
        "eligible_zh": "任何人", "eligible_en": "Anybody", "sponsor_zh": "晨露", "sponsor_en": "Morning Dew",
        "fund_minor": "100000", "grant_min_minor": "1000", "grant_max_minor": "50000",
        "opens_on": f"{today}", "closes_on": f"{today + timedelta(days=20)}",
    })  # fmt: skip
    look(maker)
    maker.locator("form.form button[type=submit]").click()
    maker.wait_for_url("**/backoffice/changes/*/")
    checker.goto(maker.url)
    look(checker)
    checker.locator("button[value=publish]").click()
    checker.wait_for_url("**/backoffice/calls/")
    look(checker)

    page.goto("/dreams/propose")
    look(page)
    page.locator("form[action='/dreams/propose'] button").click()
    own = page.url.split("/write")[0]
    steps = [
        {"title": "A piano", "summary": "126 children wish for a real one"},
        {"need": "There is none", "story": "She asked whether keys really go down"},
        {"helped": "Children", "people": "126", "label_0": "Piano", "amount_0": "26000"},
        {"author_name": "Yang", "about": "A teacher", "email": "yang@example.org"},
    ]
    for place, fields in enumerate(steps, start=1):
        page.wait_for_url(f"**/write?step={place}" if place > 1 else "**/write*")
        fill(page, fields)
        page.locator(".submit-bar button").last.click()
    page.wait_for_url(own)
    page.locator("form[action$='/submit'] button").click()
    expect(page.locator(".walked li")).to_have_count(1)
    look(page)

    maker.goto("/backoffice/dreams/")
    look(maker)
    maker.locator("input[name=id]").first.check()
    maker.locator("button[value=shortlist]").click()
    maker.locator("form:has([name=sure]) button[type=submit]").first.click()
    maker.goto("/backoffice/dreams/?state=shortlist")
    maker.goto("/backoffice/rounds/")
    maker.locator("a[href*='/rounds/new/']").click()
    hour = timezone.localtime(clock.now())
    fill(maker, {
        "name_zh": "第一轮", "name_en": "The first round", "summary_zh": "概要", "summary_en": "In short", "slug": "one",
        "opens_at": f"{hour - timedelta(hours=1):%Y-%m-%dT%H:%M}", "closes_at": f"{hour + timedelta(days=9):%Y-%m-%dT%H:%M}",
    })  # fmt: skip
    maker.locator("input[name=id]").check()
    maker.locator("[name^=minimum_]").fill("3")
    look(maker)
    maker.locator(".submit-bar button[type=submit]").last.click()
    checker.goto("/backoffice/rounds/one/")
    checker.locator("form[action$='/open/'] button").click()
    checker.locator("form:has([name=sure]) button[type=submit]").first.click()
    look(checker)

    page.goto("/dreams")
    page.locator(".dream__title a").first.click()
    page.locator(".petal-pick", has_text="3").first.click()
    page.locator("form.give-flowers button[type=submit]").click()
    page.wait_for_url("**given=3*")
    look(page)
    beside(followers.follow_once)

    page.goto(own)
    fill(page, {"title": "It is here", "body": "They queued to press a key.", "spent": "26000", "people": "126"})
    page.locator("form[action$='/letter'] button").click()
    look(page)
    checker.goto("/backoffice/letters/")
    look(checker)
    checker.locator("input[name=id]").first.check()
    checker.locator("button[value=publish]").first.click()
    checker.locator("form:has([name=sure]) button[type=submit]").first.click()
    page.goto("/flowers/letters")
    page.locator("a", has_text="It is here").click()
    expect(page.locator("main")).to_contain_text("They queued to press a key.")
    look(page)
    for each in (maker, checker):
        each.context.close()
