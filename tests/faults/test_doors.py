"""Doors that are killed, told to leave, or left without a database: what was acknowledged is there, once."""

import os
import random
import signal
import threading
import time

import pytest
from django.db import connection

from redflower.project.children import Child, Keeper
from tests.doors import around_now, asked, end, open_doors, paid
from tests.factories import make_project
from tests.faults.crowd import Crowd, count_faults
from tests.faults.processes import eventually, is_gone
from tests.faults.test_supervise import PARENT


@pytest.mark.slow
def test_kill_9_under_load_loses_nothing_that_was_acknowledged(transactional_db, tmp_path):
    slugs = [make_project(**around_now()).slug for _ in range(3)]
    with open_doors(tmp_path, count=2) as doors:
        crowd = Crowd(doors, slugs, paid)
        crowd.start(6)
        for _ in range(2):
            time.sleep(random.uniform(0.3, 1))
            random.choice([door for door in doors.processes if door.poll() is None]).kill()
            doors.start_one()
        crowd.stop()
    with connection.cursor() as cursor:
        faults = count_faults(crowd, cursor)
    assert faults.pop("acknowledged") > 0
    assert not any(faults.values()), faults


def test_a_door_told_to_leave_answers_what_it_has_taken(transactional_db, tmp_path):
    project = make_project(**around_now())
    with open_doors(tmp_path) as doors, connection.cursor() as cursor:
        with doors.client() as warm:
            warm.post("/v1/gifts", json=asked(project.slug))
        # Somebody holds the table, so that the request is inside when the signal comes.
        cursor.execute("BEGIN; LOCK TABLE donations_gift IN ACCESS EXCLUSIVE MODE")
        answers = []

        def give():
            with doors.client() as client:
                answers.append(client.post("/v1/gifts", json=asked(project.slug)))

        giver = threading.Thread(target=give)
        giver.start()
        time.sleep(1)
        doors.processes[0].send_signal(signal.SIGTERM)
        time.sleep(0.5)
        cursor.execute("COMMIT")
        began = time.monotonic()
        assert end(doors.processes[0]) == 0
        assert time.monotonic() - began < 10
        giver.join(10)
    assert [answer.status_code for answer in answers] == [200]


def test_a_door_whose_connection_is_cut_finds_its_way_back(transactional_db, tmp_path):
    project = make_project(**around_now())
    with open_doors(tmp_path) as doors, doors.client() as client:
        assert client.post("/v1/gifts", json=asked(project.slug)).status_code == 200
        with connection.cursor() as cursor:
            cursor.execute(
                """SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
                   WHERE application_name = 'redflower-door'"""
            )
            assert cursor.fetchone()[0] > 0
        assert client.post("/v1/gifts", json=asked(project.slug)).status_code == 200


def test_what_a_dead_child_left_in_its_group_is_gone_before_it_is_started_again(tmp_path):
    """Workers that outlive a killed master would keep its port, or go on serving old code beside the new."""
    told = tmp_path / "pid"
    child = Child("family", [*PARENT, str(told)], pause_seconds=0.05)
    keeper = Keeper([child], tmp_path)
    keeper.start()
    try:
        assert eventually(lambda: told.exists() and told.read_text() != "")
        orphan = int(told.read_text())
        os.kill(child.process.pid, signal.SIGKILL)
        assert eventually(lambda: not child.is_running())
        assert not is_gone(orphan)
        keeper.tick()
        assert is_gone(orphan)
    finally:
        keeper.stop()
