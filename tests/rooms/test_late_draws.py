"""A pool says by when it will have drawn. What is drawn later pays the expected amount, and everybody can tell."""

import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client

from redflower.domains.festivals.errors import RevealTooEarly
from redflower.domains.festivals.models import Festival, Pool
from redflower.domains.festivals.services import NewFestival, NewPool, announce_festival, close_pools, draw_due_slices
from redflower.faces.commands import verify
from redflower.faces.commands.audit import INVARIANTS
from redflower.plumbing.db import fetch_all, snapshot
from tests.factories import NOON, give, make_donor, make_festival, make_project
from tests.rooms.test_proofs import bodies, follow, one
from tests.rooms.test_proofs_audit import tamper

pytestmark = pytest.mark.django_db(transaction=True)
ZONE = "Asia/Shanghai"
OPENS = NOON + timedelta(minutes=1)  # announced at noon


def draw(festival, at) -> None:
    while draw_due_slices(festival, ZONE, at):
        pass


def found() -> list[str]:
    with snapshot():
        return [invariant.code for invariant in INVARIANTS if invariant.count_differences()]


@pytest.fixture
def festival():
    """Two pools, six gifts in the first minute; the first slice is drawn in time, the others days after closing."""
    festival = make_festival(("surprise-2024", "random-2018"), budget_minor=5_000_000, opens_at=OPENS)
    project, people = make_project(), [make_donor() for _ in range(3)]
    for number in range(6):
        give(project.id, 500 + number, OPENS + timedelta(seconds=4 * number), donor_id=people[number % 3])
    draw(festival, OPENS + timedelta(seconds=9))
    return festival


def test_slices_drawn_after_the_promised_moment_pay_the_expected_amount(festival):
    pool = Pool.objects.get(festival_id=festival, position=0)
    assert pool.reveal_by == Festival.objects.get(id=festival).closes_at + timedelta(days=1)
    draw(festival, pool.reveal_by + timedelta(hours=1))
    rows = fetch_all(
        "SELECT slice_no, amount_minor, drawn_at FROM festivals_award WHERE pool_id = %s ORDER BY 1", [pool.id]
    )
    late = {row["slice_no"]: row["amount_minor"] for row in rows if row["drawn_at"] > pool.reveal_by}
    granted, slices = sum(row["amount_minor"] for row in rows if row["slice_no"] not in late), 2 * 3600 // 5
    assert len(rows) == 6 and sorted(late) == [1, 2, 3, 4]
    for slice_no, amount in late.items():
        in_it = [row["amount_minor"] for row in rows if row["slice_no"] == slice_no]
        available = 5_000_000 * (slice_no + 1) // slices - granted
        assert sum(in_it) == min(available, len(in_it) * 495), slice_no
        assert amount in in_it
        granted += sum(in_it)
    close_pools(festival, pool.reveal_by + timedelta(hours=2))
    follow()
    assert found() == []


def test_the_promise_stands_in_the_log_and_in_every_public_place_before_opening(festival, client: Client):
    follow()
    [pool] = [each for each in bodies() if each["kind"] == "pool_announced" and each["position"] == 0]
    assert pool["at"] < pool["opens_at"] and pool["reveal_by"] == "2026-09-10T06:01:00.000000Z"
    listed = json.loads(client.get(f"/open/draws/{pool['id']}/pool.json").content)
    assert listed["reveal_by"] == pool["reveal_by"]
    slug = Festival.objects.get(id=festival).slug
    stated = client.get(f"/api/v1/festivals/{slug}").json()["pools"][0]["reveal_by"]
    assert stated == pool["reveal_by"]
    for path in (f"/festivals/{slug}", f"/verify/draws/{pool['id']}"):
        assert 'datetime="2026-09-10T14:01:00+08:00"' in client.get(path).content.decode(), path


@pytest.mark.parametrize("moment", ["in time", "late"])
def test_whoever_edits_when_a_slice_was_drawn_is_found(festival, moment):
    pool = Pool.objects.get(festival_id=festival, position=0)
    at = pool.reveal_by + timedelta(hours=1) if moment == "late" else pool.reveal_by - timedelta(hours=1)
    draw(festival, at)
    follow()
    assert found() == []
    other = "interval '2 hours'" if moment == "in time" else "interval '-2 hours'"
    tamper(f"UPDATE festivals_slice SET drawn_at = drawn_at + {other} WHERE pool_id = '{pool.id}' AND slice_no > 0")
    assert "festivals.draws_replay" in found() and "proofs.entries_equal_the_facts" in found()


@pytest.mark.parametrize("name", ["surprise-2024", "random-2018"])
def test_strangers_agree_and_a_time_that_decides_nothing_is_held_against_the_log(
    festival, live_server, tmp_path, monkeypatch, capsys, name
):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setenv("LANG", "en_US.UTF-8")
    monkeypatch.delenv("LC_ALL", raising=False)
    pool = Pool.objects.get(festival_id=festival, rule_set__code=name)
    later = pool.reveal_by + timedelta(hours=1)
    draw(festival, later)
    close_pools(festival, later)
    follow()
    assert verify.run(["draw", str(pool.id), "--from", live_server.url]) == 0, capsys.readouterr().out
    assert "4 slices were drawn later than 2026-09-10T06:01" in capsys.readouterr().out
    tamper(
        f"UPDATE festivals_slice SET drawn_at = drawn_at + interval '1 second' WHERE pool_id = '{pool.id}' AND slice_no = 2"
    )
    assert verify.run(["draw", str(pool.id), "--from", live_server.url]) == 1
    assert "✗ the log's slices differ" in capsys.readouterr().out


def test_a_promise_cannot_be_for_a_moment_before_the_last_draw():
    rule = one("SELECT rule_set_id FROM festivals_pool WHERE festival_id = %s", make_festival())
    closes_at = OPENS + timedelta(hours=1)
    festival = NewFestival("early", "节", "Festival", "", "", OPENS, closes_at, 5, 3)
    pool = NewPool(rule, "池", "Pool", "方", "Sponsor", 100, b"secret" * 6, reveal_by=closes_at + timedelta(seconds=8))
    with pytest.raises(RevealTooEarly):
        announce_festival(festival, [pool], NOON)


def test_a_pool_announced_before_there_were_promises_is_never_late(festival):
    pool = Pool.objects.get(festival_id=festival, position=0)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE festivals_pool SET reveal_by = NULL WHERE festival_id = %s", [festival])
    draw(festival, pool.reveal_by + timedelta(days=30))
    follow()
    assert found() == []
    assert all("reveal_by" not in each for each in bodies() if each["kind"] == "pool_announced")
