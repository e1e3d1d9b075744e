"""The pages every face shares: strict about inline code, complete in both languages."""

import re
from html.parser import HTMLParser

import pytest
from django.contrib.auth.models import AnonymousUser
from django.template.loader import render_to_string
from django.utils import translation

pytestmark = pytest.mark.django_db  # the site's name is what its operator called it

PAGES = ("400", "403", "404", "503", "csrf", "offline", "refusal", "gallery", "console")
HAN = re.compile(r"[\u4e00-\u9fff]")
# Stamps, initials and the other language's own name stay Chinese in every language.
CHINESE_ON_PURPOSE = re.compile(
    r'<svg class="(?:seal|avatar).*?</svg>|<button[^>]*lang="zh-hans".*?</button>', re.DOTALL
)


def draw(name, language, rf):
    request = rf.get("/projects")
    request.user = AnonymousUser()
    with translation.override(language):
        return render_to_string(f"shared/{name}.html", {"sentence": "", "code": "x"}, request=request)


class InlineCode(HTMLParser):
    """Collects what a strict content security policy would refuse."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        names = {name for name, _ in attrs}
        self.found += [f"<{tag} {name}>" for name in names if name == "style" or name.startswith("on")]
        if tag == "style" or (tag == "script" and "src" not in names):
            self.found.append(f"<{tag}>")


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_carries_no_inline_script_or_style(name, language, rf):
    parser = InlineCode()
    parser.feed(draw(name, language, rf))
    assert parser.found == []


@pytest.mark.parametrize("name", PAGES)
def test_an_english_page_speaks_english(name, rf):
    page = CHINESE_ON_PURPOSE.sub("", draw(name, "en", rf))
    assert [line.strip() for line in page.splitlines() if HAN.search(line)] == []


def test_the_page_for_our_own_faults_needs_nothing(rf):
    page = render_to_string("shared/500.html", {})
    assert "不必再付一次" in page
    assert "no need to pay again" in page


def test_a_constant_amount_is_said_in_the_language_of_each_reader(rf):
    assert "¥3,720\N{NO-BREAK SPACE}万" in draw("gallery", "zh-hans", rf)
    assert "¥37.2M" in draw("gallery", "en", rf)
