"""Bringing a friend along to the quiz: a flower for whoever sent the link, once a friend, and nothing for pretending."""

import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest
from django.core.signing import dumps
from django.test import Client as Browser

from redflower.domains.flowers.selectors import get_flower_books
from redflower.domains.scenes.selectors.campaigns import find_campaign
from redflower.faces.scene_site.invitations import show_invitation
from redflower.faces.shared.donor_cookie import COOKIE
from redflower.faces.shared.scenes.standing import list_daily_questions
from redflower.kernel import clock
from redflower.kernel.clock import local_date
from tests.faces.scene_world import make_scenes
from tests.factories import make_donor

pytestmark = pytest.mark.django_db(transaction=True)
PAGE = "/scenes/five-a-day"


@pytest.fixture(autouse=True)
def scenes(tmp_path: Path, settings) -> None:
    settings.REDFLOWER_BASE_URL = "http://testserver"
    make_scenes(tmp_path)


def visit(donor: UUID) -> Browser:
    browser = Browser()
    browser.cookies[COOKIE] = dumps(str(donor), salt="donor")
    return browser


def answer(browser: Browser, code: str = "", right: bool = True) -> str:
    """Answers today's five; all right, or all wrong."""
    questions = list_daily_questions(find_campaign("five-a-day"), local_date(clock.now(), "Asia/Shanghai"))
    told = {f"a-{each.code}": (int(each.body["answer"]) + (not right)) % 3 for each in questions}
    return browser.post(f"{PAGE}/do", {"key": "k", "from": code, **told}).content.decode()


def find_link(page: str) -> str:
    [link] = re.findall(r'value="(http://testserver/scenes/five-a-day\?from=[^"]+)"', page)
    return parse_qs(urlsplit(link).query)["from"][0]


def held(donor: UUID) -> int:
    return get_flower_books([donor]).held


def test_a_friend_who_passes_earns_a_flower_for_whoever_invited_them():
    me, friend = make_donor(), make_donor()
    code = find_link(answer(visit(me)))
    assert me.hex not in code
    page = visit(friend).get(PAGE, {"from": code}).content.decode()
    assert "一位朋友邀请你一起答" in page
    assert f'name="from" value="{code}"' in page
    mine = held(me)
    answer(visit(friend), code)
    answer(visit(friend), code)  # sent twice
    assert (held(me), held(friend)) == (mine + 1, mine)
    assert "已经有 1 位通过了" in visit(me).get(PAGE).content.decode()


def test_ones_own_five_are_still_to_be_answered_when_a_friend_was_quicker():
    me, friend = make_donor(), make_donor()
    link = show_invitation(find_campaign("five-a-day"), me, "")["invite_link"]  # as it was shown on another day
    answer(visit(friend), find_link(f'value="{link}"'))
    assert held(me) == 1
    assert "交卷" in visit(me).get(PAGE).content.decode()
    answer(visit(me))
    assert held(me) == 3


def test_nothing_for_oneself_for_wrong_answers_or_for_somebody_who_plays_already():
    me, beginner, player = make_donor(), make_donor(), make_donor()
    code = find_link(answer(visit(me)))
    mine = held(me)
    answer(visit(beginner), code, right=False)
    assert "一位朋友邀请你" not in visit(me).get(PAGE, {"from": code}).content.decode()
    answer(visit(me), code)
    for forged in ("", "AAAA", code[:-4] + "AAAA", "的" * 30):
        assert visit(beginner).get(PAGE, {"from": forged}).status_code == 200
        answer(visit(make_donor()), forged)
    answer(visit(player))
    answer(visit(player), code)
    assert held(me) == mine


def test_whoever_gets_no_flower_is_told_kindly():
    page = answer(visit(make_donor()), right=False)
    assert "这次没有开花" in page
    assert "还没有达到今天的目标" not in page
