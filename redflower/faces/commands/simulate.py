"""`redflower simulate`: people who give through the site's own pages, at a steady rate, some of them unluckily.

An open loop: a new giver sets out every 1/rate seconds whether or not the site keeps up, as at a festival.
"""

import argparse
import asyncio
import json
import os
import random
import re
import signal
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4
from zoneinfo import ZoneInfo

import httpx

from redflower.kernel import clock

AMOUNTS = ["0.66", "1", "6.60", "10", "10", "20", "20", "50", "50", "100", "100", "200", "500"]
NAMES = ["小满", "老陈", "一位老师", "周师傅", "路过的人", "阿宁", "海边的风", "Mei", "Daniel", "三年二班"]
MESSAGES = ["一点心意。", "辛苦了。", "愿一切顺利。", "加油！", "看到进展很安心。", "Thank you for your work."]
# What may go wrong with a payment; the first five are told to the provider, the last two are the donor's own.
FAULTS = ["twice", "slow", "late", "fail", "cancel", "double_submit", "abandon"]
RETURNING_SHARE = 0.3
GIFTS_PER_RETURNING = 3  # below the calm-down rule's "many in an hour"
LOOK_SHARE = 0.15
REPORT_SECONDS = 10
IN_FLIGHT_MAX = 400
# How lively each local hour is, against the evening's peak; only for a simulation without an end.
RHYTHM = [15, 8, 5, 4, 4, 6, 14, 30, 45, 50, 52, 55, 60, 50, 45, 45, 48, 55, 70, 100, 95, 80, 55, 30]
QUIETEST = 40  # a demo that somebody opens at night should still be alive
_SLUG = re.compile(r'href="/projects/([a-z0-9-]+)"')
_CONFIRM = re.compile(r'name="confirmed" value="([a-z_]+)"')
_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([A-Za-z0-9]+)"')


@dataclass
class Giver:
    """Somebody's browser: the cookies it has been given, and how often they have given."""

    cookies: dict[str, str] = field(default_factory=dict)
    gifts: int = 0


@dataclass
class Tally:
    """What the simulation has seen."""

    started: int = 0
    finished: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    server_errors: int = 0
    unreachable: int = 0
    late_starts: int = 0  # givers who could not set out because too many were on their way
    milliseconds: list[float] = field(default_factory=list)

    def figures(self) -> dict[str, object]:
        """The counts, and how long a whole gift took. Units: ms."""
        ordered = sorted(self.milliseconds)
        at = lambda share: round(ordered[min(int(len(ordered) * share), len(ordered) - 1)]) if ordered else None  # noqa: E731
        return {
            "started": self.started,
            "finished": dict(self.finished),
            "refused": dict(self.refused),
            "server_errors": self.server_errors,
            "unreachable": self.unreachable,
            "late_starts": self.late_starts,
            "p50_ms": at(0.50),
            "p99_ms": at(0.99),
        }


class Crowd:
    """Givers at work on one site."""

    def __init__(self, client: httpx.AsyncClient, fault_percent: float, chance: random.Random) -> None:
        self._client = client
        self._fault_share = fault_percent / 100
        self._chance = chance
        self._returning: list[Giver] = []
        self._slugs: list[str] = []
        self._token = ""
        self.tally = Tally()

    async def arrive(self) -> None:
        """Finds the projects that can be given to, and takes a form token as a browser would."""
        found: set[str] = set()
        page = await self._client.get("/projects")
        found.update(_SLUG.findall(page.text))
        listing = await self._client.get("/api/v1/projects", params={"openness": "open", "limit": 100})
        if listing.status_code == httpx.codes.OK:
            found.update(item["slug"] for item in listing.json()["items"])
        self._slugs = sorted(found)
        if not self._slugs:
            raise RuntimeError("no open project found")
        form = await self._client.get(f"/projects/{self._slugs[0]}/give", params={"read_facts": "1"})
        token = _TOKEN.search(form.text)
        self._token = token[1] if token else ""
        self._csrf_cookie = form.cookies.get("rf_csrf", "")
        self._client.cookies.clear()

    async def give(self) -> None:
        """One person gives once; whatever happens is counted, nothing is raised."""
        self.tally.started += 1
        began = time.monotonic()
        try:
            outcome = await self._give_once()
        except (httpx.TransportError, httpx.TimeoutException):
            self.tally.unreachable += 1
            return
        self.tally.finished[outcome] += 1
        self.tally.milliseconds.append((time.monotonic() - began) * 1000)

    async def _give_once(self) -> str:
        giver = self._pick_giver()
        fault = self._chance.choice(FAULTS) if self._chance.random() < self._fault_share else "normal"
        slug = self._chance.choice(self._slugs)
        form = self._fill_form()
        answers = [self._post(giver, f"/projects/{slug}/give", form)]
        if fault == "double_submit":
            answers.append(self._post(giver, f"/projects/{slug}/give", form))
        page = (await asyncio.gather(*answers))[0]
        if asked := _CONFIRM.search(page.text) if page.status_code == httpx.codes.CONFLICT else None:
            page = await self._post(giver, f"/projects/{slug}/give", {**form, "confirmed": asked[1]})
        if page.status_code != httpx.codes.SEE_OTHER or "/sandbox/pay/" not in page.headers["location"]:
            return self._count_refusal(page)
        if fault == "abandon":
            return "abandoned"
        behaviour = fault if fault in ("twice", "slow", "late", "fail") else "normal"
        act = "cancel" if fault == "cancel" else "pay"
        paid = await self._post(giver, page.headers["location"], {"act": act, "behaviour": behaviour})
        if paid.status_code != httpx.codes.SEE_OTHER:
            return self._count_refusal(paid)
        if self._chance.random() < LOOK_SHARE:
            thanks = await self._client.get(paid.headers["location"], headers=self._headers(giver))
            self._count_server_error(thanks)
        self._remember(giver)
        return fault

    def _pick_giver(self) -> Giver:
        if self._returning and self._chance.random() < RETURNING_SHARE:
            return self._returning.pop(self._chance.randrange(len(self._returning)))
        return Giver()

    def _remember(self, giver: Giver) -> None:
        giver.gifts += 1
        if giver.gifts < GIFTS_PER_RETURNING and len(self._returning) < IN_FLIGHT_MAX:
            self._returning.append(giver)

    def _fill_form(self) -> dict[str, str]:
        chance = self._chance
        shown_as = chance.choices(["anonymous", "pseudonym", "named"], [6, 3, 1])[0]
        return {
            "amount": chance.choice(AMOUNTS),
            "shown_as": shown_as,
            "shown_name": "" if shown_as == "anonymous" else chance.choice(NAMES),
            "message": chance.choice(MESSAGES) if chance.random() < 0.2 else "",
            "read_facts": "1",
            "key": str(uuid4()),
        }

    async def _post(self, giver: Giver, path: str, fields: dict[str, str]) -> httpx.Response:
        answer = await self._client.post(
            path, data={**fields, "csrfmiddlewaretoken": self._token}, headers=self._headers(giver)
        )
        giver.cookies.update(answer.cookies)
        self._client.cookies.clear()  # the client is everybody's; cookies belong to the giver
        self._count_server_error(answer)
        return answer

    def _headers(self, giver: Giver) -> dict[str, str]:
        cookies = {"rf_csrf": self._csrf_cookie, **giver.cookies}
        return {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())}

    def _count_refusal(self, answer: httpx.Response) -> str:
        self.tally.refused[str(answer.status_code)] += 1
        return "refused"

    def _count_server_error(self, answer: httpx.Response) -> None:
        # 503 is a named answer while something is away; any other 5xx is a bug.
        if answer.status_code >= 500 and answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
            self.tally.server_errors += 1


def run(arguments: Sequence[str]) -> int:
    """Gives until the time is over or somebody says stop. Returns 1 when a page answered with a 5xx of ours."""
    args = _parser().parse_args(arguments)
    return asyncio.run(_simulate(args))


async def _simulate(args: argparse.Namespace) -> int:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    limits = httpx.Limits(max_connections=64, max_keepalive_connections=64)
    async with httpx.AsyncClient(base_url=args.url, timeout=20, limits=limits, trust_env=False) as client:
        crowd = Crowd(client, args.faults, random.Random(args.seed))
        if not await _arrive_patiently(crowd, stop):
            return 0
        await _keep_giving(crowd, args, stop)
    figures = crowd.tally.figures()
    _say(figures)
    if args.json:
        args.json.write_text(json.dumps(figures, ensure_ascii=False, indent=2), encoding="utf-8")
    return 1 if crowd.tally.server_errors else 0


async def _arrive_patiently(crowd: Crowd, stop: asyncio.Event) -> bool:
    while not stop.is_set():
        try:
            await crowd.arrive()
        except (httpx.TransportError, RuntimeError, ValueError):
            await _pause(stop, 2)
        else:
            return True
    return False


async def _keep_giving(crowd: Crowd, args: argparse.Namespace, stop: asyncio.Event) -> None:
    began = next_at = last_report = time.monotonic()
    on_their_way: set[asyncio.Task[None]] = set()
    while not stop.is_set() and (args.seconds is None or time.monotonic() - began < args.seconds):
        next_at += 1 / (args.rate * _liveliness(args))
        await _pause(stop, next_at - time.monotonic())
        if len(on_their_way) >= IN_FLIGHT_MAX:
            crowd.tally.late_starts += 1
            continue
        task = asyncio.create_task(crowd.give())
        on_their_way.add(task)
        task.add_done_callback(on_their_way.discard)
        if time.monotonic() - last_report >= REPORT_SECONDS:
            last_report = time.monotonic()
            _say(crowd.tally.figures())
    await asyncio.gather(*on_their_way)


def _liveliness(args: argparse.Namespace) -> float:
    """1 for a simulation of a given length; otherwise how lively this hour of the day is."""
    if args.seconds is not None:
        return 1.0
    hour = clock.now().astimezone(ZoneInfo("Asia/Shanghai")).hour
    return RHYTHM[hour] / 100


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    if seconds > 0:
        try:
            await asyncio.wait_for(stop.wait(), seconds)
        except TimeoutError:
            return


def _say(figures: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(figures, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="redflower simulate", description=__doc__)
    parser.add_argument("--rate", type=float, default=2.0, metavar="N", help="gifts per second")
    parser.add_argument(
        "--seconds", type=float, metavar="S", help="how long; without it, on and on, livelier in the evening"
    )
    parser.add_argument("--url", default=os.environ.get("REDFLOWER_BASE_URL", "http://127.0.0.1:8000"), help="the site")
    parser.add_argument("--faults", type=float, default=0.0, metavar="PCT", help="how many of 100 payments go wrong")
    parser.add_argument("--seed", type=int, help="the same crowd again")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the last figures here")
    return parser
