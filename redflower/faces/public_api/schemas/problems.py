"""Refusals as the document describes them."""

from typing import Annotated, Any

from pydantic import Field

from redflower.faces.public_api.schemas.bases import Answer
from redflower.kernel.text import N_


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
