"""Reading a site's public log as a stranger does: nothing is believed that its signed root does not hold."""

import json
import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from redflower.domains.proofs.rules import add_up, list_returns, read_entry
from redflower.faces.commands.public_files import FileMissing, PublicFiles
from redflower.kernel.errors import Refusal
from redflower.kernel.merkle import leaf_hash
from redflower.kernel.note import Checkpoint, NoteKey, open_checkpoint, read_key
from redflower.kernel.tlog import ENTRIES, HASH_BYTES, TILE_WIDTH, Edge, Tile, TiledTree, read_bundle

_CONNECTIONS = 4
_FEW_BUNDLES = 40  # below this, starting other processes takes longer than the work


class LogDisagrees(Exception):
    """Something in the log is not as it must be; says what and where, in both languages."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh = zh
        self.en = en


@dataclass(slots=True)
class Sums:
    """What entries add up to. Units: fen."""

    kinds: Counter[str] = field(default_factory=Counter)
    gifts: Counter[str] = field(default_factory=Counter)  # by project, as the next two
    given: Counter[str] = field(default_factory=Counter)
    matched: Counter[str] = field(default_factory=Counter)
    returned: Counter[str] = field(default_factory=Counter)  # by move: gifts, or matches, that went back
    granted: Counter[str] = field(default_factory=Counter)  # by pool
    budgets: dict[str, int] = field(default_factory=dict)  # by pool
    closed: dict[str, int] = field(default_factory=dict)  # by pool: what it says it granted

    def add(self, entry: dict[str, Any]) -> None:
        """Adds one entry."""
        kind = entry["kind"]
        self.kinds[kind] += 1
        for project, gifts, given, matched in add_up(entry):
            self.gifts[project] += gifts
            self.given[project] += given
            self.matched[project] += matched
        for move, _, amount in list_returns(entry):
            self.returned[move] += amount
        if kind == "award":
            self.granted[entry["pool"]] += entry["amount"]
        elif kind == "pool_announced":
            self.budgets[entry["id"]] = entry["amount"]
        elif kind == "pool_closed":
            self.closed[entry["id"]] = entry["granted"]

    def merge(self, other: "Sums") -> None:
        """Adds everything another has added up."""
        for mine, theirs in (
            (self.kinds, other.kinds),
            (self.gifts, other.gifts),
            (self.given, other.given),
            (self.matched, other.matched),
            (self.returned, other.returned),
            (self.granted, other.granted),
        ):
            mine.update(theirs)
        self.budgets |= other.budgets
        self.closed |= other.closed

    def whole(self) -> dict[str, int]:
        """The site's totals."""
        return {
            "gifts": self.gifts.total(),
            "given_minor": self.given.total(),
            "matched_minor": self.matched.total(),
        }


@dataclass(frozen=True, slots=True)
class Totals:
    """What a site states its log adds up to, and the signed checkpoint it states it for. Units: fen."""

    note: bytes
    numbers: dict[str, int]


@dataclass(frozen=True, slots=True)
class Memory:
    """What this reader saw last time: the key it trusts, the last checkpoint, and the totals a monitor agreed with."""

    key: NoteKey
    note: bytes
    totals: Totals | None = None

    @property
    def checkpoint(self) -> Checkpoint:
        return open_checkpoint(self.note, self.key)


class LogReader:
    """A site's public log, read through its public files.

    Errors, from every read: FileMissing, a Refusal that says what is malformed, LogDisagrees.
    """

    def __init__(self, base: str, key: NoteKey | None = None, state: Path | None = None) -> None:
        self.files = PublicFiles(base)
        self._state = state or default_state(base)
        self.memory = self._recall()
        self.key_is_new = key is None and self.memory is None
        self.key = key or (self.memory.key if self.memory else read_key(self.read("key").decode("utf-8", "replace")))
        if self.memory and self.memory.key != self.key:
            raise LogDisagrees(
                f"公钥变了：上次是 {self.memory.key.text}", f"the public key has changed: it was {self.memory.key.text}"
            )

    def read(self, name: str) -> bytes:
        """One file of the log."""
        return self.files.read(f"log/{name}")

    def fetch_checkpoint(self) -> tuple[bytes, Checkpoint]:
        """The checkpoint now, signed by the key we trust, and not behind what we have seen."""
        note = self.read("checkpoint")
        checkpoint = open_checkpoint(note, self.key)
        if self.memory:
            check_not_rolled_back(self.memory.checkpoint, checkpoint)
        return note, checkpoint

    def remember(self, note: bytes, totals: Totals | None = None) -> None:
        """Keeps what was seen for the next time; without totals, those known already."""
        totals = totals or (self.memory.totals if self.memory else None)
        self.memory = Memory(self.key, note, totals)
        kept: dict[str, Any] = {"key": self.key.text, "note": note.decode()}
        if totals:
            kept["totals"] = {"note": totals.note.decode(), "numbers": totals.numbers}
        self._state.parent.mkdir(parents=True, exist_ok=True)
        unfinished = self._state.with_suffix(f".{os.getpid()}")
        unfinished.write_text(json.dumps(kept, ensure_ascii=False))
        unfinished.replace(self._state)

    def _recall(self) -> Memory | None:
        try:
            kept = json.loads(self._state.read_text())
            totals = kept.get("totals")
            return Memory(
                read_key(kept["key"]),
                kept["note"].encode(),
                Totals(totals["note"].encode(), {name: int(n) for name, n in totals["numbers"].items()})
                if totals
                else None,
            )
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError, Refusal):
            raise LogDisagrees(
                f"上次的记忆读不出来：{self._state}；确认后可以删掉它再来",
                f"what was remembered from last time cannot be read: {self._state}; delete it to start anew",
            ) from None

    def grow(
        self, edge: Edge, size: int, see: Callable[[int, Edge], None] = lambda start, edge: None
    ) -> tuple[Edge, Sums]:
        """Reads every entry from the edge on up to a size: the edge then, and what the entries add up to.

        `see` is told of every bundle: where it starts, and the edge before it.
        """
        sums = Sums()
        for tile, checked in self._checked_bundles(edge.size, size):
            start = tile.number * TILE_WIDTH
            see(start, edge)
            leaves, added = checked
            known = (edge.size - start) * HASH_BYTES if edge.size > start else 0
            edge, _ = edge.grow([leaves[place : place + HASH_BYTES] for place in range(known, len(leaves), HASH_BYTES)])
            sums.merge(added)
        return edge, sums

    def _checked_bundles(self, start: int, size: int) -> Iterator[tuple[Tile, tuple[bytes, Sums]]]:
        tiles = [
            Tile(ENTRIES, number, min(TILE_WIDTH, size - number * TILE_WIDTH))
            for number in range(start // TILE_WIDTH, -(-size // TILE_WIDTH))
        ]
        skips = [max(start - tile.number * TILE_WIDTH, 0) for tile in tiles]
        if len(tiles) < _FEW_BUNDLES or (os.cpu_count() or 1) < 2:
            yield from zip(tiles, map(check_bundle, self.read_ahead(tiles), tiles, skips), strict=True)
            return
        with ProcessPoolExecutor(os.cpu_count()) as checkers:
            # All processes begin here, before there are threads: one that is split off while a thread holds a lock
            # may wait for it for ever.
            checkers.submit(int).result()
            jobs = zip(self.read_ahead(tiles), tiles, skips, strict=True)
            yield from zip(tiles, ahead(checkers, _check_job, jobs), strict=True)

    def read_ahead(self, tiles: Sequence[Tile]) -> Iterator[bytes]:
        """These files in their order, several on their way at any time: a distant site answers each after a while."""
        with ThreadPoolExecutor(_CONNECTIONS) as fetchers:
            yield from ahead(fetchers, lambda tile: self.read(tile.path), tiles)

    def find_about(self, checkpoint: Checkpoint, name: str, start: int = 0) -> list[tuple[int, dict[str, Any]]]:
        """Every entry from place `start` on in which a name stands, with its place. All entries from there on are
        hashed up to the signed root, so none can be held back.

        Errors: LogDisagrees.
        """
        start -= start % TILE_WIDTH
        edge = TiledTree(start, lambda tile: self._read_cut(tile, checkpoint.size)).edge()
        tiles = [
            Tile(ENTRIES, number, min(TILE_WIDTH, checkpoint.size - number * TILE_WIDTH))
            for number in range(start // TILE_WIDTH, -(-checkpoint.size // TILE_WIDTH))
        ]
        wanted, found = name.encode(), []
        for tile, bundle in zip(tiles, self.read_ahead(tiles), strict=True):
            bodies = read_bundle(bundle, tile)
            edge, _ = edge.grow([leaf_hash(body) for body in bodies])
            at = tile.number * TILE_WIDTH
            found += [(at + place, read_entry(body)) for place, body in enumerate(bodies) if wanted in body]
        if edge.root != checkpoint.root:
            raise LogDisagrees("公开记录的条目与签名的树根不符", "the log's entries do not give the signed root")
        return found

    def _read_cut(self, tile: Tile, size: int) -> bytes:
        """A tile as it was at some earlier moment, cut out of the one there is at a size."""
        width = min(TILE_WIDTH, (size >> (8 * tile.level)) - tile.number * TILE_WIDTH)
        return self.read(Tile(tile.level, tile.number, width).path)[: tile.width * HASH_BYTES]

    def edge_at(self, checkpoint: Checkpoint) -> Edge:
        """The right edge of the tree at a checkpoint, read from tiles and held against its root."""
        edge = TiledTree(checkpoint.size, lambda tile: self.read(tile.path)).edge()
        if edge.root != checkpoint.root:
            raise LogDisagrees(
                f"大小 {checkpoint.size} 处的瓦片与签名的根哈希不符",
                f"the tiles at size {checkpoint.size} do not give the signed root",
            )
        return edge


def _check_job(job: tuple[bytes, Tile, int]) -> tuple[bytes, Sums]:
    return check_bundle(*job)


def check_bundle(bundle: bytes, tile: Tile, skip: int = 0) -> tuple[bytes, Sums]:
    """The leaf hashes of a bundle, and what its entries add up to, without the first `skip`.

    Errors: BundleMalformed, LogDisagrees naming the entry that cannot be read.
    """
    sums = Sums()
    entries = read_bundle(bundle, tile)
    for place, body in enumerate(entries[skip:], skip):
        try:
            sums.add(read_entry(body))
        except (Refusal, KeyError, TypeError) as error:
            index = tile.number * TILE_WIDTH + place
            raise LogDisagrees(f"第 {index} 条读不懂（{error}）", f"entry {index} cannot be read ({error})") from None
    return b"".join(map(leaf_hash, entries)), sums


def ahead(pool: Any, work: Callable[[Any], Any], items: Any) -> Iterator[Any]:
    """The results in order, a few dozen under way at any time: a long log never stands in memory whole."""
    waiting: list[Any] = []
    for item in items:
        waiting.append(pool.submit(work, item))
        if len(waiting) >= 32:
            yield waiting.pop(0).result()
    for future in waiting:
        yield future.result()


def check_not_rolled_back(known: Checkpoint, found: Checkpoint) -> None:
    """Returns when a checkpoint can follow another one by its size.

    Errors: LogDisagrees.
    """
    if found.size < known.size:
        raise LogDisagrees(
            f"记录变短了：上次有 {known.size:,} 条，现在只有 {found.size:,} 条",
            f"the log has been rolled back: it had {known.size:,} entries and now has {found.size:,}",
        )
    if found.size == known.size and found.root != known.root:
        raise LogDisagrees(
            f"同样是 {known.size:,} 条，根哈希却与上次不同：历史被改写了",
            f"with the same {known.size:,} entries the root differs from last time: history was rewritten",
        )


def default_state(base: str) -> Path:
    """Where this user's memory of a site's log is kept."""
    home = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
    return home / "redflower" / f"log-{sha256(base.rstrip('/').encode()).hexdigest()[:16]}.json"


__all__ = [
    "FileMissing",
    "LogDisagrees",
    "LogReader",
    "Memory",
    "Sums",
    "Totals",
    "check_bundle",
    "check_not_rolled_back",
]
