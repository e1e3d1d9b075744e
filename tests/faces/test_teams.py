"""A team walk through the pages: opened, joined by its link, walked to its goal, cheered with flowers."""

import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.core.signing import dumps
from django.test import Client

from redflower.domains.flowers.selectors import count_flowers
from redflower.domains.ledger.selectors import get_balance
from redflower.domains.ledger.types import AccountKind
from redflower.domains.people.services import make_donors
from redflower.domains.scenes.selectors.campaigns import find_campaign
from redflower.domains.scenes.selectors.together import find_teams, get_team, list_teams
from redflower.domains.scenes.services.campaigns import close_campaigns
from redflower.domains.scenes.services.together import grant_goals
from redflower.domains.scenes.types import PLATFORM, ReportedDeed, ReportingPartner
from redflower.faces.commands.audit import INVARIANTS
from redflower.faces.followers import scenes as follower
from redflower.faces.shared.donor_cookie import COOKIE
from redflower.faces.shared.scenes.doors import report_deeds
from redflower.kernel import clock
from tests.dreaming import make_giver, make_operators
from tests.faces.scene_world import make_scenes
from tests.factories import NOON

pytestmark = pytest.mark.django_db(transaction=True)
WALK = "/scenes/daily-steps"


@pytest.fixture(autouse=True)
def scenes(tmp_path):
    return make_scenes(tmp_path)


def somebody(flowers: int = 0) -> Client:
    """A visitor on a device of their own."""
    client = Client(HTTP_ACCEPT_LANGUAGE="zh-CN")
    donor = make_giver(flowers) if flowers else make_donors(1, NOON)[0]
    client.cookies[COOKIE] = dumps(str(donor), salt="donor")
    client.donor = donor
    return client


def text(response: Any) -> str:
    return str(response.content.decode())


def open_team(captain: Client, name: str = "晨跑小队") -> str:
    opened = captain.post(f"{WALK}/teams", {"name": name})
    assert opened.status_code == 302, text(opened)
    return str(opened["Location"])


def walk(walker: Client, steps: int, key: str) -> None:
    done = clock.now() - timedelta(seconds=1)
    report_deeds(
        ReportingPartner(PLATFORM),
        [ReportedDeed(key, "daily-steps", str(walker.donor), done, steps)],
        clock.now(),
    )


@pytest.fixture
def noon(monkeypatch):
    """A day of which enough has passed to walk far."""
    at = clock.now().replace(hour=12, minute=0)  # 20:00 in Shanghai
    monkeypatch.setattr(clock, "now", lambda: at)
    return at


def test_a_team_is_opened_joined_by_its_link_and_walks(noon):
    captain, friend, stranger = somebody(), somebody(), somebody()
    page = open_team(captain)
    assert "http://" in text(captain.get(page)) and "复制邀请" in text(captain.get(page))
    assert "加入这支队伍" in text(friend.get(page))
    assert friend.post(f"{page}/join").status_code == 302
    walk(captain, 9_000, "one")
    walk(captain, 12_000, "two")  # the day told again, further on: it counts once
    walk(friend, 8_000, "three")
    walk(stranger, 30_000, "four")
    [team] = list_teams(find_campaign("daily-steps").id)
    assert (team.members, team.amount, team.unlocked_minor) == (2, 20_000, 60)
    shown = text(stranger.get(page))
    assert all(each in shown for each in ("20,000", "1,000,000", "¥0.6"))
    assert "晨跑小队" in text(stranger.get(WALK))
    assert "看我的队伍" in text(friend.get(WALK))


def test_who_walks_with_another_team_stays_there_and_is_told():
    first, second = somebody(), somebody()
    ours, theirs = open_team(first, "我们"), open_team(second, "他们")
    assert open_team(first, "又一支") == ours
    first.post(f"{theirs}/join")
    assert get_team(theirs.rsplit("/", 1)[1]).members == 1
    assert "一次活动只走一支队伍" in text(first.get(theirs)) and "我们" in text(first.get(theirs))


def test_the_goal_unlocks_the_sponsors_grant_once_and_the_page_says_where_it_went(noon, scenes):
    walkers = [somebody() for _ in range(11)]
    page = open_team(walkers[0])
    for number, walker in enumerate(walkers):
        walker.post(f"{page}/join")
        walk(walker, 95_000, f"far-{number}")
    campaign = find_campaign("daily-steps")
    assert "正在送出" in text(walkers[0].get(page))
    assert [grant_goals([campaign.id], clock.now()) for _ in range(2)] == [1, 0]
    assert "走到了" in text(walkers[0].get(page)) and scenes.project.title_zh in text(walkers[0].get(page))
    # 11 × ¥0.30 of the days, ¥1,000 of the goal
    assert get_team(page.rsplit("/", 1)[1]).granted_minor == 100_000
    assert get_balance(AccountKind.PROJECT, scenes.project.id) == 100_000 + 11 * 30
    while follower.follow_once():
        pass
    assert {each.code: each.count_differences() for each in INVARIANTS if each.count_differences()} == {}


def test_flowers_for_a_friends_team_are_given_once_and_shown_in_ones_account():
    captain, friend = somebody(), somebody(5)
    page = open_team(captain)
    team_id = UUID(page.rsplit("/", 1)[1])
    key = re.search(r'name="key" value="([0-9a-f-]+)"', text(friend.get(page)))[1]
    for _ in range(2):  # a form sent twice gives once
        assert friend.post(f"{page}/give", {"key": key, "preset": "3"}).status_code == 302
    assert (get_balance(AccountKind.TEAM_FLOWERS, team_id), count_flowers([friend.donor])) == (3, 2)
    mine = text(friend.get("/flowers"))
    assert "晨跑小队" in mine and "朋友的队伍" in mine
    assert get_team(team_id).amount == 0  # a flower is no step


@pytest.mark.parametrize(
    ("fields", "status", "said"),
    [
        ({"preset": "9"}, 409, "不够送 9 朵"),
        ({"preset": "0"}, 422, "至少 1 朵"),
        ({"preset": "一"}, 422, "至少 1 朵"),
        ({"flowers": "-1"}, 422, "至少 1 朵"),
        ({"preset": "1", "key": "x"}, 422, "至少 1 朵"),
    ],
)
def test_flowers_that_cannot_be_given_are_refused_and_stay_in_hand(fields, status, said):
    page, friend = open_team(somebody()), somebody(5)
    answer = friend.post(f"{page}/give", {"key": "0" * 32, **fields})
    assert (answer.status_code, said in text(answer)) == (status, True)
    assert count_flowers([friend.donor]) == 5


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("", "请给队伍起一个名字"),
        ("x" * 99, "请给队伍起一个名字"),
        ("加我 13812345678", "请不要写链接"),
        ("看 http://a.cn", "请不要写链接"),
    ],
)
def test_a_teams_name_is_fit_to_be_public(name, said):
    captain = somebody()
    answer = captain.post(f"{WALK}/teams", {"name": name})
    assert (answer.status_code, said in text(answer)) == (422, True)
    assert list_teams(find_campaign("daily-steps").id) == []


def test_campaigns_without_teams_and_closed_ones_take_none(scenes):
    captain, friend = somebody(), somebody()
    assert captain.post("/scenes/five-a-day/teams", {"name": "答题队"}).status_code == 409
    assert "组队走" not in text(captain.get("/scenes/five-a-day"))
    page = open_team(captain)
    assert captain.get(page.replace("daily-steps", "five-a-day")).status_code == 404
    assert captain.get(f"{WALK}/teams/{'0' * 8}-0000-7000-8000-{'0' * 12}").status_code == 404
    close_campaigns([find_campaign("daily-steps").id], "到期了", make_operators()[0], clock.now())
    friend.post(f"{page}/join")
    assert get_team(page.rsplit("/", 1)[1]).members == 1
    assert "活动已经停下" in text(friend.get(page))


def test_a_teams_address_shows_a_card_and_nothing_about_people(settings, tmp_path):
    settings.REDFLOWER_DATA = tmp_path
    page = open_team(somebody())
    assert Client().get(f"{page}/card.png").content[:4] == b"\x89PNG"
    assert f"{page}/card.png" in text(Client().get(page))
    assert find_teams([page.rsplit("/", 1)[1]])
