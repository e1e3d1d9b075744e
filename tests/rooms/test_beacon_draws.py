"""A pool may mix its seeds with a public beacon: a slice waits for its round, and everybody draws the same again."""

import json
from datetime import timedelta
from hashlib import sha256

import pytest
from django.test import Client

from redflower.domains.festivals.models import Pool
from redflower.domains.festivals.selectors import list_wanted_rounds
from redflower.domains.festivals.services import close_pools, draw_due_slices, record_rounds
from redflower.domains.festivals.types import BeaconRound
from redflower.faces.commands import verify
from redflower.plumbing.db import fetch_all
from tests.beacons import CHAIN, sign_round
from tests.factories import NOON, give, make_donor, make_festival, make_project
from tests.rooms.test_late_draws import OPENS, ZONE, draw, found
from tests.rooms.test_proofs import bodies, follow, one
from tests.rooms.test_proofs_audit import tamper

pytestmark = pytest.mark.django_db(transaction=True)
DUE = OPENS + timedelta(seconds=8)  # of slice 0: five seconds and three of allowance


@pytest.fixture
def festival():
    festival = make_festival(budget_minor=5_000_000, opens_at=OPENS, beacon=CHAIN)
    project, people = make_project(), [make_donor() for _ in range(3)]
    for number in range(6):
        give(project.id, 500 + number, OPENS + timedelta(seconds=4 * number), donor_id=people[number % 3])
    return festival


def hear(*numbers: int) -> None:
    record_rounds([BeaconRound(CHAIN.chain_hash, number, sign_round(number)) for number in numbers], NOON)


def hear_everything(at) -> list[int]:
    wanted = [each.number for each in list_wanted_rounds(at, 100)]
    hear(*wanted)
    return wanted


def test_a_slice_waits_for_the_first_round_after_it_is_due(festival):
    assert draw_due_slices(festival, ZONE, DUE) == 0
    first = CHAIN.find_round(DUE)
    assert list_wanted_rounds(CHAIN.time_of(first) - timedelta(microseconds=1), 10) == []  # not made yet
    assert [each.number for each in list_wanted_rounds(CHAIN.time_of(first), 10)] == [first]
    hear(first)
    hear(first)  # known already
    assert list_wanted_rounds(DUE + timedelta(minutes=1), 10) == []
    assert draw_due_slices(festival, ZONE, DUE + timedelta(minutes=1)) == 1  # slices behind it wait for theirs
    assert one("SELECT drawn_through FROM festivals_festival WHERE id = %s", festival) == 0
    assert hear_everything(DUE + timedelta(minutes=1)) == [
        CHAIN.find_round(DUE + timedelta(seconds=5 * n)) for n in range(1, 5)
    ]
    draw(festival, DUE + timedelta(minutes=2))
    seen = fetch_all("SELECT slice_no, beacon_round FROM festivals_slice ORDER BY slice_no")
    assert [(row["slice_no"], row["beacon_round"]) for row in seen] == [
        (n, CHAIN.find_round(DUE + timedelta(seconds=5 * n))) for n in range(5)
    ]
    follow()
    assert found() == []


def test_past_the_promised_moment_nobody_waits_for_a_beacon(festival):
    pool = Pool.objects.get(festival_id=festival)
    draw_due_slices(festival, ZONE, DUE)
    late = pool.reveal_by + timedelta(seconds=1)
    assert list_wanted_rounds(late, 10) == []
    draw(festival, late)
    close_pools(festival, late)
    assert one("SELECT count(*) FROM festivals_slice WHERE beacon_round IS NULL") == 5
    follow()
    assert found() == []
    assert all("beacon" not in each for each in bodies() if each["kind"] == "slice")


@pytest.fixture
def closed(festival):
    later = OPENS + timedelta(hours=3)
    draw(festival, later)
    hear_everything(later)
    draw(festival, later)
    close_pools(festival, later)
    follow()
    return Pool.objects.get(festival_id=festival)


def test_the_log_and_the_public_files_tell_the_beacon_and_its_rounds(closed, client: Client):
    [announced] = [each for each in bodies() if each["kind"] == "pool_announced"]
    assert announced["beacon"] == CHAIN.describe()
    slices = [each for each in bodies() if each["kind"] == "slice"]
    lines = client.get(f"/open/draws/{closed.id}/slices/0.ndjson").content.splitlines()
    assert [each["beacon"] for each in slices] == [json.loads(line)["beacon"] for line in lines]
    assert slices[0]["beacon"]["signature"] == sign_round(slices[0]["beacon"]["round"]).hex()
    for line in lines:
        assert json.dumps(json.loads(line), sort_keys=True, separators=(",", ":")).encode() == line
    listed = json.loads(client.get(f"/open/draws/{closed.id}/pool.json").content)
    assert listed["beacon"] == CHAIN.describe() and listed["festival"]["allowance_seconds"] == 3
    assert CHAIN.chain_hash[:12] in client.get(f"/verify/draws/{closed.id}").content.decode()


def test_strangers_draw_it_again_with_every_signature_checked(closed, live_server, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setenv("LANG", "en_US.UTF-8")
    monkeypatch.delenv("LC_ALL", raising=False)
    check = ["draw", str(closed.id), "--from", live_server.url]
    assert verify.run(check) == 0, capsys.readouterr().out
    assert "each signature checked" in capsys.readouterr().out


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE festivals_beacon_round SET signature = decode(repeat('ab', 48), 'hex')",
        "UPDATE festivals_slice SET beacon_round = beacon_round + 1",
        "UPDATE festivals_slice SET beacon_round = NULL",
        "DELETE FROM festivals_beacon_round",
        "UPDATE festivals_pool SET beacon = NULL",
    ],
)
def test_a_beacon_that_is_not_what_it_was_is_found(closed, live_server, change):
    assert found() == []
    tamper(change)
    assert "festivals.draws_replay" in found() and "proofs.entries_equal_the_facts" in found()
    assert verify.run(["draw", str(closed.id), "--from", live_server.url]) == 1


def test_another_round_gives_other_awards(closed):
    rows = fetch_all("SELECT signature FROM festivals_beacon_round")
    assert len({sha256(bytes(row["signature"])).digest() for row in rows}) == 5
