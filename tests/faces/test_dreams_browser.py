"""Giving a flower to a dream and writing one down, on a phone, in both languages, looked at with axe."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.signing import dumps
from playwright.sync_api import Browser, Page, expect

from redflower.domains.dreams import selectors
from redflower.kernel import clock
from tests.dreaming import make_call, make_giver, open_dreams
from tests.faces.looking import PHONE, find_barriers, find_too_wide

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(params=[("zh-CN", "light"), ("en", "dark")], ids=lambda look: "-".join(look))
def page(browser: Browser, request: pytest.FixtureRequest, live_server: Any) -> Page:
    language, scheme = request.param
    context = browser.new_context(locale=language, color_scheme=scheme, viewport=PHONE, base_url=live_server.url)
    context.add_cookies(
        [{"name": "rf_donor", "value": dumps(str(make_giver(6)), salt="donor"), "url": live_server.url}]
    )
    return context.new_page()


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
