"""The public log: every settled fact once, in order, published in files that anybody can check."""

import json
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection

from redflower.domains.festivals.services import close_pools, draw_due_slices
from redflower.domains.proofs import rules, selectors
from redflower.domains.proofs.errors import EntryNotPublished, LogNotStarted
from redflower.domains.proofs.services import erase_people
from redflower.domains.proofs.types import EntryKind
from redflower.faces.followers import proofs
from redflower.kernel.canon import canonical_bytes, sha256_hex
from redflower.kernel.merkle import root_hash
from redflower.kernel.note import check_proof, open_checkpoint, read_key
from redflower.kernel.tlog import ENTRIES, Tile, check_consistency, read_bundle
from tests.factories import NOON, give, make_festival, make_project
from tests.faults.processes import eventually

pytestmark = pytest.mark.django_db(transaction=True)


def one(sql: str, *params):
    with connection.cursor() as cursor:
        cursor.execute(sql, params or None)
        return cursor.fetchone()[0]


def follow() -> None:
    """Logs everything that has happened; parallel tests may hold older transactions open for a moment."""
    unread = """SELECT count(*) FROM plumbing_event e LEFT JOIN plumbing_cursor c ON c.follower = 'proofs'
                WHERE c.follower IS NULL OR (e.xid, e.id) > (c.xid, c.event_id)"""
    assert eventually(lambda: proofs.follow_once() == 0 and one(unread) == 0, 30)


def bodies() -> list[dict]:
    return [json.loads(entry.body) for entry in selectors.list_entries(0, 10_000)]


@pytest.fixture
def world():
    """A festival of two pools, drawn and closed, with eight gifts."""
    make_festival(presets=("surprise-2024", "random-2018"))
    project = make_project()
    gifts = [give(project.id, 900 + number, NOON + timedelta(seconds=number)) for number in range(8)]
    festival = one("SELECT id FROM festivals_festival")
    draw_due_slices(festival, "Asia/Shanghai", NOON + timedelta(minutes=5))
    follow()
    return gifts


def test_every_fact_has_one_entry_in_the_order_of_events(world):
    kinds = [entry["kind"] for entry in bodies()]
    assert kinds[:4] == ["rule_set", "rule_set", "pool_announced", "pool_announced"]
    assert sha256_hex(bodies()[0]["body"]) == bodies()[0]["sha256"]
    assert kinds.count("gift") == 8
    assert kinds.count("award") == 16
    assert kinds.count("slice") == one("SELECT count(*) FROM festivals_slice")
    flowers = sum(entry["amount"] for entry in bodies() if entry["kind"] == "flower")
    assert flowers == one("SELECT sum(amount) FROM flowers_earning")
    indexes = [entry.index for entry in selectors.list_entries(0, 10_000)]
    assert indexes == list(range(len(indexes)))


def test_an_entry_is_canonical_and_says_nothing_about_people(world):
    people = {str(one("SELECT donor_id FROM donations_gift WHERE id = %s", gift)) for gift in world}
    payers = {str(one("SELECT payer_id FROM payments_capture WHERE order_id = %s", gift)) for gift in world}
    for entry in selectors.list_entries(0, 10_000):
        fields = rules.read_entry(entry.body)
        assert canonical_bytes(fields) == entry.body
        assert UUID(fields["id"]) == entry.subject_id
        assert not any(person in entry.body.decode() for person in (people | payers) - {""})


def test_the_published_files_give_the_signed_root(world):
    files = selectors.log_files()
    checkpoint = open_checkpoint(files.read_checkpoint(), read_key(selectors.get_public_key()))
    entries = selectors.list_entries(0, 10_000)
    assert checkpoint.size == len(entries)
    assert checkpoint.root == root_hash([entry.body for entry in entries])
    bundle = Tile(ENTRIES, 0, checkpoint.size)
    assert read_bundle(files.read(bundle.path), bundle) == [entry.body for entry in entries]


def test_the_proof_of_a_gift_verifies_offline(world):
    key = read_key(selectors.get_public_key())
    for entry in selectors.find_entries([world[3]]):
        check_proof(selectors.build_tlog_proof(entry.index).encode(), entry.body, key)
    kinds = sorted(entry.kind for entry in selectors.find_entries([world[3]]))
    assert kinds == [EntryKind.AWARD, EntryKind.AWARD, EntryKind.FLOWER, EntryKind.GIFT]
    with pytest.raises(EntryNotPublished):
        selectors.build_tlog_proof(10_000)


def test_nothing_is_said_before_the_log_has_started():
    with pytest.raises(LogNotStarted):
        selectors.get_checkpoint()
    follow()
    assert selectors.get_checkpoint().size == 0


def test_a_donor_can_open_the_commitment_of_their_gift(world):
    entry = json.loads(next(e.body for e in selectors.find_entries([world[0]]) if e.kind == EntryKind.GIFT))
    opening = selectors.find_opening(world[0])
    assert rules.commit_donor(opening.salt, opening.donor_id) == entry["donor"]
    others = {json.loads(e.body)["donor"] for e in selectors.find_entries(world) if e.kind == EntryKind.GIFT}
    assert len(others) == 8


def test_erasing_a_person_leaves_every_proof_valid(world):
    before = [entry.body for entry in selectors.list_entries(0, 10_000)]
    donor = one("SELECT donor_id FROM donations_gift WHERE id = %s", world[0])
    assert erase_people([donor], NOON) == 1
    assert erase_people([donor], NOON) == 0
    assert selectors.find_opening(world[0]) is None
    follow()
    assert [entry.body for entry in selectors.list_entries(0, 10_000)] == before
    check_proof(selectors.build_tlog_proof(5).encode(), before[5], read_key(selectors.get_public_key()))


def test_totals_are_those_of_the_entries_at_the_checkpoint(world):
    totals = selectors.get_logged_totals()
    sums = [added for entry in bodies() for added in rules.add_up(entry)]
    assert totals.checkpoint.size == len(bodies())
    assert (totals.gifts, totals.amount_minor) == (8, sum(900 + number for number in range(8)))
    assert totals.matched_minor == sum(added[3] for added in sums)
    (project,) = totals.projects.values()
    assert project.amount_minor == totals.amount_minor


def test_a_closed_pool_reveals_its_secret(world):
    festival = one("SELECT id FROM festivals_festival")
    later = NOON + timedelta(days=400)
    while draw_due_slices(festival, "Asia/Shanghai", later):
        pass
    close_pools(festival, later)
    follow()
    told = [entry for entry in bodies() if entry["kind"].startswith("pool_")]
    assert [entry["kind"] for entry in told].count("pool_revealed") == 2
    closed = next(entry for entry in told if entry["kind"] == "pool_closed")
    announced = next(e for e in told if e["kind"] == "pool_announced" and e["id"] == closed["id"])
    assert closed["granted"] + closed["returned"] == announced["amount"]


def test_the_log_goes_on_from_where_a_process_was_killed(world, monkeypatch):
    first = selectors.get_checkpoint()
    proofs._keeper.cache_clear()  # another process
    project = one("SELECT id FROM projects_project")
    give(project, 500, NOON + timedelta(minutes=9))
    keeper = proofs._keeper(selectors.log_files().folder)
    monkeypatch.setattr(keeper, "_publish", lambda *arguments: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        while True:
            proofs.follow_once()
    assert selectors.get_checkpoint() == first  # killed between commit and files
    proofs._keeper.cache_clear()
    follow()
    second = selectors.get_checkpoint()
    assert second.size == first.size + 2
    bridge = selectors.published_tree(second.size).prove_consistency(first.size)
    check_consistency(first.size, first.root, second.size, second.root, bridge)
