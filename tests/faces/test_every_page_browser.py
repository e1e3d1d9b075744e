"""Every page of the site in headless Chromium: on a phone and a desk, light and dark, in both languages.

`REDFLOWER_SHOTS=folder` leaves a picture of each of them there.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.signing import dumps
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.utils import translation
from playwright.sync_api import Browser, Page

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
from tests.faces.walk_world import World, make_world

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LANGUAGES = ["zh-CN", "en"]


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
                f"{path}: {fault}" for fault in self.look(re.sub(r"[0-9a-f-]{30,}|\W+", "-", path).strip("-") or "home")
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


def test_the_guide_of_an_empty_site(reader: Reader, transactional_db: None, settings: Any) -> None:
    settings.REDFLOWER_DEMO, settings.REDFLOWER_SETUP_TOKEN = False, ""
    reader.read(["/", "/setup/account/"])


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
