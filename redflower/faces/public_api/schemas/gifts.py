"""Gifts: as the public sees them, as their donor sees them, and as they are asked for."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from redflower.domains.donations.types import GiftState, MessageState, ShownAs
from redflower.domains.festivals.types import AwardReason
from redflower.faces.public_api import donor_tokens
from redflower.faces.public_api.schemas.bases import Answer, Asked, Paging, Parameters
from redflower.faces.public_api.schemas.fields import GiftId, Minor, Next, Slug
from redflower.faces.public_api.schemas.problems import Problem
from redflower.faces.public_api.schemas.projects import ProjectName
from redflower.kernel.text import N_

GIFTS_MAX = 100
_TOKEN = "0199c4f07a117e02b673300871f44c168e7c949de2c750e60c2c9bb8ff530017"  # noqa: S105 - an example
_DONOR = "IjAxOTljNGYwLTdhMTEtN2UwMiI:1vAbCd:Xk3pQm"
_LINK = f"http://127.0.0.1:8000/g/{_TOKEN}"
GiftToken = Annotated[str, Field(description=N_("捐赠的私密令牌：谁拿着它，谁就能看这笔捐赠"), examples=[_TOKEN])]
DonorToken = Annotated[
    str,
    Field(
        description=N_("捐赠人令牌：带着它，没有 Cookie 也一直是同一位捐赠人。请保密"),
        max_length=donor_tokens.MAX_CHARS,
        examples=[_DONOR],
    ),
]
State = Annotated[
    GiftState,
    Field(
        description=N_("pending 等待付款，settled 已到账，failed 未成功，cancelled 已取消，expired 已过期"),
        examples=["settled"],
    ),
]


class GiftPath(Parameters):
    """Which gift."""

    token: Annotated[
        str, Field(pattern="^[0-9a-f]{64}$", description=N_("发起捐赠时给出的 gift_token"), examples=[_TOKEN])
    ]


class GiftFilters(Paging):
    """Which gifts."""

    project: Annotated[Slug | None, Field(description=N_("只看一个项目：它的 slug"))] = None


class PublicGift(Answer):
    """A settled gift as everybody may see it: a name only where its donor chose one."""

    gift_id: GiftId
    project: ProjectName
    amount_minor: Minor
    shown_as: Annotated[
        ShownAs, Field(description=N_("anonymous 匿名，named 实名，pseudonym 笔名"), examples=["pseudonym"])
    ]
    shown_name: Annotated[str | None, Field(description=N_("捐赠人选择公开的名字；匿名时为 null"), examples=["林小满"])]
    message: Annotated[str, Field(description=N_("通过审核的留言；没有时为空"), examples=["愿每个孩子都吃上热饭。"])]
    settled_at: Annotated[datetime, Field(description=N_("到账的时刻"), examples=["2026-09-09T11:42:07.318204Z"])]


class GiftPage(Answer):
    """Settled gifts, the latest first."""

    items: list[PublicGift]
    next: Next


class Award(Answer):
    """What one pool decided for a gift."""

    pool: Annotated[UUID, Field(description=N_("配捐池编号"), examples=["0199c4a1-2b3c-7d4e-8f50-617283940a1b"])]
    pool_name_zh: Annotated[str, Field(examples=["惊喜配捐"])]
    pool_name_en: Annotated[str, Field(examples=["Surprise match"])]
    slice_no: Annotated[int, Field(description=N_("第几个时间片，从 0 数起"), examples=[812])]
    amount_minor: Annotated[int, Field(description=N_("配捐，单位：分；可以是 0"), examples=[680])]
    reason: Annotated[AwardReason, Field(description=N_("为什么是这个数"), examples=["awarded"])]
    drawn_at: Annotated[datetime, Field(description=N_("开奖的时刻"), examples=["2026-09-09T11:42:15.002331Z"])]


class Match(Answer):
    """What came of a gift in the festivals it took part in."""

    state: Annotated[
        Literal["none", "waiting", "drawn"],
        Field(description=N_("none 没有参加公益节，waiting 还有时间片没开奖，drawn 都开过了"), examples=["drawn"]),
    ]
    amount_minor: Annotated[int, Field(description=N_("配捐合计，单位：分"), examples=[680])]
    awards: list[Award]


class Refund(Answer):
    """Whether a gift was asked back, and what became of that."""

    state: Annotated[
        Literal["none", "asked", "declined", "accepted", "refunded"],
        Field(
            description=N_("none 没有申请，asked 等答复，declined 没有同意，accepted 同意了、正在退回，refunded 已退回")
        ),
    ]
    asked_at: Annotated[datetime | None, Field(description=N_("申请退回的时刻"))]
    refunded_at: Annotated[datetime | None, Field(description=N_("记进账本的退回时刻"))]


class PrivateGift(Answer):
    """A gift as whoever holds its private token may see it."""

    gift_id: GiftId
    project: ProjectName
    state: State
    amount_minor: Minor
    shown_as: Annotated[ShownAs, Field(examples=["pseudonym"])]
    shown_name: Annotated[str | None, Field(examples=["林小满"])]
    message: Annotated[str, Field(examples=["愿每个孩子都吃上热饭。"])]
    message_state: Annotated[
        MessageState,
        Field(description=N_("none 没有留言，shown 已公开，held 等待审核，removed 未通过"), examples=["shown"]),
    ]
    made_at: Annotated[datetime, Field(description=N_("发起的时刻"), examples=["2026-09-09T11:41:30.000000Z"])]
    expires_at: Annotated[datetime, Field(description=N_("在这之前付款有效"), examples=["2026-09-09T12:11:30.000000Z"])]
    paid_at: Annotated[
        datetime | None, Field(description=N_("支付机构所说的付款时刻"), examples=["2026-09-09T11:42:06.000000Z"])
    ]
    settled_at: Annotated[
        datetime | None, Field(description=N_("记进账本的时刻"), examples=["2026-09-09T11:42:07.318204Z"])
    ]
    match: Match
    flowers: Annotated[int, Field(description=N_("这笔捐赠得到的小红花"), examples=[1])]
    refund: Refund
    url: Annotated[str, Field(description=N_("给人看的页面"), examples=[_LINK])]


class GiftAsked(Asked):
    """One gift to ask for. What a rule refuses is answered in its own place and holds up no other item."""

    idempotency_key: Annotated[
        str,
        Field(
            description=N_("你选的键，1 到 64 个字符：同一捐赠人用同一个键再来，得到第一次的答复"),
            examples=["order-20260909-0001"],
        ),
    ]
    project: Annotated[str, Field(description=N_("项目的 slug"), examples=["hot-lunch"])]
    amount_minor: Annotated[int, Field(description=N_("金额，单位：分；JSON 整数，1 到 1000000000"), examples=[2000])]
    shown_as: Annotated[
        Literal["anonymous", "named", "pseudonym"], Field(description=N_("怎样署名，默认匿名"), examples=["pseudonym"])
    ] = "anonymous"
    shown_name: Annotated[str, Field(description=N_("公开的名字，最多 30 个字；匿名时不公开"), examples=["林小满"])] = (
        ""
    )
    message: Annotated[
        str, Field(description=N_("留言，最多 200 个字，可能先经过审核"), examples=["愿每个孩子都吃上热饭。"])
    ] = ""
    donor_token: Annotated[
        str,
        Field(
            description=N_("谁在捐。不写时，这一批里没写的都属于一位新的捐赠人，令牌在答复里"),
            max_length=donor_tokens.MAX_CHARS,
        ),
    ] = ""


class GiftsAsked(Asked):
    """A list of gifts; a single gift is a list of one."""

    gifts: Annotated[list[GiftAsked], Field(min_length=1, max_length=GIFTS_MAX)]


class GiftOpened(Answer):
    """A gift that stands, and where it is paid."""

    gift_token: GiftToken
    url: Annotated[str, Field(description=N_("给捐赠人看的页面"), examples=[_LINK])]
    pay_url: Annotated[
        str | None,
        Field(
            description=N_("支付机构的付款页；不能再付时为 null"),
            examples=["http://127.0.0.1:8000/sandbox/pay/ch_8c1f"],
        ),
    ]
    state: Annotated[GiftState, Field(examples=["pending"])]
    amount_minor: Minor
    expires_at: Annotated[datetime, Field(description=N_("在这之前付款有效"), examples=["2026-09-09T12:11:30.000000Z"])]
    replayed: Annotated[bool, Field(description=N_("true 表示这个键以前来过，这是第一次的答复"), examples=[False])]
    donor_token: DonorToken


class GiftRefused(Answer):
    """A gift that was refused; nothing was written for it."""

    problem: Problem


class GiftAnswers(Answer):
    """One answer per gift, in the order asked."""

    gifts: list[GiftOpened | GiftRefused]


class Donor(Answer):
    """A donor who has not given yet."""

    donor_token: DonorToken
