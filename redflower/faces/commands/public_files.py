"""Public files, from a site's address or from a folder somebody keeps them in."""

from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

_BYTES_MAX = 1 << 30  # one file; a part of a draw holds a few megabytes
_SECONDS = 60.0


class FileMissing(Exception):
    """A public file that is not there, or not as large as public files are; says which and why."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"{name}: {why}")
        self.name = name
        self.why = why


class PublicFiles:
    """Reads public files by their name below an address or a folder.

    Errors: FileMissing from every read.
    """

    def __init__(self, base: str) -> None:
        self.base = base.rstrip("/")
        self._client = httpx.Client(timeout=_SECONDS) if base.startswith(("http://", "https://")) else None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._client:
            self._client.close()

    @property
    def is_site(self) -> bool:
        """Whether files come over the network."""
        return self._client is not None

    def read(self, name: str) -> bytes:
        """The bytes of one file."""
        name = name.lstrip("/")
        if self._client is None:
            return self._read_from_folder(name)
        try:
            answer = self._client.get(f"{self.base}/{name}")
        except httpx.HTTPError as error:
            raise FileMissing(name, str(error) or type(error).__name__) from error
        if answer.status_code != 200:
            raise FileMissing(name, f"HTTP {answer.status_code}")
        return answer.content

    def _read_from_folder(self, name: str) -> bytes:
        path = Path(self.base, name)
        if not path.resolve().is_relative_to(Path(self.base).resolve()):
            raise FileMissing(name, "leads outside the folder")
        try:
            if path.stat().st_size > _BYTES_MAX:
                raise FileMissing(name, "too large")
            return path.read_bytes()
        except OSError as error:
            raise FileMissing(name, error.strerror or "unreadable") from error
