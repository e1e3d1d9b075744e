"""A very small browser: cookies, forms and redirects that are looked at, over connections that are kept.

As frugal as it can be, because it shares the machine with the server it visits: no parsing of pages, no dependencies.
"""

import http.client
import threading
import time
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_LOST = (OSError, http.client.HTTPException)
_WAITS = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 8.0)  # seconds before each try: a restarting server is waited for


class Unreachable(Exception):
    """The server did not answer, however often it was asked."""


@dataclass(slots=True)
class Cookies:
    """What a server asked one visitor to keep. Shape: name -> (value, path)."""

    kept: dict[str, tuple[str, str]] = field(default_factory=dict)

    def find(self, name: str) -> str:
        """A cookie's value, or nothing."""
        return self.kept.get(name, ("", ""))[0]

    def keep(self, headers: list[str]) -> None:
        """Takes `Set-Cookie` headers."""
        for header in headers:
            pair, *attributes = header.split(";")
            name, _, value = pair.strip().partition("=")
            path = next((a.strip()[5:] for a in attributes if a.strip().lower().startswith("path=")), "/")
            self.kept[name] = (value, path)

    def for_path(self, path: str) -> str:
        """The `Cookie` header for a path."""
        return "; ".join(f"{name}={value}" for name, (value, scope) in self.kept.items() if path.startswith(scope))


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `seconds` is the time of the try that was answered."""

    status: int
    location: str
    body: bytes
    seconds: float


class Browser:
    """Visits one site, for any number of visitors; every thread keeps a connection of its own."""

    def __init__(self, base_url: str, *, timeout_seconds: float = 15.0) -> None:
        self._address = urlsplit(base_url)
        self._timeout = timeout_seconds
        self._own = threading.local()
        self._leaving = threading.Event()

    def leave(self) -> None:
        """No more waiting for a server that is away."""
        self._leaving.set()

    def get(self, path: str, cookies: Cookies) -> Answer:
        """Errors: Unreachable."""
        return self._visit("GET", path, cookies, None, {})

    def post(self, path: str, cookies: Cookies, form: dict[str, str]) -> Answer:
        """Sends a form. Sent again when the answer was lost: forms here carry a key that makes it safe.

        Errors: Unreachable.
        """
        return self._visit("POST", path, cookies, urlencode(form).encode(), _FORM)

    def _visit(self, method: str, path: str, cookies: Cookies, body: bytes | None, headers: dict[str, str]) -> Answer:
        for wait in _WAITS:
            if self._leaving.wait(wait) and wait:
                break
            started = time.perf_counter()
            try:
                response = self._ask(method, path, cookies, body, headers)
                content = response.read()
            except _LOST:
                self._hang_up()
                continue
            cookies.keep(response.headers.get_all("Set-Cookie") or [])
            where = response.headers.get("Location") or ""
            return Answer(response.status, where, content, time.perf_counter() - started)
        raise Unreachable(f"{method} {path}")

    def _ask(
        self, method: str, path: str, cookies: Cookies, body: bytes | None, headers: dict[str, str]
    ) -> http.client.HTTPResponse:
        connection = self._connect()
        try:
            connection.request(method, path, body, {"Cookie": cookies.for_path(path), **headers})
            return connection.getresponse()
        except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
            if not self._own.used:
                raise
            # A connection that was kept may have been closed by the server meanwhile: that is no fault of anybody.
            self._hang_up()
            connection = self._connect()
            connection.request(method, path, body, {"Cookie": cookies.for_path(path), **headers})
            return connection.getresponse()
        finally:
            self._own.used = True

    def _connect(self) -> http.client.HTTPConnection:
        connection: http.client.HTTPConnection | None = getattr(self._own, "connection", None)
        if connection is None:
            kind = http.client.HTTPSConnection if self._address.scheme == "https" else http.client.HTTPConnection
            host = self._address.hostname or "127.0.0.1"
            connection = self._own.connection = kind(host, self._address.port, timeout=self._timeout)
            self._own.used = False
        return connection

    def _hang_up(self) -> None:
        connection = getattr(self._own, "connection", None)
        if connection is not None:
            connection.close()
        self._own.connection = None
