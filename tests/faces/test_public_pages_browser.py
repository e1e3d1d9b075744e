"""The public pages in headless Chromium: on a phone and a desk, light and dark, with and without script."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from redflower.domains.festivals.models import Festival
from redflower.domains.festivals.services import draw_due_slices
from redflower.domains.projects.models import Project
from redflower.faces.followers.insights import follow_once
from redflower.faces.followers.proofs import follow_once as log_once
from redflower.faces.shared.exports import builder, shelf
from redflower.kernel import clock
from tests.faces.journey import open_project
from tests.faces.looking import find_barriers, find_too_wide
from tests.factories import give, make_festival

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LOOKS = [(390, "dark", "en-US"), (1440, "light", "zh-CN")]


@pytest.fixture
def project(transactional_db: None, settings: Any, tmp_path: Path) -> Project:
    """A project with a signed, a silent and a matched gift, among enough others to fill two pages of the list."""
    festival_id = make_festival(opens_at=clock.now() - timedelta(hours=1), presets=("surprise-2024", "random-2018"))
    project = open_project(slug="lunch", unit_minor=500, unit_zh="一顿午饭", unit_en="a lunch", achieved_zh="吃上了饭")
    for number in range(13):
        open_project(slug=f"other-{number}", cause="health", title_zh=f"另一个项目 {number}")
    give(project.id, 5000, clock.now(), shown_as="named", shown_name="Lin", message="Take care")
    draw_due_slices(festival_id, "Asia/Shanghai", clock.now() + timedelta(minutes=1))
    give(project.id, 1314, clock.now())
    while follow_once() or log_once():
        pass
    settings.REDFLOWER_DATA = tmp_path
    builder.build_all(shelf.folder(), clock.now())
    return project


@pytest.mark.parametrize(("width", "scheme", "language"), LOOKS)
def test_pages_fit_their_screen_and_everybody(browser, live_server, project, width, scheme, language):
    context = browser.new_context(
        viewport={"width": width, "height": 844},
        locale=language,
        color_scheme=scheme,
        reduced_motion="reduce",
        service_workers="block",
    )
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: faults.append(said.text) if "Content Security" in said.text else None)
    festival = Festival.objects.get()
    for path in (
        "/",
        "/projects",
        "/projects?q=nothing",
        "/projects/lunch",
        "/projects/lunch/ledger",
        f"/charities/{project.charity.slug}",
        "/festivals",
        f"/festivals/{festival.slug}",
        "/about",
        "/ledger",
        "/open",
        "/open/schema",
        "/festivals/how",
        "/offline",
    ):
        page.goto(live_server.url + path, wait_until="load")
        assert find_too_wide(page) == [], path
        assert find_barriers(page) == [], path
        assert faults == [], path
    context.close()


def test_list_grows_filters_and_remembers(browser, live_server, project):
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="zh-CN", service_workers="block")
    page = context.new_page()
    page.goto(f"{live_server.url}/projects")
    cards = page.locator(".project")
    expect(cards).to_have_count(12)
    page.click("#more a")
    expect(cards).to_have_count(14)
    page.click("label:has(input[value=children])")
    expect(cards).to_have_count(1)
    expect(page).to_have_url(f"{live_server.url}/projects?cause=children")
    page.fill("#field-q", "没有这个词")
    expect(page.locator("#found .empty")).to_be_visible()
    page.go_back()
    expect(cards).to_have_count(1)
    expect(page.locator("input[value=children]")).to_be_checked()
    context.close()


def test_pages_work_without_script(browser: Browser, live_server: Any, project: Project) -> None:
    context = browser.new_context(locale="zh-CN", java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{live_server.url}/projects")
    page.click("#more a")
    expect(page.locator(".project")).to_have_count(2)
    page.goto(f"{live_server.url}/projects")
    page.check("input[value=children]", force=True)
    page.click(".finder button")
    expect(page.locator(".project")).to_have_count(1)
    page.click(".project__title a")
    expect(page).to_have_url(f"{live_server.url}/projects/lunch")
    page.click(".raised__money")
    expect(page.locator(".entry")).to_have_count(2)
    context.close()
