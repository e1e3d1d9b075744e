"""A tiled transparency log, as arithmetic: tiles, entry bundles, inclusion and consistency proofs.

Nothing here reads a file or speaks to anybody: bytes come in, bytes go out. Signed notes, checkpoints and proof files
are in `kernel/note.py`.
Source: c2sp.org/tlog-tiles; RFC 6962 section 2.1; RFC 9162 sections 2.1.3 and 2.1.4.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from redflower.kernel.errors import Refusal
from redflower.kernel.merkle import EMPTY_ROOT, leaf_hash, node_hash
from redflower.kernel.text import N_

TILE_WIDTH = 256
HASH_BYTES = 32
ENTRY_MAX_BYTES = 65_535
SIZE_MAX = 2**63 - 1
ENTRIES = -1  # the "level" of entry bundles

_TILE_BYTES = TILE_WIDTH * HASH_BYTES
_PATH = re.compile(r"tile/(entries|0|[1-9][0-9]?)/((?:x[0-9]{3}/)*[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?", re.ASCII)


class TilePathMalformed(Refusal):
    code = "tile_path_malformed"
    sentence = N_("这不是瓦片的地址：{path}")
    status = 404


class TileMalformed(Refusal):
    code = "tile_malformed"
    sentence = N_("瓦片 {path} 应有 {expected} 字节，实际 {found} 字节")
    status = 422


class BundleMalformed(Refusal):
    code = "bundle_malformed"
    sentence = N_("条目包 {path} 读不通：应恰好有 {expected} 条")
    status = 422


class EntryTooLarge(Refusal):
    code = "entry_too_large"
    sentence = N_("一个条目最多 {limit} 字节，这一条有 {found} 字节")
    status = 422


class ProofOfNothing(Refusal):
    code = "proof_of_nothing"
    sentence = N_("大小为 {size} 的记录里没有第 {index} 条，无从证明")
    status = 422


class InclusionWrong(Refusal):
    code = "inclusion_wrong"
    sentence = N_("证明不成立：第 {index} 条不在大小为 {size} 的记录里，或内容被改动过")
    status = 422


class ConsistencyWrong(Refusal):
    code = "consistency_wrong"
    sentence = N_("两个检查点互相矛盾：大小 {new_size} 的记录不是由大小 {old_size} 的记录续写的")
    status = 422


@dataclass(frozen=True, slots=True)
class Tile:
    """The name of a tile or, at level ENTRIES, of an entry bundle."""

    level: int
    number: int
    width: int = TILE_WIDTH

    @property
    def path(self) -> str:
        """Where it is served, below the log's address."""
        level = "entries" if self.level == ENTRIES else str(self.level)
        digits = str(self.number)
        digits = digits.zfill(-(-len(digits) // 3) * 3)
        groups = [digits[place : place + 3] for place in range(0, len(digits), 3)]
        name = "/".join([*(f"x{group}" for group in groups[:-1]), groups[-1]])
        return f"tile/{level}/{name}" + ("" if self.width == TILE_WIDTH else f".p/{self.width}")

    @property
    def full(self) -> "Tile":
        """The same tile once it is full."""
        return Tile(self.level, self.number)

    def is_within(self, size: int) -> bool:
        """Whether a tree of this size has come so far that the tile exists."""
        return self.number * TILE_WIDTH + self.width <= size >> (8 * max(self.level, 0))


def read_tile_path(path: str) -> Tile:
    """The tile a path names; only the one spelling of each is taken.

    Errors: TilePathMalformed.
    """
    match = _PATH.fullmatch(path)
    if match is not None:
        level = ENTRIES if match[1] == "entries" else int(match[1])
        number = int(match[2].replace("/x", "").replace("/", "").lstrip("x"))
        tile = Tile(level, number, int(match[3]) if match[3] else TILE_WIDTH)
        if level <= 63 and number <= SIZE_MAX and (not match[3] or tile.width < TILE_WIDTH) and tile.path == path:
            return tile
    raise TilePathMalformed(path=path[:80])


def list_tiles(size: int) -> list[Tile]:
    """Every tile and entry bundle of a tree of this size, level by level, entries last."""
    tiles = []
    level = 0
    while (width := size >> (8 * level)) > 0:
        tiles += _row(level, width)
        level += 1
    return tiles + _row(ENTRIES, size)


def _row(level: int, hashes: int) -> list[Tile]:
    full, left = divmod(hashes, TILE_WIDTH)
    return [Tile(level, number) for number in range(full)] + ([Tile(level, full, left)] if left else [])


def check_entry(entry: bytes) -> bytes:
    """Returns the entry unchanged when a bundle can hold it.

    Errors: EntryTooLarge.
    """
    if len(entry) > ENTRY_MAX_BYTES:
        raise EntryTooLarge(limit=f"{ENTRY_MAX_BYTES:,}", found=f"{len(entry):,}")
    return entry


def write_bundle(entries: Iterable[bytes]) -> bytes:
    """Entries one behind the other, each after its length in two bytes.

    Errors: EntryTooLarge.
    """
    return b"".join(len(check_entry(entry)).to_bytes(2, "big") + entry for entry in entries)


def read_bundle(bundle: bytes, tile: Tile) -> list[bytes]:
    """The entries of a bundle.

    Errors: BundleMalformed when it ends early, goes on, or holds another number of entries than its name says.
    """
    entries: list[bytes] = []
    place = 0
    while place + 2 <= len(bundle) and len(entries) < tile.width:
        end = place + 2 + int.from_bytes(bundle[place : place + 2], "big")
        entries.append(bundle[place + 2 : end])
        place = end
    if place != len(bundle) or len(entries) != tile.width:
        raise BundleMalformed(path=tile.path, expected=tile.width)
    return entries


# --- growing --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Edge:
    """The right edge of a tree: all that is needed to let it grow, and to know its root.

    Shape: for each level the hashes of its last tile that is not full yet, one behind the other.
    """

    size: int = 0
    levels: tuple[bytes, ...] = ()

    def grow(self, leaves: Sequence[bytes]) -> "tuple[Edge, list[tuple[Tile, bytes]]]":
        """The edge after more leaf hashes, and the tiles that became full on the way."""
        levels, full = list(self.levels), []
        carry, level = leaves, 0
        while carry:
            if level == len(levels):
                levels.append(b"")
            data = levels[level] + b"".join(carry)
            number = self.size >> (8 * (level + 1))
            carry = []
            for start in range(0, len(data) - _TILE_BYTES + 1, _TILE_BYTES):
                tile = data[start : start + _TILE_BYTES]
                full.append((Tile(level, number), tile))
                carry.append(_fold(tile))
                number += 1
            levels[level] = data[len(carry) * _TILE_BYTES :]
            level += 1
        return Edge(self.size + len(leaves), tuple(levels)), full

    def partial_tiles(self) -> list[tuple[Tile, bytes]]:
        """The tiles at the edge, as they are now."""
        return [
            (Tile(level, self.size >> (8 * (level + 1)), len(data) // HASH_BYTES), data)
            for level, data in enumerate(self.levels)
            if data
        ]

    @property
    def root(self) -> bytes:
        """The root of the whole tree."""
        root = b""
        for data in self.levels:
            end = len(data) // HASH_BYTES
            while end:  # perfect subtrees from the right, the smallest first
                width = end & -end
                piece = _fold(data[(end - width) * HASH_BYTES : end * HASH_BYTES])
                root = node_hash(piece, root) if root else piece
                end -= width
        return root or EMPTY_ROOT


def _fold(hashes: bytes) -> bytes:
    """The root of a perfect subtree over hashes that lie one behind the other."""
    while len(hashes) > HASH_BYTES:
        hashes = b"".join(
            [sha256(b"\x01" + hashes[place : place + 64]).digest() for place in range(0, len(hashes), 64)]
        )
    return hashes


# --- proving --------------------------------------------------------------------------------------

ReadTile = Callable[[Tile], bytes]


class TiledTree:
    """A tree of a given size whose hashes are read from tiles; a tile is read once."""

    def __init__(self, size: int, read_tile: ReadTile) -> None:
        self.size = size
        self._read = read_tile
        self._tiles: dict[tuple[int, int], bytes] = {}

    def edge(self) -> Edge:
        """Its right edge.

        Errors: TileMalformed.
        """
        levels: list[bytes] = []
        while (width := self.size >> (8 * len(levels))) > 0:
            number, left = divmod(width, TILE_WIDTH)
            levels.append(self._tile(len(levels), number) if left else b"")
        return Edge(self.size, tuple(levels))

    def root(self) -> bytes:
        """Its root.

        Errors: TileMalformed.
        """
        return self._range(0, self.size) if self.size else EMPTY_ROOT

    def leaf(self, index: int) -> bytes:
        """The hash of one leaf.

        Errors: ProofOfNothing, TileMalformed.
        """
        if not 0 <= index < self.size:
            raise ProofOfNothing(size=self.size, index=index)
        return self._perfect(0, index)

    def prove_inclusion(self, index: int) -> list[bytes]:
        """The sibling hashes from a leaf up to the root.

        Errors: ProofOfNothing, TileMalformed.
        """
        if not 0 <= index < self.size:
            raise ProofOfNothing(size=self.size, index=index)
        low, high, path = 0, self.size, []
        while high - low > 1:
            middle = low + _split(high - low)
            if index < middle:
                path.append(self._range(middle, high))
                high = middle
            else:
                path.append(self._range(low, middle))
                low = middle
        return path[::-1]

    def prove_consistency(self, old_size: int) -> list[bytes]:
        """The hashes that show that the tree of `old_size` is the beginning of this one; none for 0 and for itself.

        Errors: ProofOfNothing (the older tree is larger), TileMalformed.
        """
        if not 0 <= old_size <= self.size:
            raise ProofOfNothing(size=self.size, index=old_size)
        low, high, path, whole = 0, self.size, [], True
        while 0 < old_size != high:
            middle = low + _split(high - low)
            if old_size <= middle:
                path.append(self._range(middle, high))
                high = middle
            else:
                path.append(self._range(low, middle))
                low, whole = middle, False
        if not whole:
            path.append(self._range(low, high))
        return path[::-1]

    def _range(self, low: int, high: int) -> bytes:
        """The root over leaves [low, high), where low is a multiple of the largest perfect subtree inside."""
        pieces = []
        while low < high:
            height = (high - low).bit_length() - 1
            pieces.append(self._perfect(height, low >> height))
            low += 1 << height
        root = pieces.pop()
        while pieces:
            root = node_hash(pieces.pop(), root)
        return root

    def _perfect(self, height: int, place: int) -> bytes:
        level, inside = divmod(height, 8)
        number, start = divmod(place << inside, TILE_WIDTH)
        return _fold(self._tile(level, number)[start * HASH_BYTES : (start + (1 << inside)) * HASH_BYTES])

    def _tile(self, level: int, number: int) -> bytes:
        if (level, number) not in self._tiles:
            width = min(TILE_WIDTH, (self.size >> (8 * level)) - number * TILE_WIDTH)
            tile = Tile(level, number, width)
            self._tiles[level, number] = check_tile(self._read(tile), tile)
        return self._tiles[level, number]


def check_tile(data: bytes, tile: Tile) -> bytes:
    """Returns a tile's bytes unchanged when they are as many as its name says.

    Errors: TileMalformed.
    """
    if len(data) != tile.width * HASH_BYTES:
        raise TileMalformed(path=tile.path, expected=tile.width * HASH_BYTES, found=len(data))
    return data


def _split(width: int) -> int:
    """The largest power of two below a width."""
    return 1 << ((width - 1).bit_length() - 1)


# --- checking -------------------------------------------------------------------------------------


def check_inclusion(entry: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Returns when an entry is at its place in the tree with this root.

    Errors: ProofOfNothing, InclusionWrong.
    Source: RFC 9162 section 2.1.3.2.
    """
    if not 0 <= index < size:
        raise ProofOfNothing(size=size, index=index)
    place, last, reached = index, size - 1, leaf_hash(entry)
    for sibling in proof:
        if last == 0 or len(sibling) != HASH_BYTES:
            raise InclusionWrong(index=index, size=size)
        if place & 1 or place == last:
            reached = node_hash(sibling, reached)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            reached = node_hash(reached, sibling)
        place, last = place >> 1, last >> 1
    if last or reached != root:
        raise InclusionWrong(index=index, size=size)


def check_consistency(old_size: int, old_root: bytes, new_size: int, new_root: bytes, proof: Sequence[bytes]) -> None:
    """Returns when the older tree is the beginning of the newer one.

    Errors: ConsistencyWrong, also when the newer tree is smaller.
    Source: RFC 9162 section 2.1.4.2; the empty tree is the beginning of every tree.
    """
    wrong = ConsistencyWrong(old_size=old_size, new_size=new_size)
    if old_size in (0, new_size):
        expected = EMPTY_ROOT if old_size == 0 else new_root
        if proof or old_root != expected or (new_size == 0 and new_root != EMPTY_ROOT):
            raise wrong
        return
    if not 0 < old_size < new_size or not proof or any(len(part) != HASH_BYTES for part in proof):
        raise wrong
    place, last = old_size - 1, new_size - 1
    path = [old_root, *proof] if old_size & (old_size - 1) == 0 else list(proof)
    while place & 1:
        place, last = place >> 1, last >> 1
    old = new = path[0]
    for part in path[1:]:
        if last == 0:
            raise wrong
        if place & 1 or place == last:
            old, new = node_hash(part, old), node_hash(part, new)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            new = node_hash(new, part)
        place, last = place >> 1, last >> 1
    if last or old != old_root or new != new_root:
        raise wrong
