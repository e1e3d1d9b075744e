"""Fields that mean the same wherever they stand."""

import re
from typing import Annotated, Any
from uuid import UUID

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from redflower.kernel.text import N_

PAGE_MAX = 100
_WHOLE = re.compile(r"-?[0-9]{1,18}", re.ASCII)
SLUG_PATTERN = r"^[a-z0-9]+(-[a-z0-9]+)*$"


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
