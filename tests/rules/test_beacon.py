"""A public beacon's rounds: when each is due, and that nothing but the network's own signature opens one."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redflower.domains.festivals.services import read_beacon
from redflower.kernel.beacon import BeaconForged, BeaconMalformed, open_round, read_chain
from tests.beacons import CHAIN, sign_round

# A round of drand's network quicknet, as its documentation shows it.
ROUND = 1000
SIGNATURE = bytes.fromhex(
    "b44679b9a59af2ec876b1a6b1ad52ea9b1615fc3982b19576350f93447cb1125e342b73a8dd2bacbe47e4b6b63ed5e39"
)
RANDOMNESS = "fe290beca10872ef2fb164d2aa4442de4566183ec51c56ff3cd603d930e54fdd"


def test_a_round_of_the_real_network_opens_with_the_key_that_ships():
    assert open_round(read_beacon("quicknet"), ROUND, SIGNATURE).hex() == RANDOMNESS


def test_the_beacon_that_ships_is_told_as_it_is_read():
    assert read_chain(read_beacon("quicknet").describe()) == read_beacon("quicknet")
    assert open_round(CHAIN, 7, sign_round(7))


@pytest.mark.parametrize(
    ("chain", "number", "signature"),
    [
        ("quicknet", ROUND + 1, SIGNATURE),
        ("ours", ROUND, SIGNATURE),
        ("quicknet", ROUND, bytes([SIGNATURE[0] ^ 0x20]) + SIGNATURE[1:]),  # the other point with this x
        ("quicknet", ROUND, SIGNATURE[:-1] + bytes([SIGNATURE[-1] ^ 1])),
        ("quicknet", ROUND, bytes([0xC0]) + bytes(47)),  # the point at infinity
        ("quicknet", ROUND, bytes(48)),
        ("quicknet", ROUND, b""),
        ("quicknet", ROUND, SIGNATURE + b"\0"),
    ],
)
def test_anything_else_is_forged(chain, number, signature):
    with pytest.raises(BeaconForged):
        open_round(read_beacon("quicknet") if chain == "quicknet" else CHAIN, number, signature)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("kind", "dice"), ("scheme", "pedersen-bls-chained"), ("chain_hash", "52db"), ("chain_hash", "AB" * 32),
        ("public_key", "00" * 96), ("public_key", "c0" + "00" * 95), ("public_key", None), ("genesis_seconds", 0),
        ("genesis_seconds", 1.5), ("period_seconds", 0), ("period_seconds", True), ("period_seconds", "3"),
    ],
)  # fmt: skip
def test_a_description_that_cannot_be_used_names_its_field(field, value):
    with pytest.raises(BeaconMalformed, match=field):
        read_chain({**CHAIN.describe(), field: value})


@given(st.integers(0, 20 * 365 * 86_400_000_000))
def test_the_round_of_a_moment_is_the_first_one_later(microseconds):
    at = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)
    number = CHAIN.find_round(at)
    assert CHAIN.time_of(number) > at
    assert number == 1 or CHAIN.time_of(number - 1) <= at
    assert CHAIN.time_of(number + 1) - CHAIN.time_of(number) == timedelta(seconds=3)
