"""Projects, what they have received, and their public ledger."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from redflower.domains.disclosures.types import DutyState, ReportKind
from redflower.domains.ledger.types import AccountKind, Phase
from redflower.domains.projects.types import Cause, Openness
from redflower.faces.public_api.schemas.bases import Answer, Paging, Parameters
from redflower.faces.public_api.schemas.charities import Charity, CharityName
from redflower.faces.public_api.schemas.fields import Minor, Next, Region, Slug
from redflower.kernel.text import N_


class ProjectPath(Parameters):
    """Which project."""

    slug: Annotated[Slug, Field(description=N_("项目的 slug"), examples=["hot-lunch"])]


class ProjectFilters(Paging):
    """Which projects; conditions combine."""

    words: Annotated[
        str, Field(max_length=100, description=N_("要找的词，中英文都可以，每个词都要出现"), examples=["午餐"])
    ] = ""
    cause: Annotated[Cause | None, Field(description=N_("议题"))] = None
    region: Region | None = None
    charity: Annotated[Slug | None, Field(description=N_("机构的 slug"))] = None
    openness: Annotated[
        Literal["open", "finished", "all"], Field(description=N_("open 可以捐赠，finished 已结束，all 全部"))
    ] = "open"


class Raised(Answer):
    """What a project has received; trails the ledger by about a second."""

    gifts: Annotated[int, Field(description=N_("捐赠笔数"), examples=[73953])]
    given_minor: Annotated[int, Field(description=N_("捐赠合计，单位：分"), examples=[290000000])]
    matched_minor: Annotated[int, Field(description=N_("配捐合计，单位：分"), examples=[28000000])]
    refunds: Annotated[int, Field(description=N_("其中退回的笔数；退回的金额已经从合计里扣除"), examples=[12])]
    refunded_minor: Annotated[int, Field(description=N_("退回捐赠人的合计，单位：分"), examples=[36000])]
    raised_minor: Annotated[int, Field(description=N_("捐赠加配捐，单位：分"), examples=[318000000])]
    last_gift_at: Annotated[
        datetime | None, Field(description=N_("最近一笔到账的时刻"), examples=["2026-09-09T11:42:07.318204Z"])
    ]


class ProjectName(Answer):
    """A project, as far as a gift names it."""

    slug: Annotated[Slug, Field(examples=["hot-lunch"])]
    title_zh: Annotated[str, Field(examples=["深山小学的一顿热午餐"])]
    title_en: Annotated[str, Field(examples=["A hot lunch for hill schools"])]


class ProjectCard(ProjectName):
    """A project in a list."""

    summary_zh: Annotated[str, Field(examples=["四十二所教学点，三千一百个孩子。"])]
    summary_en: Annotated[str, Field(examples=["Forty-two hill schools, 3,100 children."])]
    filing_no: Annotated[str, Field(description=N_("募捐备案编号"), examples=["53530000MJ0000001XA25001"])]
    cause: Annotated[Cause, Field(description=N_("议题"), examples=["children"])]
    region: Region
    openness: Annotated[
        Openness,
        Field(description=N_("open 可以捐赠，upcoming 还没开始，paused 暂停，finished 已结束"), examples=["open"]),
    ]
    goal_minor: Annotated[int, Field(description=N_("目标，单位：分"), examples=[530000000])]
    starts_at: Annotated[datetime, Field(description=N_("开始募捐的时刻"), examples=["2026-06-01T00:00:00.000000Z"])]
    ends_at: Annotated[datetime, Field(description=N_("结束募捐的时刻"), examples=["2027-06-01T00:00:00.000000Z"])]
    picture_url: Annotated[
        str, Field(description=N_("插图（SVG）"), examples=["http://127.0.0.1:8000/pictures/bowl-wheat-7.svg"])
    ]
    url: Annotated[str, Field(description=N_("给人看的页面"), examples=["http://127.0.0.1:8000/projects/hot-lunch"])]
    charity: CharityName
    raised: Raised


class ProjectPage(Answer):
    """Projects in the shuffle of the day: nothing that money can buy."""

    items: list[ProjectCard]
    next: Next


class BudgetLine(Answer):
    """One line of a budget."""

    label_zh: Annotated[str, Field(examples=["食材采购"])]
    label_en: Annotated[str, Field(examples=["Ingredients"])]
    amount_minor: Minor


class PlanStep(Answer):
    """One step of a plan."""

    text_zh: Annotated[str, Field(examples=["四十二所学校完成厨房改造"])]
    text_en: Annotated[str, Field(examples=["Kitchens of all 42 schools refitted"])]
    due_at: Annotated[datetime, Field(description=N_("计划完成的时刻"), examples=["2026-12-31T00:00:00.000000Z"])]


class Duty(Answer):
    """Something the law asks of a project by a date."""

    kind: Annotated[ReportKind, Field(description=N_("progress 进展报告，finance 财务报告，final 结项报告"))]
    due_at: Annotated[datetime, Field(description=N_("到期的时刻"), examples=["2026-09-01T00:00:00.000000Z"])]
    state: Annotated[DutyState, Field(description=N_("met 已履行，due_later 未到期，overdue 逾期"))]
    met_at: Annotated[datetime | None, Field(description=N_("履行的时刻"), examples=["2026-08-28T03:00:00.000000Z"])]


class Calm(Answer):
    """What a donor should know before paying."""

    newest_progress_at: Annotated[
        datetime | None, Field(description=N_("最近一份进展报告的时刻"), examples=["2026-08-28T03:00:00.000000Z"])
    ]
    newest_finance_at: Annotated[
        datetime | None, Field(description=N_("最近一份财务报告的时刻"), examples=["2026-08-28T03:00:00.000000Z"])
    ]
    duties: Annotated[list[Duty], Field(description=N_("法定披露"))]
    unanswered_questions: Annotated[int, Field(description=N_("还没有回答的公开提问"), examples=[0])]


class Project(ProjectCard):
    """A project with everything public about it."""

    story_zh: Annotated[str, Field(examples=["清晨五点，厨房的灯先亮了。"])]
    story_en: Annotated[str, Field(examples=["At five in the morning the kitchen light comes on first."])]
    achieved_zh: Annotated[str, Field(description=N_("到现在做成了什么"), examples=["已送出 186 万份热午餐。"])]
    achieved_en: Annotated[str, Field(examples=["1.86 million hot lunches served."])]
    unit_minor: Annotated[int, Field(description=N_("一份善意值多少，单位：分；没有时为 0"), examples=[400])]
    unit_zh: Annotated[str, Field(examples=["一顿热午餐"])]
    unit_en: Annotated[str, Field(examples=["one hot lunch"])]
    budget: list[BudgetLine]
    plan: list[PlanStep]
    calm: Annotated[Calm, Field(description=N_("付款之前应当知道的事"))]
    charity: Charity


class LedgerSide(Answer):
    """One side of a transfer."""

    account: Annotated[UUID, Field(description=N_("账户编号"), examples=["5d4c8f0e-6c5b-8a3d-9f21-0c7d9be1a4f2"])]
    kind: Annotated[AccountKind, Field(description=N_("账户的用途"), examples=["donors"])]


class Transfer(Answer):
    """A transfer of the public ledger."""

    id: Annotated[UUID, Field(description=N_("转账编号"), examples=["0199c4f0-7a11-7e02-b1d4-93a0f2c1e5d7"])]
    asset: Annotated[str, Field(description=N_("CNY（分）或 FLOWER（朵）"), examples=["CNY"])]
    kind: Annotated[str, Field(description=N_("起因：gift 捐赠，award 配捐"), examples=["gift"])]
    phase: Annotated[
        Phase, Field(description=N_("posted 已记账，pending 待定，post 执行，void 作废"), examples=["posted"])
    ]
    debit: Annotated[LedgerSide, Field(description=N_("从哪里"))]
    credit: Annotated[LedgerSide, Field(description=N_("到哪里"))]
    amount: Annotated[int, Field(description=N_("数量，以资产的最小单位计"), examples=[10050])]
    subject_id: Annotated[
        UUID, Field(description=N_("引起它的那笔捐赠"), examples=["0199c4f0-7a11-7e02-9d7b-5a2f10c44d10"])
    ]
    rule: Annotated[str, Field(description=N_("依据的规则与版本；没有时为空"), examples=["surprise-2024@1"])]
    booked_at: Annotated[datetime, Field(description=N_("记账的时刻"), examples=["2026-09-09T11:42:07.318204Z"])]


class TransferPage(Answer):
    """A project's transfers, the latest first."""

    items: list[Transfer]
    next: Next
