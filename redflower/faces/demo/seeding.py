"""Writes the demo world through the doors that people, operators and the worker use; nothing is put into tables."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from redflower.domains.disclosures.services import publish_questions, publish_reports
from redflower.domains.festivals import services as festivals
from redflower.domains.festivals.types import PlannedPool
from redflower.domains.organizations import services as organizations
from redflower.domains.people.services import make_donors, make_operator
from redflower.domains.projects import services as projects
from redflower.faces.demo import world
from redflower.faces.demo.homes import choose_homes
from redflower.faces.demo.matching import PlannedFestival
from redflower.plumbing.db import command

OPERATOR_A = "operator-a@demo.redflower.test"
OPERATOR_B = "operator-b@demo.redflower.test"
DONORS_AT_ONCE = 1_000
BEFORE_START = timedelta(days=13)  # a plan is filed ten days before its start, and reviewed before that


@dataclass(frozen=True, slots=True)
class Operators:
    """Two people, so that nobody checks their own work."""

    maker: UUID
    checker: UUID


def write_operators(first_day: datetime) -> Operators:
    """Makes the two operators of the demo."""
    at = first_day - 3 * BEFORE_START
    return Operators(make_operator(OPERATOR_A, at), make_operator(OPERATOR_B, at))


def write_charities(plan: world.World, operators: Operators, first_day: datetime) -> dict[str, UUID]:
    """Writes, submits and publishes every charity; returns their ids by slug."""
    at = first_day - 2 * BEFORE_START
    ids = organizations.save_charities(plan.charities, operators.maker, at)
    organizations.submit_charities(ids, operators.maker, at + timedelta(hours=3))
    organizations.review_charities(ids, True, "证书与登记信息一致", operators.checker, at + timedelta(days=2))
    return {charity.slug: charity_id for charity, charity_id in zip(plan.charities, ids, strict=True)}


def write_projects(plan: world.World, charity_ids: dict[str, UUID], operators: Operators) -> list[UUID]:
    """Writes, submits and publishes every project before its start; returns their ids in the plan's order."""
    codes = {charity.slug: charity.uscc for charity in plan.charities}
    ids: dict[int, UUID] = {}
    for places in world.group_by_start(plan.projects):
        group = [plan.projects[place] for place in places]
        files = [
            world.new_project(project, charity_ids[project.charity_slug], codes[project.charity_slug], place + 1)
            for place, project in zip(places, group, strict=True)
        ]
        at = group[0].starts_at - BEFORE_START
        written = projects.save_projects(files, operators.maker, at)
        projects.submit_projects(written, operators.maker, at + timedelta(hours=5))
        projects.review_projects(written, True, "预算、备案号与证书已核对", operators.checker, at + timedelta(days=2))
        ids.update(zip(places, written, strict=True))
    return [ids[place] for place in range(len(plan.projects))]


def hand_in_waiting(
    waiting: world.World, plan: world.World, charity_ids: dict[str, UUID], operators: Operators, now: datetime
) -> None:
    """Leaves a charity and some projects for the second person to review."""
    at = now - timedelta(hours=20)
    ids = organizations.save_charities(waiting.charities, operators.maker, at)
    organizations.submit_charities(ids, operators.maker, at + timedelta(minutes=40))
    codes = {charity.slug: charity.uscc for charity in plan.charities}
    files = [
        world.new_project(project, charity_ids[project.charity_slug], codes[project.charity_slug], 900 + place)
        for place, project in enumerate(waiting.projects)
    ]
    drafts = projects.save_projects(files, operators.maker, at + timedelta(hours=2))
    projects.submit_projects(drafts, operators.maker, at + timedelta(hours=3))


def write_disclosures(plan: world.World, project_ids: Sequence[UUID], now: datetime, rng: Random) -> None:
    """Publishes every project's reports and questions."""
    pairs = list(zip(plan.projects, project_ids, strict=True))
    publish_reports([report for project, each in pairs for report in world.read_reports(project, each, now, rng)], now)
    publish_questions([asked for project, each in pairs for asked in world.read_questions(project, each, now, rng)])


def write_donors(since: Sequence[datetime], rng: Random) -> list[UUID]:
    """Makes the donors, a thousand at once, each as a guest since about their first gift; returns their ids in order."""
    ids: list[UUID] = []
    while len(ids) < len(since):
        count = min(DONORS_AT_ONCE, len(since) - len(ids))
        ids += make_donors(count, since[len(ids)], choose_homes(rng, count))
    return ids


def announce(planned: PlannedFestival) -> UUID:
    """Announces a festival and funds its pools; returns its id."""
    at = planned.announced_at
    pools = [_fund(pool, at) for pool in planned.pools]
    return festivals.announce_festival(planned.festival, pools, at)


def _fund(pool: PlannedPool, at: datetime) -> festivals.NewPool:
    return festivals.NewPool(
        rule_set_id=_publish_preset(pool.preset, at),
        name_zh=pool.name_zh,
        name_en=pool.name_en,
        sponsor_zh=pool.sponsor_zh,
        sponsor_en=pool.sponsor_en,
        budget_minor=pool.budget_minor,
        secret=secrets.token_bytes(32),
    )


@command
def _publish_preset(code: str, at: datetime) -> UUID:
    preset = festivals.read_preset(code)
    return festivals.publish_rule_set(preset["code"], preset["version"], preset["body"], at)
