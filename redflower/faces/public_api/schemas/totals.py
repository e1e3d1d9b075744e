"""Totals of the whole site."""

from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from redflower.faces.public_api.schemas.bases import Answer
from redflower.faces.public_api.schemas.fields import Minor, Region
from redflower.kernel.text import N_

Count = Annotated[int, Field(description=N_("捐赠笔数"), examples=[3204118])]


class Overall(Answer):
    """Since the site opened."""

    gifts: Count
    given_minor: Annotated[int, Field(description=N_("捐赠合计，单位：分"), examples=[12840639200])]
    matched_minor: Annotated[int, Field(description=N_("配捐合计，单位：分"), examples=[318000000])]
    refunds: Annotated[int, Field(description=N_("其中退回的笔数；退回的金额已经从合计里扣除"), examples=[412])]
    refunded_minor: Annotated[int, Field(description=N_("退回捐赠人的合计，单位：分"), examples=[1236000])]
    projects_supported: Annotated[int, Field(description=N_("收到过捐赠的项目"), examples=[1906])]
    projects_open: Annotated[int, Field(description=N_("现在可以捐赠的项目"), examples=[1204])]


class Hour(Answer):
    """One hour that had gifts."""

    hour: Annotated[datetime, Field(description=N_("这一小时的开始"), examples=["2026-09-09T11:00:00.000000Z"])]
    gifts: Count
    amount_minor: Minor


class RegionTotal(Answer):
    """Gifts to projects of one provincial region."""

    region: Region
    name_zh: Annotated[str, Field(examples=["云南"])]
    name_en: Annotated[str, Field(examples=["Yunnan"])]
    amount_minor: Minor


class Today(Answer):
    """The present day of the site's time zone."""

    on: Annotated[date, Field(description=N_("站点时区的日期"), examples=["2026-09-09"])]
    gifts: Count
    given_minor: Annotated[int, Field(description=N_("捐赠合计，单位：分"), examples=[2840639])]
    hours: Annotated[list[Hour], Field(description=N_("有捐赠的每一小时"))]
    regions: Annotated[list[RegionTotal], Field(description=N_("按项目所在的省级地区，从多到少"))]


class Totals(Answer):
    """Totals; they trail the ledger by about a second."""

    as_of: Annotated[datetime, Field(description=N_("读取的时刻"), examples=["2026-09-09T11:42:20.100000Z"])]
    overall: Overall
    today: Today
