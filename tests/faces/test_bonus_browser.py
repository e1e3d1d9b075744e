"""Gathering flowers for a project in headless Chromium, by keyboard and pointer, with and without JavaScript."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.core.signing import dumps
from playwright.sync_api import Browser, Page, expect

from redflower.domains.festivals.models import Festival
from redflower.domains.flowers.selectors import count_flowers
from redflower.faces.shared.donor_cookie import COOKIE
from redflower.kernel import clock
from tests.dreaming import make_giver
from tests.faces.journey import open_project
from tests.faces.looking import DESK, PHONE, Faults, find_barriers, find_too_wide, keep_picture, list_untranslated
from tests.factories import make_festival
from tests.rooms.test_bonuses import gather

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
DAY = timedelta(days=1)
WORDS = {
    "zh-CN": ("用手里的花帮它攒", "送出小红花", "攒上了 7 朵", "不够送 999 朵", "再有 30 朵，每笔配捐的分量多 10%–30%"),
    "en": (
        "Give it your flowers",
        "Give flowers",
        "7 flowers gathered",
        "not enough to give 999",
        "30 more, and each gift weighs 10%–30% more",
    ),
}


@pytest.fixture
def world(live_server: Any, settings: Any) -> tuple[str, UUID]:
    """A project with 41 flowers today and 21 more tomorrow, in the middle of a festival."""
    settings.REDFLOWER_BASE_URL = live_server.url
    now = clock.now()
    festival = make_festival(("random-2018",), opens_at=now - DAY, hours=96)
    Festival.objects.filter(id=festival).update(name_zh="小红花公益节", name_en="Red Flower Days")
    project = open_project(slug="lunch", title_zh="山里的午餐", title_en="Lunch in the hills")
    gather(festival, project.id, 41, at=now - DAY)
    gather(festival, project.id, 21, at=now)
    return live_server.url, festival


@pytest.fixture(
    params=[("zh-CN", "light", PHONE, True), ("en", "dark", PHONE, False), ("en", "light", DESK, True), ("zh-CN", "dark", DESK, True)],
    ids=["zh-phone", "en-phone-dark-no-js", "en-desk", "zh-desk-dark"],
)  # fmt: skip
def visitor(request: Any, browser: Browser, world: tuple[str, UUID]) -> Iterator[tuple[Page, UUID, str, str]]:
    """Somebody who holds twelve flowers, in one language, theme and screen."""
    language, scheme, screen, scripts = request.param
    context = browser.new_context(
        locale=language, color_scheme=scheme, viewport=screen, java_script_enabled=scripts, base_url=world[0]
    )
    donor = make_giver(12)
    context.add_cookies([{"name": COOKIE, "value": dumps(str(donor), salt="donor"), "url": world[0]}])
    yield context.new_page(), donor, language, request.node.callspec.id
    context.close()


def look(page: Page, name: str, language: str, scripts: bool) -> None:
    if scripts:
        assert find_too_wide(page) == []
        assert find_barriers(page) == []
        if language == "en":
            assert list_untranslated(page) == []
    keep_picture(page, name)


def test_a_friend_gathers_from_the_projects_page_and_is_told_what_it_does(
    visitor: tuple[Page, UUID, str, str], world: tuple[str, UUID]
) -> None:
    page, donor, language, name = visitor
    link, button, thanks, too_many, next_step = WORDS[language]
    faults, scripts = Faults(page), "no-js" not in name
    page.goto("/projects/lunch")
    look(page, f"bonus-project-{name}", language, scripts)
    page.get_by_role("link", name=link).click()
    expect(page.locator("#gathered")).to_have_text("62")
    look(page, f"bonus-before-{name}", language, scripts)
    page.locator("input[name=flowers]").fill("999")
    page.get_by_role("button", name=button).click()
    expect(page.locator("main")).to_contain_text(too_many)
    assert page.locator("input[name=flowers]").input_value() == "999"
    look(page, f"bonus-refused-{name}", language, scripts)
    page.locator("input[name=flowers]").fill("7")
    page.get_by_role("button", name=button).focus()
    page.keyboard.press("Enter")
    expect(page.locator("body")).to_contain_text(thanks)
    expect(page.locator("#gathered")).to_have_text("69")
    expect(page.locator("main")).to_contain_text(next_step)
    look(page, f"bonus-after-{name}", language, scripts)
    assert count_flowers([donor]) == 5
    page.goto(f"/festivals/{Festival.objects.get(id=world[1]).slug}#bonus")
    expect(page.locator(".bonus-list")).to_contain_text("69")
    look(page, f"bonus-festival-{name}", language, scripts)
    page.goto("/flowers")
    expect(page.locator("#went ~ .went").first).to_contain_text("7")
    look(page, f"bonus-flowers-{name}", language, scripts)
    assert faults.seen == []
