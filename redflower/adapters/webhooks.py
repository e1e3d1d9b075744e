"""Webhooks to partners: signed as Standard Webhooks ask, sent to public addresses only, resolved once and pinned.

A partner tells us an address, so the address is an attacker's first wish: reach what only we can reach. Therefore a name
is looked up once, every answer must be an address of the public Internet, the connection goes to exactly the address
that was judged, redirects are answers like any other, and what comes back is neither read nor kept beyond its status.
"""

import asyncio
import ipaddress
import socket
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

import httpx
from standardwebhooks import Webhook

CONNECT_SECONDS = 3.0
WHOLE_SECONDS = 8.0  # name, connection, handshake, answer: a partner that drips bytes is cut off as well
SENDERS = 16
URL_MAX_CHARS = 500
_ERROR_MAX_CHARS = 200
_PORT_OF = {"https": 443, "http": 80}
_FIRST_FREE_PORT = 1024

# What became of a try, as it is written down; the partner's console says it in the reader's language.
NO_ANSWER = f"no answer within {WHOLE_SECONDS:g} s"
NAME_NOT_FOUND = "the name of the address cannot be found"
HTTPS_ONLY = "the address does not begin with https://"
NOT_PUBLIC = "the address is not on the public Internet"
NOT_PLAIN = f"the address is not plain ASCII of at most {URL_MAX_CHARS} characters"
UNREADABLE = "the address cannot be read, or carries a user or a fragment"
PORT_TAKEN = "the port belongs to another service"

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class AddressRefused(Exception):
    """An address that no webhook is sent to; its text says why, in English, for logs and the partner's console."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """One delivery to make: what, to whom, signed with which secrets."""

    message_id: str
    url: str
    body: bytes
    secrets: tuple[bytes, ...]  # the present one, and for a while the one before
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one try. `status` is 0 when nobody answered."""

    status: int
    error: str
    milliseconds: int

    @property
    def is_heard(self) -> bool:
        """True when the partner said 2xx; everything else is tried again."""
        return 200 <= self.status < 300


@dataclass(frozen=True, slots=True)
class Target:
    """Where a delivery goes: the address that was judged, and the names it is spoken to by."""

    url: str  # with the address in place of the name
    host: str  # the Host header
    name: str  # for the certificate


def check_url(url: str, loopback_ports: frozenset[int] = frozenset()) -> None:
    """Says whether an address may be registered at all, before any name is looked up.

    Errors: AddressRefused.
    """
    _read_url(url, loopback_ports)


def post_parcels(parcels: Sequence[Parcel], loopback_ports: frozenset[int] = frozenset()) -> list[Answer]:
    """Sends a list of deliveries side by side and tells, in the order given, what became of each. Never raises for one.

    Needs: no open transaction. `loopback_ports` are ports of this machine that may be spoken to over plain HTTP: the
    demo's partner, and nothing else.
    """
    return asyncio.run(_post_all(parcels, loopback_ports)) if parcels else []


async def _post_all(parcels: Sequence[Parcel], loopback_ports: frozenset[int]) -> list[Answer]:
    turn = asyncio.Semaphore(SENDERS)
    # No proxies and no cookies of the environment; one connection each, so that none is kept to an address judged before.
    limits = httpx.Limits(max_keepalive_connections=0)
    timeout = httpx.Timeout(WHOLE_SECONDS, connect=CONNECT_SECONDS)
    async with httpx.AsyncClient(trust_env=False, follow_redirects=False, timeout=timeout, limits=limits) as client:

        async def send(parcel: Parcel) -> Answer:
            async with turn:
                return await _post(client, parcel, loopback_ports)

        return list(await asyncio.gather(*map(send, parcels)))


async def _post(client: httpx.AsyncClient, parcel: Parcel, loopback_ports: frozenset[int]) -> Answer:
    began = time.monotonic()
    status, error = 0, ""
    try:
        async with asyncio.timeout(WHOLE_SECONDS):
            target = await find_target(parcel.url, loopback_ports)
            headers = {**_sign(parcel), "Host": target.host}
            asked = client.build_request(
                "POST", target.url, content=parcel.body, headers=headers, extensions={"sni_hostname": target.name}
            )
            answer = await client.send(asked, stream=True)  # the body is never read
            status = answer.status_code
            await answer.aclose()
    except TimeoutError:
        error = NO_ANSWER
    except AddressRefused as refused:
        error = str(refused)
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as fault:
        error = f"{type(fault).__name__}: {fault}"
    if status and not 200 <= status < 300:
        error = f"HTTP {status}"
    return Answer(status, error[:_ERROR_MAX_CHARS], int((time.monotonic() - began) * 1000))


def _sign(parcel: Parcel) -> dict[str, str]:
    # The library wants text, and signs exactly the bytes of it.
    body = parcel.body.decode()
    signatures = [Webhook(secret).sign(parcel.message_id, parcel.sent_at, body) for secret in parcel.secrets]
    return {
        "Content-Type": "application/json",
        "User-Agent": "RedFlower-Webhooks/1",
        "webhook-id": parcel.message_id,
        "webhook-timestamp": str(int(parcel.sent_at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


async def find_target(url: str, loopback_ports: frozenset[int]) -> Target:
    """Looks the name up once and judges every address it has; answers with the first.

    Errors: AddressRefused.
    """
    scheme, name, port = _read_url(url, loopback_ports)
    try:
        found = await asyncio.get_running_loop().getaddrinfo(name, port, type=socket.SOCK_STREAM)
    except OSError as fault:
        raise AddressRefused(NAME_NOT_FOUND) from fault
    address = judge_addresses([str(each[4][0]) for each in found], is_own_demo=port in loopback_ports)
    if scheme == "http" and not address.is_loopback:
        raise AddressRefused(HTTPS_ONLY)
    parts = urlsplit(url)
    literal = f"[{address}]" if address.version == 6 else str(address)
    query = f"?{parts.query}" if parts.query else ""
    shown = f"[{name}]" if ":" in name else name
    host = shown if port == _PORT_OF[scheme] else f"{shown}:{port}"
    return Target(f"{scheme}://{literal}:{port}{parts.path or '/'}{query}", host, name)


def judge_addresses(addresses: Iterable[str], *, is_own_demo: bool = False) -> Address:
    """The address to speak to, if all that a name leads to are public: one that is not spoils the name.

    Errors: AddressRefused.
    """
    judged = [ipaddress.ip_address(text.split("%", 1)[0]) for text in addresses]
    if not judged:
        raise AddressRefused(NAME_NOT_FOUND)
    for address in judged:
        if not (is_public(address) or (is_own_demo and address.is_loopback)):
            raise AddressRefused(NOT_PUBLIC)
    return judged[0]


def is_public(address: Address) -> bool:
    """True for an address of the public Internet, also when it wraps an IPv4 address (mapped, NAT64, 6to4, Teredo)."""
    if not address.is_global or address.is_multicast or address.is_reserved:
        return False
    if isinstance(address, ipaddress.IPv6Address):
        inside = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
        if address in _NAT64:
            inside.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
        return all(is_public(each) for each in inside if each is not None)
    return True


_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


def _read_url(url: str, loopback_ports: frozenset[int]) -> tuple[str, str, int]:
    if len(url) > URL_MAX_CHARS or not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        raise AddressRefused(NOT_PLAIN)
    try:
        parts = urlsplit(url)
        name, port = parts.hostname or "", parts.port or _PORT_OF.get(parts.scheme, 0)
    except ValueError as fault:
        raise AddressRefused(UNREADABLE) from fault
    if parts.scheme not in _PORT_OF or not name:
        raise AddressRefused(HTTPS_ONLY)
    if "@" in parts.netloc or parts.fragment:
        raise AddressRefused(UNREADABLE)
    if port in loopback_ports and name in ("127.0.0.1", "localhost", "::1"):
        return parts.scheme, name, port
    if parts.scheme != "https":
        raise AddressRefused(HTTPS_ONLY)
    if port != _PORT_OF["https"] and port < _FIRST_FREE_PORT:
        raise AddressRefused(PORT_TAKEN)
    return parts.scheme, name, port
