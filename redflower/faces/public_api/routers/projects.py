"""Projects and their public ledger."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest
from ninja import Path, Query, Router

from redflower.domains.disclosures.selectors import get_calm_facts
from redflower.domains.disclosures.types import CalmFacts
from redflower.domains.insights.selectors import find_project_totals
from redflower.domains.insights.types import ProjectTotals
from redflower.domains.ledger.selectors import list_project_transfers
from redflower.domains.ledger.types import TransferView
from redflower.domains.organizations.selectors import find_charities_by_id, get_charity
from redflower.domains.projects.rules import compute_openness
from redflower.domains.projects.selectors import get_project, list_budget, list_plan, list_projects
from redflower.domains.projects.types import ProjectView
from redflower.faces.public_api.cursors import read_after, read_shuffled_after, write_cursor
from redflower.faces.public_api.routers.charities import show_charity
from redflower.faces.public_api.routers.corrections import show_corrections
from redflower.faces.public_api.schemas.bases import Paging
from redflower.faces.public_api.schemas.charities import CharityName
from redflower.faces.public_api.schemas.corrections import CorrectionPage
from redflower.faces.public_api.schemas.problems import may_answer
from redflower.faces.public_api.schemas.projects import (
    BudgetLine,
    Calm,
    Duty,
    LedgerSide,
    PlanStep,
    Project,
    ProjectCard,
    ProjectFilters,
    ProjectPage,
    ProjectPath,
    Raised,
    Transfer,
    TransferPage,
)
from redflower.kernel import clock
from redflower.kernel.text import N_

router = Router(tags=["projects"])


@router.get(
    "",
    response=ProjectPage,
    operation_id="list_projects",
    summary=N_("项目列表"),
    description=N_("条件可以同时用。次序每天洗一次牌，对谁都一样，钱买不到靠前的位置。"),
    openapi_extra=may_answer(404),
)
def get_projects(request: HttpRequest, asked: Query[ProjectFilters]) -> ProjectPage:
    now = clock.now()
    day, after = read_shuffled_after("projects", asked.cursor, clock.local_date(now, settings.TIME_ZONE))
    found = list_projects(
        words=asked.words,
        cause=asked.cause or "",
        region=asked.region or "",
        charity_id=get_charity(asked.charity).id if asked.charity else None,
        openness=asked.openness,
        after=after,
        limit=asked.limit + 1,
        now=now,
        day_seed=day,
    )
    shown = found[: asked.limit]
    totals = find_project_totals([project.id for project in shown])
    more = write_cursor("projects", day, shown[-1].id) if len(found) > asked.limit else None
    return ProjectPage(
        items=[ProjectCard(**_show_card(project, totals[project.id], now)) for project in shown], next=more
    )


@router.get(
    "/{slug}",
    response=Project,
    operation_id="get_project",
    summary=N_("一个项目"),
    description=N_("连同预算、计划、所得、机构和法定披露：付款之前应当知道的都在这里。"),
    openapi_extra=may_answer(404),
)
def get_one_project(request: HttpRequest, asked: Path[ProjectPath]) -> Project:
    now = clock.now()
    project = get_project(asked.slug, now)
    totals = find_project_totals([project.id])[project.id]
    charity = find_charities_by_id([project.charity_id])[project.charity_id]
    return Project(
        **{
            **_show_card(project, totals, now),
            "charity": show_charity(charity),
            "story_zh": project.story_zh,
            "story_en": project.story_en,
            "achieved_zh": project.achieved_zh,
            "achieved_en": project.achieved_en,
            "unit_minor": project.unit_minor,
            "unit_zh": project.unit_zh,
            "unit_en": project.unit_en,
            "budget": [BudgetLine.model_validate(line) for line in list_budget(project.id)],
            "plan": [PlanStep.model_validate(step) for step in list_plan(project.id)],
            "calm": _show_calm(get_calm_facts(project, now)),
        }
    )


@router.get(
    "/{slug}/transfers",
    response=TransferPage,
    operation_id="list_transfers",
    summary=N_("一个项目的公开账本"),
    description=N_("进出这个项目账户的每一笔转账，最近的在前。每笔有一借一贷，同一种资产。"),
    openapi_extra=may_answer(404),
)
def get_transfers(request: HttpRequest, asked: Path[ProjectPath], page: Query[Paging]) -> TransferPage:
    after = read_after("transfers", page.cursor)
    project = get_project(asked.slug, clock.now())
    found = list_project_transfers(project.id, after, page.limit + 1)
    more = write_cursor("transfers", found[page.limit - 1].id) if len(found) > page.limit else None
    return TransferPage(items=[_show_transfer(transfer) for transfer in found[: page.limit]], next=more)


@router.get(
    "/{slug}/corrections",
    response=CorrectionPage,
    operation_id="list_project_corrections",
    summary=N_("一个项目的更正"),
    description=N_("项目资料、报告和回答公开之后改过的每一处，连同原来的写法和原因，最近的在前。"),
    openapi_extra=may_answer(404),
)
def get_project_corrections(request: HttpRequest, asked: Path[ProjectPath], page: Query[Paging]) -> CorrectionPage:
    return show_corrections(get_project(asked.slug, clock.now()).id, page)


def _show_card(project: ProjectView, totals: ProjectTotals, now: datetime) -> dict[str, Any]:
    charity = CharityName(slug=project.charity_slug, name_zh=project.charity_name_zh, name_en=project.charity_name_en)
    return {
        "slug": project.slug,
        "title_zh": project.title_zh,
        "title_en": project.title_en,
        "summary_zh": project.summary_zh,
        "summary_en": project.summary_en,
        "filing_no": project.filing_no,
        "cause": project.cause,
        "region": project.region,
        "openness": compute_openness(project, now),
        "goal_minor": project.goal_minor,
        "starts_at": project.starts_at,
        "ends_at": project.ends_at,
        "picture_url": f"{settings.REDFLOWER_BASE_URL}{project.picture_url}",
        "url": f"{settings.REDFLOWER_BASE_URL}/projects/{project.slug}",
        "charity": charity,
        "raised": Raised(
            gifts=totals.gifts,
            given_minor=totals.amount_minor,
            matched_minor=totals.matched_minor,
            refunds=totals.refunds,
            refunded_minor=totals.refunded_minor,
            raised_minor=totals.raised_minor,
            last_gift_at=totals.last_gift_at,
        ),
    }


def _show_calm(facts: CalmFacts) -> Calm:
    progress, finance = facts.newest_progress, facts.newest_finance
    return Calm(
        newest_progress_at=progress.published_at if progress else None,
        newest_finance_at=finance.published_at if finance else None,
        duties=[Duty.model_validate(duty) for duty in facts.duties],
        unanswered_questions=len(facts.unanswered),
    )


def _show_transfer(transfer: TransferView) -> Transfer:
    return Transfer(
        id=transfer.id,
        asset=transfer.asset.name,
        kind=transfer.kind,
        phase=transfer.phase,
        debit=_show_side(transfer.debit_id, transfer.debit_kind),
        credit=_show_side(transfer.credit_id, transfer.credit_kind),
        amount=transfer.amount,
        subject_id=transfer.subject_id,
        rule=transfer.rule,
        booked_at=transfer.booked_at,
    )


def _show_side(account: UUID, kind: str) -> LedgerSide:
    return LedgerSide(account=account, kind=kind)
