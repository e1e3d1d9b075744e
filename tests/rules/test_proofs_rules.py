"""The format of entries: canonical, complete, bounded, and read strictly."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redflower.domains.proofs import rules
from redflower.domains.proofs.errors import EntryIncomplete, EntryUnreadable
from redflower.domains.proofs.types import EntryKind
from redflower.faces.followers.proofs import choose_limit
from redflower.kernel.canon import canonical_bytes
from redflower.kernel.tlog import EntryTooLarge

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)
GIFT, OTHER = UUID(int=1 << 80), UUID(int=2 << 80)


def fields(kind: EntryKind, value: object = "x") -> dict[str, object]:
    return dict.fromkeys(rules.FIELDS[kind] | {"id", "at"}, value)


@given(st.sampled_from(EntryKind), VALUES)
def test_an_entry_is_the_canonical_bytes_of_its_fields(kind, value):
    body = rules.write_entry(kind, fields(kind, value))
    assert body == canonical_bytes({"v": 1, "kind": kind.value, **fields(kind, value)})
    assert rules.read_entry(body) == {"v": 1, "kind": kind.value, **fields(kind, value)}


@given(st.sampled_from(EntryKind))
def test_a_field_too_few_or_too_many_is_named(kind):
    whole = fields(kind)
    with pytest.raises(EntryIncomplete, match="surplus"):
        rules.write_entry(kind, {**whole, "surplus": 1})
    del whole["at"]
    with pytest.raises(EntryIncomplete, match="'at'"):
        rules.write_entry(kind, whole)
    with pytest.raises(EntryIncomplete):
        rules.read_entry(canonical_bytes({"v": 1, "kind": kind.value, **whole}))


def test_what_this_version_does_not_know_is_read_as_well():
    body = canonical_bytes({"v": 2, "kind": "dream_granted", "id": "x", "at": "y", "more": [1]})
    assert rules.read_entry(body)["kind"] == "dream_granted"


@pytest.mark.parametrize(
    "body",
    [b"", b"x", b"[]", b"1", b'"a"', b'{"a":1} ', b' {"a":1}', b'{"b":1,"a":1}', b'{"a":1,"a":1}', b'{"a": 1}', b'{"a":1.0}',
     b'{"a":1e3}', b'{"a":NaN}', b'{"a":"\\u0041"}', b'{"a":"\xff"}', b'{"a":"\\ud800"}', b"\xef\xbb\xbf{}", b"[" * 60_000],
)  # fmt: skip
def test_what_is_not_canonical_is_refused(body):
    with pytest.raises(EntryUnreadable):
        rules.read_entry(body)


def test_an_entry_that_is_too_large_is_refused():
    with pytest.raises(EntryTooLarge):
        rules.write_entry(EntryKind.SLICE, fields(EntryKind.SLICE, "x" * 65_000))
    with pytest.raises(EntryTooLarge):
        rules.read_entry(b"x" * 65_536)


@given(st.binary(min_size=32, max_size=32), st.uuids(), st.uuids())
def test_commitments_say_nothing_without_their_salt(key, donor, gift):
    salt = rules.make_salt(key, gift)
    assert rules.commit_donor(salt, donor) == rules.commit_donor(rules.make_salt(key, gift), donor)
    other = rules.make_salt(key, OTHER if gift == GIFT else GIFT)
    assert rules.commit_donor(salt, donor) != rules.commit_donor(other, donor)
    assert rules.commit_donor(salt, donor) != rules.commit_donor(rules.make_salt(key[::-1] + b"x", gift), donor)
    assert str(donor) not in rules.commit_donor(salt, donor)


@given(st.integers(1, 320), st.integers(0, 100_000))
def test_a_commit_takes_more_events_when_they_tell_little(limit, entries):
    chosen = choose_limit(limit, entries)
    assert 1 <= chosen <= 320
    assert (chosen >= limit) == (entries <= 12_000) or limit == 1
