"""`redflower seed-demo`: fills an empty instance with the demo world, through the doors everybody uses."""

import argparse
import gc
import multiprocessing
import time
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from multiprocessing.synchronize import Event
from random import Random
from zoneinfo import ZoneInfo

from django.conf import settings

from redflower.domains.disclosures.services import publish_reports
from redflower.domains.insights.selectors import get_site_totals
from redflower.domains.organizations.selectors import list_charities_for_operators
from redflower.domains.people.selectors import find_user, is_empty_instance
from redflower.domains.people.services import name_site
from redflower.faces.demo import seeding, world
from redflower.faces.demo.bonuses import Gathering
from redflower.faces.demo.corrections import correct_in_sight
from redflower.faces.demo.desks import fill_desks
from redflower.faces.demo.dreams import Crowd, write_dreams
from redflower.faces.demo.giving import USUAL_COUNT, Batch, GivingPlan, plan_giving
from redflower.faces.demo.history import Chapter, OpenFestival, Stage, draw_until, relive
from redflower.faces.demo.matching import PlannedFestival, plan_past_festival, plan_running_festival
from redflower.faces.demo.scenes import cheer_walkers, write_scenes
from redflower.faces.followers import insights, proofs, scenes
from redflower.faces.followers.dreams import make_projects
from redflower.faces.shared.instance import giving_policy, settle_policy
from redflower.kernel import clock
from redflower.plumbing.beside import beside
from redflower.plumbing.console import complain, pick, say, stage
from redflower.plumbing.db import close_connection, command, raw_connection, refresh_statistics, wait_for_disk
from redflower.plumbing.events import is_behind

LEAST_GIFTS = 300
LANGUAGES = ("zh-hans", "en")
# A batch of the past is an hour: whoever gave at its start may have paid at its end.
ORDER_MINUTES = 60
_PATIENCE_SECONDS = 10


class Standing(Enum):
    """What an instance holds, as far as a seed cares."""

    EMPTY = "empty"
    HALF_SEEDED = "half seeded"
    IN_USE = "in use"


def run(arguments: Sequence[str]) -> int:
    """Seeds an empty demo and returns 0; 1 when there is something already, which stays untouched."""
    args = _parser().parse_args(arguments)
    standing = find_standing()
    if standing == Standing.IN_USE and args.if_empty:
        return 0
    if not settings.REDFLOWER_DEMO:
        complain("这不是演示站，不写入演示数据。", "This is not a demo: no demo data is written.")
        return 1
    if standing != Standing.EMPTY:
        _explain(standing)
        return 1
    with _in_a_hurry():
        _seed(args.gifts, args.seed, args.now or clock.now())
    return 0


def find_standing() -> Standing:
    """Whether the instance is empty, holds a seed that was interrupted, or belongs to somebody."""
    if not is_empty_instance():
        return Standing.IN_USE
    if find_user(seeding.OPERATOR_A) is not None:  # the first thing a seed writes; opening the site is the last
        return Standing.HALF_SEEDED
    return Standing.IN_USE if list_charities_for_operators(limit=1) else Standing.EMPTY


def _explain(standing: Standing) -> None:
    if standing == Standing.HALF_SEEDED:
        complain(
            f"上次写入演示数据时中断了，这里的数据不完整。请用 --data 换一个文件夹（现在是 {settings.REDFLOWER_DATA}），"
            "或换一个空的数据库，再试一次。",
            f"The demo data was interrupted and is incomplete. Choose another folder with --data (now "
            f"{settings.REDFLOWER_DATA}) or an empty database, and try again.",
        )
    else:
        complain(
            "这里已经有数据，演示数据只写入空的站点。",
            "There is data here already: the demo fills only an empty instance.",
        )


@dataclass(frozen=True, slots=True)
class _Plan:
    """Everything that is going to be written."""

    now: datetime
    zone: ZoneInfo
    rng: Random
    world: world.World
    past: PlannedFestival
    running: PlannedFestival
    giving: GivingPlan

    @property
    def first_day(self) -> datetime:
        return min(project.starts_at for project in self.world.projects)


def _seed(count: int, seed: int, now: datetime) -> None:
    with stage("构思演示世界", "Imagining the demo world"):
        plan = _plan(count, seed, now)
    gc.collect()
    gc.freeze()  # the plan stays until the end: looking at it again and again costs a fifth of the time
    with stage("登记机构、项目与捐赠人", "Registering charities, projects and donors"):
        scene, festivals, operators = _write_world(plan)
    with stage("重现过去一年的捐赠", "Reliving a year of gifts"):
        relive(scene, _divide(plan.giving.batches, festivals, plan.rng))
        wait_for_disk(False)
        for festival in festivals:
            draw_until(festival, scene.zone, plan.now)
        slugs = [project.slug for project in plan.world.projects]
        fill_desks(scene, dict(zip(slugs, scene.project_ids, strict=True)), operators, plan.now)
    with ExitStack() as adding:
        is_written = multiprocessing.get_context("fork").Event()
        close_connection()
        adding.enter_context(beside(_add_up, is_written))
        wait_for_disk(False)
        with stage("写下梦想，送出小红花", "Writing down dreams, giving flowers"):
            reports = write_dreams(plan.now, Crowd(scene.donor_ids, plan.giving.donors_since), plan.rng)
            make_projects(plan.now)
            publish_reports(reports, plan.now)
        with stage("走路、骑行、答题，小红花开在日常里", "Walking, riding: flowers in everyday places"):
            write_scenes(plan.now, plan.zone, plan.rng)
            _catch_up(scenes.FOLLOWER, scenes.follow_once)
            cheer_walkers(plan.now, plan.rng)
        with stage("汇总", "Adding up"):
            is_written.set()
            adding.close()
    wait_for_disk(True)
    proofs.begin_log()  # its entries are the worker's to write: the first page need not wait for them
    name_site(settings.REDFLOWER_SITE_NAME_ZH, settings.REDFLOWER_SITE_NAME_EN, LANGUAGES, is_open=True)
    gifts = get_site_totals().gifts
    say(
        f"演示世界已就绪：{len(plan.world.charities)} 家机构，{len(plan.world.projects)} 个项目，{gifts:,} 笔捐赠",
        f"The demo world is ready: {len(plan.world.charities)} charities, {len(plan.world.projects)} projects, "
        f"{gifts:,} gifts",
        mark="✓",
    )


def _add_up(is_written: Event) -> None:
    """Follows what is being written, until all of it is."""
    wait_for_disk(False)
    refresh_statistics()  # first: without them the planner misjudges the sums, and later the pages
    is_last = False
    while not is_last:
        is_last = is_written.wait(0.02)
        _catch_up(insights.FOLLOWER, insights.follow_once)
    close_connection()


def _catch_up(follower: str, follow: Callable[[], int]) -> None:
    """Follows until there is nothing left. A transaction of somebody else's that stays open is not waited for: what is
    behind it is left to the worker."""
    patient_until = time.monotonic() + _PATIENCE_SECONDS
    while _is_behind(follower) and time.monotonic() < patient_until:
        if not follow():
            time.sleep(0.01)


@command
def _is_behind(follower: str) -> bool:
    return is_behind(raw_connection(), follower)


def _divide(batches: Sequence[Batch], festivals: tuple[OpenFestival, OpenFestival], rng: Random) -> list[Chapter]:
    """The quiet time with the festival in it, and the running festival: about as much work each."""
    past, running = festivals
    quiet = bisect_left(batches, running.hours.opens_at, key=lambda batch: batch.starts_at)
    made = sum(len(batch.gifts) for batch in batches[:quiet])
    busy = batches[quiet:]
    gathering = Gathering.plan(running.id, busy, rng)
    return [Chapter(batches[:quiet], 0, [past]), Chapter(busy, made, [running], gathering)]


def _plan(count: int, seed: int, now: datetime) -> _Plan:
    zone, rng = ZoneInfo(settings.TIME_ZONE), Random(seed)  # noqa: S311 - a story, not a secret
    everything = world.read_world(now, zone, rng)
    past, running = plan_past_festival(now, zone), plan_running_festival(now, zone)
    giving = plan_giving(everything.projects, past.festival, running.festival, now, zone, count, rng)
    return _Plan(now, zone, rng, everything, past, running, giving)


def _write_world(plan: _Plan) -> tuple[Stage, tuple[OpenFestival, OpenFestival], seeding.Operators]:
    operators = seeding.write_operators(plan.first_day)
    charity_ids = seeding.write_charities(plan.world, operators, plan.first_day)
    project_ids = seeding.write_projects(plan.world, charity_ids, operators)
    seeding.write_disclosures(plan.world, project_ids, plan.now, plan.rng)
    waiting = world.read_waiting(plan.world, plan.now, plan.zone)
    seeding.hand_in_waiting(waiting, plan.world, charity_ids, operators, plan.now)
    correct_in_sight(plan.world, project_ids, operators, plan.now)
    donor_ids = seeding.write_donors(plan.giving.donors_since, plan.rng)
    past, running = (OpenFestival(seeding.announce(each), each.festival) for each in (plan.past, plan.running))
    policy = replace(giving_policy(), order_minutes=ORDER_MINUTES)
    return Stage(project_ids, donor_ids, policy, settle_policy(), settings.TIME_ZONE), (past, running), operators


@contextmanager
def _in_a_hurry() -> Iterator[None]:
    """An interrupted seed is thrown away whole, so its commits need not wait; opening the site does."""
    wait_for_disk(False)
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.unfreeze()
        wait_for_disk(True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="redflower seed-demo", description=__doc__)
    parser.add_argument(
        "--gifts", type=_gifts, default=USUAL_COUNT, metavar="N", help=pick("捐赠笔数", "how many gifts")
    )
    seed_help = pick("随机种子：同一个种子写出同一个世界", "random seed: the same seed writes the same world")
    parser.add_argument("--seed", type=int, default=20180907, metavar="N", help=seed_help)
    now_help = pick("以哪一刻为“现在”，如 2026-05-01T20:00+08:00", "which moment is now, as 2026-05-01T20:00+08:00")
    parser.add_argument("--now", type=_moment, metavar="ISO", help=now_help)
    empty_help = pick("已有数据时不出声，也不算错", "when there is data already, say nothing and succeed")
    parser.add_argument("--if-empty", action="store_true", help=empty_help)
    return parser


def _gifts(text: str) -> int:
    if not text.isdecimal() or int(text) < LEAST_GIFTS:
        raise argparse.ArgumentTypeError(pick(f"至少 {LEAST_GIFTS} 笔", f"at least {LEAST_GIFTS}"))
    return int(text)


def _moment(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(pick("不是 ISO 8601 时刻", "not an ISO 8601 instant")) from None
    return at if at.tzinfo else at.replace(tzinfo=ZoneInfo(settings.TIME_ZONE))
