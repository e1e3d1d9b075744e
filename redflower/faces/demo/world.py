"""The demo's charities and projects, read from `content/` and given dates: what the seed writes, as frozen values."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import resources
from random import Random
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from redflower.domains.disclosures.types import Question, Report, ReportKind
from redflower.domains.organizations.types import NewCharity
from redflower.domains.projects.types import BudgetLine, NewProject, PlanStep
from redflower.faces.demo.dates import MONTH, local_time
from redflower.faces.demo.registry import certificate_number, filing_number, make_uscc
from redflower.kernel.draw import split_by_weight
from redflower.kernel.ids import new_id
from redflower.kernel.money import FEN_PER_YUAN

YOUNG_MONTHS = 1  # a project this young may still be far from its goal
WORKING_HOURS = range(10, 18)


@dataclass(frozen=True, slots=True)
class PlannedProject:
    """A project of the demo: its story and dates, how well liked it is, and how much of its goal it is to reach."""

    story: Mapping[str, Any]
    charity_slug: str
    starts_at: datetime
    ends_at: datetime
    reach: float  # share of the goal that has been given by now

    @property
    def slug(self) -> str:
        return str(self.story["slug"])

    @property
    def goal_minor(self) -> int:
        return int(self.story["goal_yuan"]) * FEN_PER_YUAN

    @property
    def target_minor(self) -> int:
        return int(self.goal_minor * self.reach)

    @property
    def is_finished(self) -> bool:
        return self.story["state"] == "finished"


@dataclass(frozen=True, slots=True)
class World:
    """All charities, in the order of their regions, and all projects."""

    charities: tuple[NewCharity, ...]
    projects: tuple[PlannedProject, ...]


def read_world(now: datetime, zone: ZoneInfo, rng: Random) -> World:
    """Reads the content and gives everything its dates."""
    charities = _read("charity")
    by_region = {charity["region"]: charity["slug"] for charity in charities}
    projects = [_plan(story, by_region, now, zone, rng) for story in _read("project")]
    return World(tuple(_charity(place, facts) for place, facts in enumerate(charities)), tuple(projects))


def read_waiting(world: World, now: datetime, zone: ZoneInfo) -> World:
    """What has been handed in and nobody has reviewed yet: its projects begin in weeks, for charities of the world."""
    waiting = tomllib.loads((resources.files("redflower.faces.demo") / "waiting.toml").read_text("utf-8"))
    by_region = {charity.region: charity.slug for charity in world.charities}
    projects = []
    for story in waiting["project"]:
        starts_at = local_time((now + timedelta(days=story["begins_in_days"])).astimezone(zone).date(), zone, 9)
        ends_at = starts_at + story["months"] * MONTH
        projects.append(PlannedProject(story, by_region[story["charity_region"]], starts_at, ends_at, reach=0.0))
    known = len(world.charities)
    charities = [_charity(known + place, facts) for place, facts in enumerate(waiting["charity"])]
    return World(tuple(charities), tuple(projects))


def _read(table: str) -> list[dict[str, Any]]:
    content = resources.files("redflower.faces.demo") / "content"
    files = sorted((file for file in content.iterdir() if file.name.endswith(".toml")), key=lambda file: file.name)
    return [entry for file in files for entry in tomllib.loads(file.read_text("utf-8")).get(table, [])]


def _charity(place: int, facts: Mapping[str, Any]) -> NewCharity:
    uscc = make_uscc(facts["kind"], facts["region"], place + 1)
    return NewCharity(uscc=uscc, certificate_no=certificate_number(facts["founded_on"].year, place + 1), **facts)


def _plan(
    story: Mapping[str, Any], by_region: Mapping[str, str], now: datetime, zone: ZoneInfo, rng: Random
) -> PlannedProject:
    # A few days more than the story's months, so that what is told of the last month has happened.
    age = story["started_months_ago"] * MONTH + timedelta(days=rng.randint(4, 18))
    starts_at = local_time((now - age).astimezone(zone).date(), zone, 9)
    return PlannedProject(
        story=story,
        charity_slug=story.get("charity") or by_region[story["charity_region"]],
        starts_at=starts_at,
        ends_at=local_time((starts_at + story["months"] * MONTH).date(), zone, 18),
        reach=_choose_reach(story, rng),
    )


def _choose_reach(story: Mapping[str, Any], rng: Random) -> float:
    """Finished projects reach their goal; running ones have more than the work they tell of has cost."""
    if story["state"] == "finished":
        return rng.uniform(0.975, 1.0)
    if story["started_months_ago"] <= YOUNG_MONTHS:
        return rng.uniform(0.34, 0.42)
    elapsed = story["started_months_ago"] / story["months"]
    return min(max(0.36 + 0.42 * elapsed + rng.uniform(-0.06, 0.10), 0.47), 0.86)


def new_project(plan: PlannedProject, charity_id: UUID, uscc: str, number: int) -> NewProject:
    """The file the back office would have been handed."""
    story = plan.story
    amounts = split_by_weight(plan.goal_minor, [line["pct"] for line in story["budget"]])
    texts = {
        f"{field}_{language}": story.get(f"{field}_{language}", "").strip()
        for field in ("title", "summary", "story", "unit", "achieved")
        for language in ("zh", "en")
    }
    return NewProject(
        slug=plan.slug,
        charity_id=charity_id,
        filing_no=filing_number(uscc, plan.starts_at.year, number),
        cause=story["cause"],
        region=story["region"],
        goal_minor=plan.goal_minor,
        starts_at=plan.starts_at,
        ends_at=plan.ends_at,
        budget=tuple(
            BudgetLine(line["zh"], line["en"], part) for line, part in zip(story["budget"], amounts, strict=True)
        ),
        plan=tuple(PlanStep(step["zh"], step["en"], plan.starts_at + step["month"] * MONTH) for step in story["plan"]),
        unit_minor=story["unit_yuan"] * FEN_PER_YUAN,
        motif=story["motif"],
        palette=story["palette"],
        picture_seed=number,
        **texts,
    )


def read_reports(plan: PlannedProject, project_id: UUID, now: datetime, rng: Random) -> list[Report]:
    """A project's reports, each published in working hours of the month its story says."""
    reports: list[Report] = []
    earliest = plan.starts_at + timedelta(days=1)
    for facts in sorted(plan.story["reports"], key=lambda report: report["month"]):
        told_at = plan.starts_at + facts["month"] * MONTH - timedelta(days=rng.randint(0, 2))
        published_at = max(min(told_at, now - timedelta(days=2)), earliest).replace(
            hour=rng.choice(WORKING_HOURS), minute=rng.randrange(60)
        )
        earliest = published_at + timedelta(days=1)
        texts = {name: facts[name].strip() for name in ("title_zh", "title_en", "body_zh", "body_en")}
        reports.append(Report(new_id(), project_id, ReportKind(facts["kind"]), published_at=published_at, **texts))
    return reports


def read_questions(plan: PlannedProject, project_id: UUID, now: datetime, rng: Random) -> list[Question]:
    """A project's questions: answered within days, or asked so lately that nobody has answered yet."""
    questions = []
    for facts in plan.story["questions"]:
        answer = facts.get("answer_zh", "").strip()
        last = min(now, plan.ends_at) - timedelta(days=9)
        asked_at = (
            plan.starts_at + (last - plan.starts_at) * rng.uniform(0.1, 0.9)
            if answer
            else now - timedelta(hours=rng.randint(20, 110))
        )
        questions.append(
            Question(
                id=new_id(),
                project_id=project_id,
                asked_zh=facts["asked_zh"],
                asked_en=facts["asked_en"],
                asked_at=asked_at,
                answer_zh=answer,
                answer_en=facts.get("answer_en", "").strip(),
                answered_at=asked_at + timedelta(hours=rng.randint(6, 90)) if answer else None,
            )
        )
    return questions


def group_by_start(projects: Sequence[PlannedProject]) -> list[list[int]]:
    """Places of projects that started in the same weeks, the earliest first: they were reviewed together."""
    groups: dict[tuple[int, int], list[int]] = {}
    for place in sorted(range(len(projects)), key=lambda place: projects[place].starts_at):
        groups.setdefault((projects[place].starts_at.year, projects[place].starts_at.month), []).append(place)
    return list(groups.values())
