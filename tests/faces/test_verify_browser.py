"""The verify page and the receipt in headless Chromium: what is checked there, and that every tampering is named."""

import json
import os
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from redflower.domains.donations.rules import write_code
from redflower.domains.festivals.models import Pool
from redflower.domains.festivals.services import close_pools, draw_due_slices
from redflower.domains.proofs.selectors import find_entries
from redflower.domains.proofs.types import EntryKind
from redflower.faces.followers.proofs import follow_once
from redflower.faces.shared.instance import gift_path
from tests.faces.journey import find_chinese
from tests.faces.looking import find_barriers, find_too_wide
from tests.factories import NOON, give, make_donor, make_festival, make_project

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SHOTS = os.environ.get("REDFLOWER_SHOTS")
LATER = NOON + timedelta(hours=3)


@pytest.fixture
def world(live_server: Any, settings: Any, tmp_path: Path) -> dict[str, Any]:
    """A closed pool with daily caps and refused gifts, all of it in the log."""
    settings.REDFLOWER_DATA = tmp_path
    settings.REDFLOWER_LOG = tmp_path / "log"
    settings.REDFLOWER_BASE_URL = live_server.url
    opens_at = NOON + timedelta(minutes=1)  # it is announced at noon, before it opens
    festival = make_festival(("random-2018",), budget_minor=100_000, opens_at=opens_at, person_day_cap_minor=700)
    project, donor = make_project(title_zh="山里的午餐", title_en="Lunch"), make_donor()
    gifts = [
        give(
            project.id, amount, at=opens_at + timedelta(seconds=second), donor_id=donor if second < 9 else make_donor()
        )
        for second, amount in ((0, 1000), (1, 99), (2, 5000), (31, 12_345), (600, 660))
    ]
    draw_due_slices(festival, "Asia/Shanghai", LATER)
    close_pools(festival, LATER)
    pool = Pool.objects.get(festival_id=festival)
    for _ in range(200):  # a transaction elsewhere in the server may hold events back for a moment
        follow_once()
        if EntryKind.POOL_CLOSED in {entry.kind for entry in find_entries([pool.id])}:
            break
        time.sleep(0.05)
    return {"url": live_server.url, "pool": pool, "gift": gifts[0], "draw": f"{live_server.url}/verify/draws/{pool.id}"}


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(locale="en", viewport={"width": 390, "height": 844})
    yield context.new_page()
    context.close()


def run(page: Page, expected: str) -> str:
    """Presses the button and returns everything the bench then says."""
    page.locator("[data-run]").click()
    expect(page.locator(f".bench.is-{expected}")).to_be_visible(timeout=20_000)
    return page.locator(".bench").inner_text()


@pytest.mark.parametrize(
    ("language", "scheme", "width"), [("zh-CN", "light", 390), ("en", "dark", 390), ("en", "light", 1440)]
)
def test_everything_agrees_on_pages_that_are_clean(
    browser: Browser, world: dict[str, Any], language: str, scheme: str, width: int
) -> None:
    context = browser.new_context(locale=language, color_scheme=scheme, viewport={"width": width, "height": 844})
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: faults.append(said.text) if "Content Security" in said.text else None)
    code = write_code(world["gift"])
    paths = [
        "/verify",
        f"/verify?code={code}",
        f"/verify/draws/{world['pool'].id}",
        "/verify/entries/2",
        "/verify/totals",
    ]
    for number, path in enumerate([*paths, f"{gift_path(world['gift'])}/receipt"]):
        page.goto(world["url"] + path)
        if page.locator("[data-run]").count():
            run(page, "ok")
        page.wait_for_timeout(600)
        if SHOTS:
            page.screenshot(path=Path(SHOTS) / f"verify-{number}-{language}-{scheme}-{width}.png", full_page=True)
        assert find_too_wide(page) == [], path
        assert find_barriers(page) == [], path
        if language == "en":
            assert find_chinese(page.locator("main").inner_text()) == [], path
    assert faults == []
    context.close()


@pytest.mark.parametrize(
    ("name", "old", "new", "told"),
    [
        ("tickets/0.ndjson", '"amount_minor":5000', '"amount_minor":5001', "tickets/0.ndjson:1–3"),
        ("tickets/0.ndjson", '"person":"', '"parson":"', "tickets/0.ndjson:1"),
        ("awards/0.ndjson", '"reason":"below_minimum"', '"reason":"budget_spent"', "awards/0.ndjson:"),
        ("slices/0.ndjson", '"available_minor":', '"available_minor":1', "slices/0.ndjson:1"),
        ("pool.json", '"secret":"7365', '"secret":"7366', "The secret hashes to"),
        ("pool.json", '"gift_min_minor":100', '"gift_min_minor":101', "The rule set hashes to"),
        ("pool.json", '"budget_minor":100000', '"budget_minor":100001', "has another “amount”"),
    ],
)
def test_a_changed_byte_of_a_draw_is_named_in_the_browser(
    page: Page, world: dict[str, Any], name: str, old: str, new: str, told: str
) -> None:
    def tamper(route: Route) -> None:
        body = route.fetch().text()
        assert old in body
        route.fulfill(body=body.replace(old, new, 1))

    page.route(f"**/open/draws/*/{name}", tamper)
    page.goto(world["draw"])
    assert told in run(page, "bad")


def change_line(line: int) -> Callable[[Route], None]:
    """Hands on a proof file with one letter of one line changed."""

    def tamper(route: Route) -> None:
        lines = route.fetch().text().split("\n")
        text = lines[line]
        place = len(text) - 20 if len(text) > 40 else len(text) - 1
        other = next(letter for letter in ("8" if text.startswith("index") else "A", "7") if letter != text[place])
        lines[line] = text[:place] + other + text[place + 1 :]
        route.fulfill(body="\n".join(lines))

    return tamper


def hand_out(files: dict[str, bytes], pool: dict[str, Any]) -> Callable[[Route], None]:
    """Hands out made-up files in place of the site's."""

    def serve(route: Route) -> None:
        name = route.request.url.split("/", 6)[6]
        route.fulfill(body=json.dumps(pool) if name == "pool.json" else files[name].decode())

    return serve


def test_a_changed_byte_of_a_proof_is_named_in_the_browser(page: Page, world: dict[str, Any]) -> None:
    page.goto(f"{world['url']}/verify?code={write_code(world['gift'])}")
    for line, told in (
        (1, "not the checkpoint's"),
        (3, "not the checkpoint's"),
        (2, ""),
        (-2, "signature is wrong"),
        (0, "line 1"),
    ):
        page.route("**/*.tlog-proof", change_line(line))
        assert told in run(page, "bad"), line
        page.unroute("**/*.tlog-proof")
    run(page, "ok")


def test_without_a_network_it_says_so_and_claims_nothing(page: Page, world: dict[str, Any]) -> None:
    page.goto(world["draw"])
    page.route("**/open/draws/**", lambda route: route.abort())
    assert "Cannot read" in run(page, "unsure")


def test_the_browser_s_draw_is_the_platform_s_on_random_worlds_in_which_flowers_count(
    page: Page, world: dict[str, Any]
) -> None:
    from tests.draw_world import make_tiered_draw

    for number in range(6):
        files = make_tiered_draw(number)
        pool = json.loads(files["pool.json"])
        pool["pool"]["id"] = str(world["pool"].id)
        page.route("**/open/draws/**", hand_out(files, pool))
        page.goto(world["draw"])
        said = run(page, "bad")  # the log announced another pool
        assert "90 tickets drawn again, every award as published" in said, number
        assert page.locator(".checks .is-bad").count() == 1, number
        page.unroute("**/open/draws/**")


def test_the_browser_s_draw_is_the_platform_s_for_every_method(page: Page, world: dict[str, Any]) -> None:
    """Bigger made-up draws, handed to the page in place of the site's files."""
    from tests.draw_world import make_draw

    for code, rule in (
        ("surprise-2024", {"person_day_cap_minor": 900, "budget_minor": 900}),
        ("random-2018", {"budget_minor": 11}),
        ("surprise-2024", {"late_from": 4, "award_max_bps": 5000}),
        ("random-2018", {"late_from": 0, "person_day_cap_minor": 700}),
        ("random-2018", {"beacon": True, "late_from": 9}),
        ("random-2018", {"flowers": (38, 39, 99), "budget_minor": 9_000_000, "late_from": 8}),
        ("random-2018", {"flowers": (60, 90), "award_max_bps": None, "person_day_cap_minor": 700}),
    ):
        files = make_draw(code, gifts=120, part_tickets=50, **rule)
        pool = json.loads(files["pool.json"])
        pool["pool"]["id"] = str(world["pool"].id)

        page.route("**/open/draws/**", hand_out(files, pool))
        page.goto(world["draw"])
        said = run(page, "bad")  # the log announced another pool, and that is all that differs
        assert "120 tickets drawn again, every award as published" in said
        assert page.locator(".checks .is-bad").count() == 1
        assert ("beyond a browser" in said) == ("beacon" in rule)
        assert ("drawn later than" in said) == ("late_from" in rule)
        assert ("as each day began" in said) == (code == "random-2018")
        if "late_from" in rule and "flowers" in rule:
            files["bonus.ndjson"] = files["bonus.ndjson"].replace(b":99", b":98", 1)
            told = run(page, "bad")
            assert "bonus.ndjson:1" in told and "awards/" in told
        if code == "surprise-2024" and "late_from" in rule:
            files["slices/0.ndjson"] = files["slices/0.ndjson"].replace(b'"drawn_at":"2026', b'"drawn_at":"2027', 1)
            assert "awards/0.ndjson" in run(page, "bad")
        page.unroute("**/open/draws/**")
