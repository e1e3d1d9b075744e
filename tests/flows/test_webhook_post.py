"""Webhooks on the wire: signed, sent to public addresses only, pinned to the address that was judged, never redirected."""

import asyncio
import ipaddress
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from redflower.adapters import webhooks
from redflower.adapters.webhooks import AddressRefused, Parcel, check_url, is_public, judge_addresses, post_parcels
from redflower.kernel import clock

SECRET = b"a secret of an endpoint, 32 byte"


class Receiver(ThreadingHTTPServer):
    """A partner's server: remembers what it hears and answers as its path says."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.heard: list[tuple[str, dict[str, str], bytes]] = []

    @property
    def port(self) -> int:
        return self.server_address[1]

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.heard.append((self.path, dict(self.headers), body))
        if self.path == "/drip":
            for _ in range(20):
                self.wfile.write(b"H")
                time.sleep(0.05)
            return
        self.send_response({"/moved": 302, "/broken": 500}.get(self.path, 204))
        if self.path == "/moved":
            self.send_header("Location", "/hook")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    server = Receiver()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def parcel(url: str, body: bytes = '{"kind":"deeds.settled","说":"好"}'.encode()) -> Parcel:
    return Parcel("msg_1", url, body, (SECRET,), clock.now())


def test_a_partner_verifies_a_delivery_with_the_standard_library(receiver: Receiver) -> None:
    sent = parcel(receiver.url("/hook?of=app"))
    [answer] = post_parcels([sent], frozenset([receiver.port]))
    assert (answer.status, answer.error, answer.is_heard) == (204, "", True)
    [(path, headers, body)] = receiver.heard
    assert path == "/hook?of=app"
    assert Webhook(SECRET).verify(body, headers) == {"kind": "deeds.settled", "说": "好"}
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(body + b" ", headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(b"another secret of an endpoint 32").verify(body, headers)


def test_an_old_delivery_is_not_believed(receiver: Receiver) -> None:
    late = Parcel("msg_1", receiver.url("/hook"), b"{}", (SECRET,), clock.now() - timedelta(minutes=6))
    post_parcels([late], frozenset([receiver.port]))
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(b"{}", receiver.heard[0][1])


def test_a_redirect_is_an_answer_and_not_followed(receiver: Receiver) -> None:
    moved, broken = post_parcels(
        [parcel(receiver.url("/moved")), parcel(receiver.url("/broken"))], frozenset([receiver.port])
    )
    assert (moved.status, moved.is_heard, broken.error) == (302, False, "HTTP 500")
    assert sorted(path for path, _, _ in receiver.heard) == ["/broken", "/moved"]


def test_a_partner_that_drips_is_cut_off(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhooks, "WHOLE_SECONDS", 0.4)
    began = time.monotonic()
    [answer] = post_parcels([parcel(receiver.url("/drip"))], frozenset([receiver.port]))
    assert answer.status == 0
    assert answer.error == webhooks.NO_ANSWER
    assert time.monotonic() - began < 0.9


def test_without_permission_this_machine_is_out_of_reach(receiver: Receiver) -> None:
    urls = [
        receiver.url("/hook"),
        f"https://127.0.0.1:{receiver.port}/",
        f"https://localhost:{receiver.port}/",
        f"https://[::ffff:127.0.0.1]:{receiver.port}/",
        f"https://2130706433:{receiver.port}/",  # 127.0.0.1 as one number
        f"https://0x7f.1:{receiver.port}/",
    ]
    answers = post_parcels([parcel(url) for url in urls])
    assert [answer.status for answer in answers] == [0] * len(urls)
    assert all(answer.error for answer in answers)
    assert receiver.heard == []


def test_permission_is_for_one_port(receiver: Receiver) -> None:
    [answer] = post_parcels([parcel(receiver.url("/hook"))], frozenset([receiver.port + 1]))
    assert not answer.is_heard
    assert receiver.heard == []


def test_a_name_is_looked_up_once_and_the_connection_goes_to_what_was_judged(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DNS rebinding: the second answer is never asked for."""
    asked = []

    async def resolve(_: object, name: str, port: int, **__: object) -> list[object]:
        asked.append(name)
        return [(2, 1, 6, "", ("93.184.216.34" if len(asked) == 1 else "127.0.0.1", port))]

    monkeypatch.setattr(asyncio.base_events.BaseEventLoop, "getaddrinfo", resolve)
    target = asyncio.run(webhooks.find_target("https://hooks.example.org/deeds?x=1", frozenset()))
    assert asked == ["hooks.example.org"]
    assert target.url == "https://93.184.216.34:443/deeds?x=1"
    assert (target.host, target.name) == ("hooks.example.org", "hooks.example.org")


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/",
        "ftp://example.org/",
        "https://user:word@example.org/",
        "https://example.org/#part",
        "https://example.org:22/",
        "https:///path",
        "https://例子.org/",
        "https://example.org/a b",
        "https://example.org\\@127.0.0.1/",
        "https://example.org:99999/",
        "https://example.org/" + "x" * 500,
        "file:///etc/passwd",
    ],
)
def test_what_is_no_address_for_webhooks_is_not_registered(url: str) -> None:
    with pytest.raises(AddressRefused):
        check_url(url)


def test_one_private_address_spoils_a_name() -> None:
    with pytest.raises(AddressRefused):
        judge_addresses(["93.184.216.34", "10.0.0.1"])
    assert str(judge_addresses(["93.184.216.34", "2606:2800:220:1::1"])) == "93.184.216.34"


@pytest.mark.parametrize(
    "text",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1", "255.255.255.255",  # noqa: S104
        "192.0.2.1", "198.18.0.1", "::1", "::", "fe80::1", "fc00::1", "ff02::1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::",
    ],
)  # fmt: skip
def test_private_addresses(text: str) -> None:
    assert not is_public(ipaddress.ip_address(text))


@given(st.ip_addresses(v=4))
def test_an_address_wrapped_in_another_is_judged_as_what_it_wraps(inner: ipaddress.IPv4Address) -> None:
    nat64 = ipaddress.IPv6Address(int(ipaddress.IPv6Address("64:ff9b::")) + int(inner))
    mapped = ipaddress.IPv6Address(f"::ffff:{inner}")
    assert is_public(nat64) <= is_public(inner)
    assert is_public(mapped) <= is_public(inner)
