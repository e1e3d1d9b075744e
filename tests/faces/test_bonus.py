"""Gathering flowers for a project's bonus through the pages: given once, counted from tomorrow, refused in words."""

import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.core.signing import dumps
from django.test import Client

from redflower.domains.festivals.models import BonusGift, Festival
from redflower.domains.festivals.services import draw_due_slices
from redflower.domains.flowers.selectors import count_flowers
from redflower.domains.projects.types import ProjectView
from redflower.faces.shared.donor_cookie import COOKIE
from redflower.faces.shared.instance import gift_path
from redflower.kernel import clock
from redflower.kernel.ids import new_id
from tests.dreaming import make_giver
from tests.factories import give, make_donor, make_festival, make_project
from tests.rooms.test_bonuses import gather

pytestmark = pytest.mark.django_db(transaction=True)
DAY = timedelta(days=1)


def somebody(flowers: int = 0, language: str = "zh-CN") -> Client:
    """A visitor on a device of their own."""
    client = Client(HTTP_ACCEPT_LANGUAGE=language)
    client.donor = make_giver(flowers) if flowers else make_donor()
    client.cookies[COOKIE] = dumps(str(client.donor), salt="donor")
    return client


def text(response: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


@pytest.fixture
def project() -> ProjectView:
    return make_project(title_zh="山里的午餐", title_en="Lunch in the hills")


@pytest.fixture
def festival() -> UUID:
    """Runs since an hour ago for three days."""
    return make_festival(("random-2018",), opens_at=clock.now() - timedelta(hours=1), hours=72)


def page_of(festival: UUID, project: ProjectView) -> str:
    return f"/festivals/{Festival.objects.get(id=festival).slug}/bonus/{project.slug}"


def send(client: Client, path: str, **fields: str) -> Any:
    return client.post(path, {"key": str(new_id()), "preset": "1", **fields})


def test_flowers_are_given_once_however_often_the_form_is_sent(festival, project):
    page, friend, key = page_of(festival, project), somebody(50), str(new_id())
    assert "你手里有 50 朵" in text(friend.get(page))
    for _ in range(2):
        assert send(friend, page, flowers="40", key=key)["Location"] == page
    assert count_flowers([friend.donor]) == 10
    said = text(friend.get(page))
    assert "攒上了 40 朵" in said and "再有 59 朵，每笔配捐的分量多 10%–30%" in said and "明天起" in said
    assert "今天的抽取按零点的 0 朵算" in said and "你给了 1 个" in said
    given = text(friend.get("/flowers"))
    assert "山里的午餐" in given and "项目的加成" in given


def test_what_is_wrong_is_said_beside_the_form_in_the_readers_language(festival, project):
    page = page_of(festival, project)
    for language, few, much, limit in (
        ("zh-CN", "请写一个整数", "你现在有 3 朵小红花，不够送 40 朵", "最多给 1 个项目送花加成"),
        ("en", "whole number", "You hold 3 flowers", "at most 1 projects"),
    ):
        friend = somebody(3, language)
        for flowers, said in (("0", few), ("-1", few), ("1.5", few), ("9999999", few), ("40", much)):
            refused = send(friend, page, flowers=flowers)
            assert refused.status_code in (409, 422) and said in text(refused), text(refused)
        assert send(friend, page, key="no key").status_code == 422
        narrow = make_festival(
            ("random-2018",), opens_at=clock.now() - timedelta(hours=1), hours=72, projects_per_giver=1
        )
        first, second = page_of(narrow, project), page_of(narrow, make_project())
        assert send(friend, first).status_code == 302
        refused = send(friend, second)
        assert refused.status_code == 409 and limit in text(refused)
    assert BonusGift.objects.count() == 2


def test_the_page_tells_from_when_flowers_count_and_what_they_do_today(project, client: Client):
    yesterday = clock.now() - DAY
    festival = make_festival(("random-2018",), opens_at=yesterday, hours=72)
    gather(festival, project.id, 41, at=yesterday)
    gather(festival, project.id, 21, at=clock.now())
    said = text(client.get(page_of(festival, project), headers={"accept-language": "en"}))
    assert "62 little red flowers" in said and "count the 41 flowers there were at midnight" in said
    assert "37 more, and each gift weighs 10%–30% more" in said and "39–98 flowers Today" in said
    said = text(client.get(f"/projects/{project.slug}", headers={"accept-language": "en"}))
    assert "62 flowers today each gift weighs 5%–10% more in the matching" in said
    slug = Festival.objects.get(id=festival).slug
    said = text(client.get(f"/festivals/{slug}", headers={"accept-language": "en"}))
    assert "Lunch in the hills 62 flowers today 5%–10% more" in said


def test_without_a_day_left_or_flowers_in_the_rules_there_is_no_form(project):
    ending = make_festival(("random-2018",), opens_at=clock.now() - 3 * DAY - timedelta(hours=1), hours=72)
    friend = somebody(5)
    page = page_of(ending, project)
    assert "已经来不及了" in text(friend.get(page))
    refused = send(friend, page)
    assert refused.status_code == 409 and "已经来不及了" in text(refused) and count_flowers([friend.donor]) == 5
    plain = make_festival(("surprise-2024",), opens_at=clock.now() - timedelta(hours=1), hours=72)
    assert friend.get(page_of(plain, project)).status_code == 404
    assert "小红花加成" not in text(friend.get(f"/festivals/{Festival.objects.get(id=plain).slug}"))


def test_a_project_that_takes_no_gifts_takes_no_flowers(festival):
    finished = make_project(starts_at=clock.now() - 90 * DAY, ends_at=clock.now() - DAY)
    friend = somebody(5)
    page = page_of(festival, finished)
    assert "现在不接受捐赠" in text(friend.get(page))
    assert send(friend, page).status_code == 409 and count_flowers([friend.donor]) == 5


def test_the_tenth_project_is_the_last(festival):
    friend = somebody(20)
    for _ in range(10):
        assert send(friend, page_of(festival, make_project())).status_code == 302
    page = page_of(festival, make_project())
    assert "你已经给满了" in text(friend.get(page))
    assert send(friend, page).status_code == 409


def test_a_donor_reads_that_flowers_made_the_match_larger(project):
    festival = make_festival(("random-2018",), 50_000_000, opens_at=clock.now() - 2 * DAY, hours=72)
    gather(festival, project.id, 99, at=clock.now() - 2 * DAY)
    gift_id = give(project.id, 10_000, at=clock.now() - timedelta(hours=1))
    draw_due_slices(festival, "Asia/Shanghai", clock.now())
    said = text(somebody().get(gift_path(gift_id)))
    assert "大家给这个项目攒了 99 朵小红花" in said
