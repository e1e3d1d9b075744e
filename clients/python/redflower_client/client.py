"""A partner's dealings with one Red Flower instance: the same calls with and without `await`."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from types import TracebackType
from typing import Any

import httpx

from redflower_client.errors import Problem, Unreachable
from redflower_client.signing import Key, sign_request
from redflower_client.types import Deed, DeedAnswer, LinkPage, Report, UserToken

DEEDS_MAX = 10_000  # what the platform takes at once
_TIMEOUT = httpx.Timeout(20.0, connect=5.0)
_DEEDS, _TOKENS, _LINKS, _CAMPAIGNS = (
    f"/api/partner/v1/{name}" for name in ("deeds", "user-tokens", "links", "campaigns")
)


class _Speaker:
    """What both clients share: how a request is written and an answer is read."""

    def __init__(self, base_url: str, key: Key, language: str) -> None:
        self._base_url = base_url.rstrip("/")
        self._key = key
        self._language = language

    def _ask(self, method: str, path: str, value: Any = None) -> httpx.Request:
        url = self._base_url + path
        body = b"" if value is None else json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
        headers = dict(sign_request(self._key, method, url, body, "application/json" if body else ""))
        headers |= {"Accept": "application/json", "Accept-Language": self._language}
        return httpx.Request(method, url, content=body or None, headers=headers)

    @staticmethod
    def _hear(answer: httpx.Response) -> Any:
        if answer.status_code >= 500:
            raise Unreachable(f"cannot answer now ({answer.status_code})")
        try:
            told = answer.json()
        except ValueError:
            told = {}
        if not answer.is_success:
            title = told.get("title") or f"HTTP {answer.status_code}"
            raise Problem(answer.status_code, told.get("code", ""), title, told.get("facts") or {})
        return told


def _chunks(deeds: Iterable[Deed], size: int) -> Iterator[dict[str, Any]]:
    if not 0 < size <= DEEDS_MAX:
        raise ValueError(f"a request holds 1 to {DEEDS_MAX} deeds")
    left = iter(deeds)
    while some := list(islice(left, size)):
        yield {"deeds": [deed.as_json() for deed in some]}


def _answers(told: Mapping[str, Any]) -> Iterator[DeedAnswer]:
    return map(DeedAnswer.from_json, told["answers"])


def _users(users: Sequence[str | Mapping[str, Any]], campaigns: Sequence[str]) -> dict[str, Any]:
    asked = [each if isinstance(each, Mapping) else {"user": each} for each in users]
    return {"users": [{"campaigns": list(campaigns), **each} for each in asked]}


def _tokens(told: Mapping[str, Any]) -> list[UserToken]:
    return [
        UserToken(each["user"], each["token"], datetime.fromisoformat(each["expires_at"])) for each in told["tokens"]
    ]


def _asked(users: Sequence[str]) -> dict[str, Any]:
    return {"users": [{"user": each} for each in users]}


def _pages(told: Mapping[str, Any]) -> list[LinkPage]:
    return [LinkPage(each["user"], each["url"], datetime.fromisoformat(each["expires_at"])) for each in told["links"]]


class Client(_Speaker):
    """Speaks to one instance as one partner app. Safe to share between threads; close it, or use `with`.

    `language` (zh-Hans or en) is that of the sentences in answers and problems; codes are the same in all.
    """

    def __init__(self, base_url: str, key: Key, *, language: str = "zh-Hans", http: httpx.Client | None = None) -> None:
        super().__init__(base_url, key, language)
        self._http = http or httpx.Client(timeout=_TIMEOUT, follow_redirects=False)

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Lets the connections go."""
        self._http.close()

    def report_deeds(self, deeds: Iterable[Deed], *, size: int = 1_000) -> Report:
        """Reports any number of deeds, a request per `size` of them, and tells what became of each, in order.

        Errors: Problem, Unreachable (what was reported before it is reported; report all of it again).
        Replay: a deed reported before is answered `replayed`, with its first answer.
        """
        answers: list[DeedAnswer] = []
        for chunk in _chunks(deeds, size):
            answers += _answers(self._send("POST", _DEEDS, chunk))
        return Report(tuple(answers))

    def user_tokens(self, users: Sequence[str | Mapping[str, Any]], campaigns: Sequence[str] = ()) -> list[UserToken]:
        """Short-lived tokens for users' browsers, in order, good for these campaigns.

        A user is a name of yours, or a mapping with `user`, and `deeds` you vouch for: {campaign: {"amount": 7204}}.
        Errors: Problem, Unreachable.
        """
        return _tokens(self._send("POST", _TOKENS, _users(users, campaigns)))

    def link_pages(self, users: Sequence[str]) -> list[LinkPage]:
        """Pages of the platform on which users say that they are somebody there, too, in order; lead each on to theirs.

        Errors: Problem, Unreachable.
        """
        return _pages(self._send("POST", _LINKS, _asked(users)))

    def campaigns(self) -> list[dict[str, Any]]:
        """The campaigns this key may report to, with what is left of each.

        Errors: Problem, Unreachable.
        """
        return list(self._send("GET", _CAMPAIGNS)["campaigns"])

    def _send(self, method: str, path: str, value: Any = None) -> Any:
        try:
            return self._hear(self._http.send(self._ask(method, path, value)))
        except httpx.HTTPError as fault:
            raise Unreachable(f"{self._base_url} did not answer: {fault}") from fault


class AsyncClient(_Speaker):
    """As `Client`, with `await`."""

    def __init__(
        self, base_url: str, key: Key, *, language: str = "zh-Hans", http: httpx.AsyncClient | None = None
    ) -> None:
        super().__init__(base_url, key, language)
        self._http = http or httpx.AsyncClient(timeout=_TIMEOUT, follow_redirects=False)

    async def __aenter__(self) -> "AsyncClient":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Lets the connections go."""
        await self._http.aclose()

    async def report_deeds(self, deeds: Iterable[Deed], *, size: int = 1_000) -> Report:
        """As `Client.report_deeds`."""
        answers: list[DeedAnswer] = []
        for chunk in _chunks(deeds, size):
            answers += _answers(await self._send("POST", _DEEDS, chunk))
        return Report(tuple(answers))

    async def user_tokens(
        self, users: Sequence[str | Mapping[str, Any]], campaigns: Sequence[str] = ()
    ) -> list[UserToken]:
        """As `Client.user_tokens`."""
        return _tokens(await self._send("POST", _TOKENS, _users(users, campaigns)))

    async def link_pages(self, users: Sequence[str]) -> list[LinkPage]:
        """As `Client.link_pages`."""
        return _pages(await self._send("POST", _LINKS, _asked(users)))

    async def campaigns(self) -> list[dict[str, Any]]:
        """As `Client.campaigns`."""
        return list((await self._send("GET", _CAMPAIGNS))["campaigns"])

    async def _send(self, method: str, path: str, value: Any = None) -> Any:
        try:
            return self._hear(await self._http.send(self._ask(method, path, value)))
        except httpx.HTTPError as fault:
            raise Unreachable(f"{self._base_url} did not answer: {fault}") from fault
