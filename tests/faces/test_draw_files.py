"""The public files of draws: byte for byte what was committed to, cheap, and the same for everybody."""

import json
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.test import Client

from redflower.domains.festivals import selectors
from redflower.domains.festivals.models import Award, Pool, Ticket
from redflower.domains.festivals.rules.drawing import gifts_root, make_tickets
from redflower.domains.festivals.services import close_pools, draw_due_slices
from redflower.domains.festivals.types import TicketView
from tests.factories import NOON, give, make_donor, make_festival, make_project

pytestmark = pytest.mark.django_db(transaction=True)
ZONE = "Asia/Shanghai"
HOUR = timedelta(hours=1)


@pytest.fixture
def pool() -> Pool:
    """A pool whose festival is drawn to its end: three slices with tickets, one person with several."""
    project = make_project()
    festival = make_festival(("random-2018",), budget_minor=100_000, person_day_cap_minor=700)
    donor = make_donor()
    for second, amount in ((0, 1000), (1, 99), (2, 5000), (30, 1000), (31, 12_345), (600, 1)):
        give(project.id, amount, at=NOON + timedelta(seconds=second), donor_id=donor if second < 5 else make_donor())
    draw_due_slices(festival, ZONE, NOON + 3 * HOUR)
    return Pool.objects.get(festival_id=festival)


def read(path: str, **headers: str) -> bytes:
    answer = Client().get(path, headers=headers)
    assert answer.status_code == 200, path
    return answer.content


def read_lines(pool_id: UUID, kind: str, part: int = 0) -> list[bytes]:
    return read(f"/open/draws/{pool_id}/{kind}/{part}.ndjson").splitlines()


def test_tickets_lines_hold_what_their_slice_s_root_commits_to(pool: Pool):
    tickets = iter(read_lines(pool.id, "tickets"))
    slices = [json.loads(line) for line in read_lines(pool.id, "slices")]
    assert [found["tickets"] for found in slices] == [3, 2, 1]
    for found in slices:
        lines = [json.loads(next(tickets)) for _ in range(found["tickets"])]
        views = [
            TicketView(row.gift_id, row.person_id, row.project_id, row.amount_minor, row.paid_at)
            for row in Ticket.objects.filter(slice_no=found["slice"])
        ]
        told = [
            TicketView(
                *(UUID(line[name]) for name in ("gift", "person", "project")),
                line["amount_minor"],
                datetime.fromisoformat(line["paid_at"]),
            )
            for line in lines
        ]
        assert gifts_root(make_tickets(told)).hex() == gifts_root(make_tickets(views)).hex() == found["root"]
        assert found["day"] == "2026-09-09"
    assert next(tickets, None) is None
    awards = [json.loads(line) for line in read_lines(pool.id, "awards")]
    assert sum(award["amount_minor"] for award in awards) == sum(found["granted_minor"] for found in slices) > 0
    assert {award["reason"] for award in awards} >= {"awarded", "below_minimum"}
    assert len(awards) == Award.objects.count() == 6


def test_the_pool_s_file_keeps_its_secret_until_it_is_closed(pool: Pool):
    before = json.loads(read(f"/open/draws/{pool.id}/pool.json"))
    assert before["secret"] is None and pool.secret_sha256 == before["secret_sha256"]
    assert bytes(pool.secret).hex() not in json.dumps(before)
    close_pools(pool.festival_id, NOON + 3 * HOUR)
    after = json.loads(read(f"/open/draws/{pool.id}/pool.json"))
    assert after["secret"] == bytes(pool.secret).hex() and after["parts"][0]["complete"]
    listed = json.loads(read("/open/draws/index.json"))["pools"]
    assert [found["file"] for found in listed] == [f"/open/draws/{pool.id}/pool.json"]


def test_parts_cut_whole_slices_and_never_change_once_there_is_a_next(pool: Pool, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(selectors, "PART_TICKETS", 2)
    parts = json.loads(read(f"/open/draws/{pool.id}/pool.json"))["parts"]
    assert [(part["slices"], part["tickets"], part["complete"]) for part in parts] == [
        (1, 3, True),
        (1, 2, True),
        (1, 1, False),
    ]
    first = Client().get(f"/open/draws/{pool.id}/tickets/0.ndjson")
    last = Client().get(f"/open/draws/{pool.id}/tickets/2.ndjson")
    assert "immutable" in first["Cache-Control"] and "max-age=5" in last["Cache-Control"]
    assert len(first.content.splitlines()) == 3 and len(last.content.splitlines()) == 1
    assert Client().get(f"/open/draws/{pool.id}/tickets/3.ndjson").status_code == 404
    assert Client().get(f"/open/draws/{pool.id}/people/0.ndjson").status_code == 404


def test_public_files_are_the_same_for_everybody_and_cost_a_fixed_number_of_queries(
    pool: Pool, django_assert_num_queries
):
    path = f"/open/draws/{pool.id}/awards/0.ndjson"
    read(path)  # once the site is known
    with django_assert_num_queries(4):
        answer = Client().get(path)
    assert "Cookie" not in answer.get("Vary", "") and answer["Access-Control-Allow-Origin"] == "*"
    assert Client().get(path, headers={"if-none-match": answer["ETag"]}).status_code == 304
    assert Client().get(path, headers={"accept-language": "en"}).content == answer.content


def test_nobody_can_be_followed_from_one_festival_to_the_next():
    project, donor = make_project(), make_donor()
    first, second = make_festival(), make_festival()
    give(project.id, 1000, donor_id=donor)
    give(project.id, 2000, at=NOON + timedelta(seconds=1), donor_id=donor)
    people = {
        festival: set(Ticket.objects.filter(festival_id=festival).values_list("person_id", flat=True))
        for festival in (first, second)
    }
    assert [len(people[festival]) for festival in (first, second)] == [1, 1]
    assert people[first] != people[second] and donor not in people[first] | people[second]
