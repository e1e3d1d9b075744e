"""`redflower simulate`: people who give through the site's own pages, at a steady or a natural pace."""

import argparse
import heapq
import json
import math
import signal
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from django.conf import settings

from redflower.faces.demo.browser import Browser, Cookies, Unreachable
from redflower.faces.demo.rhythm import weigh_hour
from redflower.faces.demo.tally import Tally
from redflower.faces.demo.visitors import Choice, Look, Visitors
from redflower.kernel import clock
from redflower.plumbing.console import complain, pick, say

REPORT_SECONDS = 10.0
REFRESH_SECONDS = 60.0  # how often the list of projects is read again
QUIETEST = 0.4  # of the mean rate: a demo never falls quite asleep
BEHIND_SECONDS = 10.0  # of gifts waiting to be sent; more are skipped, and counted
LEAST_WAITING = 20
LAST_LOOK_SECONDS = 5.0  # for what is on its way when the time is up
THREADS_MOST = 48
CROWD_RATE = 5.0  # from here on the site is being measured, not shown
_PAGE = 100


def run(arguments: Sequence[str]) -> int:
    """Gives until the time is up, SIGTERM or Ctrl-C; returns 1 when the site ever answered with a server error."""
    args = _parser().parse_args(arguments)
    simulation = Simulation(args.url, args.rate, args.faults / 100, Random(args.seed), natural=args.seconds is None)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: simulation.stop())
    simulation.run(math.inf if args.seconds is None else args.seconds)
    summary = simulation.tally.describe()
    _report(pick("合计", "In all"), summary)
    if args.json is not None:
        args.json.write_text(json.dumps(summary, ensure_ascii=False, indent=2) + "\n", "utf-8")
    return 1 if summary["server_errors"] else 0


@dataclass(slots=True)
class Simulation:
    """An open loop: gifts begin when it is their time, whether or not the site keeps up."""

    url: str
    rate: float
    faults_share: float
    rng: Random
    natural: bool
    tally: Tally = field(default_factory=Tally)
    _stopped: threading.Event = field(default_factory=threading.Event)
    _looks: list[tuple[float, int, Look]] = field(default_factory=list)
    _order: count = field(default_factory=count)  # type: ignore[type-arg]
    _looking: threading.Lock = field(default_factory=threading.Lock)

    def stop(self) -> None:
        """Nothing new begins; what is on its way is given a few seconds."""
        self._stopped.set()

    def run(self, seconds: float) -> None:
        """Gives for so many seconds, or until stopped."""
        browser = Browser(self.url)
        projects = self._wait_for_projects(browser, seconds)
        visitors = Visitors(browser, self.tally, self.rng, self.faults_share, frugal=self.rate > CROWD_RATE)
        threads = min(THREADS_MOST, 4 + math.ceil(self.rate * 0.8))
        with ThreadPoolExecutor(threads, "visitor") as hands:
            try:
                self._give(hands, browser, visitors, projects, time.monotonic() + seconds)
            finally:
                browser.leave()
                hands.shutdown(cancel_futures=True)
                visitors.leave()

    def _give(
        self, hands: ThreadPoolExecutor, browser: Browser, visitors: Visitors, projects: list[Choice], ends_at: float
    ) -> None:
        now = time.monotonic()
        next_gift, next_report, next_refresh = now, now + REPORT_SECONDS, now + REFRESH_SECONDS
        waiting: set[Future[None]] = set()
        most_waiting = max(self.rate * BEHIND_SECONDS, LEAST_WAITING)
        while not self._stopped.is_set() and now < ends_at + LAST_LOOK_SECONDS:
            while next_gift <= min(now, ends_at):
                if len(waiting) >= most_waiting:
                    waiting = {future for future in waiting if not future.done()}
                if len(waiting) >= most_waiting:
                    self.tally.count("skipped")
                else:
                    waiting.add(hands.submit(self._guard, lambda: visitors.give(projects)))
                next_gift += self.rng.expovariate(self.rate * self._pace())
            self._look_again(hands, visitors, now)
            if now >= next_report:
                _report(time.strftime("%H:%M:%S"), self.tally.take_recent())
                next_report += REPORT_SECONDS
            if now >= next_refresh:
                hands.submit(self._refresh, browser, projects)
                next_refresh += REFRESH_SECONDS
            soonest = min(next_gift, next_report, self._next_look()) - time.monotonic()
            self._stopped.wait(min(max(soonest, 0.001), 0.5))
            now = time.monotonic()

    def _pace(self) -> float:
        if not self.natural:
            return 1.0
        return max(weigh_hour(clock.now(), ZoneInfo(settings.TIME_ZONE)), QUIETEST)

    def _guard(self, visit: Any) -> None:
        """One visit's trouble is counted; it never stops the others."""
        try:
            look = visit()
        except Unreachable:
            self.tally.count("errors")
        except Exception as error:
            self.tally.count("errors")
            complain(f"模拟出错：{error!r}", f"The simulation failed: {error!r}")
        else:
            if look is not None:
                with self._looking:
                    heapq.heappush(self._looks, (time.monotonic() + look.wait_seconds, next(self._order), look))

    def _next_look(self) -> float:
        with self._looking:
            return self._looks[0][0] if self._looks else math.inf

    def _look_again(self, hands: ThreadPoolExecutor, visitors: Visitors, now: float) -> None:
        while self._next_look() <= now:
            with self._looking:
                _, _, look = heapq.heappop(self._looks)
            hands.submit(self._guard, lambda look=look: visitors.look(look))

    def _wait_for_projects(self, browser: Browser, seconds: float) -> list[Choice]:
        """The projects that are open, once the site answers and has any."""
        deadline = time.monotonic() + seconds
        while not self._stopped.is_set() and time.monotonic() < deadline:
            try:
                if projects := read_projects(browser):
                    return projects
            except Unreachable:
                complain(f"{self.url} 没有回应，继续等待。", f"{self.url} does not answer; waiting.")
            self._stopped.wait(2)
        return []

    def _refresh(self, browser: Browser, projects: list[Choice]) -> None:
        try:
            projects[:] = read_projects(browser) or projects
        except Unreachable:
            self.tally.count("errors")


def read_projects(browser: Browser) -> list[Choice]:
    """The projects people may give to, from the public API; those in need are chosen more often.

    Errors: Unreachable.
    """
    found: list[Choice] = []
    cursor = ""
    while True:
        answer = browser.get(f"/api/v1/projects?openness=open&limit={_PAGE}&cursor={quote(cursor)}", Cookies())
        if answer.status != 200:
            return found
        page = json.loads(answer.body)
        found += [_choose(item) for item in page["items"]]
        cursor = page["next"] or ""
        if not cursor:
            return found


def _choose(item: dict[str, Any]) -> Choice:
    missing = max(item["goal_minor"] - item["raised"]["raised_minor"], item["goal_minor"] // 50)
    return Choice(item["slug"], item["cause"], math.sqrt(missing))


def _report(when: str, seen: dict[str, Any]) -> None:
    unpaid = seen["unpaid"] + seen["abandoned"]
    refused = "，".join(f"{code} × {times}" for code, times in seen["refused"].items()) or "0"
    say(
        f"{when}  发起 {seen['sent']} · 付款 {seen['paid']} · 查到入账 {seen['settled']}（{seen['settled_p50_s']}～"
        f"{seen['settled_p99_s']} 秒）· 未付 {unpaid} · 被拒 {refused} · 出错 {seen['errors'] + seen['lost']} · "
        f"略过 {seen['skipped']} · 5xx {seen['server_errors']} · p50 {seen['p50_ms']} ms · p99 {seen['p99_ms']} ms",
        f"{when}  sent {seen['sent']} · paid {seen['paid']} · seen settled {seen['settled']} "
        f"({seen['settled_p50_s']}-{seen['settled_p99_s']} s) · unpaid {unpaid} · refused {refused} · "
        f"errors {seen['errors'] + seen['lost']} · skipped {seen['skipped']} · 5xx {seen['server_errors']} · "
        f"p50 {seen['p50_ms']} ms · p99 {seen['p99_ms']} ms",
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="redflower simulate", description=__doc__)
    rate_help = pick("平均每秒多少笔", "gifts a second, on average")
    parser.add_argument("--rate", type=_positive, default=0.13, metavar="N", help=rate_help)
    seconds_help = pick(
        "跑多少秒；不写则一直跑，并随一天的时辰起伏", "for so long; without it for ever, with the day's ebb and flow"
    )
    parser.add_argument("--seconds", type=_positive, metavar="S", help=seconds_help)
    parser.add_argument("--url", default=settings.REDFLOWER_BASE_URL, help=pick("网站地址", "the site's address"))
    faults_help = pick("百分之多少的捐赠出岔子", "how many gifts in a hundred go astray")
    parser.add_argument("--faults", type=_percent, default=1.0, metavar="PCT", help=faults_help)
    parser.add_argument("--seed", type=int, default=None, metavar="N", help=pick("随机种子", "random seed"))
    parser.add_argument("--json", type=Path, metavar="FILE", help=pick("把合计写入文件", "write the summary to a file"))
    return parser


def _positive(text: str) -> float:
    return _number(text, math.inf)


def _percent(text: str) -> float:
    return _number(text, 100) if text != "0" else 0.0


def _number(text: str, most: float) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 < number <= most or math.isinf(number):
        raise argparse.ArgumentTypeError(pick("应为正数", "a number above zero"))
    return number
