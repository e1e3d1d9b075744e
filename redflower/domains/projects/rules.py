"""Pure decisions about projects."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from redflower.domains.ledger.rules import account_id
from redflower.domains.ledger.types import AccountKind, Asset, NewAccount
from redflower.domains.organizations.rules import is_region, is_slug, is_text
from redflower.domains.projects import errors
from redflower.domains.projects.types import (
    BudgetLine,
    Cause,
    NewProject,
    Openness,
    PlanStep,
    ProjectStanding,
    ProjectState,
    ProjectView,
)
from redflower.kernel.limits import BIGINT_MAX
from redflower.kernel.money import FEN_PER_YUAN
from redflower.kernel.text import has_forbidden_characters

_TEXTS = ("title_zh", "title_en", "summary_zh", "summary_en", "story_zh", "story_en", "filing_no")
_OPTIONAL_TEXTS = ("unit_zh", "unit_en", "achieved_zh", "achieved_en")
# What a project keeps once it is published: its address, who receives its money, and since when.
FIXED_FIELDS = ("slug", "charity_id", "starts_at")
_CHANGEABLE = (
    *_TEXTS, *_OPTIONAL_TEXTS, "cause", "region", "goal_minor", "unit_minor", "motif", "palette", "picture_seed",
)  # fmt: skip


def compute_openness(project: ProjectView | ProjectStanding, now: datetime) -> Openness:
    """What a visitor may do with a project at `now`.

    A project lives only as long as its charity is published; a suspended charity pauses all it runs.
    """
    if project.state == ProjectState.PAUSED and project.charity_state in ("published", "suspended"):
        return Openness.PAUSED
    if project.state != ProjectState.PUBLISHED or project.charity_state not in ("published", "suspended"):
        return Openness.UNLISTED
    if now >= project.ends_at:
        return Openness.FINISHED
    if project.charity_state == "suspended":
        return Openness.PAUSED
    return Openness.UPCOMING if now < project.starts_at else Openness.OPEN


# The state table by act: from which states, to which.
_ACTS = {
    "submit": ({ProjectState.DRAFT, ProjectState.RETURNED}, ProjectState.SUBMITTED),
    "publish": ({ProjectState.SUBMITTED}, ProjectState.PUBLISHED),
    "return": ({ProjectState.SUBMITTED}, ProjectState.RETURNED),
    "pause": ({ProjectState.PUBLISHED}, ProjectState.PAUSED),
    "resume": ({ProjectState.PAUSED}, ProjectState.PUBLISHED),
    "hide": ({ProjectState.PUBLISHED, ProjectState.PAUSED}, ProjectState.HIDDEN),
}


def next_state(current: ProjectState, act: str) -> ProjectState:
    """Where an act leads from a state.

    Errors: ProjectStateConflict for a step the state table does not have.
    """
    sources, target = _ACTS[act]
    if current not in sources:
        raise errors.ProjectStateConflict(current=current.value, target=target.value)
    return target


def check_project(project: NewProject) -> None:
    """Refuses a file with a hole or an impossible value in it.

    Errors: ProjectInvalid with the first `field` in doubt, BudgetNotGoal.
    """
    fits = {
        **{name: is_text(getattr(project, name)) for name in _TEXTS},
        **{name: not has_forbidden_characters(getattr(project, name)) for name in _OPTIONAL_TEXTS},
        "slug": is_slug(project.slug),
        "cause": project.cause in tuple(Cause),
        "region": is_region(project.region),
        "goal_minor": 0 < project.goal_minor <= BIGINT_MAX,
        "unit_minor": 0 <= project.unit_minor <= BIGINT_MAX
        and (project.unit_minor == 0 or bool(project.unit_zh.strip())),
        "ends_at": project.starts_at < project.ends_at,
        "motif": is_slug(project.motif),
        "palette": is_slug(project.palette),
        "budget": bool(project.budget)
        and all(line.amount_minor > 0 and is_text(line.label_zh) and is_text(line.label_en) for line in project.budget),
        "plan": bool(project.plan) and all(is_text(step.text_zh) and is_text(step.text_en) for step in project.plan),
    }
    wrong = next((field for field, fit in fits.items() if not fit), None)
    if wrong:
        raise errors.ProjectInvalid(field=wrong)
    total = sum(line.amount_minor for line in project.budget)
    if total != project.goal_minor:
        raise errors.BudgetNotGoal(budget_yuan=_yuan(total), goal_yuan=_yuan(project.goal_minor))


def _yuan(fen: int) -> str:
    whole, rest = divmod(fen, FEN_PER_YUAN)
    return f"{whole:,}.{rest:02}" if rest else f"{whole:,}"


def project_accounts(project_id: UUID) -> list[NewAccount]:
    """The two accounts every project has: where its gifts come from, and what it has received."""
    return [
        NewAccount(account_id(kind, project_id), Asset.CNY, kind, project_id)
        for kind in (AccountKind.DONORS, AccountKind.PROJECT)
    ]


def is_changeable(state: ProjectState) -> bool:
    """True for a project the public reads: its file changes only by a proposal that a second person publishes."""
    return state in (ProjectState.PUBLISHED, ProjectState.PAUSED)


def check_fixed(project: NewProject, current: ProjectView) -> None:
    """Refuses to give a published project another address, charity or beginning.

    Errors: ProjectFieldFixed with the first such `field`.
    """
    moved = next((name for name in FIXED_FIELDS if getattr(project, name) != getattr(current, name)), None)
    if moved:
        raise errors.ProjectFieldFixed(field=moved)


def to_facts(
    project: NewProject | ProjectView, budget: Sequence[BudgetLine], plan: Sequence[PlanStep]
) -> dict[str, Any]:
    """The part of a file that may change, as JSON values."""
    return {
        **{name: getattr(project, name) for name in _CHANGEABLE},
        "cause": str(project.cause),
        "ends_at": project.ends_at.astimezone(UTC).isoformat(),
        "budget": [asdict(line) for line in budget],
        "plan": [{**asdict(step), "due_at": step.due_at.astimezone(UTC).isoformat()} for step in plan],
    }


def apply_facts(
    current: ProjectView, budget: Sequence[BudgetLine], plan: Sequence[PlanStep], facts: Mapping[str, Any]
) -> NewProject:
    """A standing file with some of it changed."""
    values = {**to_facts(current, budget, plan), **facts}
    values["ends_at"] = datetime.fromisoformat(values["ends_at"])
    values["budget"] = tuple(BudgetLine(**line) for line in values["budget"])
    values["plan"] = tuple(
        PlanStep(**{**step, "due_at": datetime.fromisoformat(step["due_at"])}) for step in values["plan"]
    )
    return NewProject(id=current.id, **{name: getattr(current, name) for name in FIXED_FIELDS}, **values)
