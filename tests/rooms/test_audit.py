"""The auditor finds nothing in an honest world, and finds each thing that is tampered with."""

from datetime import timedelta

import pytest
from django.db import connection

from redflower.domains.festivals.services import draw_due_slices
from redflower.faces.commands.audit import INVARIANTS
from redflower.faces.followers.insights import follow_once
from redflower.plumbing.db import snapshot
from tests.factories import NOON, give, make_festival, make_project
from tests.faults.processes import eventually

pytestmark = pytest.mark.django_db(transaction=True)


def found() -> dict[str, int]:
    return {invariant.code: n for invariant in INVARIANTS if (n := invariant.count_differences())}


@pytest.fixture
def world():
    make_festival(presets=("surprise-2024", "random-2018"))
    project = make_project()
    for number in range(8):
        give(project.id, 900 + number, NOON + timedelta(seconds=number))
    festival = _one("SELECT id FROM festivals_festival")
    draw_due_slices(festival, "Asia/Shanghai", NOON + timedelta(minutes=5))
    # An event is followed once no older transaction is open on the server, and parallel tests keep some open.
    unread = "SELECT count(*) FROM plumbing_event e, plumbing_cursor c WHERE (e.xid, e.id) > (c.xid, c.event_id)"
    assert eventually(lambda: follow_once() == 0 and _one(unread) == 0, 30)


def _one(sql: str):
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()[0]


def test_an_honest_world_has_no_differences(world):
    assert found() == {}


@pytest.mark.parametrize(("usual", "while_reading"), [("4MB", "64MB"), ("256MB", "256MB")])
def test_who_reads_whole_tables_has_more_memory_for_as_long_as_they_read(usual, while_reading):
    with connection.cursor() as cursor:
        cursor.execute(f"SET work_mem = '{usual}'")
    try:
        with snapshot():
            assert _one("SHOW work_mem") == while_reading
        assert _one("SHOW work_mem") == usual
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET work_mem")


@pytest.mark.parametrize(
    ("tampering", "code"),
    [
        (
            "UPDATE ledger_account SET credits_posted = credits_posted + 1 WHERE kind = 'project'",
            "ledger.sums_to_zero_per_asset",
        ),
        (
            "UPDATE ledger_transfer SET amount = amount + 1 WHERE kind = 'gift'",
            "ledger.balance_is_the_sum_of_transfers",
        ),
        ("UPDATE payments_capture SET amount_minor = amount_minor + 1", "payments.capture_matches_its_order"),
        ("DELETE FROM payments_capture", "donations.settled_gift_moves_once"),
        ("DELETE FROM ledger_transfer WHERE kind = 'gift'", "donations.settled_gift_moves_once"),
        ("UPDATE donations_gift SET amount_minor = amount_minor + 1", "donations.gift_equals_its_order"),
        ("DELETE FROM flowers_earning", "flowers.first_gift_of_day_earns_exactly_once"),
        ("UPDATE festivals_award SET amount_minor = amount_minor + 1", "festivals.draws_replay"),
        ("UPDATE festivals_ticket SET paid_at = paid_at + interval '1 s'", "festivals.draws_replay"),
        ("DELETE FROM festivals_ticket", "festivals.open_gift_has_a_ticket"),
        ("UPDATE festivals_pool SET granted_minor = granted_minor + 1", "festivals.pool_adds_up"),
        ("UPDATE insights_project_total SET gifts = gifts + 1", "insights.projects_equal_the_facts"),
        ("UPDATE insights_hour_total SET amount_minor = amount_minor + 1", "insights.hours_equal_the_facts"),
    ],
)
def test_tampering_is_found_and_named(world, tampering, code):
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # an administrator can switch triggers off
        cursor.execute(tampering)
        cursor.execute("SET session_replication_role = origin")
    assert code in found()
