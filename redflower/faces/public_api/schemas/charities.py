"""Charities."""

from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from redflower.domains.organizations.types import CharityKind, CharityState
from redflower.faces.public_api.schemas.bases import Answer, Paging, Parameters
from redflower.faces.public_api.schemas.fields import Next, Region, Slug
from redflower.kernel.text import N_


class CharityPath(Parameters):
    """Which charity."""

    slug: Annotated[Slug, Field(description=N_("机构的 slug"), examples=["yunling-nutrition"])]


class CharityFilters(Paging):
    """Which charities."""

    region: Region | None = None


class CharityName(Answer):
    """A charity, as far as a project names it."""

    slug: Annotated[Slug, Field(examples=["yunling-nutrition"])]
    name_zh: Annotated[str, Field(examples=["云南云岭儿童营养基金会"])]
    name_en: Annotated[str, Field(examples=["Yunling Child Nutrition Foundation"])]


class Charity(CharityName):
    """A charity the public may see. A suspended one stays visible: its donors have a right to know."""

    kind: Annotated[CharityKind, Field(description=N_("foundation 基金会，association 社会团体，service 社会服务机构"))]
    state: Annotated[CharityState, Field(description=N_("published 正常，suspended 暂停筹款"), examples=["published"])]
    region: Region
    uscc: Annotated[str, Field(description=N_("统一社会信用代码"), examples=["53530000MJ0000001X"])]
    certificate_no: Annotated[str, Field(description=N_("公开募捐资格证书号；没有时为空"), examples=[""])]
    founded_on: Annotated[date, Field(description=N_("成立日期"), examples=["2012-05-20"])]
    mission_zh: Annotated[str, Field(examples=["让山里的孩子每天吃上一顿热午餐。"])]
    mission_en: Annotated[str, Field(examples=["A hot lunch every school day for children in the hills."])]
    published_at: Annotated[
        datetime | None, Field(description=N_("通过审核的时刻"), examples=["2025-03-01T02:00:00.000000Z"])
    ]


class CharityPage(Answer):
    """Charities, the first to join first."""

    items: list[Charity]
    next: Next
