"""What every shape is built on: what is given, what is taken, what stands in an address."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from redflower.faces.public_api import cursors
from redflower.faces.public_api.schemas.fields import Limit
from redflower.kernel.text import N_


class Answer(BaseModel):
    """Base of what the API gives."""

    model_config = ConfigDict(from_attributes=True, frozen=True)


class Asked(BaseModel):
    """Base of what the API takes: exactly these fields, exactly these types."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Parameters(BaseModel):
    """Base of what stands in an address; the door has refused names that are not known."""

    model_config = ConfigDict(frozen=True)


class Paging(Parameters):
    """Which page of a list."""

    limit: Limit = 30
    cursor: Annotated[str, Field(max_length=cursors.MAX_CHARS, description=N_("上一页给出的 next；第一页不写"))] = ""
