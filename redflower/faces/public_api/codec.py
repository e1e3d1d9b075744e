"""JSON in and out: strict about what is read, one spelling for what is written."""

import json
from datetime import date, datetime
from enum import Enum
from typing import Any, NoReturn
from uuid import UUID

from django.http import HttpRequest
from ninja.parser import Parser
from ninja.renderers import BaseRenderer

from redflower.faces.public_api.refusals import BodyKeyRepeated, BodyNumberUnreadable, BodyUnreadable
from redflower.kernel.canon import instant

_KEY_SHOWN_CHARS = 40


class StrictParser(Parser):
    """Reads UTF-8 JSON that has one meaning only.

    Errors: BodyUnreadable, BodyKeyRepeated, BodyNumberUnreadable (NaN, Infinity).
    """

    def parse_body(self, request: HttpRequest) -> Any:
        try:
            return json.loads(
                request.body.decode(), object_pairs_hook=_refuse_repeated_keys, parse_constant=_refuse_constant
            )
        except (ValueError, RecursionError) as fault:
            raise BodyUnreadable from fault


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


def _refuse_repeated_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise BodyKeyRepeated(key=ascii(key[:_KEY_SHOWN_CHARS])[1:-1])
        found[key] = value
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise BodyNumberUnreadable(name=name)
