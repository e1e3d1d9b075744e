"""Ambler's server: plain HTTP of the standard library, everything it knows in memory, Red Flower through the public client."""

import json
import secrets
import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import resources
from typing import Any
from urllib.parse import parse_qs, urlsplit

from redflower_client import Client, RedFlowerError, WebhookForged, verify_webhook

from redflower.faces.demo.partner.pages import PAID_MINOR, Visit, show
from redflower.faces.demo.partner.words import TABS

_STEPS_A_TAP = 2_000
_STEPS_AT_FIRST = 3_204
_BODY_MAX = 64 * 1024
_KEPT = 20
_RIDERS_MAX = 2_000
_TYPES = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml"}


@dataclass
class Rider:
    """Somebody who uses Ambler: made-up steps, one ride and one payment a visit."""

    name: str
    steps: int = _STEPS_AT_FIRST
    ride: str = field(default_factory=lambda: f"ride-{secrets.token_hex(5)}")
    payment: str = field(default_factory=lambda: f"pay-{secrets.token_hex(5)}")
    shift: str = field(default_factory=lambda: f"shift-{secrets.token_hex(5)}")


class Ambler:
    """The app behind the pages. `now` tells the time; `flower_url` is where browsers find Red Flower."""

    def __init__(self, client: Client, flower_url: str, secret: str, now: Any) -> None:
        self.client, self.flower_url, self.secret, self.now = client, flower_url, secret, now
        self.told: deque[dict[str, Any]] = deque(maxlen=_KEPT)
        self.heard: deque[dict[str, Any]] = deque(maxlen=_KEPT)
        self._seen: deque[str] = deque(maxlen=500)
        self._practised: deque[str] = deque(maxlen=500)
        self._riders: dict[str, Rider] = {}
        self._slugs: dict[str, str] = {}
        self._lock = threading.Lock()

    def rider(self, cookie: str) -> Rider | None:
        return self._riders.get(cookie)

    def welcome(self) -> str:
        """Signs a new made-up rider in; returns their cookie."""
        cookie = secrets.token_urlsafe(18)
        with self._lock:
            if len(self._riders) >= _RIDERS_MAX:
                self._riders.pop(next(iter(self._riders)))
            self._riders[cookie] = Rider(f"rider-{secrets.token_hex(8)}")
        return cookie

    def forget(self, cookie: str) -> None:
        self._riders.pop(cookie, None)

    def slugs(self) -> Mapping[str, str]:
        """Which campaign each kind of scene is; asked once."""
        if not self._slugs:
            self._slugs = {each["kind"]: each["slug"] for each in reversed(self.client.campaigns())}
        return self._slugs

    def token(self, rider: Rider) -> str:
        """A user token with everything Ambler vouches for."""
        paid = {"payment_minor": PAID_MINOR}
        vouched: dict[str, dict[str, Any]] = {
            "steps": {"amount": rider.steps},
            "green": {"subject": rider.ride, "facts": {"act": "ride"}},
            "shake": {"subject": rider.payment, "facts": paid},
            "round_up": {"subject": rider.payment, "facts": paid},
            "game": {},
            "volunteer": {"subject": rider.shift, "amount": 120, "facts": {"confirmed_by": "warden-3"}},
        }
        slugs = self.slugs()
        deeds = {slugs[kind]: told for kind, told in vouched.items() if kind in slugs}
        [token] = self.client.user_tokens([{"user": rider.name, "deeds": deeds}], list(slugs.values()))
        return token.token

    def link_page(self, rider: Rider) -> str:
        """Where this rider tells Red Flower that they are somebody there, too."""
        [page] = self.client.link_pages([rider.name])
        return page.url

    def hear(self, headers: Mapping[str, str], body: bytes) -> None:
        """Believes a webhook, once.

        Errors: WebhookForged.
        """
        event = verify_webhook(self.secret, headers, body)
        name = headers.get("webhook-id", "")
        with self._lock:
            if name in self._seen:
                return
            self._seen.append(name)
            data = json.dumps(event.get("data"), ensure_ascii=False)
            self.heard.appendleft({"at": self._clock(), "type": str(event.get("type")), "data": data})

    def is_first(self, name: str) -> bool:
        """True the first time a practice webhook is heard of."""
        with self._lock:
            known = name in self._practised
            self._practised.append(name)
        return not known

    def note_report(self, sent: int, accepted: int) -> None:
        self.told.appendleft({"at": self._clock(), "sent": sent, "accepted": accepted, "others": sent - accepted})

    def _clock(self) -> str:
        at: datetime = self.now()
        return at.astimezone().strftime("%H:%M:%S")


class AmblerServer(ThreadingHTTPServer):
    """Serves one Ambler."""

    daemon_threads = True

    def __init__(self, address: tuple[str, int], app: Ambler) -> None:
        super().__init__(address, _Handler)
        self.app = app


class _Handler(BaseHTTPRequestHandler):
    server: AmblerServer
    server_version = "Ambler"
    sys_version = ""
    timeout = 20

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        tab = next((name for name, href in TABS if href == parts.path), "")
        if tab:
            self._page(tab, parse_qs(parts.query).get("lang", [""])[0])
        elif parts.path == "/flower-token":
            self._token()
        elif parts.path == "/flower-link":
            self._link()
        elif parts.path.startswith("/static/ambler."):
            self._file(parts.path.rpartition("/")[2])
        elif parts.path == "/livez":
            self._answer(HTTPStatus.OK, b"{}", "application/json")
        else:
            self._answer(HTTPStatus.NOT_FOUND, b"404", "text/plain")

    def do_POST(self) -> None:
        body = self.rfile.read(min(int(self.headers.get("Content-Length") or 0), _BODY_MAX))
        app = self.server.app
        if self.path == "/hooks":
            try:
                app.hear({name.lower(): value for name, value in self.headers.items()}, body)
            except WebhookForged:
                self._answer(HTTPStatus.UNAUTHORIZED, b"", "text/plain")
            else:
                self._answer(HTTPStatus.NO_CONTENT, b"", "text/plain")
            return
        if self.path == "/hooks/practice":
            self._practise()
            return
        # Ambler's own forms come from Ambler's own pages.
        if urlsplit(self.headers.get("Origin") or "").netloc not in ("", self.headers.get("Host")):
            self._answer(HTTPStatus.FORBIDDEN, b"", "text/plain")
        elif self.path == "/sign-in":
            self._go_back(f"ambler={app.welcome()}; Path=/; HttpOnly; SameSite=Lax")
        elif self.path == "/sign-out":
            app.forget(self._cookie("ambler"))
            self._go_back("ambler=; Path=/; Max-Age=0")
        elif self.path == "/walk":
            rider = app.rider(self._cookie("ambler"))
            if rider:
                rider.steps = min(rider.steps + _STEPS_A_TAP, 14_000)
            self._go_back("")
        else:
            self._answer(HTTPStatus.NOT_FOUND, b"404", "text/plain")

    def _practise(self) -> None:
        """Where the sandbox app's webhooks go: believes anything, and is busy the first time for one in three."""
        name = self.headers.get("webhook-id", "")
        busy = sum(name.encode()) % 3 == 0 and self.server.app.is_first(name)
        self._answer(HTTPStatus.SERVICE_UNAVAILABLE if busy else HTTPStatus.NO_CONTENT, b"", "text/plain")

    def _page(self, tab: str, asked: str) -> None:
        wish = asked or self._cookie("lang") or self.headers.get("Accept-Language", "zh")
        language = "en" if wish.lower().startswith("en") else "zh"
        app = self.server.app
        rider = app.rider(self._cookie("ambler"))
        visit = Visit(tab, language, rider.steps if rider else None, app.flower_url)
        html = show(visit, list(app.told), list(app.heard)).encode()
        cookie = f"lang={language}; Path=/; SameSite=Lax" if asked in ("zh", "en") else ""
        self._answer(HTTPStatus.OK, html, "text/html; charset=utf-8", cookie)

    def _token(self) -> None:
        rider = self.server.app.rider(self._cookie("ambler"))
        if rider is None:
            self._answer(HTTPStatus.NO_CONTENT, b"", "application/json")  # nobody is signed in
            return
        try:
            token = self.server.app.token(rider)
        except RedFlowerError:
            self._answer(HTTPStatus.BAD_GATEWAY, b"{}", "application/json")
        else:
            self._answer(HTTPStatus.OK, json.dumps({"token": token}).encode(), "application/json")

    def _link(self) -> None:
        """Leads on to Red Flower's page, and back to the start whoever is not signed in here."""
        rider = self.server.app.rider(self._cookie("ambler"))
        try:
            where = self.server.app.link_page(rider) if rider else "/"
        except RedFlowerError:
            where = "/"
        self.send_response(HTTPStatus.SEE_OTHER)
        self.send_header("Location", where)
        self.send_header("Cache-Control", "no-store")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _file(self, name: str) -> None:
        kind = name.rpartition(".")[2]
        file = resources.files(__package__) / "static" / f"ambler.{kind}"
        if kind not in _TYPES or name != f"ambler.{kind}":
            self._answer(HTTPStatus.NOT_FOUND, b"404", "text/plain")
        else:
            self._answer(HTTPStatus.OK, file.read_bytes(), _TYPES[kind])

    def _go_back(self, cookie: str) -> None:
        self.send_response(HTTPStatus.SEE_OTHER)
        # Only ever to a page of Ambler's: of the page that sent the form, the path alone.
        path = urlsplit(self.headers.get("Referer") or "/").path
        self.send_header("Location", path if path in dict(TABS).values() else "/")
        if cookie:
            self.send_header("Set-Cookie", cookie)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _answer(self, status: HTTPStatus, body: bytes, content_type: str, cookie: str = "") -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        flower = self.server.app.flower_url
        # As strict as a careful partner's: what the widget needs is one origin for its module and its calls.
        self.send_header(
            "Content-Security-Policy",
            f"default-src 'none'; script-src 'self' {flower}; connect-src 'self' {flower}; style-src 'self'; img-src 'self';"
            " form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        )
        if cookie:
            self.send_header("Set-Cookie", cookie)
        self.end_headers()
        if status != HTTPStatus.NO_CONTENT:
            self.wfile.write(body)

    def _cookie(self, name: str) -> str:
        found = SimpleCookie(self.headers.get("Cookie") or "").get(name)
        return found.value if found else ""

    def log_message(self, *_: Any) -> None:
        """Quiet: the demo's log is for what goes wrong."""
