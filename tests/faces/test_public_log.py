"""The site's public ledger: what the log says, in words, at a fixed cost; marks that stand for entries."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from redflower.domains.festivals.services import draw_due_slices
from redflower.domains.proofs.selectors import find_entries, list_latest_entries
from redflower.faces.donor_site import matching_example
from redflower.faces.donor_site.views import public_log
from redflower.faces.followers import proofs
from redflower.kernel import clock
from redflower.kernel.money import FEN_PER_YUAN
from tests.faces.journey import find_chinese, open_project
from tests.faces.test_exports import follow, one
from tests.factories import give, make_festival
from tests.laws import worked_examples

pytestmark = pytest.mark.django_db(transaction=True)
BEHIND_SHOWN_ON = ("/ledger", "/ledger/live", "/verify/totals")
ENGLISH = {"accept-language": "en"}


@pytest.fixture
def project() -> Any:
    now = clock.now()
    make_festival(opens_at=now - timedelta(minutes=2), slice_seconds=5)
    project = open_project(slug="lunch", title_zh="山里的午餐", title_en="Lunch in the hills")
    for number in range(5):
        give(
            project.id, 900 + number, now - timedelta(seconds=30), shown_as="named", shown_name="王小明", message="加油"
        )
    draw_due_slices(one("SELECT id FROM festivals_festival"), "Asia/Shanghai", now)
    follow()
    return project


def test_it_tells_the_log_without_names(client: Client, project):
    page = client.get("/ledger").content.decode()
    assert page.count("一笔捐赠") >= 5
    assert "山里的午餐" in page
    assert "¥9" in page
    for secret in ("王小明", "加油"):
        assert secret not in page
    for entry in list_latest_entries(50):
        if json.loads(entry.body)["kind"] == "gift":
            assert f'href="/verify/entries/{entry.index}"' in page


def test_the_last_minute_is_counted_from_the_entries(client: Client, project):
    entries = [json.loads(entry.body) for entry in list_latest_entries(200)]
    since = clock.now() - timedelta(minutes=1)
    minute = public_log._load()["minute"]
    recent = [entry for entry in entries if entry["at"] > since.strftime("%Y-%m-%dT%H:%M:%S")]
    gifts = [entry["amount"] for entry in recent if entry["kind"] == "gift"]
    assert (minute.gifts, minute.given_minor, minute.is_whole) == (len(gifts), sum(gifts), True) == (5, 4510, True)
    assert minute.entries == len(recent)


def test_the_tree_has_as_many_entries_as_the_log(client: Client, project):
    size = len(list_latest_entries(1000))
    context = public_log._load()
    assert context["tree"].size == size == context["totals"].checkpoint.size
    page = client.get("/ledger").content.decode()
    assert f"日志里有 {size:,} 条记录" in page
    assert 'role="img"' in page


def test_it_costs_the_same_for_any_log(client: Client, project, django_assert_num_queries):
    client.get("/ledger")
    with django_assert_num_queries(5) as first:
        client.get("/ledger/live")
    for number in range(10):
        give(project.id, 100 + number, clock.now())
    follow()
    with django_assert_num_queries(len(first.captured_queries)):
        client.get("/ledger/live")


def test_before_the_log_there_is_a_seed(client: Client, db):
    page = client.get("/ledger").content.decode()
    assert "地里只有一粒种子" in page
    assert "日志的第一页还是空白" in page


def test_a_log_that_is_behind_says_so_and_does_not_look_empty(client: Client, project):
    calm = [client.get(path).content.decode() for path in BEHIND_SHOWN_ON]
    assert not any("日志正按先后补写以前的事" in page for page in calm)
    give(project.id, 700, clock.now() - timedelta(seconds=61))
    behind = [client.get(path).content.decode() for path in BEHIND_SHOWN_ON]
    assert all("日志正按先后补写以前的事" in page for page in behind)
    follow()
    assert "日志正按先后补写以前的事" not in client.get("/ledger").content.decode()


def test_a_log_that_has_just_begun_is_not_called_empty(client: Client, db):
    proofs.begin_log()
    give(open_project(slug="lunch").id, 700, clock.now() - timedelta(days=7))
    page = client.get("/ledger").content.decode()
    assert "日志正按先后补写以前的事" in page
    assert "日志的第一页还是空白" not in page


def test_a_live_answer_brings_the_tree_along(client: Client, project):
    part = client.get("/ledger/live", headers={"HX-Request": "true"}).content.decode()
    assert 'hx-swap-oob="innerHTML"' in part
    assert "<html" not in part


def test_a_project_that_left_the_public_is_not_named(client: Client, project):
    project.state = "hidden"
    project.save()
    page = client.get("/ledger").content.decode()
    assert "一笔捐赠" in page
    assert "山里的午餐" not in page


def test_every_line_of_a_projects_ledger_has_its_mark(client: Client, project):
    page = client.get("/projects/lunch/ledger").content.decode()
    gifts = one("SELECT array_agg(id) FROM donations_gift")
    for entry in find_entries(gifts):
        body = json.loads(entry.body)
        if body.get("transfer"):
            assert f'href="/verify/entries/{entry.index}"' in page
    assert "正在写入公开日志" not in page
    assert 'href="/verify/totals/lunch"' in page
    give(project.id, 77, clock.now())
    assert client.get("/projects/lunch/ledger").content.decode().count("正在写入公开日志") == 1


@pytest.mark.parametrize("path", ["/ledger", "/open", "/open/schema", "/festivals/how"])
def test_english_readers_meet_no_chinese(client: Client, project, path):
    assert find_chinese(client.get(path, headers=ENGLISH).content.decode()) == []


def test_the_example_told_is_the_one_in_the_document(client: Client, db):
    """Two tellings of one example: both computed, so they can only differ in what goes in."""
    page = client.get("/festivals/how", headers=ENGLISH).content.decode()
    document = (
        worked_examples.table_of_lottery() + worked_examples.table_of_share() + worked_examples.table_of_commitments()
    )
    example = matching_example.make_example()
    assert (example.root in page, example.root in document) == (True, True)
    assert (example.seed in document, example.commitment in document) == (True, True)
    for each in (*example.lottery, *example.shares):
        told = f"¥{each.award_minor // FEN_PER_YUAN}.{each.award_minor % FEN_PER_YUAN:02}"
        assert any(
            line.startswith("|") and f" {each.letter} " in line and told in line for line in document.splitlines()
        )
