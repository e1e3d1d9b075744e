"""What was changed on a page after people could read it."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from redflower.domains.people.types import ChangeKind
from redflower.faces.public_api.schemas.bases import Answer
from redflower.faces.public_api.schemas.fields import Next
from redflower.kernel.text import N_


class Correction(Answer):
    """A published change: what was said, what is said now, and why. Only the fields that changed, in both languages."""

    id: Annotated[UUID, Field(description=N_("更正编号"), examples=["0199c4f0-7a11-7e02-b1d4-93a0f2c1e5d7"])]
    kind: Annotated[ChangeKind, Field(description=N_("改的是什么"), examples=["project"])]
    subject_id: Annotated[
        UUID, Field(description=N_("被改的资料、报告或回答"), examples=["0199c4f0-7a11-7e02-9d7b-5a2f10c44d10"])
    ]
    was: Annotated[dict[str, Any], Field(description=N_("原来的写法"), examples=[{"goal_minor": 290000000}])]
    becomes: Annotated[dict[str, Any], Field(description=N_("现在的写法"), examples=[{"goal_minor": 318000000}])]
    reason_zh: Annotated[str, Field(description=N_("改动的原因"), examples=["多了两所学校"])]
    reason_en: Annotated[str, Field(examples=["Two more schools"])]
    published_at: Annotated[datetime, Field(description=N_("公开的时刻"), examples=["2026-09-09T11:42:07.318204Z"])]


class CorrectionPage(Answer):
    """Corrections, the latest first."""

    items: list[Correction]
    next: Next
