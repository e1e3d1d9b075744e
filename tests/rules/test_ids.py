"""Ids that keep time order, ids that are computed, and links that nobody can guess."""

import os
import string
import time
from datetime import UTC, datetime, timedelta
from uuid import RFC_4122, UUID

from hypothesis import given
from hypothesis import strategies as st

from redflower.kernel.ids import (
    ceiling_id,
    derive_id,
    floor_id,
    hashed_id,
    id_at,
    new_id,
    private_token,
    read_private_token,
    short_code,
    spell_id,
)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
milliseconds = st.integers(1, 2**41)
ids = st.builds(id_at, milliseconds)
secrets = st.binary(min_size=16, max_size=32)
LETTERS = "0123456789abcdef"


@given(milliseconds)
def test_an_id_carries_its_millisecond_and_calls_itself_version_7(at):
    made = id_at(at)
    assert made.int >> 80 == at
    assert (made.version, made.variant) == (7, RFC_4122)


@given(st.uuids())
def test_an_id_is_spelled_as_everywhere(made):
    assert spell_id(made) == str(made)


@given(milliseconds, milliseconds)
def test_ids_sort_by_their_time(one, other):
    if one < other:
        assert id_at(one) < id_at(other)


def test_fresh_ids_are_of_now_and_never_the_same():
    before = time.time_ns() // 1_000_000
    made = {new_id() for _ in range(5000)}
    after = time.time_ns() // 1_000_000
    assert len(made) == 5000
    assert all(before <= one.int >> 80 <= after for one in made)


def test_a_forked_process_makes_ids_of_its_own():
    now = new_id().int >> 80  # whatever chance is kept for later ids is kept now
    reading, writing = os.pipe()
    if os.fork() == 0:
        os.write(writing, b"".join(id_at(now).bytes for _ in range(500)))
        os._exit(0)
    told = b""
    while len(told) < 500 * 16:
        told += os.read(reading, 8000)
    os.wait()
    theirs = {told[at : at + 16] for at in range(0, len(told), 16)}
    assert len(theirs) == 500
    assert not theirs & {id_at(now).bytes for _ in range(500)}


@given(milliseconds)
def test_the_floor_of_an_instant_parts_earlier_ids_from_the_rest(at):
    floor = floor_id(EPOCH + timedelta(milliseconds=at))
    assert id_at(at - 1) < floor <= id_at(at)


@given(ids, st.text(min_size=1), st.text(min_size=1))
def test_a_derived_id_is_always_the_same_and_another_for_every_purpose(base, one, other):
    made = derive_id(base, one)
    assert made == derive_id(base, one) != base
    assert (made == derive_id(base, other)) == (one == other)
    assert made.int >> 64 == base.int >> 64  # it lies beside its base
    assert (made.version, made.variant) == (7, RFC_4122)


@given(ids, ids, st.text())
def test_a_ceiling_is_above_a_row_and_all_that_derives_from_it_and_below_every_later_millisecond(base, other, purpose):
    ceiling = ceiling_id(base)
    assert max(base, derive_id(base, purpose)) <= ceiling
    if other.int >> 80 > base.int >> 80:
        assert ceiling < other


@given(st.binary(min_size=16, max_size=32))
def test_a_hashed_id_is_version_8_of_the_first_sixteen_bytes(digest):
    made = hashed_id(digest)
    assert (made.version, made.variant) == (8, RFC_4122)
    assert made == hashed_id(digest[:16])
    assert bin(made.int ^ int.from_bytes(digest[:16], "big")).count("1") <= 6  # only version and variant are set


@given(ids, secrets)
def test_a_private_token_opens_what_it_was_made_for(subject, secret):
    token = private_token(subject, secret)
    assert len(token) == 64
    assert set(token) <= set(LETTERS)
    assert read_private_token(token, secret) == subject
    assert private_token(subject, secret) == token


@given(ids, secrets, secrets, st.integers(0, 63), st.sampled_from(LETTERS))
def test_a_token_changed_in_any_letter_or_made_with_another_secret_opens_nothing(subject, secret, wrong, place, letter):
    token = private_token(subject, secret)
    changed = token[:place] + letter + token[place + 1 :]
    assert read_private_token(changed, secret) == (subject if changed == token else None)
    if wrong != secret:
        assert read_private_token(token, wrong) is None


@given(st.text(max_size=70) | st.text(LETTERS, min_size=64, max_size=64), secrets)
def test_a_guess_opens_nothing_and_breaks_nothing(guess, secret):
    assert read_private_token(guess, secret) is None


@given(ids, secrets)
def test_a_token_has_one_spelling(subject, secret):
    token = private_token(subject, secret)
    for other in (token.upper(), token + "=", f" {token}", token[:-1], token + "a"):
        assert read_private_token(other, secret) is None


@given(st.uuids())
def test_a_short_code_can_be_read_out_without_confusing_letters(subject):
    code = short_code(subject)
    assert len(code) == 10
    assert set(code) <= set(string.ascii_uppercase + "23456789") - {"O", "I"}
    assert code == short_code(UUID(str(subject)))
