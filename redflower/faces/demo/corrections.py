"""What the demo's charities put right after people had read it: two changes published, a report that waits."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from redflower.domains.disclosures.services import propose_report
from redflower.domains.disclosures.types import ReportDraft, ReportKind
from redflower.domains.organizations import rules as charities
from redflower.domains.organizations.selectors import get_charity_for_operators
from redflower.domains.organizations.services import decide_charity_change, propose_charity_change
from redflower.domains.people.types import Reason
from redflower.domains.projects import rules as projects
from redflower.domains.projects.selectors import get_project_for_operators, list_budget, list_plan
from redflower.domains.projects.services import decide_project_change, propose_project_change
from redflower.faces.demo.seeding import Operators
from redflower.faces.demo.world import World

_LONGER = timedelta(days=30)
_PUT_OFF = "warm-windows-heilongjiang"
_TOLD = "hay-before-snow-neimenggu"
_RENEWED = Reason(
    "公开募捐资格证书到期换发，编号随之更新",
    "The public-fundraising certificate was renewed and has a new number",
)
_DELAYED = Reason(
    "入冬以后路上结冰，最后一批窗户要等开春再送，结束日期推后一个月",
    "The road is iced over since winter began: the last windows wait for spring, and the project ends a month later",
)
_REPORT = {
    "title_zh": "入冬前的最后一趟",
    "title_en": "The last trip before winter",
    "body_zh": "赶在封路之前又送了一趟草料，清单和签收单已经核对。开春以后接着做，账目下个月公布。",
    "body_en": "One more load of hay before the road closed; lists and receipts have been checked. Work goes on in spring, and the"
    " accounts follow next month.",
}


def correct_in_sight(plan: World, project_ids: Sequence[UUID], operators: Operators, now: datetime) -> None:
    """Proposes and publishes a change of a charity and of a running project, and leaves a new report to the second person."""
    ids = {project.slug: each for project, each in zip(plan.projects, project_ids, strict=True)}
    changed, told = ids[_PUT_OFF], ids[_TOLD]
    _renew_certificate(get_project_for_operators(changed).charity_id, operators, now - timedelta(days=19))
    _put_off(changed, operators, now - timedelta(days=6))
    report = ReportDraft(project_id=told, kind=ReportKind.PROGRESS, **_REPORT)
    propose_report(report, Reason("", ""), operators.maker, now - timedelta(hours=4))


def _renew_certificate(charity_id: UUID, operators: Operators, at: datetime) -> None:
    current = get_charity_for_operators(charity_id)
    renewed = replace(charities.apply_facts(current, {}), certificate_no=f"慈募证字〔{at.year}〕RF0107号")
    change = propose_charity_change(renewed, _RENEWED, operators.maker, at)
    decide_charity_change(change, True, "已对照新证书", operators.checker, at + timedelta(hours=5))


def _put_off(project_id: UUID, operators: Operators, at: datetime) -> None:
    current, budget, plan = get_project_for_operators(project_id), list_budget(project_id), list_plan(project_id)
    last = replace(plan[-1], due_at=plan[-1].due_at + _LONGER)
    later = replace(
        projects.apply_facts(current, budget, plan, {}), ends_at=current.ends_at + _LONGER, plan=(*plan[:-1], last)
    )
    change = propose_project_change(later, _DELAYED, operators.maker, at)
    decide_project_change(change, True, "已看过备案变更回执", operators.checker, at + timedelta(hours=7))
