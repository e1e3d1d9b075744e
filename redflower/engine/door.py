"""The engine's door: HTTP without a framework, for the hour in which everybody comes at once.

A request is found in `Door.routes`, its body read within the route's limit, its handler awaited. What a handler
refuses is answered by name, in the reader's language; nothing is logged on the way.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import psycopg

from redflower.adapters.partner_signature import SignedRequest
from redflower.engine import deed_door
from redflower.engine.answers import Reply, refuse, reply
from redflower.engine.batch import Batcher
from redflower.engine.config import FOR_GIFTS, Config
from redflower.engine.deeds import DeedPolicy
from redflower.engine.gifts import Answers, Asked, GiftDoor, Outcomes, Told, open_gifts, settle_told
from redflower.engine.limits import Buckets, find_address
from redflower.engine.look import Found, Look, look_up
from redflower.engine.refusals import (
    AddressNotFound,
    BodyLengthMissing,
    BodyTooLarge,
    Failed,
    MediaTypeUnsupported,
    MethodNotAllowed,
    TooManyGifts,
    Unavailable,
)
from redflower.kernel.errors import Refusal
from redflower.plumbing.by_key import connect_by_key

_JSON_TYPES = ("application/json", "application/json; charset=utf-8", "application/json;charset=utf-8")

_DEED_BYTES = 200  # about one row

log = logging.getLogger("redflower.engine")


class Route(NamedTuple):
    """What answers one address: `(scope, body, rest of the path)` in, an answer out.

    Without `body_max` no body is read; without `media_types` the handler says itself what it takes. Units: bytes.
    """

    handle: Callable[[Any, bytes, str], Awaitable[Reply]]
    body_max: int = 0
    media_types: tuple[str, ...] = ()


class Door:
    """One door of one process: its routes, and the batchers behind them.

    A path is looked up whole, then with its last step as `*`. Whoever adds an address puts a `Route` into `routes`
    before the door opens, under (method, path), and its batcher into `batchers`.
    """

    def __init__(self, config: Config, ask_time: Callable[[], datetime]) -> None:
        self.config = config
        environment = config.environment
        self._by_address, self._by_donor = Buckets(environment.gifts_per_minute), Buckets(config.gifts_per_donor_minute)
        # Whoever gives waits for the intent alone; the provider, who tells of payments by the list, waits for settlement,
        # and partners, whose deeds come by the ten thousand, hold up neither.
        opener: Batcher[Asked, Answers] = self.make_batcher("gifts", open_gifts(ask_time), pace_ms=config.pace_ms)
        settler: Batcher[Told, Outcomes] = self.make_batcher("notices", settle_told(config, ask_time), behind=opener)
        read: Batcher[str | UUID, Found] = self.make_batcher("read", look_up)
        self._deeds: Batcher[SignedRequest, Reply] = self.make_batcher("deeds", take_deeds(config, ask_time))
        self.batchers: list[Batcher[Any, Any]] = [opener, read, settler, self._deeds]
        self._look = Look(read, config.key_for(FOR_GIFTS), ask_time)
        self._gifts = GiftDoor(config, ask_time, opener, settler, self._look, self.admit)
        self._leaving = False
        takes = (config.body_max_bytes, _JSON_TYPES)
        self.routes: dict[tuple[str, str], Route] = {
            ("POST", "/v1/gifts"): Route(self._gifts.open, *takes),
            ("GET", "/v1/gifts/*"): Route(self._look.show),
            ("POST", "/v1/notices/*"): Route(self._gifts.notice, *takes),
            ("POST", "/v1/deeds"): Route(self._hear_deeds, deed_door.BODY_MAX_BYTES),
            ("GET", "/livez"): Route(self._is_alive),
            ("GET", "/readyz"): Route(self._is_ready),
        }

    def make_batcher(
        self,
        name: str,
        work: Callable[[psycopg.Connection[Any], list[Any]], Any],
        **manners: Any,
    ) -> Batcher[Any, Any]:
        """A batcher with a connection of its own to this installation's database, and with the manners of `Batcher`."""
        config = self.config
        return Batcher(name, self._connect, work, batch_max=config.batch_max, in_hand_max=config.in_hand_max, **manners)

    def _connect(self) -> psycopg.Connection[Any]:
        environment = self.config.environment
        conn = connect_by_key(environment.dsn, connect_timeout=5, application_name="redflower-door")
        if environment.db_role:
            conn.execute(psycopg.sql.SQL("SET ROLE {}").format(psycopg.sql.Identifier(environment.db_role)))
        return conn

    # --- a process's life -------------------------------------------------------------------------

    def open(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begins to work for the requests of this loop."""
        for batcher in self.batchers:
            batcher.start(loop)

    async def drain(self) -> None:
        """Takes nothing more and waits until everything taken has been answered, for as long as is allowed."""
        self._leaving = True
        loop = asyncio.get_running_loop()
        await asyncio.gather(
            *(loop.run_in_executor(None, batcher.leave, self.config.drain_seconds) for batcher in self.batchers)
        )

    # --- a request's way --------------------------------------------------------------------------

    async def __rsgi__(self, scope: Any, protocol: Any) -> None:
        """Answers one request."""
        try:
            route, rest = self._find(scope.method, scope.path)
            body = b""
            if route.body_max:
                _check_body(scope.headers.get, route)
                body = await protocol()
            status, headers, answer = await route.handle(scope, body, rest)
        except Refusal as refusal:
            status, headers, answer = refuse(refusal, scope.headers.get("accept-language", ""))
        except Exception:
            log.exception("%s %s failed", scope.method, scope.path)
            status, headers, answer = refuse(Failed(), scope.headers.get("accept-language", ""))
        protocol.response_bytes(status, headers, answer)

    def _find(self, method: str, path: str) -> tuple[Route, str]:
        """Errors: AddressNotFound, MethodNotAllowed."""
        route = self.routes.get((method, path))
        if route is not None:
            return route, ""
        start, _, rest = path.rpartition("/")
        route = self.routes.get((method, f"{start}/*")) if rest else None
        if route is not None:
            return route, rest
        allowed = [known for known, address in self.routes if address in (path, f"{start}/*")]
        if not allowed or not rest:
            raise AddressNotFound
        raise MethodNotAllowed(method=ascii(method[:20])[1:-1], allowed=", ".join(sorted(allowed)))

    def admit(self, scope: Any, count: int, donor: str) -> None:
        """Counts what an address and a donor ask for.

        Errors: TooManyGifts.
        """
        environment = self.config.environment
        clock_ns = time.monotonic_ns()
        wait = 0
        if environment.gifts_per_minute:
            peer = scope.client.rpartition(":")[0].strip("[]")
            forwarded = scope.headers.get("x-forwarded-for", "") if environment.proxies else ""
            wait = self._by_address.take(find_address(peer, forwarded, environment.proxies), count, clock_ns)
        if donor and not wait:
            wait = self._by_donor.take(donor, count, clock_ns)
        if wait:
            raise TooManyGifts(seconds=wait)

    # --- the routes -------------------------------------------------------------------------------

    async def _hear_deeds(self, scope: Any, body: bytes, rest: str) -> Reply:
        headers = dict(scope.headers.items())
        authority = headers.get("host", "")
        request = SignedRequest(scope.method, scope.path, headers, body, scope.query_string, authority)
        return await self._deeds.put(request, 1 + len(body) // _DEED_BYTES)

    async def _is_alive(self, scope: Any, body: bytes, rest: str) -> Reply:
        if not all(batcher.is_alive() for batcher in self.batchers):
            raise Failed
        return reply({"alive": True})

    async def _is_ready(self, scope: Any, body: bytes, rest: str) -> Reply:
        """Ready while the database answers and nobody has asked us to leave."""
        if self._leaving:
            raise Unavailable(seconds=1)
        await self.batchers[1].put("")
        return reply({"ready": True})


def take_deeds(
    config: Config, ask_time: Callable[[], datetime]
) -> Callable[[psycopg.Connection[Any], list[SignedRequest]], list[Reply]]:
    """What the batcher of deeds does: each request by the scenes' own door, all in one commit."""
    settling = DeedPolicy(config.environment.zone, config.key_for(deed_door.FOR_DONORS))
    policy = deed_door.DeedDoorPolicy(settling, config.key_for(deed_door.FOR_SECRETS))

    def take(conn: psycopg.Connection[Any], items: list[SignedRequest]) -> list[Reply]:
        at = ask_time()
        return [deed_door.take_deeds(conn, item, policy, at) for item in items]

    return take


def _check_body(header: Callable[[str, str], str], route: Route) -> None:
    """Errors: MediaTypeUnsupported, BodyLengthMissing, BodyTooLarge."""
    if route.media_types and header("content-type", "").lower() not in route.media_types:
        raise MediaTypeUnsupported
    if header("content-encoding", "identity") != "identity":
        raise MediaTypeUnsupported
    length = header("content-length", "")
    if not (length.isascii() and length.isdigit()):
        raise BodyLengthMissing
    if int(length[:20]) > route.body_max:
        raise BodyTooLarge(limit_bytes=route.body_max)
