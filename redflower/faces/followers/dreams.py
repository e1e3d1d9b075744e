"""What follows when dreams fall due: they are decided, flowers return, granted ones become projects, mail goes out."""

import logging
import time
from datetime import datetime, timedelta
from uuid import UUID

from redflower.domains.dreams import selectors, services
from redflower.domains.dreams.rules import project_id_of
from redflower.domains.dreams.types import DreamView
from redflower.domains.projects.selectors import find_projects_by_id
from redflower.domains.projects.services import review_projects, save_projects, submit_projects
from redflower.domains.projects.types import BudgetLine, NewProject, PlanStep, ProjectState
from redflower.faces.shared.dream_words import name_letter, write_mail
from redflower.flows.tell_dreamers import tell_dreamers
from redflower.kernel import clock
from redflower.kernel.ids import short_code

log = logging.getLogger("redflower.dreams")
MAIL_EVERY_SECONDS = 5.0
RUNS_FOR = timedelta(days=365)
_mailed_at = 0.0


def follow_once(now: datetime | None = None) -> int:
    """Everything that is due for dreams at this moment; returns how much there was."""
    at = now or clock.now()
    due = selectors.list_dreams_to_decide(at)
    done = len(services.decide_dreams(due, at)) if due else 0
    if waiting := selectors.list_dreams_to_return():
        done += services.return_flowers(waiting, at)
    return done + make_projects(at)


def post_once() -> int:
    """Queues letters for those who asked for mail, and sends what waits, every few seconds."""
    global _mailed_at
    if time.monotonic() - _mailed_at < MAIL_EVERY_SECONDS:
        return 0
    _mailed_at = time.monotonic()
    now = clock.now()
    services.queue_letters(now)
    try:
        return tell_dreamers(write_mail, now)
    except OSError as error:
        log.warning("mail waits: %s", error)
        return 0


def make_projects(now: datetime) -> int:
    """Makes granted dreams the projects they were promised to become; goes on wherever it was stopped.

    The two people of the round are the two people of the project: who planned it hands it in, who opened it publishes.
    """
    granted = selectors.list_dreams_without_project()
    for dream_id, maker, checker in granted:
        dream = selectors.find_dream(dream_id, now)
        if dream is not None:
            _make_project(dream, maker, checker, now)
    services.record_projects([dream_id for dream_id, _, _ in granted], now) if granted else None
    return len(granted)


def _make_project(dream: DreamView, maker: UUID, checker: UUID, now: datetime) -> None:
    project_id = project_id_of(dream.id)
    known = find_projects_by_id([project_id]).get(project_id)
    if known is None:
        save_projects([_file(dream, project_id)], maker, now)
    if known is None or known.state == ProjectState.DRAFT:
        submit_projects([project_id], maker, now)
    if known is None or known.state in (ProjectState.DRAFT, ProjectState.SUBMITTED):
        review_projects([project_id], True, "", checker, now)


def _file(dream: DreamView, project_id: UUID) -> NewProject:
    """The project's file, from what the author wrote; a text that exists in one language stands for both."""
    starts_at = dream.decided_at or dream.closes_at

    def both(field: str) -> tuple[str, str]:
        zh, en = getattr(dream, f"{field}_zh"), getattr(dream, f"{field}_en")
        return zh or en, en or zh

    (title_zh, title_en), (summary_zh, summary_en) = both("title"), both("summary")
    (story_zh, story_en), (need_zh, need_en) = both("story"), both("need")
    steps = [starts_at + timedelta(days=day) for day in dream.feedback_days]
    return NewProject(
        id=project_id,
        slug=f"dream-{dream.slug}",
        charity_id=dream.charity_id,
        filing_no=f"DREAM-{short_code(project_id)}",
        title_zh=title_zh,
        title_en=title_en,
        summary_zh=summary_zh,
        summary_en=summary_en,
        story_zh=f"{story_zh}\n\n{need_zh}",
        story_en=f"{story_en}\n\n{need_en}",
        cause=dream.cause,
        region=dream.region or "110000",
        goal_minor=dream.grant_minor,
        starts_at=starts_at,
        ends_at=starts_at + RUNS_FOR,
        budget=tuple(
            BudgetLine(line.label_zh or line.label_en, line.label_en or line.label_zh, line.amount_minor)
            for line in dream.budget
        ),
        plan=tuple(PlanStep(*name_letter(place), due_at) for place, due_at in enumerate(steps, start=1)),
        motif=dream.motif,
        palette=dream.palette,
        picture_seed=dream.picture_seed,
    )
