"""Festivals, pools, slices and awards: everything a stranger needs to check a draw, and nobody's name."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from redflower.domains.festivals.types import AwardReason, FestivalPhase, PoolState
from redflower.faces.public_api.schemas.bases import Answer, Paging, Parameters
from redflower.faces.public_api.schemas.fields import GiftId, Limit, Next, SliceNumber, Slug
from redflower.kernel.text import N_

_SHA256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
PoolId = Annotated[UUID, Field(description=N_("配捐池编号"), examples=["0199c4a1-2b3c-7d4e-8f50-617283940a1b"])]
SliceNo = Annotated[int, Field(description=N_("第几个时间片，从 0 数起"), examples=[812])]


class FestivalPath(Parameters):
    """Which festival."""

    slug: Annotated[Slug, Field(description=N_("公益节的 slug"), examples=["99-giving-2026"])]


class SliceFilters(Parameters):
    """Which slices."""

    pool: PoolId
    before: Annotated[SliceNumber | None, Field(description=N_("只要这一片之前的"), examples=[783])] = None
    limit: Limit = 30


class AwardFilters(Paging):
    """Which awards."""

    pool: PoolId
    slice: Annotated[SliceNumber, Field(description=N_("第几个时间片，从 0 数起"), examples=[812])]


class FestivalCard(Answer):
    """A festival in a list."""

    slug: Annotated[Slug, Field(examples=["99-giving-2026"])]
    name_zh: Annotated[str, Field(examples=["九月公益节"])]
    name_en: Annotated[str, Field(examples=["September Giving Days"])]
    summary_zh: Annotated[str, Field(examples=["三天，一起把善意放大。"])]
    summary_en: Annotated[str, Field(examples=["Three days to make kindness go further."])]
    phase: Annotated[
        FestivalPhase,
        Field(description=N_("upcoming 未开始，running 进行中，drawing 收尾开奖，over 已结束"), examples=["running"]),
    ]
    opens_at: Annotated[datetime, Field(description=N_("开始的时刻"), examples=["2026-09-07T01:00:00.000000Z"])]
    closes_at: Annotated[datetime, Field(description=N_("结束的时刻"), examples=["2026-09-10T01:00:00.000000Z"])]
    slice_seconds: Annotated[int, Field(description=N_("一个时间片多少秒"), examples=[5])]
    slices: Annotated[int, Field(description=N_("一共多少个时间片"), examples=[51840])]
    drawn_through: Annotated[int, Field(description=N_("开到第几个时间片；还没开过时为 -1"), examples=[812])]


class FestivalList(Answer):
    """All festivals, the latest first."""

    items: list[FestivalCard]


class RuleSet(Answer):
    """The rules of a pool, as published before it opened."""

    code: Annotated[str, Field(description=N_("规则的名字"), examples=["surprise-2024"])]
    version: Annotated[int, Field(description=N_("规则的版本"), examples=[1])]
    sha256: Annotated[str, Field(description=N_("body 的 SHA-256（RFC 8785 规范写法）"), examples=[_SHA256])]
    body: Annotated[
        dict[str, Any],
        Field(
            description=N_("规则本身"),
            examples=[{"method": "lottery", "gift_min_minor": 1, "award_min_minor": 1, "award_max_minor": 990}],
        ),
    ]


class Pool(Answer):
    """A pool. Granted + returned + free = budget, at every moment."""

    id: PoolId
    name_zh: Annotated[str, Field(examples=["惊喜配捐"])]
    name_en: Annotated[str, Field(examples=["Surprise match"])]
    sponsor_zh: Annotated[str, Field(description=N_("出资方"), examples=["晨曦公益基金"])]
    sponsor_en: Annotated[str, Field(examples=["Dawn Fund"])]
    state: Annotated[
        PoolState, Field(description=N_("announced 已公布，open 发放中，closed 已结清"), examples=["open"])
    ]
    budget_minor: Annotated[int, Field(description=N_("预算，单位：分"), examples=[5000000000])]
    granted_minor: Annotated[int, Field(description=N_("已配捐，单位：分"), examples=[78400000])]
    returned_minor: Annotated[int, Field(description=N_("已退回出资方，单位：分"), examples=[0])]
    free_minor: Annotated[int, Field(description=N_("还没发出，单位：分"), examples=[4921600000])]
    secret_sha256: Annotated[str, Field(description=N_("密钥的 SHA-256，开始之前就公布"), examples=[_SHA256])]
    reveal_by: Annotated[
        datetime | None,
        Field(
            description=N_("最迟开奖的时间，开始之前就公布；更晚才抽的时间片不用密钥，按平均数平分"),
            examples=["2026-09-10T16:00:00Z"],
        ),
    ]
    beacon: Annotated[
        dict[str, Any] | None,
        Field(description=N_("混进每个种子的公共随机信标，开始之前就公布；没有则为 null"), examples=[None]),
    ]
    revealed_secret: Annotated[
        str | None, Field(description=N_("密钥（十六进制），结清之后公布，之前为 null"), examples=[None])
    ]
    rule_set: RuleSet


class Festival(FestivalCard):
    """A festival with its pools."""

    allowance_seconds: Annotated[int, Field(description=N_("时间片结束后，等多少秒再开奖"), examples=[3])]
    gifts: Annotated[int, Field(description=N_("参加的捐赠笔数"), examples=[40960])]
    given_minor: Annotated[int, Field(description=N_("参加的捐赠合计，单位：分"), examples=[163840000])]
    pools: list[Pool]


class Slice(Answer):
    """The public result of one slice of one pool."""

    slice_no: SliceNo
    gifts_root: Annotated[
        str, Field(description=N_("这一片所有捐赠的 Merkle 根（RFC 6962），先于密钥固定"), examples=[_SHA256])
    ]
    tickets: Annotated[int, Field(description=N_("这一片有多少笔捐赠"), examples=[51])]
    eligible: Annotated[int, Field(description=N_("其中符合规则的"), examples=[50])]
    available_minor: Annotated[int, Field(description=N_("可用预算，单位：分"), examples=[96451])]
    granted_minor: Annotated[int, Field(description=N_("发出，单位：分"), examples=[24310])]
    drawn_at: Annotated[datetime, Field(description=N_("开奖的时刻"), examples=["2026-09-09T11:42:15.002331Z"])]


class SliceList(Answer):
    """Drawn slices that had gifts, the latest first."""

    items: list[Slice]
    next: Annotated[int | None, Field(description=N_("下一页的 before；没有下一页时为 null"), examples=[783])]


class SliceAward(Answer):
    """What a draw decided for one gift."""

    gift_id: GiftId
    amount_minor: Annotated[int, Field(description=N_("配捐，单位：分；可以是 0"), examples=[680])]
    reason: Annotated[
        AwardReason,
        Field(
            description=N_(
                "awarded 得到配捐，below_minimum 不到起捐额，person_cap_reached 到了每人上限，budget_spent 这一片已发完，"
                "share_below_one_fen 份额不到一分"
            ),
            examples=["awarded"],
        ),
    ]


class AwardPage(Answer):
    """Every decision of one slice of one pool, in the order of gift ids."""

    items: list[SliceAward]
    next: Next
