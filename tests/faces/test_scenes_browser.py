"""Every kind of scene in headless Chromium, in both languages: on the demo's partner, across origins, and on our own pages."""

import os
import re
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core import signing
from django.core.signing import dumps
from django.db import connection
from django.test import Client as Browser
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Locator, Page, expect
from redflower_client import Client

from redflower.domains.partners.selectors import list_messages
from redflower.domains.partners.types import MessageState
from redflower.domains.scenes.rules.checkin import make_code
from redflower.domains.scenes.selectors.campaigns import find_campaign, read_secret
from redflower.faces.commands.worker import work_once
from redflower.faces.demo.partner.site import Ambler, AmblerServer
from redflower.faces.shared.donor_cookie import COOKIE
from redflower.faces.shared.scenes.standing import list_daily_questions
from redflower.faces.shared.webhooks import show_secret
from redflower.kernel import clock
from redflower.kernel.clock import local_date
from tests.dreaming import make_giver
from tests.faces.journey import find_chinese
from tests.faces.looking import find_barriers, find_too_wide
from tests.faces.scene_world import Scenes, make_scenes

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SHOTS = os.environ.get("REDFLOWER_SHOTS")


@pytest.fixture
def ambler(live_server: Any, settings: Any, tmp_path: Path) -> Iterator[tuple[str, Scenes]]:
    """Ambler on a port of its own, and everything it needs to know of the site."""
    settings.REDFLOWER_BASE_URL = live_server.url
    server = AmblerServer(("127.0.0.1", 0), None)  # type: ignore[arg-type]
    origin = f"http://127.0.0.1:{server.server_address[1]}"
    settings.REDFLOWER_DEMO_PARTNER = origin
    scenes = make_scenes(tmp_path, origin)
    client = Client(live_server.url, scenes.key)
    server.app = Ambler(client, live_server.url, show_secret(scenes.endpoint_id, 1), clock.now)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield origin, scenes
    server.shutdown()
    server.server_close()
    client.close()


@pytest.fixture(params=[("zh-CN", "light", 390), ("en", "dark", 1440)], ids=lambda look: "-".join(map(str, look)))
def page(browser: Chromium, request: pytest.FixtureRequest) -> Iterator[Page]:
    language, scheme, width = request.param
    context = browser.new_context(locale=language, color_scheme=scheme, viewport={"width": width, "height": 860})
    opened = context.new_page()
    opened.set_default_timeout(15_000)
    faults: list[str] = []
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on("console", lambda said: faults.append(said.text) if "Content Security" in said.text else None)
    opened.language, opened.look_name = language, f"{language}-{scheme}"  # type: ignore[attr-defined]
    yield opened
    context.close()
    assert [fault for fault in faults if not fault.startswith("Transition was")] == []


def look(page: Page, name: str) -> None:
    """Nothing wider than the screen, nothing axe objects to (shadows too), one language."""
    page.wait_for_timeout(700)
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{page.look_name}-{name}.png", full_page=True)  # type: ignore[attr-defined]
    assert find_too_wide(page) == [], name
    assert find_barriers(page) == [], name
    if page.language == "en":  # type: ignore[attr-defined]
        names = page.locator("main [translate=no]").all_inner_texts()  # people keep theirs
        said = page.locator("main").inner_text()
        assert set(find_chinese(said)) <= set(find_chinese(" ".join(names))), name


def widget(page: Page, scene: str) -> Locator:
    found = page.locator(f"red-flower[scene='{scene}']")
    expect(found).to_have_attribute("data-state", re.compile("ready|capped|done"))
    return found


def earn(found: Locator) -> None:
    found.locator("[data-name=earn]").click()
    expect(found.locator(".said.good")).to_be_visible()


def work() -> None:
    """What the worker does, until nothing is due."""
    while work_once():
        pass
    connection.close()


def test_every_kind_on_the_partners_own_pages(page: Page, ambler: tuple[str, Scenes]) -> None:
    origin, scenes = ambler
    page.goto(origin)
    expect(page.locator("red-flower")).to_have_attribute("data-state", "signed-out")
    look(page, "ambler-signed-out")
    page.locator("red-flower button").click()  # asks its host to sign somebody in
    page.wait_for_load_state("networkidle")
    steps = widget(page, "steps")
    expect(steps.locator("[data-name=earn]")).to_be_disabled()
    page.locator("form[action='/walk'] button").click()
    page.locator("form[action='/walk'] button").click()
    steps = widget(page, "steps")
    earn(steps)
    expect(steps.locator(".have b")).to_have_text("2")
    steps.locator("[data-name=give]").click()
    expect(steps.locator(".have b")).to_have_text("1")
    look(page, "ambler-today")
    page.goto(f"{origin}/ride")
    earn(widget(page, "green"))
    shake = widget(page, "shake")
    earn(shake)
    shake.locator("[data-name=give]").click()
    expect(shake.locator("fieldset legend")).to_be_visible()
    earn(widget(page, "round_up"))
    look(page, "ambler-ride")
    page.goto(f"{origin}/discover")
    like = widget(page, "like")
    earn(like)
    quiz = widget(page, "quiz")
    for _ in range(5):
        quiz.locator("[data-name=answer-1]").check()
        quiz.locator("[data-name=next]").click()
    expect(quiz.locator(".big")).to_be_visible()
    read = widget(page, "read")
    read.locator("[data-name=earn]").click()
    expect(read.locator(".said.bad")).to_be_visible()  # nobody reads that fast
    look(page, "ambler-discover")
    page.goto(f"{origin}/club")
    earn(widget(page, "game"))
    earn(widget(page, "volunteer"))
    meet = widget(page, "checkin")
    campaign = find_campaign("meet-us-there")
    assert campaign is not None
    meet.locator("#code").fill("WRONG")
    meet.locator("[data-name=earn]").click()
    expect(meet.locator(".said.bad")).to_be_visible()
    meet.locator("#code").fill(make_code(read_secret(campaign.id), "riverbank-day", clock.now(), 30))
    earn(meet)
    look(page, "ambler-club")
    # Followers read below the oldest transaction of the whole server, and another test's may still be open.
    for _ in range(60):
        beside = threading.Thread(target=work)  # Playwright's event loop runs in this one
        beside.start()
        beside.join()
        told = list_messages(scenes.partner_id)
        if "deeds.settled" in {message.kind for message in told}:
            break
        page.wait_for_timeout(500)
    assert "deeds.settled" in {message.kind for message in told}
    assert {message.state for message in told} == {MessageState.HEARD}
    page.goto(f"{origin}/heard")
    expect(page.locator(".log b").filter(has_text="deeds.settled").first).to_be_visible()
    look(page, "ambler-heard")


def test_a_petal_falls_in_less_than_600_ms_and_stays_still_for_those_who_ask(
    browser: Chromium, ambler: tuple[str, Scenes]
) -> None:
    origin, _ = ambler
    for motion, most in (("no-preference", 600), ("reduce", 0)):
        context = browser.new_context(reduced_motion=motion)
        page = context.new_page()
        page.goto(f"{origin}/club")
        page.locator("form[action='/sign-in'] button").click()
        page.wait_for_load_state("networkidle")
        page.goto(f"{origin}/club")
        game = widget(page, "game")
        page.evaluate(
            """() => { window.falls = []; const animate = Element.prototype.animate;
                Element.prototype.animate = function (frames, options) {
                    window.falls.push(options.duration + (options.delay || 0)); return animate.call(this, frames, options);
                }; }"""
        )
        earn(game)
        falls = page.evaluate("window.falls")
        assert (max(falls) < most and len(falls) >= 1) if most else falls == []
        context.close()


def test_offline_and_faults_are_told_and_nothing_is_lost(browser: Chromium, ambler: tuple[str, Scenes]) -> None:
    origin, _ = ambler
    context = browser.new_context(locale="zh-CN")
    page = context.new_page()
    page.goto(origin)
    page.locator("form[action='/sign-in'] button").click()
    page.wait_for_load_state("networkidle")
    found = widget(page, "steps")
    context.set_offline(True)
    expect(found).to_have_attribute("data-state", "offline")
    context.set_offline(False)
    expect(found).to_have_attribute("data-state", "ready")
    page.route("**/api/partner/v1/widget/scenes/**", lambda route: route.abort())
    page.evaluate("document.querySelector('red-flower').start()")
    expect(found).to_have_attribute("data-state", "error")
    page.unroute("**/api/partner/v1/widget/scenes/**")
    found.locator("button").click()
    expect(found).to_have_attribute("data-state", "ready")
    context.close()


def test_our_own_pages(page: Page, ambler: tuple[str, Scenes], live_server: Any) -> None:
    page.goto(f"{live_server.url}/scenes")
    assert page.locator(".scene").count() == 10
    look(page, "scenes")
    page.goto(f"{live_server.url}/scenes/seven-day-garden")
    earn(widget(page, "seven-day-garden"))
    look(page, "scene-game")
    page.goto(f"{live_server.url}/scenes/stories-worth-a-like")
    page.locator(".story form button").first.click()
    expect(page.locator(".story__liked")).to_have_count(1)
    look(page, "scene-like")
    page.goto(f"{live_server.url}/scenes/five-a-day")
    for question in page.locator(".quiz fieldset").all():
        question.locator("input").nth(1).check()
    page.locator(".quiz button[type=submit]").click()
    expect(page.locator(".told li")).to_have_count(5)
    look(page, "scene-quiz")
    size = page.viewport_size
    page.set_viewport_size({"width": 390, "height": 844})
    page.evaluate(
        "document.querySelector('.told .badge').append(' and the time'.repeat(12))"
    )  # an answer of any length
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.set_viewport_size(size)  # type: ignore[arg-type]
    page.goto(f"{live_server.url}/scenes/read-a-little")
    look(page, "scene-read")
    page.goto(f"{live_server.url}/scenes/meet-us-there/screen/riverbank-day")
    code = page.locator(".screen__letters").inner_text()
    look(page, "scene-screen")
    page.goto(f"{live_server.url}/scenes/meet-us-there?event=riverbank-day&code={code}")
    page.locator("form.card button[type=submit]").click()
    expect(page.locator(".doing__done")).to_be_visible()
    look(page, "scene-checkin")


def test_the_kinds_that_happen_elsewhere_on_our_own_pages(
    page: Page, ambler: tuple[str, Scenes], live_server: Any, settings: Any
) -> None:
    """In a demo our own pages pretend that the walk, the ride and the payment have happened."""
    settings.REDFLOWER_DEMO = True
    # Where enough of the day has passed: it is ten o'clock at the earliest.
    settings.TIME_ZONE = "Pacific/Kiritimati" if clock.now().hour < 10 else "UTC"
    for slug in ("daily-steps", "greener-way", "change-blooms", "hours-for-others", "shake-for-light"):
        page.goto(f"{live_server.url}/scenes/{slug}")
        found = widget(page, slug)
        earn(found)
        if slug == "shake-for-light":  # what it unlocked is put into a project of one's own choice
            found.locator("[data-name=give]").click()
            expect(found.locator("fieldset legend")).to_be_visible()
        look(page, f"own-{slug}")


def test_taking_flowers_home_from_the_partners_page(
    page: Page, browser: Chromium, ambler: tuple[str, Scenes], live_server: Any
) -> None:
    origin, _ = ambler
    page.goto(f"{origin}/club")
    page.locator("form[action='/sign-in'] button").click()
    page.wait_for_load_state("networkidle")
    page.goto(f"{origin}/club")
    earn(widget(page, "volunteer"))

    def take_home() -> Page:
        with page.expect_popup() as opened:
            widget(page, "volunteer").locator("a[href='/flower-link']").click()
        opened.value.wait_for_load_state()
        opened.value.look_name, opened.value.language = page.look_name, page.language  # type: ignore[attr-defined]
        return opened.value

    ours = take_home()
    expect(ours.locator(".link-facts")).to_be_visible()
    address = ours.url
    look(ours, "link")
    ours.locator("form[action='/links/new'] button").click()
    ours.wait_for_url("**/links/")
    expect(ours.locator(".link-one")).to_have_count(1)
    look(ours, "links")
    ours.goto(f"{live_server.url}/flowers")
    expect(ours.locator(".mine-head__held b")).not_to_have_text("0")
    look(ours, "flowers-from-elsewhere")
    look(take_home(), "link-mine")
    other = browser.new_context(locale=page.language, viewport=page.viewport_size).new_page()  # type: ignore[attr-defined]
    other.look_name, other.language = page.look_name, page.language  # type: ignore[attr-defined]
    other.goto(address)
    expect(other.locator(".lost")).to_be_visible()
    look(other, "link-used")
    page.context.clear_cookies(name=COOKIE)  # somebody else sits down before the partner's page
    theirs = take_home()
    expect(theirs.locator("[role=alert]")).to_be_visible()
    look(theirs, "link-elsewhere")
    theirs.locator("button[name=release]").click()
    expect(theirs.locator(".link-facts")).to_be_visible()
    theirs.goto(f"{live_server.url}/links/")
    look(theirs, "links-none")
    other.context.close()


def answer_all(page: Page, slug: str) -> None:
    """Chooses the right answer of every question, and hands in."""
    beside: list[dict[str, str]] = []

    def look_up() -> None:
        campaign = find_campaign(slug)
        assert campaign is not None
        daily = list_daily_questions(campaign, local_date(clock.now(), "Asia/Shanghai"))
        beside.append({each.code: str(each.body["answer"]) for each in daily})
        connection.close()

    thread = threading.Thread(target=look_up)
    thread.start()
    thread.join()
    for code, right in beside[0].items():
        page.locator(f"[name='a-{code}'][value='{right}']").check()
    page.locator(".quiz button[type=submit]").click()
    expect(page.locator(".told li")).to_have_count(len(beside[0]))


def test_a_friend_is_invited_to_the_quiz(
    page: Page, browser: Chromium, ambler: tuple[str, Scenes], live_server: Any
) -> None:
    page.goto(f"{live_server.url}/scenes/five-a-day")
    answer_all(page, "five-a-day")
    invitation = page.locator(".copy input").input_value()
    look(page, "quiz-invite")
    context = browser.new_context(locale=page.language, viewport=page.viewport_size)  # type: ignore[attr-defined]
    friend = context.new_page()
    friend.look_name, friend.language = page.look_name, page.language  # type: ignore[attr-defined]
    friend.goto(invitation)
    expect(friend.locator(".quiz .notice")).to_be_visible()
    look(friend, "quiz-invited")
    answer_all(friend, "five-a-day")
    context.close()
    page.goto(f"{live_server.url}/flowers")
    expect(page.locator(".mine-head__held b")).to_have_text("3")  # all right, and a friend
    page.goto(f"{live_server.url}/scenes/five-a-day")
    expect(page.locator(".card--well")).to_contain_text("1")
    look(page, "quiz-friend-passed")


def test_a_team_walk(page: Page, browser: Chromium, ambler: tuple[str, Scenes], live_server: Any) -> None:
    page.context.add_cookies(
        [{"name": COOKIE, "value": dumps(str(make_giver(5)), salt="donor"), "url": live_server.url}]
    )
    page.goto(f"{live_server.url}/scenes/daily-steps")
    page.locator("#field-name").fill("Riverside")
    page.locator("form[action$='/teams'] button").click()
    page.wait_for_url("**/teams/*")
    expect(page.locator("h1")).to_have_text("Riverside")
    look(page, "team-mine")
    friend = browser.new_context(locale="en").new_page()
    friend.goto(page.url)
    friend.locator("form[action$='/join'] button").click()
    expect(friend.locator("form[action$='/join']")).to_have_count(0)
    friend.context.close()
    page.locator(".petal-pick", has_text="3").click()
    page.locator("form[action$='/give'] button").click()
    expect(page.locator(".stats")).to_contain_text("3")
    look(page, "team-cheered")
    page.goto(f"{live_server.url}/flowers")
    expect(page.locator(".went")).to_contain_text("Riverside")
    look(page, "flowers-with-team")


def test_reading_to_the_end_earns_and_reading_too_fast_does_not(
    page: Page, ambler: tuple[str, Scenes], live_server: Any
) -> None:
    page.clock.install()
    page.goto(f"{live_server.url}/scenes/read-a-little")
    seconds = int(page.locator("[data-reading]").get_attribute("data-reading") or "0")
    page.locator(".reading__end button").click()
    page.wait_for_load_state()
    campaign = find_campaign("read-a-little")
    assert campaign is not None
    assert (seconds > 10, campaign.flowers) == (True, 0)
    page.goto(f"{live_server.url}/scenes/read-a-little")
    page.clock.run_for(
        (seconds + 2) * 1_000
    )  # the page's own counter; the server holds it against the hour it was opened
    page.locator(".reading__end button").click()
    page.wait_for_load_state()
    assert find_campaign("read-a-little").flowers == 0  # type: ignore[union-attr]
    long_ago = signing.dumps((clock.now() - timedelta(seconds=seconds + 5)).isoformat(), salt="scene-opened")
    page.goto(f"{live_server.url}/scenes/read-a-little")
    page.evaluate("(at) => { document.querySelector('[name=opened]').value = at }", long_ago)
    page.clock.run_for((seconds + 2) * 1_000)
    page.locator(".reading__end button").click()
    page.wait_for_load_state()
    assert find_campaign("read-a-little").flowers > 0  # type: ignore[union-attr]
    look(page, "scene-read-done")


def test_every_kind_has_a_page_that_works_without_script(ambler: tuple[str, Scenes]) -> None:
    visitor = Browser()
    for slug in (
        "daily-steps", "shake-for-light", "stories-worth-a-like", "seven-day-garden", "five-a-day", "read-a-little",
        "greener-way", "change-blooms", "meet-us-there", "hours-for-others",
    ):  # fmt: skip
        assert visitor.get(f"/scenes/{slug}").status_code == 200, slug
    answer = visitor.post("/scenes/greener-way/do", {"key": "1"}, follow=True)
    assert answer.status_code == 200
    assert "收下了 1 朵小红花" in answer.content.decode()
    campaign = find_campaign("greener-way")
    assert campaign is not None
    assert campaign.flowers == 1
    walked = visitor.post("/scenes/daily-steps/do", {"key": "2"}, follow=True, headers={"accept-language": "en"})
    earned = find_campaign("daily-steps").flowers > 0  # type: ignore[union-attr]  # nobody has walked far just after midnight
    assert ("the sponsor gives ¥0.30" in walked.content.decode()) == earned
