"""JSON in and out: strict about what is read, one spelling for what is written."""

import json
from datetime import date, datetime
from enum import Enum
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja.parser import Parser
from ninja.renderers import BaseRenderer

from redflower.engine.wire import read_json
from redflower.kernel.canon import instant


class StrictParser(Parser):
    """Reads UTF-8 JSON that has one meaning only.

    Errors: BodyUnreadable, BodyKeyRepeated, BodyNumberUnreadable (NaN, Infinity).
    """

    def parse_body(self, request: HttpRequest) -> Any:
        return read_json(request.body)


class Renderer(BaseRenderer):
    """Compact UTF-8 JSON; instants in UTC with microseconds, as everywhere in public files."""

    media_type = "application/json"

    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> bytes:
        return json.dumps(data, ensure_ascii=False, separators=(",", ":"), default=_spell).encode()


def _spell(value: Any) -> str:
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, Enum):
        return str(value.value)
    raise TypeError(f"{type(value).__name__} has no spelling in JSON")
