"""Two integrators at once: every fact is logged once, in one order, under one history."""

import json
import threading
from contextlib import contextmanager
from datetime import timedelta

import psycopg
import pytest
from django.db import IntegrityError, close_old_connections, connection

from redflower.domains.proofs import selectors, services
from redflower.faces.followers import proofs
from redflower.kernel.merkle import root_hash
from redflower.plumbing import events
from tests.factories import NOON, give, make_project
from tests.races.conftest import Racer
from tests.rooms.test_proofs import follow, one

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def gift():
    """A log that has started, and a gift that it has not heard of."""
    follow()
    return give(make_project().id, 900, NOON + timedelta(seconds=1))


@contextmanager
def _an_integrator_in_the_middle(keeper, pause):
    """Another process that has read its events and not committed yet."""

    def work():
        try:
            return keeper.follow_once()
        finally:
            connection.close()

    racer = Racer(work)
    racer.start()
    pause["reached"].wait(10)
    try:
        yield racer
    finally:
        pause["go_on"].set()
        racer.join(10)
        close_old_connections()


@pytest.fixture
def pause(monkeypatch):
    """The first integrator stops between reading its events and writing them."""

    steps = {"reached": threading.Event(), "go_on": threading.Event()}
    collect = services._collect

    def slowly(conn, happened):
        drafts = collect(conn, happened)
        if not steps["reached"].is_set():
            steps["reached"].set()
            steps["go_on"].wait(10)
        return drafts

    monkeypatch.setattr(services, "_collect", slowly)
    return steps


def keepers():
    folder = selectors.log_files().folder
    first, second = proofs.LogKeeper(folder), proofs.LogKeeper(folder)
    first.catch_up()
    second.catch_up()
    return first, second


def test_the_second_integrator_leaves_the_work_to_the_first(gift, pause):
    first, second = keepers()
    with _an_integrator_in_the_middle(first, pause) as racer:
        assert second.follow_once() == 0  # the cursor is taken
    assert racer.error is None
    follow()
    assert one("SELECT count(*) FROM proofs_entry WHERE subject_id = %s", gift) == 1
    assert second.follow_once() in (0, 1)
    entries = selectors.list_entries(0, 100)
    assert selectors.get_checkpoint().root == root_hash([entry.body for entry in entries])


def test_control_without_the_cursor_the_last_checkpoint_stops_the_second(gift, pause, monkeypatch):
    """Without the cursor's lock both do the work; the one that comes last meets a checkpoint it does not know, or a place
    that is taken, and its work is thrown away."""

    def follow_without_a_lock(conn, follower, react, limit):
        rows = conn.execute("SELECT id, kind, facts::text, happened_at FROM plumbing_event ORDER BY id").fetchall()
        react([events.Happened(row[0], row[1], json.loads(row[2]), row[3]) for row in rows])
        return len(rows)

    monkeypatch.setattr(services, "follow_events", follow_without_a_lock)
    first, second = keepers()
    with _an_integrator_in_the_middle(first, pause) as racer:
        second.follow_once()
    racer.join(10)
    assert isinstance(racer.error, psycopg.errors.UniqueViolation | IntegrityError) or racer.answer == 1
    assert one("SELECT count(*) FROM proofs_entry WHERE subject_id = %s", gift) == 1
