"""Trees, tiles and proofs, against the plain definition of the tree and against an example that others published."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redflower.kernel.merkle import EMPTY_ROOT, leaf_hash, root_hash
from redflower.kernel.tlog import (
    ENTRIES,
    BundleMalformed,
    ConsistencyWrong,
    Edge,
    EntryTooLarge,
    InclusionWrong,
    ProofOfNothing,
    Tile,
    TiledTree,
    TileMalformed,
    TilePathMalformed,
    check_consistency,
    check_inclusion,
    list_tiles,
    read_bundle,
    read_tile_path,
    write_bundle,
)

SIZES = (0, 1, 255, 256, 257, 65_536, 70_000)
# RFC 6962's reference implementation tests its trees with these eight leaves and publishes their roots.
KNOWN_LEAVES = [
    bytes.fromhex(text)
    for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
KNOWN_ROOTS = [
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


def entries(size: int) -> list[bytes]:
    return [b"entry %d" % number for number in range(size)]


def build(size: int, step: int) -> tuple[Edge, dict[str, bytes]]:
    """A tree grown in steps, and its tiles by path."""
    leaves = [leaf_hash(entry) for entry in entries(size)]
    edge, tiles = Edge(), {}
    for start in range(0, size, step):
        edge, full = edge.grow(leaves[start : start + step])
        tiles.update({tile.path: data for tile, data in full})
    tiles.update({tile.path: data for tile, data in edge.partial_tiles()})
    return edge, tiles


@pytest.mark.parametrize("size", range(9))
def test_roots_are_those_that_others_published(size):
    edge, _ = Edge().grow([leaf_hash(leaf) for leaf in KNOWN_LEAVES[:size]])
    assert edge.root.hex() == KNOWN_ROOTS[size]


@pytest.mark.parametrize("size", SIZES)
def test_a_tree_of_tiles_is_the_tree_of_the_definition(size):
    edge, tiles = build(size, 777)
    tree = TiledTree(size, lambda tile: tiles[tile.path])
    assert edge.root == tree.root() == root_hash(entries(size))
    assert tree.edge().root == edge.root
    assert tree.edge().grow([b"x" * 32])[0] == edge.grow([b"x" * 32])[0]
    assert sorted(tiles) == sorted(tile.path for tile in list_tiles(size) if tile.level != ENTRIES)


def test_the_tiles_of_a_tree_of_70_000_are_those_the_format_names():
    names = [tile.path for tile in list_tiles(70_000) if tile.level != ENTRIES]
    assert len(names) == 273 + 1 + 1 + 1 + 1
    assert names[0] == "tile/0/000"
    assert names[272:] == ["tile/0/272", "tile/0/273.p/112", "tile/1/000", "tile/1/001.p/17", "tile/2/000.p/1"]
    assert Tile(0, 1_234_067).path == "tile/0/x001/x234/067"
    assert [tile.path for tile in list_tiles(256)] == ["tile/0/000", "tile/1/000.p/1", "tile/entries/000"]


@given(st.integers(1, 700), st.integers(0, 699), st.integers(0, 700), st.integers(1, 300))
def test_every_entry_and_every_older_tree_can_be_proven(size, index, old_size, step):
    index, old_size = index % size, old_size % (size + 1)
    everything = entries(size)
    edge, tiles = build(size, step)
    tree = TiledTree(size, lambda tile: tiles[tile.path])
    proof = tree.prove_inclusion(index)
    check_inclusion(everything[index], index, size, proof, edge.root)
    old_root = root_hash(everything[:old_size])
    bridge = tree.prove_consistency(old_size)
    check_consistency(old_size, old_root, size, edge.root, bridge)
    with pytest.raises(InclusionWrong):
        check_inclusion(everything[index] + b"!", index, size, proof, edge.root)
    for place in range(len(proof)):
        with pytest.raises(InclusionWrong):
            check_inclusion(everything[index], index, size, _flip(proof, place), edge.root)
    for place in range(len(bridge)):
        with pytest.raises(ConsistencyWrong):
            check_consistency(old_size, old_root, size, edge.root, _flip(bridge, place))
    with pytest.raises(InclusionWrong):
        check_inclusion(everything[index], index, size, [*proof, b"\0" * 32], edge.root)
    with pytest.raises(ConsistencyWrong):
        check_consistency(size, edge.root, old_size - 1, old_root, bridge)


def _flip(hashes: list[bytes], place: int) -> list[bytes]:
    changed = bytearray(hashes[place])
    changed[7] ^= 1
    return [*hashes[:place], bytes(changed), *hashes[place + 1 :]]


def test_nothing_is_proven_of_the_empty_log():
    with pytest.raises(ProofOfNothing):
        check_inclusion(b"", 0, 0, [], EMPTY_ROOT)
    with pytest.raises(ProofOfNothing):
        TiledTree(0, lambda tile: b"").prove_inclusion(0)
    check_consistency(0, EMPTY_ROOT, 5, root_hash(entries(5)), [])
    with pytest.raises(ConsistencyWrong):
        check_consistency(0, b"\1" * 32, 5, root_hash(entries(5)), [])
    with pytest.raises(ConsistencyWrong):
        check_consistency(5, root_hash(entries(5)), 5, root_hash(entries(6)), [])


@given(st.integers(-1, 9), st.integers(0, 10**12), st.integers(1, 256))
def test_a_tile_has_one_spelling(level, number, width):
    tile = Tile(level, number, width)
    assert read_tile_path(tile.path) == tile


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/0", "tile/0/0000", "tile/00/000", "tile/64/000", "tile/0/000.p/0", "tile/0/000.p/256", "tile/0/000.p/01",
        "tile/0/x000/000", "tile/0/001/000", "tile/0/x001/x002", "tile/-1/000", "tile/entries/", "tile/0/000/", "tile/0/٠٠٠",
        "tile/0/../../key", "checkpoint", "tile/0/" + "x001/" * 8 + "000", "tile/0/000\n",
    ],
)  # fmt: skip
def test_other_spellings_are_refused(path):
    with pytest.raises(TilePathMalformed):
        read_tile_path(path)


def test_a_tile_of_the_wrong_length_is_named():
    with pytest.raises(TileMalformed, match=r"tile/0/000\.p/3"):
        TiledTree(3, lambda tile: b"\0" * 95).root()


@given(st.lists(st.binary(max_size=400), max_size=40))
def test_bundles_read_back(bodies):
    tile = Tile(ENTRIES, 0, len(bodies) or 1)
    if not bodies:
        with pytest.raises(BundleMalformed):
            read_bundle(b"", tile)
        return
    bundle = write_bundle(bodies)
    assert read_bundle(bundle, tile) == bodies
    for damaged in (bundle[:-1], bundle + b"\0", bundle + b"\0\0"):
        if damaged != bundle:
            with pytest.raises(BundleMalformed):
                read_bundle(damaged, tile)


def test_an_entry_has_at_most_65_535_bytes():
    assert read_bundle(write_bundle([b"x" * 65_535]), Tile(ENTRIES, 0, 1)) == [b"x" * 65_535]
    with pytest.raises(EntryTooLarge):
        write_bundle([b"x" * 65_536])
