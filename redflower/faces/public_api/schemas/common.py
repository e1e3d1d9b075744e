"""What every shape is made of: bases, parameters, amounts, problems."""

import re
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from redflower.faces.public_api import cursors
from redflower.kernel.text import N_

PAGE_MAX = 100
_WHOLE = re.compile(r"-?[0-9]{1,18}", re.ASCII)
SLUG_PATTERN = r"^[a-z0-9]+(-[a-z0-9]+)*$"


class Answer(BaseModel):
    """Base of what the API gives."""

    model_config = ConfigDict(from_attributes=True, frozen=True)


class Asked(BaseModel):
    """Base of what the API takes: exactly these fields, exactly these types."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


def _read_whole(value: Any) -> Any:
    if isinstance(value, str) and _WHOLE.fullmatch(value) is None:
        raise PydanticCustomError("int_parsing", "not a whole number")
    return value


_Whole = BeforeValidator(_read_whole)
Slug = Annotated[str, Field(pattern=SLUG_PATTERN, max_length=60)]
Limit = Annotated[int, Field(ge=1, le=PAGE_MAX, description=N_("一页多少项")), _Whole]
SliceNumber = Annotated[int, Field(ge=0, le=2**31 - 1), _Whole]
Next = Annotated[
    str | None,
    Field(
        description=N_("下一页的 cursor；没有下一页时为 null"),
        examples=["Z2lmdHN8MDE5OWM0ZjAtN2ExMS03ZTAyLTlkN2ItNWEyZjEwYzQ0ZDEw"],
    ),
]
Minor = Annotated[int, Field(description=N_("金额，单位：分"), examples=[10050])]
GiftId = Annotated[UUID, Field(description=N_("捐赠编号"), examples=["0199c4f0-7a11-7e02-9d7b-5a2f10c44d10"])]
Region = Annotated[
    str, Field(pattern="^[1-9][0-9]0000$", description=N_("省级行政区划代码（GB/T 2260）"), examples=["530000"])
]


class Parameters(BaseModel):
    """Base of what stands in an address; the door has refused names that are not known."""

    model_config = ConfigDict(frozen=True)


class Paging(Parameters):
    """Which page of a list."""

    limit: Limit = 30
    cursor: Annotated[str, Field(max_length=cursors.MAX_CHARS, description=N_("上一页给出的 next；第一页不写"))] = ""


class Fault(Answer):
    """One field in fault."""

    place: Annotated[str, Field(description=N_("在哪里：path、query 或 body"), examples=["body"])]
    field: Annotated[str, Field(description=N_("哪一项，嵌套用点连接"), examples=["gifts.0.amount_minor"])]
    code: Annotated[str, Field(description=N_("稳定的代码"), examples=["int_type"])]
    message: Annotated[
        str, Field(description=N_("用你的语言写的说明"), examples=["应是 JSON 整数：不带引号、小数点或指数"])
    ]


class Problem(Answer):
    """Why a request, or one item of it, was refused (RFC 9457)."""

    type: Annotated[
        str, Field(description=N_("URN，与 code 对应"), examples=["urn:redflower:problem:project_not_found"])
    ]
    title: Annotated[str, Field(description=N_("用你的语言写的一句话"), examples=["没有找到这个项目"])]
    status: Annotated[int, Field(description=N_("HTTP 状态码"), examples=[404])]
    code: Annotated[str, Field(description=N_("稳定的代码，程序按它判断"), examples=["project_not_found"])]
    facts: Annotated[dict[str, str], Field(description=N_("与这次拒绝有关的事实"), examples=[{}])] = {}
    errors: Annotated[list[Fault], Field(description=N_("逐项的说明，只在字段写法不对时有"), examples=[[]])] = []


def may_answer(*statuses: int) -> dict[str, Any]:
    """For `openapi_extra`: the problems an operation can answer with besides those all of its kind have."""
    return {"responses": {status: {} for status in statuses}}
