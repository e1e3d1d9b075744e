"""The public log's files: immutable tiles, and one checkpoint that is replaced as a whole.

A file is either there, complete and on disk, or not there: it is written beside its place, flushed and renamed.
"""

import contextlib
import os
import shutil
import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

_CHECKPOINT = "checkpoint"
_FLUSHERS = 8
_UNFINISHED = ".unfinished"


class LogFiles:
    """The folder that is served as `/log/`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def read(self, path: str) -> bytes | None:
        """A file's bytes, or None where there is none."""
        with contextlib.suppress(FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return (self.folder / path).read_bytes()
        return None

    def read_checkpoint(self) -> bytes | None:
        """The signed checkpoint as published, or None before the first."""
        return self.read(_CHECKPOINT)

    def write(self, files: Iterable[tuple[str, bytes]]) -> None:
        """Writes files; when the call returns they survive a power cut."""
        pairs = []
        folders = set()
        for path, data in files:
            target = self.folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            unfinished = target.with_name(f"{target.name}{_UNFINISHED}.{os.getpid()}-{threading.get_native_id()}")
            unfinished.write_bytes(data)
            pairs.append((unfinished, target))
            folders.add(target.parent)
        # Flushed after all are written, several at once: the disk takes them together.
        with ThreadPoolExecutor(min(len(pairs), _FLUSHERS) or 1) as flushers:
            list(flushers.map(_flush, [unfinished for unfinished, _ in pairs]))
            for unfinished, target in pairs:
                unfinished.replace(target)
            list(flushers.map(_flush, folders))

    def replace_checkpoint(self, note: bytes) -> None:
        """Publishes a checkpoint. Needs: everything it commits to has been written."""
        self.write([(_CHECKPOINT, note)])

    def list_widths(self, path: str) -> list[int]:
        """The widths of the partial forms that a tile has left behind while it grew."""
        with contextlib.suppress(FileNotFoundError):
            return sorted(int(each.name) for each in (self.folder / f"{path}.p").iterdir() if each.name.isdigit())
        return []

    def drop_partial(self, path: str) -> None:
        """Removes the partial forms of a tile that is full now."""
        shutil.rmtree(self.folder / f"{path}.p", ignore_errors=True)


def _flush(path: Path) -> None:
    fd = os.open(path, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
