"""Every page of the site in headless Chromium: on a phone and a desk, light and dark, in both languages.

`REDFLOWER_SHOTS=folder` leaves a picture of each of them there.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core import mail
from django.core.signing import dumps
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.utils import translation
from playwright.sync_api import Browser, Page

from redflower.domains.organizations.selectors import list_charities_for_operators
from redflower.domains.partners.selectors import list_messages
from redflower.domains.scenes.selectors.campaigns import find_campaign, list_open_campaigns
from redflower.domains.scenes.services.links import link_donors
from redflower.domains.scenes.services.together import open_team
from redflower.domains.scenes.types import LinkStatement, NewLink, ReportedDeed, ReportingPartner
from redflower.faces.commands.worker import work_once
from redflower.faces.shared.scenes.doors import donors_behind, report_deeds
from redflower.faces.shared.scenes.linking import make_link_pages
from redflower.kernel import clock
from redflower.kernel.clock import local_date
from redflower.kernel.ids import new_id
from tests.faces.looking import (
    DESK,
    PHONE,
    SHOTS,
    Faults,
    find_barriers,
    find_too_wide,
    keep_picture,
    list_untranslated,
    stand_still,
)
from tests.faces.scene_world import Scenes, make_scenes
from tests.faces.test_setup import CHARITY, PROJECT, found
from tests.faces.walk_world import BACKEND, World, make_world
from tests.factories import make_donor, make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LANGUAGES = ["zh-CN", "en"]
ABOUT = ("five-a-day", "stories-worth-a-like", "read-a-little", "meet-us-there")


class Reader:
    """Somebody who goes through pages one by one, holding each against the light, and tells at the end what they found."""

    def __init__(self, page: Page, site: str, language: str) -> None:
        self.page, self.site, self.language = page, site, language
        self.faults = Faults(page)

    def read(self, paths: Sequence[str]) -> None:
        found: list[str] = []
        for path in paths:
            self.page.goto(self.site + path, wait_until="load")
            found += [
                f"{path}: {fault}"
                for fault in self.look(re.sub(r"[0-9a-f-]{30,}|\W+", "-", path).strip("-")[-60:] or "home")
            ]
        assert found == [], "\n".join(found)

    def look(self, name: str) -> list[str]:
        """Everything that is wrong with a page: its width on both devices, the rest on the phone, colours in both themes."""
        found = []
        for scheme in ("dark", "light"):
            self.page.emulate_media(color_scheme=scheme)
            stand_still(self.page)
            for device, size in (("desk", DESK), ("phone", PHONE)):
                if scheme == "dark" and device == "desk" and not SHOTS:
                    continue  # as wide as in the light
                self.page.set_viewport_size(size)
                found += [f"too wide on a {device}: {each}" for each in find_too_wide(self.page)]
                keep_picture(self.page, f"{name}-{device}-{self.language}-{scheme}")
            if scheme == "light" or self.language != "en":  # colours do not depend on the language
                found += find_barriers(self.page, *(["color-contrast"] if scheme == "dark" else []))
        if self.language == "en":
            found += [f"in Chinese: {word}" for word in list_untranslated(self.page)]
        faults, self.faults.seen = self.faults.seen, []
        return found + faults


@pytest.fixture(params=LANGUAGES)
def reader(browser: Browser, live_server: Any, request: pytest.FixtureRequest) -> Iterator[Reader]:
    context = browser.new_context(locale=request.param, reduced_motion="reduce", service_workers="block")
    yield Reader(context.new_page(), live_server.url, request.param)
    context.close()


@pytest.fixture
def world(transactional_db: None, provider: Any) -> World:
    return make_world()


def test_pages_for_everybody_and_for_donors(reader: Reader, world: World) -> None:
    reader.read(world.public)
    cookie = {"name": "rf_donor", "value": dumps(str(world.donor_id), salt="donor"), "url": reader.site}
    reader.page.context.add_cookies([cookie])
    reader.read(world.donor)


def test_desks(reader: Reader, world: World, settings: Any) -> None:
    cookie = {"name": settings.SESSION_COOKIE_NAME, "value": world.session_of_operator(), "url": reader.site}
    reader.page.context.add_cookies([cookie])
    reader.read(world.desk)


def test_scenes_and_the_partner_console(reader: Reader, transactional_db: None, tmp_path: Path, settings: Any) -> None:
    settings.REDFLOWER_BASE_URL, settings.REDFLOWER_DEMO = reader.site, True
    scenes = make_scenes(tmp_path)
    now, donor = clock.now(), make_donor()
    [derived] = donors_behind(scenes.partner_id, "u-1")
    steps = find_campaign("daily-steps")
    assert steps is not None
    make_partners_week(scenes)
    team = open_team(steps.id, "Riverside", donor, local_date(now, "Asia/Shanghai"), now)
    slugs = [each.slug for each in list_open_campaigns(now, scenes.partner_id)]
    pages = dict(zip(("fresh", "used", "elsewhere"), make_link_pages(scenes.partner_id, ["u-1"] * 3, now), strict=True))
    links = {name: address.removeprefix(reader.site) for name, (address, _) in pages.items()}
    reader.read(["/scenes", *(f"/scenes/{slug}" for slug in slugs), f"/scenes/daily-steps/teams/{team}",
                 "/scenes/meet-us-there/screen/riverbank-day", "/links/", links["fresh"]])  # fmt: skip
    other = make_donor()
    statement = LinkStatement(new_id(), scenes.partner_id, derived, now + timedelta(minutes=5))
    link_donors([NewLink(statement, (other,))], None, now)
    reader.read([links["elsewhere"]])
    cookie = {"name": "rf_donor", "value": dumps(str(other), salt="donor"), "url": reader.site}
    reader.page.context.add_cookies([cookie])
    reader.read([links["used"], "/links/"])
    client = Client()
    client.force_login(make_user(is_operator=True), BACKEND)
    session = next(cookie.value for name, cookie in client.cookies.items() if "session" in name)
    reader.page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": reader.site}])
    root = f"/partners/{scenes.partner_id}/"
    message = list_messages(scenes.partner_id)[0]
    about = [f"/backoffice/scenes/{each.id}/items/" for each in map(find_campaign, ABOUT) if each]
    reader.read(
        [
            "/partners",
            root,
            f"{root}keys/",
            f"{root}webhooks/",
            f"{root}webhooks/{message.id}/",
            f"{root}start/",
            "/backoffice/scenes/",
            *about,
        ]
    )


def make_partners_week(scenes: Scenes) -> None:
    """Good deeds, one that cannot be, and what the partner is told of them."""
    rows = [
        ReportedDeed(f"d-{n}", "daily-steps", f"u-{n}", clock.now(), amount=150_000 if n == 4 else 1_700 * n)
        for n in range(9)
    ]
    report_deeds(ReportingPartner(scenes.partner_id), rows, clock.now())
    while work_once():
        pass


def test_the_guide_of_an_empty_site(reader: Reader, transactional_db: None, settings: Any, client: Client) -> None:
    settings.REDFLOWER_DEMO, settings.REDFLOWER_SETUP_TOKEN = False, "lucky"
    reader.read(["/", "/setup/account/"])
    found(client)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    reader.page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": reader.site}])
    reader.read(["/setup/site/"])
    names = {"name_zh": "青禾公益", "name_en": "Qinghe Giving", "languages": ["zh-hans", "en"], "default": "en"}
    client.post("/setup/site/", names)
    reader.read(["/setup/charity/"])
    client.post("/setup/charity/", CHARITY)
    reader.read(["/setup/project/"])
    [charity] = list_charities_for_operators()
    assert client.post("/setup/project/", {**PROJECT, "charity_id": charity.id})["Location"] == "/setup/finish/"
    reader.read(["/setup/finish/"])
    client.post("/setup/finish/", {"email": "two@example.org"})
    reader.read(["/", "/projects", "/festivals", "/me", "/ledger"])  # open, and nothing published yet


def test_signing_in_and_out(reader: Reader, transactional_db: None, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    make_user("donor@example.org")
    page = reader.page
    page.goto(f"{reader.site}/accounts/login/")
    page.locator("input[type=email]").fill("donor@example.org")
    page.locator("main form button[type=submit]").first.click()
    page.wait_for_url("**/accounts/login/code/")
    assert reader.look("login-code") == []
    code = re.search(r"^\s+(\d{6})$", str(mail.outbox[-1].body), re.MULTILINE)
    assert code is not None
    page.locator("main input[name=code]").fill(code[1])
    page.locator("main form button[type=submit]").first.click()
    page.wait_for_url("**/me")
    reader.read(["/me", "/accounts/passkeys/", "/accounts/passkeys/add/", "/accounts/logout/", "/backoffice/"])


@pytest.mark.parametrize(
    "name", ["shared/400.html", "shared/403.html", "shared/csrf.html", "429.html", "shared/503.html"]
)
def test_pages_of_what_went_wrong(reader: Reader, transactional_db: None, rf: RequestFactory, name: str) -> None:
    request = rf.get("/projects")
    request.user = AnonymousUser()
    with translation.override("en" if reader.language == "en" else "zh-hans"):
        body = render_to_string(name, {"sentence": ""}, request=request)
    reader.page.route("**/broken", lambda route: route.fulfill(body=body, content_type="text/html", status=500))
    reader.read(["/broken"])
