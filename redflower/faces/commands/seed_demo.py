"""`redflower seed-demo`: writes the demo world, a year of giving and two festivals, into an empty instance.

Everything passes the doors that people, operators and the worker use. The site opens at the very end, so that a seeding
that was cut short is seen as such and never served.
"""

import argparse
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings

from redflower.domains.festivals.services import close_pools, draw_due_slices
from redflower.domains.people.selectors import find_user, is_empty_instance
from redflower.domains.people.services import name_site
from redflower.faces.demo import seeding, world
from redflower.faces.demo.giving import GivingPlan, plan_giving
from redflower.faces.demo.history import History
from redflower.faces.demo.matching import PlannedFestival, plan_past_festival, plan_running_festival
from redflower.faces.followers.insights import follow_once
from redflower.faces.shared.instance import giving_policy, settle_policy
from redflower.kernel import clock
from redflower.plumbing.console import complain, say

GIFTS = 52_000
DRAWN_AFTER = timedelta(minutes=2)
BATCHES_BETWEEN_WORDS = 150


def run(arguments: Sequence[str]) -> int:
    """Seeds an empty instance. Returns 1, with a sentence, where there is data already."""
    args = _parser().parse_args(arguments)
    if not is_empty_instance():
        if args.if_empty:
            return 0
        complain(
            "这里已经有数据了，演示数据只写入空的站点",
            "there is data here already; the demo is written into an empty site only",
        )
        return 1
    if find_user(seeding.OPERATOR_A) is not None:
        complain(
            "上一次写入演示数据时中断了。请删除数据文件夹后重新启动，或用 --data 换一个",
            "an earlier seeding was cut short. Delete the data folder and start again, or choose another with --data",
        )
        return 1
    _seed(args.gifts, args.now or clock.now(), Random(args.seed))  # noqa: S311 - a demo, not a secret
    return 0


def _seed(count: int, now: datetime, rng: Random) -> None:
    began = time.monotonic()
    zone = ZoneInfo(settings.TIME_ZONE)
    everything = world.read_world(now, zone, rng)
    festivals = (plan_past_festival(now, zone), plan_running_festival(now, zone))
    plan = plan_giving(everything.projects, festivals[0].festival, festivals[1].festival, now, zone, count, rng)
    first_day = min(project.starts_at for project in everything.projects)
    operators = seeding.write_operators(first_day)
    charity_ids = seeding.write_charities(everything, operators, first_day)
    project_ids = seeding.write_projects(everything, charity_ids, operators)
    seeding.write_disclosures(everything, project_ids, now, rng)
    say(
        f"{len(charity_ids)} 家机构、{len(project_ids)} 个项目",
        f"{len(charity_ids)} charities, {len(project_ids)} projects",
    )
    festival_ids = [seeding.announce(planned) for planned in festivals]
    _relive(plan, project_ids, list(zip(festival_ids, festivals, strict=True)), rng)
    close_pools(festival_ids[0], festivals[0].festival.closes_at + DRAWN_AFTER)
    while follow_once():
        pass
    name_site(
        settings.REDFLOWER_SITE_NAME_ZH, settings.REDFLOWER_SITE_NAME_EN, [code for code, _ in settings.LANGUAGES], True
    )
    seconds = round(time.monotonic() - began)
    say(f"演示数据写好了，用时 {seconds} 秒", f"the demo is ready, in {seconds} s", mark="✓")


def _relive(
    plan: GivingPlan, project_ids: Sequence[UUID], festivals: Sequence[tuple[UUID, PlannedFestival]], rng: Random
) -> None:
    """Lets every batch happen at its own time: made, settled, and drawn as the worker would have."""
    # A batch's orders are all made at its start, so they are given the whole batch to be paid in.
    policy = replace(giving_policy(), order_minutes=60)
    history = History(project_ids, policy, settle_policy(), rng, plan.donors)
    arrived = 0
    for place, batch in enumerate(plan.batches, start=1):
        arrived += history.settle(batch, history.make(batch))
        for festival_id, planned in festivals:
            if planned.festival.opens_at <= batch.starts_at < planned.festival.closes_at + DRAWN_AFTER:
                _draw_all(festival_id, batch.ends_at)
        if place % BATCHES_BETWEEN_WORDS == 0:
            say(f"{arrived:,} 笔捐赠", f"{arrived:,} gifts")
    past_id, past = festivals[0]
    _draw_all(past_id, past.festival.closes_at + DRAWN_AFTER)
    say(f"{arrived:,} 笔捐赠", f"{arrived:,} gifts")


def _draw_all(festival_id: UUID, now: datetime) -> None:
    while draw_due_slices(festival_id, settings.TIME_ZONE, now):
        pass


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="redflower seed-demo", description=__doc__)
    parser.add_argument("--gifts", type=int, default=GIFTS, metavar="N", help="how many gifts the past holds")
    parser.add_argument("--seed", type=int, default=1, help="the same demo again")
    parser.add_argument("--now", type=datetime.fromisoformat, metavar="ISO", help="the instant the past leads up to")
    parser.add_argument("--if-empty", action="store_true", help="do nothing where there is data")
    return parser
