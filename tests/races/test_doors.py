"""Two doors, two processes, one database: what happens when the same comes in at both, and when a pool runs dry."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Thread

import pytest
from django.db import connection

from redflower.domains.festivals import services
from redflower.domains.festivals.services import draw_due_slices
from redflower.faces.shared import instance
from redflower.kernel import clock
from redflower.plumbing.db import close_connection
from tests.doors import around_now, asked, open_doors, paid
from tests.factories import make_festival, make_project
from tests.races.conftest import without

POOL_MINOR = 100
GIFTS = 500


@pytest.fixture(scope="module")
def doors(django_db_setup, tmp_path_factory):
    with open_doors(tmp_path_factory.mktemp("doors"), count=2) as doors:
        yield doors


def count(sql: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return int(cursor.fetchone()[0])


def at_once(doors, calls):
    """Each call on a connection of its own, all at the same moment; the kernel spreads them over the doors."""

    def call(work):
        with doors.client() as client:
            return work(client)

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(call, calls))


def test_one_key_at_two_doors_at_once_is_one_gift(doors, transactional_db):
    project = make_project(**around_now())
    with doors.client() as client:
        token = client.post("/v1/gifts", json=asked(project.slug)).json()["donor_token"]
    gift = asked(project.slug, donor_token=token)
    answers = at_once(doors, [lambda client: client.post("/v1/gifts", json=gift).json()] * 16)
    assert Counter(answer["replayed"] for answer in answers) == {False: 1, True: 15}
    assert len({answer["gift_token"] for answer in answers}) == 1


def test_one_notice_at_two_doors_at_once_settles_once(doors, transactional_db):
    project = make_project(**around_now())
    with doors.client() as client:
        opened = client.post("/v1/gifts", json=asked(project.slug)).json()
    body, headers = doors.sign(paid(opened))
    send = lambda client: client.post("/v1/notices/sandbox", content=body, headers=headers).json()["result"]  # noqa: E731
    assert Counter(at_once(doors, [send] * 16)) == {"settled": 1, "replayed": 15}
    assert count("SELECT count(*) FROM ledger_transfer WHERE kind = 'gift'") == 1


def race_for_the_last_yuan(doors, *, has_floor: bool = True) -> int:
    """500 gifts, paid through both doors, draw on a pool of one yuan with two drawers; returns what it gave away."""
    now = clock.now()
    festival = make_festival(budget_minor=POOL_MINOR, opens_at=now - timedelta(minutes=1), hours=1, slice_seconds=3600)
    if not has_floor:
        with connection.cursor() as cursor:
            cursor.execute("UPDATE ledger_account SET never_below_zero = false")
    project = make_project(**around_now())
    lists = [[asked(project.slug) for _ in range(50)] for _ in range(GIFTS // 50)]
    opened = [
        gift
        for gifts in at_once(
            doors, [lambda client, one=one: client.post("/v1/gifts", json=one).json() for one in lists]
        )
        for gift in gifts
    ]
    deliveries = [doors.sign(*map(paid, opened[start : start + 50])) for start in range(0, GIFTS, 50)]
    results = at_once(
        doors,
        [
            lambda client, body=body, headers=headers: client.post(
                "/v1/notices/sandbox", content=body, headers=headers
            ).json()
            for body, headers in deliveries
        ],
    )
    assert sum(result["result"] == "settled" for answer in results for result in answer) == GIFTS

    def draw():
        draw_due_slices(festival, "Asia/Shanghai", now + timedelta(hours=2))
        close_connection()

    drawers = [Thread(target=draw) for _ in range(2)]
    for drawer in drawers:
        drawer.start()
    for drawer in drawers:
        drawer.join(60)
    assert count("SELECT count(*) FROM festivals_award") == GIFTS
    return count("SELECT coalesce(sum(amount_minor), 0) FROM festivals_award")


def test_500_gifts_racing_for_a_pools_last_yuan_overspend_nothing(doors, transactional_db):
    assert race_for_the_last_yuan(doors) == POOL_MINOR


def test_control_with_the_budget_guard_off_they_overspend(doors, transactional_db, monkeypatch):
    monkeypatch.setattr(services, "released_budget", lambda budget, slices, slice_no: 10**9)
    with without("festivals_pool", "pool_never_gives_more_than_its_budget"):
        assert race_for_the_last_yuan(doors, has_floor=False) > POOL_MINOR


def test_both_doors_make_the_same_links(doors, transactional_db):
    project = make_project(**around_now())
    with doors.client() as client:
        opened = client.post("/v1/gifts", json=asked(project.slug)).json()
    assert instance.read_gift_token(opened["gift_token"]) is not None
