"""Bytes that two parties hash alike, and the tree over them, against the definition and the published vectors."""

import hashlib
import json
from datetime import UTC, date, datetime, timedelta, timezone
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redflower.kernel.canon import canonical_bytes, instant, sha256_hex
from redflower.kernel.merkle import EMPTY_ROOT, leaf_hash, node_hash, root_hash

texts = st.text(st.characters(exclude_categories=["Cs"]))
leaves = st.none() | st.booleans() | st.integers() | texts
values = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4), max_leaves=12
)
entries = st.lists(st.binary(max_size=40), max_size=70)


class TestCanon:
    @given(values)
    def test_what_is_written_reads_back_the_same(self, value):
        assert json.loads(canonical_bytes(value)) == value

    @given(st.dictionaries(texts, leaves))
    def test_the_order_of_keys_makes_no_difference(self, value):
        backwards = dict(reversed(value.items()))
        assert canonical_bytes(value) == canonical_bytes(backwards)
        assert sha256_hex(value) == hashlib.sha256(canonical_bytes(backwards)).hexdigest()

    @given(values, values)
    def test_different_values_have_different_bytes(self, one, other):
        # JSON tells true from 1, which Python's == does not
        same = json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
        assert (canonical_bytes(one) == canonical_bytes(other)) == same

    def test_one_spelling_without_spaces_in_utf_8(self):
        value = {"b": [1, True, None], "a": "花\n", "一": -5}
        assert canonical_bytes(value) == '{"a":"花\\n","b":[1,true,null],"一":-5}'.encode()

    def test_ids_days_and_instants_are_written_as_text(self):
        gift = UUID("0199c4f0-7a11-7e02-9d7b-5a2f10c44d10")
        at = datetime(2026, 9, 9, 19, 42, 7, 5, timezone(timedelta(hours=8)))
        assert json.loads(canonical_bytes([gift, date(2026, 9, 9), at, (1, 2)])) == [
            "0199c4f0-7a11-7e02-9d7b-5a2f10c44d10",
            "2026-09-09",
            "2026-09-09T11:42:07.000005Z",
            [1, 2],
        ]

    @given(st.integers(0, 2**47), st.timezones())
    def test_an_instant_has_one_spelling_in_every_zone(self, microseconds, zone):
        at = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)).astimezone(zone)
        assert instant(at) == instant(at.astimezone(UTC))
        assert datetime.fromisoformat(instant(at)) == at.astimezone(UTC)

    @pytest.mark.parametrize("value", [1.0, float("nan"), b"x", {1, 2}, object(), {"deep": [0.5]}])
    def test_floats_and_strangers_have_no_canonical_form(self, value):
        with pytest.raises(TypeError):
            canonical_bytes(value)


def naive_root(items: list[bytes]) -> bytes:
    """MTH of RFC 6962, section 2.1, word for word."""
    if not items:
        return hashlib.sha256().digest()
    if len(items) == 1:
        return hashlib.sha256(b"\x00" + items[0]).digest()
    split = 1
    while split * 2 < len(items):
        split *= 2
    return hashlib.sha256(b"\x01" + naive_root(items[:split]) + naive_root(items[split:])).digest()


# The inputs and roots that implementations of certificate transparency test each other with.
VECTOR_ENTRIES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
VECTOR_ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


class TestMerkle:
    @given(entries)
    def test_the_root_is_that_of_the_definition(self, items):
        assert root_hash(items) == naive_root(items)

    def test_every_size_up_to_a_hundred(self):
        items = [str(number).encode() for number in range(100)]
        assert all(root_hash(items[:size]) == naive_root(items[:size]) for size in range(101))

    @pytest.mark.parametrize("size", range(9))
    def test_the_published_vectors(self, size):
        assert root_hash([bytes.fromhex(entry) for entry in VECTOR_ENTRIES[:size]]).hex() == VECTOR_ROOTS[size]

    @given(entries, st.data())
    def test_no_entry_can_change_move_come_or_go_unseen(self, items, data):
        other = data.draw(entries | st.permutations(items))
        assert (root_hash(items) == root_hash(other)) == (items == other)

    @given(st.binary(min_size=32, max_size=32), st.binary(min_size=32, max_size=32))
    def test_a_leaf_never_poses_as_a_node(self, left, right):
        assert leaf_hash(left + right) != node_hash(left, right)
        assert root_hash([left, right]) == node_hash(leaf_hash(left), leaf_hash(right))
        assert leaf_hash(b"") != EMPTY_ROOT
