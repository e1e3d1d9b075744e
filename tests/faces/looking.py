"""Looking at a page as its readers do: is it as wide as their screen, does axe object, what language does it speak."""

import os
import re
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import ConsoleMessage, Page

from tests.faces.journey import find_chinese

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 800}
SHOTS = os.environ.get("REDFLOWER_SHOTS")  # a folder to leave pictures of every page in
# Everything a page says, heard or seen; not what it quotes on purpose, nor what somebody typed.
_SPOKEN = """() => {
  const quoted = '[lang|="zh"]:not(html), [translate="no"], .seal, .avatar, .who__mark, pre, textarea, script, style, noscript, template';
  const said = [document.title];
  for (const element of document.querySelectorAll('body, body *')) {
    if (element.closest(quoted)) continue;
    for (const name of ['aria-label', 'title', 'alt', 'placeholder']) said.push(element.getAttribute(name) ?? '');
    for (const node of element.childNodes) if (node.nodeType === Node.TEXT_NODE) said.push(node.data);
  }
  return said.join('\\n');
}"""
_FITS = "document.documentElement.scrollWidth <= innerWidth"
_TOO_WIDE = """() => [...document.querySelectorAll('body *')]
  .filter(each => each.getBoundingClientRect().right > innerWidth + 1).slice(0, 5).map(each => each.outerHTML.slice(0, 120))"""


# Whatever fades from one colour to another ends, and two frames are painted: a busy machine may not have got to any.
_STAND_STILL = """() => new Promise(done => requestAnimationFrame(() => {
  for (const each of document.getAnimations()) if (each.effect?.getComputedTiming().endTime < Infinity) each.finish();
  requestAnimationFrame(() => done());
}))"""


class Faults:
    """What went wrong in a browser since it was last asked."""

    def __init__(self, page: Page) -> None:
        self.seen: list[str] = []
        page.on("pageerror", lambda error: self._note(str(error)))
        page.on("console", self._hear)

    def _hear(self, said: ConsoleMessage) -> None:
        # An error page answers 4xx or 5xx, which the browser tells as an error of its own.
        if said.type == "error" and not said.text.startswith("Failed to load resource"):
            self._note(said.text)

    def _note(self, fault: str) -> None:
        if not fault.startswith("Transition was"):  # a page left before it had faded in
            self.seen.append(fault)


def find_too_wide(page: Page) -> list[str]:
    """What is wider than the screen, when the page is."""
    if page.evaluate(_FITS):
        return []
    stand_still(page)  # a page that was just given a new size, or a new piece, may not have settled in it
    if page.evaluate(_FITS):
        return []
    return [str(each) for each in page.evaluate(_TOO_WIDE)] or ["the page itself"]


def stand_still(page: Page) -> None:
    """Lets a page come to rest, for one that has just changed its theme or size."""
    page.evaluate(_STAND_STILL)


def find_barriers(page: Page, *rules: str) -> list[str]:
    """What axe objects to, by all its rules or only by some, once the page stands still in the theme it has."""
    stand_still(page)
    found = Axe().run(page, options={"runOnly": rules} if rules else None)
    return [found.generate_report()] if found.violations_count else []


def list_untranslated(page: Page, quoted: str = "") -> list[str]:
    """Chinese words on an English page, apart from the switch of language and what is `quoted`, a pattern."""
    said = str(page.evaluate(_SPOKEN))
    return find_chinese(re.sub(quoted, "", said) if quoted else said)


def keep_picture(page: Page, name: str) -> None:
    """Leaves a picture of the whole page, where somebody asked for them."""
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=True)
