"""Keeps the public log: entries and checkpoint in one commit, then the files that everybody reads.

A file is only ever written from what is committed, so a process may be killed at any line: the next round reads the
last checkpoint signed, and writes what the files still lack. Every machine with a worker keeps its own copy this way.
"""

import contextlib
import logging
import os
import time
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from django.conf import settings

from redflower.domains.proofs import selectors
from redflower.domains.proofs.errors import LogAheadOfDatabase, LogContradictsDatabase, LogKeyMissing
from redflower.domains.proofs.services import Growth, integrate, start_log
from redflower.kernel import clock
from redflower.kernel.errors import Refusal
from redflower.kernel.merkle import leaf_hash
from redflower.kernel.note import Signer, open_checkpoint
from redflower.kernel.tlog import ENTRIES, TILE_WIDTH, Edge, Tile, TiledTree, write_bundle
from redflower.plumbing.log_files import LogFiles

_CATCH_UP = 256 * 64  # entries read at once
_NAME = "log"
_QUIET_SECONDS = 60
_EVENTS_LEAST, _EVENTS_MOST = 10, 320
_ENTRIES_FEW, _ENTRIES_MANY = 4_000, 12_000
log = logging.getLogger("redflower.log")


def follow_once() -> int:
    """Takes the next events into the log and publishes it; returns how many events there were.

    A log that must not go on is said once a minute; everything else on the site goes on.
    """
    keeper = _keeper(selectors.log_files().folder)
    try:
        return keeper.follow_once()
    except Refusal as refusal:
        if time.monotonic() >= keeper.quiet_until:
            keeper.quiet_until = time.monotonic() + _QUIET_SECONDS
            log.error("the public log stands still: %s", refusal.sentence.format(**refusal.facts))
        return 0


def begin_log() -> None:
    """Signs and publishes the empty log, so that its first entries have a minute from now, however old what they tell is.

    Errors: LogAheadOfDatabase, LogContradictsDatabase, LogKeyMissing.
    Replay: a log that has begun stays as it is.
    """
    _keeper(selectors.log_files().folder).catch_up()


@cache
def _keeper(folder: Path) -> "LogKeeper":
    return LogKeeper(folder)


class LogKeeper:
    """The tree as this process knows it, and the folder it is published in."""

    def __init__(self, folder: Path) -> None:
        self.files = LogFiles(folder)
        self.quiet_until = 0.0
        self._edge: Edge | None = None  # None: not read yet, or no longer sure
        self._tail: list[bytes] = []  # the entries of the last bundle, while it is not full
        self._signer: Signer | None = None
        self._limit = _EVENTS_LEAST

    def follow_once(self) -> int:
        """Takes the next events into the log and publishes it; returns how many events there were.

        Errors: LogAheadOfDatabase, LogContradictsDatabase, LogKeyMissing.
        """
        if self._edge is None:
            self.catch_up()
        assert self._edge is not None  # noqa: S101 - just read
        edge, self._edge = self._edge, None  # whatever goes wrong, the next round reads again
        try:
            growth = integrate(edge, self.signer(), clock.now(), self._limit)
        except LogContradictsDatabase:  # somebody else integrated; reading again tells
            self.catch_up()
            return 1
        if growth.note:
            self._publish(edge.size, growth)
        self._edge = growth.edge
        self._limit = choose_limit(self._limit, len(growth.bodies))
        return growth.events

    def catch_up(self) -> None:
        """Brings the files to the last checkpoint signed; starts a log that has none.

        Errors: LogAheadOfDatabase, LogContradictsDatabase, LogKeyMissing.
        """
        signer = self.signer()
        start_log(signer, clock.now())
        last = selectors.get_last_signed()
        published = self.files.read_checkpoint()
        edge = Edge()
        if published is not None:
            checkpoint = open_checkpoint(published, signer.key)
            if checkpoint.size > last.size:
                raise LogAheadOfDatabase(log_size=checkpoint.size, database_size=last.size)
            if selectors.find_signed_root(checkpoint.size) != checkpoint.root:
                raise LogContradictsDatabase(log_size=checkpoint.size)
            edge = self._read_edge(checkpoint.size, checkpoint.root)
        self._tail = [entry.body for entry in selectors.list_entries(_floor(edge.size), edge.size % TILE_WIDTH)]
        while edge.size < last.size:
            bodies = [entry.body for entry in selectors.list_entries(edge.size, min(_CATCH_UP, last.size - edge.size))]
            if not bodies:
                raise LogAheadOfDatabase(log_size=last.size, database_size=edge.size)
            grown, full = edge.grow([leaf_hash(body) for body in bodies])
            self._write(edge.size, grown, bodies, full)
            edge = grown
        if edge.root != last.root:
            raise LogContradictsDatabase(log_size=last.size)
        if published != last.note.encode():
            self.files.replace_checkpoint(last.note.encode())
        self._edge = edge

    def _read_edge(self, size: int, root: bytes) -> Edge:
        """The edge from the tiles, or the empty edge when they do not give the signed root: then all is written again."""
        with contextlib.suppress(Exception):
            edge = TiledTree(size, lambda tile: self.files.read(tile.path) or b"").edge()
            if edge.root == root and all(self.files.read(tile.path) for tile in _bundle_tiles(size)):
                return edge
        return Edge()

    def _publish(self, start: int, growth: Growth) -> None:
        self._write(start, growth.edge, growth.bodies, growth.full_tiles)
        self.files.replace_checkpoint(growth.note.encode())

    def _write(self, start: int, edge: Edge, bodies: Sequence[bytes], full_tiles: Sequence[tuple[Tile, bytes]]) -> None:
        """Writes the tiles and bundles that an extension changed. The partial forms of the tile before this one go
        only when a later one is full, so that who holds an older checkpoint finds what it needs."""
        entries = [*self._tail, *bodies]
        first = start // TILE_WIDTH
        bundles = []
        for place in range(0, len(entries), TILE_WIDTH):
            part = entries[place : place + TILE_WIDTH]
            bundles.append((Tile(ENTRIES, first + place // TILE_WIDTH, len(part)), write_bundle(part)))
        self._tail = entries[len(entries) - edge.size % TILE_WIDTH :]
        files = [*full_tiles, *edge.partial_tiles(), *bundles]
        self.files.write((tile.path, data) for tile, data in files)
        for tile, _ in files:
            if tile.width == TILE_WIDTH:
                self.files.drop_partial(Tile(tile.level, tile.number).path)

    def signer(self) -> Signer:
        """The log's key: made once, beside the log, readable by this user alone.

        Errors: LogKeyMissing when the log has started and its key is gone.
        """
        if self._signer is None:
            self._signer = self._load_signer()
        return self._signer

    def _load_signer(self) -> Signer:
        path = self.files.folder.with_name("log-key")
        if not path.exists():
            if self.files.read_checkpoint() is not None or selectors.has_started():
                raise LogKeyMissing(path=str(path))
            path.parent.mkdir(parents=True, exist_ok=True)
            mine = path.with_name(f"{path.name}.{os.getpid()}")
            with os.fdopen(os.open(mine, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
                file.write(f"{log_name()}\n{os.urandom(32).hex()}\n")
                file.flush()
                os.fsync(file.fileno())
            with contextlib.suppress(FileExistsError):  # two first starts at once: one key wins, whole
                path.hardlink_to(mine)
            mine.unlink()
        name, seed = path.read_text().split()
        signer = Signer(name, bytes.fromhex(seed))
        if self.files.read("key") != f"{signer.key.text}\n".encode():
            self.files.write([("key", f"{signer.key.text}\n".encode())])
        return signer


def choose_limit(limit: int, entries: int) -> int:
    """How many events to take next: about ten thousand entries in a commit, so that it stays short. Everybody who
    follows events waits for the oldest transaction."""
    if entries > _ENTRIES_MANY:
        return max(limit // 2, 1)
    return min(limit * 2, _EVENTS_MOST) if entries < _ENTRIES_FEW else limit


def log_name() -> str:
    """The name of a new log: its address without the scheme. It never changes, even if the address does."""
    return f"{settings.REDFLOWER_BASE_URL.split('://', 1)[-1].rstrip('/')}/{_NAME}"


def _floor(size: int) -> int:
    return size - size % TILE_WIDTH


def _bundle_tiles(size: int) -> list[Tile]:
    full, left = divmod(size, TILE_WIDTH)
    return [Tile(ENTRIES, full, left)] if left else ([Tile(ENTRIES, full - 1)] if full else [])
