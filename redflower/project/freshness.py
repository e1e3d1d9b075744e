"""Whether anything has changed since the last start: what lets a second start skip every preparation."""

import contextlib
import hashlib
from collections.abc import Iterator
from pathlib import Path

import psycopg

from redflower.project.instance import ROOT

_IDENTITY = """
SELECT (SELECT system_identifier FROM pg_control_system()),
       (SELECT oid FROM pg_database WHERE datname = current_database()),
       (SELECT max(id) FROM django_migrations)
"""


def fingerprint_of_static() -> str:
    """Changes with our own static files and with the versions of everybody else's."""
    return _fingerprint((ROOT / "redflower").glob("**/static/**/*"))


def fingerprint_of_start(dsn: str) -> str | None:
    """Changes with the database, its migrations, the static files and the locked versions.

    None where the database cannot tell who it is, or holds nothing yet: then nothing is ever skipped.
    """
    with contextlib.suppress(psycopg.Error), psycopg.connect(dsn) as connection:
        row = connection.execute(_IDENTITY).fetchone()
        files = [*(ROOT / "redflower").glob("**/static/**/*"), *(ROOT / "redflower").glob("**/migrations/*.py")]
        return f"{row}:{_fingerprint(iter(files))}"
    return None


def _fingerprint(paths: Iterator[Path]) -> str:
    """Names, sizes and times; contents would take longer to read than the work they save."""
    lock = ROOT / "requirements.lock"
    seen = hashlib.sha256(lock.read_bytes() if lock.exists() else b"")
    for path in sorted(paths):
        if path.is_file():
            status = path.stat()
            seen.update(f"{path.relative_to(ROOT)} {status.st_size} {status.st_mtime_ns}\n".encode())
    return seen.hexdigest()
