"""A festival through the back office: written by one operator, announced by another, with its money, secret and beacon."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from redflower.domains.festivals.models import Pool
from redflower.domains.festivals.selectors import list_festivals, list_pools
from redflower.domains.ledger.selectors import get_balance
from redflower.domains.ledger.types import AccountKind
from redflower.faces.commands.audit import INVARIANTS
from redflower.kernel import clock
from redflower.kernel.draw import commit_secret
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
NEW = "/backoffice/festivals/new/"
FESTIVAL = {
    "name_zh": "秋天的公益节", "name_en": "Autumn festival", "summary_zh": "三天，一起送花", "summary_en": "Three days of giving",
    "slice_seconds": "5", "allowance_seconds": "8", "beacon": "quicknet", "slug": "",
    "pool0_preset": "surprise-2024", "pool0_name_zh": "惊喜池", "pool0_name_en": "Surprises", "pool0_sponsor_zh": "晨露基金",
    "pool0_sponsor_en": "Dew Fund", "pool0_budget_minor": "300000",
    "pool1_preset": "random-2018", "pool1_name_zh": "", "pool1_name_en": "", "pool1_sponsor_zh": "", "pool1_sponsor_en": "",
    "pool1_budget_minor": "",
}  # fmt: skip
SECOND = {
    "pool1_name_zh": "人人池", "pool1_name_en": "For all", "pool1_sponsor_zh": "远山户外", "pool1_sponsor_en": "Farhill",
    "pool1_budget_minor": "50000",
}  # fmt: skip


def hours(opens: int = 2, closes: int = 5) -> dict[str, str]:
    now = timezone.localtime(clock.now())
    return {
        "opens_at": f"{now + timedelta(days=opens):%Y-%m-%dT%H:%M}",
        "closes_at": f"{now + timedelta(days=closes):%Y-%m-%dT%H:%M}",
    }


@pytest.fixture
def operators() -> tuple[Client, Client]:
    clients = Client(), Client()
    for client in clients:
        client.force_login(make_user(is_operator=True), BACKEND)
    return clients


def test_a_festival_is_written_by_one_and_announced_by_another(operators):
    maker, checker = operators
    waits = maker.post(NEW, {**FESTIVAL, **SECOND, **hours()})["Location"]
    for page in ("/backoffice/changes/", "/backoffice/festivals/"):
        assert "秋天的公益节" in checker.get(page).content.decode()
    shown = checker.get(waits).content.decode()
    for told in ("¥300,000", "晨露基金", "人人池", "quicknet", "52db9ba7…", "api.drand.sh", "autumn-festival"):
        assert told in shown, told
    maker.post(waits, {"verdict": "publish"})  # one pair of eyes is not enough
    assert list_festivals() == []
    checker.post(waits, {"verdict": "publish"})
    [festival] = list_festivals()
    assert (festival.slug, festival.slice_seconds, festival.allowance_seconds) == ("autumn-festival", 5, 8)
    pools = list_pools(festival.id)
    assert [pool.budget_minor for pool in pools] == [30_000_000, 5_000_000]
    assert [get_balance(AccountKind.POOL, pool.id) for pool in pools] == [30_000_000, 5_000_000]
    kept = list(Pool.objects.order_by("position"))
    assert kept[0].secret != kept[1].secret
    for pool in kept:
        assert commit_secret(bytes(pool.secret)) == pool.secret_sha256
        assert bytes(pool.secret).hex() not in checker.get(waits).content.decode()
        assert pool.reveal_by == festival.closes_at + timedelta(days=1)
        assert pool.beacon["chain_hash"].startswith("52db9ba7")
    assert Client().get("/festivals/autumn-festival").status_code == 200
    laws = [each for each in INVARIANTS if each.code.startswith(("festivals.", "ledger."))]
    assert {each.code: each.count_differences() for each in laws if each.count_differences()} == {}


def test_a_festival_that_is_not_taken_can_be_begun_again_and_needs_no_beacon(operators):
    maker, checker = operators
    waits = maker.post(NEW, {**FESTIVAL, **hours(), "beacon": ""})["Location"]
    checker.post(waits, {"verdict": "drop", "note": "先和出资方确认金额"})
    assert list_festivals() == []
    again = maker.get(f"{NEW}?from={waits.rstrip('/').split('/')[-1]}").content.decode()
    assert 'value="300000"' in again
    assert hours()["opens_at"] in again
    waits = maker.post(NEW, {**FESTIVAL, **hours(), "beacon": ""})["Location"]
    checker.post(waits, {"verdict": "publish"})
    [pool] = Pool.objects.all()
    assert pool.beacon is None


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name_zh": ""}, "name_zh"),
        ({"opens_at": "2020-01-01T10:00"}, "opens_at"),
        ({"closes_at": "2020-01-01T10:00"}, "closes_at"),
        ({"slice_seconds": "0"}, "slice_seconds"),
        ({"beacon": "dice"}, "beacon"),
        ({"pool0_preset": "mine"}, "pool0_preset"),
        ({"pool0_budget_minor": "0"}, "pool0_budget_minor"),
        ({"pool1_name_zh": "只有名字"}, "pool1_name_en"),
        ({"slug": "Not A Slug"}, "slug"),
    ],
)
def test_a_hole_is_told_beside_its_field_and_nothing_typed_is_lost(operators, wrong, field):
    answer = operators[0].post(NEW, {**FESTIVAL, **hours(), **wrong})
    page = answer.content.decode()
    assert (answer.status_code, f'href="#field-{field}"' in page) == (422, True)
    assert "晨露基金" in page


def test_two_festivals_do_not_share_an_address_and_none_begins_before_it_is_announced(operators, monkeypatch):
    maker, checker = operators
    both = [maker.post(NEW, {**FESTIVAL, **hours()})["Location"] for _ in range(2)]
    assert checker.post(both[0], {"verdict": "publish"}).status_code == 302
    refused = checker.post(both[1], {"verdict": "publish"})
    assert (refused.status_code, "已经有一届公益节用了这个网址" in refused.content.decode()) == (422, True)
    assert maker.post(NEW, {**FESTIVAL, **hours()}).status_code == 422
    late = maker.post(NEW, {**FESTIVAL, **hours(), "slug": "another"})["Location"]
    later = clock.now() + timedelta(days=3)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert checker.post(late, {"verdict": "publish"}).status_code == 422
    assert len(list_festivals()) == 1


def test_only_operators_write_festivals():
    client = Client()
    client.force_login(make_user(), BACKEND)
    assert client.get(NEW).status_code == 403


@pytest.mark.parametrize(
    ("language", "said"), [("zh-CN", "单笔捐赠满 1 元即可参与"), ("en", "Gifts of ¥1 or more take part")]
)
def test_whoever_chooses_a_rule_reads_what_it_says(operators, language, said):
    page = operators[0].get(NEW, headers={"accept-language": language}).content.decode()
    assert said in page
