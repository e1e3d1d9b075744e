"""The public pages: what they tell, to whom, in both languages, at a fixed cost; and what they never tell."""

import csv
import io
import json
import os
import re
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db.models.expressions import RawSQL
from django.test import Client
from PIL import Image

from redflower.domains.donations.models import Gift
from redflower.domains.festivals.models import Festival, Pool, Slice
from redflower.domains.festivals.selectors import get_festival, list_pools
from redflower.domains.festivals.services import close_pools, draw_due_slices
from redflower.domains.insights.services import add_drawn_slices, add_settled_gifts, take_refunded_gifts
from redflower.domains.ledger.selectors import get_balance
from redflower.domains.ledger.types import AccountKind
from redflower.domains.projects.models import Project
from redflower.faces.donor_site.views import charity as charity_views
from redflower.faces.donor_site.views.festival import plot_release
from redflower.faces.donor_site.views.stage import make_stage
from redflower.faces.shared import cards, formats
from redflower.kernel import clock
from redflower.kernel.draw import commit_secret
from redflower.kernel.ids import new_id, short_code
from redflower.plumbing.search import to_vector_text
from tests.faces.journey import find_chinese, open_project
from tests.factories import give, make_charity, make_festival, make_project
from tests.refunds import give_back
from tests.rooms.test_bonuses import gather

pytestmark = pytest.mark.django_db

ENGLISH = {"accept-language": "en-US"}
HTMX = {"HX-Request": "true"}


def words_of(project: Project) -> None:
    """Indexes a project's words as publishing does."""
    text = to_vector_text(f"{project.title_zh} {project.title_en} {project.summary_zh} {project.summary_en}")
    Project.objects.filter(pk=project.pk).update(words=RawSQL("to_tsvector('simple', %s)", [text]))


def gift_to(project: Project, amount_minor: int = 1000, at: datetime | None = None, **fields: Any) -> UUID:
    """A settled gift that the roll-ups have heard of."""
    gift_id = give(project.id, amount_minor, at or clock.now(), **fields)
    add_settled_gifts([gift_id])
    return gift_id


def running_festival(**fields: Any) -> Festival:
    """A festival that opened an hour ago and closes in another."""
    festival_id = make_festival(opens_at=clock.now() - timedelta(hours=1), **fields)
    return Festival.objects.get(id=festival_id)


def draw(festival: Festival) -> None:
    """Draws every slice whose time has come, as if a minute later."""
    draw_due_slices(festival.id, "Asia/Shanghai", clock.now() + timedelta(minutes=1))
    add_drawn_slices(festival.id, sorted(set(festival_slices(festival))))


def festival_slices(festival: Festival) -> list[int]:
    """The slices of a festival that have been drawn and had gifts."""
    return list(Slice.objects.filter(pool__festival=festival).values_list("slice_no", flat=True))


def read(client: Client, path: str, **headers: str) -> str:
    """A page that answers."""
    answer = client.get(path, headers=headers)
    assert answer.status_code == 200, answer.content.decode()[:2000]
    return answer.content.decode()


def slugs(page: str) -> list[str]:
    """The projects of a page's cards, in order."""
    return re.findall(r'project__title"><a href="/projects/([^"]+)"', page)


@pytest.fixture
def world() -> Project:
    """A project that people have given to during a festival, some with a message."""
    festival = running_festival(presets=("surprise-2024", "random-2018"))
    # A charity's mark carries a character of its Chinese name in every language, as a logo would.
    project = open_project(slug="lunch", charity=make_charity(name_zh="Reeds"))
    gift_to(project, 5000, shown_as="named", shown_name="Lin", message="Take care")
    gift_to(project, 1314)
    draw(festival)
    gift_to(project, 200, shown_as="pseudonym", shown_name="Wind")
    return project


def pages_of(project: Project) -> list[str]:
    """Every public page of a world."""
    festival = Festival.objects.first()
    assert festival
    return [
        "/",
        "/live/home",
        "/live/feed",
        "/projects",
        "/projects?open=all",
        f"/projects/{project.slug}",
        f"/projects/{project.slug}/live",
        f"/projects/{project.slug}/ledger",
        "/charities",
        f"/charities/{project.charity.slug}",
        "/festivals",
        f"/festivals/{festival.slug}",
        f"/festivals/{festival.slug}/live",
        "/about",
        "/offline",
    ]


def test_every_page_speaks_both_languages(client, world):
    for path in pages_of(world):
        chinese, english = read(client, path), read(client, path, **ENGLISH)
        assert find_chinese(chinese), path
        assert not find_chinese(english), (path, find_chinese(english))


def test_pages_carry_a_strict_policy_and_nothing_to_tell_who_gave(client, world):
    secrets = {str(gift.donor_id) for gift in Gift.objects.all()}
    for path in [*pages_of(world), f"/projects/{world.slug}/ledger.csv"]:
        answer = client.get(path)
        body = b"".join(answer) if answer.streaming else answer.content
        assert "script-src 'self'" in answer["Content-Security-Policy"]
        assert not any(secret in body.decode() for secret in secrets), path


QUERIES = {
    "/": 13,
    "/live/home": 3,
    "/live/feed": 2,
    "/projects?open=all": 5,
    "/projects/lunch": 14,  # one for its flowers, while a festival counts them; one for the dream it may have begun as
    "/projects/lunch/live": 2,
    "/projects/lunch/ledger": 7,
    "/charities": 2,
    "/charities/lunch-people": 5,
    "/festivals": 2,
    "/festivals/flowers": 7,  # two for the projects with the most flowers
    "/festivals/flowers/bonus/lunch": 4,
    "/festivals/flowers/live": 3,
    "/about": 0,
    "/festivals/how": 0,
    "/ledger": 5,
    "/ledger/live": 5,
    "/open": 0,
}


@pytest.mark.parametrize("many", [1, 4])
def test_pages_cost_a_fixed_number_of_queries(client, django_assert_num_queries, many):
    client.get("/about")  # the site's name is read once
    festival = running_festival(presets=("surprise-2024", "random-2018"), hours=72)
    Festival.objects.filter(id=festival.id).update(slug="flowers")
    charity = make_charity(slug="lunch-people")
    for number in range(many):
        project = open_project(slug="lunch" if number == 0 else f"other-{number}", charity=charity)
        for _ in range(many):
            gift_to(project, 500, shown_as="named", shown_name="Lin", message="Take care")
        gather(festival.id, project.id, 40, at=clock.now())
    draw(festival)
    for path, count in QUERIES.items():
        with django_assert_num_queries(count):
            assert client.get(path).status_code == 200


def test_every_charity_is_listed_with_what_it_runs(client, monkeypatch):
    monkeypatch.setattr(charity_views, "_PAGE", 2)
    first_id, second_id, third_id = sorted(
        new_id() for _ in range(3)
    )  # in the order of ids, made in one millisecond too
    busy = make_charity(id=first_id, slug="busy", name_zh="青禾")
    make_charity(id=second_id, slug="quiet", state="suspended")
    make_charity(slug="hidden", state="submitted")
    open_project(slug="a", charity=busy)
    open_project(slug="b", charity=busy)
    open_project(slug="over", charity=busy, ends_at=clock.now() - timedelta(days=1))
    make_charity(id=third_id, slug="last")
    first = read(client, "/charities")
    assert re.findall(r'href="/charities/([^"]+)"', first) == ["busy", "quiet"]
    assert "2 个项目在筹" in first
    assert "暂停中" in first
    [following] = re.findall(r'href="(/charities\?after=[^"]+)"', first)
    second = read(client, following)
    assert re.findall(r'href="/charities/([^"]+)"', second) == ["last"]
    assert "还没有项目" in second
    assert client.get("/charities?after=x").status_code == 400


# --- home -----------------------------------------------------------------------------------------


def test_home_tells_the_day_of_the_festival_and_todays_total(client, world):
    page = read(client, "/")
    assert re.search(r"第 \d 天，共 \d 天", page)
    assert 'data-roll="6514"' in page  # 5000 + 1314 + 200 fen
    assert "配捐池还有" in page
    assert slugs(page) == ["lunch"]
    assert "Take care" in page


def test_home_is_calm_without_a_festival(client):
    gift_to(open_project())
    page = read(client, "/")
    assert "全年开放" in page
    assert "配捐池还有" not in page


def test_home_tells_what_went_back(client):
    project = open_project()
    gift_to(project)
    back = gift_to(project)
    assert "退了回去" not in read(client, "/")
    give_back(back, at=clock.now())
    take_refunded_gifts([back])
    assert re.search(r"另有 1 笔按捐赠人的意思退了回去，共 ¥\d", read(client, "/"))


def test_home_remembers_a_festival_that_is_over(client):
    open_project()
    make_festival(opens_at=clock.now() - timedelta(days=9))
    assert "正在抽取最后几个时间片" in read(client, "/")
    Festival.objects.update(sealed_through=10_000, drawn_through=10_000)
    page = read(client, "/")
    assert "全年开放" in page
    assert "看上一届的结果" in page


def test_home_announces_a_festival_to_come(client):
    open_project()
    make_festival(opens_at=clock.now() + timedelta(days=3))
    assert "公益节 · " in (page := read(client, "/"))
    assert "开始</span>" in page


def test_home_of_a_site_without_projects_waits(client, settings):
    assert "土已经松好了" in read(client, "/")
    settings.REDFLOWER_DEMO = False
    answer = client.get("/")
    assert (answer.status_code, answer["Location"]) == (302, "/setup/")


# --- the list -------------------------------------------------------------------------------------


def test_search_finds_chinese_words_inside_sentences(client):
    dolphins = open_project(slug="dolphins", title_zh="和渔民一起守护江豚", title_en="Porpoise patrol")
    lamps = open_project(slug="lamps", title_zh="山里的一盏夜灯", title_en="A night lamp")
    for project in (dolphins, lamps):
        words_of(project)
    assert slugs(read(client, "/projects?q=江豚")) == ["dolphins"]
    assert slugs(read(client, "/projects?q=守护 渔民")) == ["dolphins"]
    assert slugs(read(client, "/projects?q=LAMP")) == ["lamps"]
    assert slugs(read(client, "/projects?q=江豚 夜灯")) == []
    page = read(client, "/projects?q=<b>海豚")
    assert "没有找到“&lt;b&gt;海豚”" in page


def test_filters_combine_and_unknown_ones_are_left_out(client):
    charity = make_charity(slug="reeds")
    open_project(slug="a", cause="education", region="530000", charity=charity)
    open_project(slug="b", cause="education", region="110000", charity=charity)
    open_project(slug="c", cause="health", region="530000")
    finished = clock.now() - timedelta(days=1)
    make_project(slug="d", cause="health", starts_at=finished - timedelta(days=90), ends_at=finished)
    assert set(slugs(read(client, "/projects"))) == {"a", "b", "c"}
    assert set(slugs(read(client, "/projects?cause=education"))) == {"a", "b"}
    assert slugs(read(client, "/projects?cause=education&region=530000")) == ["a"]
    assert set(slugs(read(client, "/projects?charity=reeds"))) == {"a", "b"}
    assert slugs(read(client, "/projects?charity=reeds&cause=health")) == []
    assert slugs(read(client, "/projects?open=finished")) == ["d"]
    assert set(slugs(read(client, "/projects?open=all"))) == {"a", "b", "c", "d"}
    odd = "/projects?cause=%00&region=99&charity=../x&open=no&q=%00&day=%EF%BC%91"
    assert set(slugs(read(client, odd))) == {"a", "b", "c"}


def test_paging_shows_every_project_once_even_past_midnight(client, monkeypatch):
    everything = {open_project(slug=f"p{number}").slug for number in range(30)}
    seen: list[str] = []
    path = "/projects"
    while path:
        page = read(client, path)
        seen += slugs(page)
        more = re.search(r'id="more"><a [^>]*href="([^"]+)"', page)
        path = more[1].replace("&amp;", "&") if more else ""
        # The day changes while the visitor reads: the order they began with goes on.
        monkeypatch.setattr("redflower.kernel.clock.local_date", lambda at, zone: at.date() + timedelta(days=1))
    assert len(seen) == len(set(seen)) == 30
    assert set(seen) == everything


def test_htmx_gets_only_what_changed_and_a_short_address(client):
    for number in range(14):
        open_project(slug=f"p{number}")
    found = client.get("/projects?q=&cause=&region=&open=open", headers={**HTMX, "HX-Target": "found"})
    assert found["HX-Push-Url"] == "/projects"
    assert "<html" not in found.content.decode()
    assert {"HX-Request", "HX-Target", "Accept-Language", "Cookie"} <= set(found["Vary"].split(", "))
    more = re.search(r'hx-get="([^"]+)"', found.content.decode())[1].replace("&amp;", "&")
    rest = client.get(more, headers={**HTMX, "HX-Target": "more"}).content.decode()
    assert len(slugs(rest)) == 2
    assert "<html" not in rest
    restored = client.get("/projects", headers={**HTMX, "HX-History-Restore-Request": "true"})
    assert "<html" in restored.content.decode()


# --- a project ------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["draft", "submitted", "returned", "hidden"])
def test_what_is_not_published_does_not_exist(client, state):
    project = open_project(slug="secret")
    Project.objects.filter(pk=project.pk).update(state=state)
    for path in ("", "/live", "/ledger", "/ledger.csv", "/card.png"):
        assert client.get(f"/projects/secret{path}").status_code == 404
    assert slugs(read(client, f"/charities/{project.charity.slug}")) == []
    assert "secret" not in read(client, "/projects?open=all")


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({}, ""),
        ({"starts_at": clock.now() + timedelta(days=3)}, "还没有开始"),
        ({"state": "paused"}, "暂停接受捐赠"),
        ({"ends_at": clock.now() - timedelta(days=1)}, "这个项目已经结束，谢谢大家"),
    ],
)
def test_only_an_open_project_asks_for_gifts(client, fields, told):
    project = open_project(slug="lunch", **fields)
    page = read(client, f"/projects/{project.slug}")
    assert told in page
    assert ("/projects/lunch/calm" in page) == (not fields)


def test_project_tells_what_it_received_and_from_where(client, world):
    page = read(client, "/projects/lunch")
    received = get_balance(AccountKind.PROJECT, world.id)
    assert f'data-roll="{received}"' in page
    assert page.count('href="/projects/lunch/ledger"') >= 3
    assert "Lin" in page
    assert "Wind" in page


def test_messages_are_escaped_and_held_ones_wait(client):
    project = open_project(slug="lunch")
    gift_to(project, message="好人 & 好事")
    held = gift_to(project, message="<script>alert(1)</script>")
    for path in ("/", "/projects/lunch", "/projects/lunch/ledger"):
        page = read(client, path)
        assert "好人 &amp; 好事" in page
        assert "alert(1)" not in page
    Gift.objects.filter(id=held).update(message_state="shown")
    for path in ("/", "/projects/lunch", "/projects/lunch/ledger"):
        page = read(client, path)
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
        assert "<script>alert" not in page


def test_share_card_is_a_picture_drawn_once(client, world, settings, tmp_path, monkeypatch):
    settings.REDFLOWER_DATA = tmp_path
    assert 'content="http://testserver/projects/lunch/card.png"' in read(client, "/projects/lunch")
    answer = client.get("/projects/lunch/card.png")
    assert answer["Content-Type"] == "image/png"
    with Image.open(io.BytesIO(answer.content)) as picture:
        assert picture.size == (1200, 630)
    monkeypatch.setattr(cards.resvg_py, "svg_to_bytes", None)
    assert client.get("/projects/lunch/card.png").content == answer.content


def test_cards_that_were_drawn_long_ago_go_first(settings, tmp_path, monkeypatch):
    settings.REDFLOWER_DATA = tmp_path
    monkeypatch.setattr(cards, "_KEPT", 2)
    monkeypatch.setattr(cards.resvg_py, "svg_to_bytes", lambda svg_string: b"png")
    for number in range(4):
        cards.answer_card(f"项目 {number}", "机构", "book", "sky", number)
        for age, card in enumerate(sorted((tmp_path / "cards").iterdir(), key=lambda each: -each.stat().st_mtime)):
            os.utime(card, (1_000 - age, 1_000 - age))
    assert len(list((tmp_path / "cards").iterdir())) == 2


# --- the ledger -----------------------------------------------------------------------------------


def read_rows(client: Client, project: Project) -> list[dict[str, str]]:
    answer = client.get(f"/projects/{project.slug}/ledger.csv", headers=ENGLISH)
    text = b"".join(answer).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def test_ledger_adds_up_on_the_page_and_in_the_file(client, world):
    page = read(client, "/projects/lunch/ledger")
    received = get_balance(AccountKind.PROJECT, world.id)
    assert "这就是全部，与账上合计相符" in page
    assert sum(round(float(row["Amount (yuan)"]) * 100) for row in read_rows(client, world)) == received
    assert {row["Kind"] for row in read_rows(client, world)} == {"Gift", "Match"}


def test_ledger_keeps_a_gift_beside_its_matches_on_every_page(client, monkeypatch):
    monkeypatch.setattr("redflower.faces.donor_site.views.ledger._PAGE", 5)
    festival = running_festival(presets=("surprise-2024", "random-2018"))
    project = open_project(slug="lunch")
    gifts = {short_code(gift_to(project, 500)) for _ in range(7)}
    draw(festival)
    seen: list[str] = []
    path = "/projects/lunch/ledger"
    while path:
        page = read(client, path)
        for entry in page.split('<li class="entry" ')[1:]:
            seen += re.findall(r'entry__code">([A-Z2-9]{10})<', entry)
            assert entry.count("entry__line") == 2
        more = re.search(r'href="([^"]+)" rel="next"', page)
        path = more[1] if more else ""
    assert sorted(seen) == sorted(gifts)


def test_ledger_says_whether_a_match_is_still_to_come(client):
    project = open_project(slug="lunch")
    gift_to(project)
    assert "没有配捐" in read(client, "/projects/lunch/ledger")
    running_festival()
    gift_to(project)
    assert "等待抽取配捐" in read(client, "/projects/lunch/ledger")


def test_empty_ledger_waits_for_its_first_line(client):
    open_project(slug="lunch")
    assert "账本的第一页还是空白" in read(client, "/projects/lunch/ledger")


def test_a_name_never_becomes_a_formula(client):
    project = open_project(slug="lunch")
    for name in ("=1+1", "+1", "-2", "@SUM(A1)", "＝cmd|x", "Lin"):
        gift_to(project, shown_as="named", shown_name=name)
    names = {row["From"] for row in read_rows(client, project)}
    assert names == {"'=1+1", "'+1", "'-2", "'@SUM(A1)", "'＝cmd|x", "Lin"}


def test_long_file_is_read_page_by_page(client, monkeypatch):
    monkeypatch.setattr("redflower.faces.donor_site.views.ledger._FILE_PAGE", 3)
    project = open_project(slug="lunch")
    gifts = [gift_to(project, 100 + number) for number in range(8)]
    rows = read_rows(client, project)
    assert sorted(row["Code"] for row in rows) == sorted(short_code(gift) for gift in gifts)


@pytest.mark.parametrize("cursor", ["x", "0", "%00", "٣", "018f" * 9])
def test_a_made_up_place_in_a_list_is_refused_by_name(client, world, cursor):
    for path in (f"/projects/lunch/ledger?after={cursor}", f"/projects?after={cursor}"):
        answer = client.get(path, headers=ENGLISH)
        assert answer.status_code == 400
        assert "start from the first page" in answer.content.decode()


# --- charities ------------------------------------------------------------------------------------


def test_charity_shows_its_identity_and_projects(client):
    charity = make_charity(slug="reeds", certificate_no="CERT-7")
    open_project(slug="a", charity=charity)
    ended = clock.now() - timedelta(days=200)
    make_project(slug="b", charity=charity, starts_at=ended - timedelta(days=30), ends_at=ended)
    page = read(client, "/charities/reeds")
    assert charity.uscc in page
    assert "CERT-7" in page
    assert slugs(page) == ["a", "b"]
    assert "逾期未公布" in page  # the finished one never reported
    assert client.get("/charities/nobody").status_code == 404


def test_a_pause_takes_nothing_from_what_a_charity_received(client):
    charity = make_charity(slug="reeds")
    project = open_project(slug="a", charity=charity)
    gift_to(project, 123400)
    Project.objects.filter(pk=project.pk).update(state="paused")
    page = read(client, "/charities/reeds")
    assert slugs(page) == ["a"]
    assert "¥1,234" in page
    assert "暂停接受捐赠" in page
    assert "/calm" not in page
    assert slugs(read(client, "/projects")) == []
    assert slugs(read(client, "/projects?open=all")) == ["a"]


def test_charity_in_draft_does_not_exist(client):
    make_charity(slug="reeds", state="draft", published_at=None)
    assert client.get("/charities/reeds").status_code == 404


# --- festivals ------------------------------------------------------------------------------------


def test_festival_keeps_its_secret_until_the_pool_is_closed(client):
    project = open_project()
    festival_id = make_festival(opens_at=clock.now() - timedelta(hours=3))
    festival = Festival.objects.get(id=festival_id)
    pool = Pool.objects.get(festival=festival)
    secret = bytes(pool.secret)
    gift_to(project, at=clock.now() - timedelta(hours=2))
    before = read(client, f"/festivals/{festival.slug}")
    assert commit_secret(secret) in before
    assert secret.hex() not in before
    draw_due_slices(festival.id, "Asia/Shanghai", clock.now())
    close_pools(festival.id, clock.now())
    after = read(client, f"/festivals/{festival.slug}")
    assert secret.hex() in after
    assert "已关闭，余额归零" in after


def test_festival_shows_rules_in_words_and_drawn_slices(client, world):
    festival = Festival.objects.first()
    page = read(client, f"/festivals/{festival.slug}", **ENGLISH)
    assert "up to ¥9.90 a gift" in page
    assert "A match never exceeds the gift itself" in page
    [number] = set(festival_slices(festival))
    assert f"slice={number}" in page
    assert f"slice={number}" not in read(client, f"/festivals/{festival.slug}?before={number}")


@pytest.mark.parametrize(
    "query",
    [
        "before=x",
        "before=-1",
        "before=2147483648",
        "before=" + "0" * 5000,
        "before=00000000009" + "9" * 9,
        "pool=1e2",
        "before=３",
    ],
)
def test_festival_refuses_a_made_up_place(client, world, query):
    festival = Festival.objects.first()
    assert client.get(f"/festivals/{festival.slug}?{query}").status_code == 400
    assert client.get(f"/festivals/{festival.slug}/live?{query}").status_code == 400


def test_festival_without_such_a_pool_shows_its_first(client, world):
    festival = Festival.objects.first()
    assert "还在池里" in read(client, f"/festivals/{festival.slug}?pool=7")
    assert client.get("/festivals/nothing").status_code == 404


def test_the_list_of_festivals_tells_what_each_ones_pools_hold(client, world):
    pools = list_pools(Festival.objects.first().id)
    assert pools and sum(pool.free_minor for pool in pools) > 0
    page = read(client, "/festivals")
    left = formats.yuan(sum(pool.free_minor for pool in pools), "zh-hans")
    assert left in page  # told to those who cannot see the bar
    assert "¥0 / ¥0" not in page


def test_release_ends_at_what_the_pool_says_it_granted(world):
    view = get_festival(Festival.objects.first().slug)
    pools = list_pools(view.id)
    stage = make_stage(view, pools, clock.now())
    for pool in pools:
        release = plot_release(stage, pool)
        assert release.granted[-1] == pool.granted_minor > 0
        assert list(release.granted) == sorted(release.granted)
        assert release.released[-1] <= pool.budget_minor


# --- installable ----------------------------------------------------------------------------------


def test_site_can_be_installed(client):
    answer = client.get("/manifest.webmanifest", headers=ENGLISH)
    manifest = json.loads(answer.content)
    assert answer["Content-Type"] == "application/manifest+json"
    assert manifest["name"] == "Red Flower"
    for icon in manifest["icons"]:
        assert client.get(icon["src"]).status_code == 200
    worker = client.get("/sw.js")
    assert worker["Content-Type"].startswith("text/javascript")
    assert "/offline" in worker.content.decode()
    assert client.get("/favicon.ico").status_code == 302


def test_search_engines_leave_a_demo_alone(client, settings):
    assert client.get("/robots.txt").content.decode() == "User-agent: *\nDisallow: /\n"
    settings.REDFLOWER_DEMO = False
    assert "Disallow: /g/" in client.get("/robots.txt").content.decode()
