"""Asking relays of a public beacon: honest, away, failing, dripping, lying. Nothing but a genuine round is ever kept."""

import json
import time
from datetime import timedelta

import pytest
from django.db import connection

from redflower.adapters.drand import BeaconAway, DrandClient
from redflower.domains.festivals.types import WantedRound
from redflower.faces.shared.beacons import Beacons
from redflower.flows.fetch_beacons import fetch_rounds
from redflower.kernel import clock
from redflower.plumbing.db import fetch_all
from tests.beacons import CHAIN, answer, dripping, honest, relay, sign_round, tell_round
from tests.factories import give, make_festival, make_project

NOWHERE = "http://127.0.0.1:9"  # nobody listens there


def failing(number, relay):
    answer(relay, b"oops", 500)


def lying(number, relay):
    answer(relay, json.dumps({"round": number, "signature": sign_round(number + 1).hex()}).encode())


def another(number, relay):
    answer(relay, tell_round(number + 1))


def moved(number, relay):
    relay.send_response(302)
    relay.send_header("Location", "/public/1")
    relay.end_headers()


def test_an_honest_relay_is_asked_for_the_round_of_the_chain():
    with relay(honest) as (url, asked):
        assert DrandClient([url + "/"]).fetch(CHAIN, 1234) == sign_round(1234)
    assert asked == [f"/{CHAIN.chain_hash}/public/1234"]


@pytest.mark.parametrize(
    ("behave", "why"),
    [
        (failing, "HTTP 500"),
        (dripping, "too slow"),
        (lambda number, relay: time.sleep(3), "timed out"),
        (lying, "not signed by"),
        (another, "another round"),
        (moved, "HTTP 302"),
        (lambda number, relay: answer(relay, b"{" * 3000), "not a round"),
        (lambda number, relay: answer(relay, b'{"round": 5, "signature": "zz"}'), "not a round"),
        (lambda number, relay: answer(relay, b"[]"), "not a round"),
        (lambda number, relay: answer(relay, b"\xff\xfe"), "not a round"),
        (lambda number, relay: answer(relay, b" " * 5000), "an answer too long"),
        (lambda number, relay: answer(relay, b""), "not a round"),
    ],
)
def test_a_relay_that_is_no_help_is_left_for_the_next(behave, why):
    began = time.monotonic()
    with relay(behave) as (url, _), relay(honest) as (other, _):
        with pytest.raises(BeaconAway, match=why):
            DrandClient([url], whole_seconds=1).fetch(CHAIN, 5)
        assert DrandClient([NOWHERE, url, other], whole_seconds=1).fetch(CHAIN, 5) == sign_round(5)
    assert time.monotonic() - began < 6


def test_without_a_relay_the_beacon_is_away():
    with pytest.raises(BeaconAway, match="no relay"):
        DrandClient([]).fetch(CHAIN, 1)


def test_what_could_be_had_before_the_first_failure_is_kept():
    def until_three(number, relay):
        honest(number, relay) if number < 3 else failing(number, relay)

    with relay(until_three) as (url, asked):
        found = fetch_rounds(DrandClient([url]), [WantedRound(CHAIN, number) for number in (1, 2, 3, 4)])
    assert [each.number for each in found] == [1, 2] and len(asked) == 3


@pytest.mark.django_db(transaction=True)
def test_the_worker_asks_outside_any_transaction_rests_while_nobody_answers_and_draws_once_it_heard(settings):
    now = clock.now()
    opens_at = now - timedelta(seconds=60)
    festival = make_festival(opens_at=opens_at, slice_seconds=5, beacon=CHAIN)
    give(make_project().id, 500, opens_at + timedelta(seconds=1))
    from redflower.domains.festivals.services import draw_due_slices

    assert draw_due_slices(festival, "Asia/Shanghai", now) == 0
    beacons = Beacons()
    settings.REDFLOWER_DRAND_URLS = [NOWHERE]
    assert beacons.fetch_once() == 0
    open_transactions = []

    def watched(number, relay):
        open_transactions.append(connection.in_atomic_block)
        honest(number, relay)

    with relay(watched) as (url, asked):
        settings.REDFLOWER_DRAND_URLS = [url]
        assert beacons.fetch_once() == 0 and asked == []  # it rests
        assert Beacons().fetch_once() == 1
    assert open_transactions == [False]
    assert len(fetch_all("SELECT 1 FROM festivals_beacon_round")) == 1
    assert draw_due_slices(festival, "Asia/Shanghai", clock.now()) == 1
