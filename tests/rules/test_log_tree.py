"""The log's tree as drawn: its shape is the Merkle tree's, and every tip stands for what it says."""

from hashlib import sha256
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from redflower.faces.donor_site.log_tree import FORKS, HEIGHT, WIDTH, draw_tree, split
from redflower.kernel.merkle import root_hash

SIZES = st.integers(1, 2**40)


def leaves_of(size: int):
    return draw_tree(size, size).young


@given(SIZES)
def test_tips_stand_for_every_entry_once_in_order(size):
    leaves = leaves_of(size)
    assert leaves[0].first == 0
    assert leaves[-1].end == size
    assert all(one.end == other.first for one, other in pairwise(leaves))
    assert len(leaves) <= 2**FORKS
    assert draw_tree(size).per_leaf == max(leaf.end - leaf.first for leaf in leaves)


@given(SIZES)
def test_it_stays_inside_its_frame(size):
    assert all(0 <= leaf.x <= WIDTH and 0 <= leaf.y <= HEIGHT for leaf in leaves_of(size))


@given(SIZES)
def test_the_whole_subtrees_add_up(size):
    tree = draw_tree(size)
    assert sum(tree.whole) == size
    assert list(tree.whole) == sorted(set(tree.whole), reverse=True)
    assert all(part & (part - 1) == 0 for part in tree.whole)


@given(st.integers(2, 400))
def test_forks_are_where_the_log_hashes_two_into_one(size):
    """The root of the whole is the hash of the roots of the two sides at which the drawing parts."""
    items = [str(number).encode() for number in range(size)]
    left, right = root_hash(items[: split(size)]), root_hash(items[split(size) :])
    assert sha256(b"\x01" + left + right).digest() == root_hash(items)


@given(SIZES, st.integers(0, 300))
def test_only_tips_with_new_entries_are_young(size, recent):
    recent = min(recent, size)
    tree = draw_tree(size, recent)
    assert all(leaf.end > size - recent for leaf in tree.young)
    assert bool(tree.young) == bool(recent)
    drawn = sum(path.count("M") for path in tree.old) + len(tree.young)
    assert drawn == len(leaves_of(size))


def test_nothing_grows_without_entries():
    tree = draw_tree(0)
    assert (tree.size, tree.forks, tree.whole, tree.branches, tree.old, tree.young) == (0, 0, (), (), (), ())


def test_a_longer_log_is_a_higher_tree():
    heights = [min(leaf.y for leaf in leaves_of(2**power)) for power in range(4, 21, 4)]
    assert heights == sorted(heights, reverse=True)
