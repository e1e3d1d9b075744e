"""The folder of finished exports: read by pages, filled by the worker. A build is complete or it is not there."""

import gzip
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings

MANIFEST = "manifest.json"
_CURRENT = "current"
_KEPT = 2  # the one before stays, for those who have just read its manifest
_CHUNK = 64 * 1024


@dataclass(frozen=True, slots=True)
class ExportFile:
    """One finished file. `size` is what a reader gets, `stored` what lies on disk, compressed unless it is Parquet.

    Units: bytes.
    """

    name: str
    table: str
    rows: int
    size: int
    stored: int
    sha256: str
    path: Path

    @property
    def is_compressed(self) -> bool:
        return self.path.suffix == ".gz"

    def read(self, *, plain: bool, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """The file in pieces, as it lies on disk or decompressed; `start` and `length` for what lies there plain."""
        with gzip.open(self.path) if plain and self.is_compressed else self.path.open("rb") as file:
            file.seek(start)
            left = self.size if length is None else length
            while left > 0 and (piece := file.read(min(_CHUNK, left))):
                left -= len(piece)
                yield piece


@dataclass(frozen=True, slots=True)
class Export:
    """One finished build: its files, and the checkpoint of the log they were made at. Units: fen."""

    built_at: datetime
    seconds: int  # how long the making took
    origin: str
    log_size: int
    root: str
    note: str
    gifts: int
    given_minor: int
    matched_minor: int
    files: dict[str, ExportFile]
    manifest: bytes


def folder() -> Path:
    """Where the exports of this installation lie."""
    return Path(settings.REDFLOWER_DATA) / "open"


def find_export() -> Export | None:
    """The newest finished export, or None before the first."""
    try:
        build = (folder() / _CURRENT).resolve(strict=True)
        return _read(build, (build / MANIFEST).stat().st_mtime_ns)
    except FileNotFoundError:
        return None


@lru_cache(maxsize=4)
def _read(build: Path, _changed: int) -> Export:
    raw = (build / MANIFEST).read_bytes()
    facts = json.loads(raw)
    checkpoint, totals = facts["checkpoint"], facts["totals"]
    return Export(
        built_at=datetime.fromisoformat(facts["built_at"]),
        seconds=facts["seconds"],
        origin=checkpoint["origin"],
        log_size=checkpoint["size"],
        root=checkpoint["root"],
        note=checkpoint["note"],
        gifts=totals["gifts"],
        given_minor=totals["given_minor"],
        matched_minor=totals["matched_minor"],
        files={each["name"]: _file(build, each) for each in facts["files"]},
        manifest=raw,
    )


def _file(build: Path, facts: dict[str, Any]) -> ExportFile:
    stored = build / facts["name"]
    path = stored if stored.suffix == ".parquet" else stored.with_name(f"{stored.name}.gz")
    known = {key: facts[key] for key in ("name", "table", "rows", "sha256")}
    return ExportFile(**known, size=facts["bytes"], stored=facts["stored_bytes"], path=path)


def publish(build: Path) -> None:
    """Makes a finished build the current one, in one step, and clears away those nobody reads any more."""
    root = build.parent
    ahead = root / f".{_CURRENT}"
    ahead.unlink(missing_ok=True)
    ahead.symlink_to(build.name)
    ahead.replace(root / _CURRENT)
    finished = sorted(path for path in root.iterdir() if path.is_dir() and path.name.startswith("build-"))
    for old in finished[:-_KEPT]:
        if old != build:
            shutil.rmtree(old, ignore_errors=True)
