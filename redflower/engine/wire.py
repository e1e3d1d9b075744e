"""What requests look like on the wire, read strictly: JSON that has one meaning, or a refusal that names the fault."""

import json
import re
from collections.abc import Sequence
from typing import Any, NoReturn, TypeVar

import msgspec

from redflower.engine.refusals import BodyKeyRepeated, BodyNumberUnreadable, BodyUnreadable, FieldsInvalid
from redflower.kernel.repeated_keys import KeyCount

Shape = TypeVar("Shape", bound=msgspec.Struct)

_KEY_SHOWN_CHARS = 40
_FAULT = re.compile(
    r"(?:Object (?P<how>missing required|contains unknown) field `(?P<field>.*?)`|Expected `(?P<type>\w+).*?)"
    r"(?: - at `\$(?P<place>.*)`)?$"
)
_CODES = {
    "missing required": "missing",
    "contains unknown": "extra_forbidden",
    "int": "int_type",
    "str": "string_type",
    "array": "list_type",
    "object": "model_type",
}
Optional = str | msgspec.UnsetType


class GiftAsked(msgspec.Struct, forbid_unknown_fields=True):
    """One gift to ask for. Units: fen. `project` is its slug or its id."""

    idempotency_key: str
    project: str
    amount_minor: int
    shown_as: Optional = msgspec.UNSET
    shown_name: Optional = msgspec.UNSET
    message: Optional = msgspec.UNSET
    donor_token: Optional = msgspec.UNSET


class GiftOpened(msgspec.Struct):
    """A gift that stands, and where it is paid; `pay_url` is null when it can no longer be."""

    gift_token: str
    url: str
    pay_url: str | None
    state: str
    amount_minor: int
    expires_at: str
    replayed: bool
    donor_token: str


class Strict:
    """Reads one object of a shape, or an array of them."""

    def __init__(self, shape: type[Shape]) -> None:
        self._one = msgspec.json.Decoder(shape).decode
        self._many = msgspec.json.Decoder(list[shape]).decode  # type: ignore[valid-type]
        self._keys = KeyCount(shape)

    def read(self, body: bytes, list_max: int) -> tuple[Sequence[Any], bool]:
        """The objects, and whether they came as an array.

        Errors: BodyUnreadable, BodyKeyRepeated, BodyNumberUnreadable (NaN, Infinity), FieldsInvalid.
        """
        is_list = body.lstrip()[:1] == b"["
        try:
            found = self._many(body) if is_list else [self._one(body)]
        except msgspec.ValidationError as fault:
            read_json(body)  # first things first: a body that is no proper JSON is told so
            raise FieldsInvalid([_name_fault(str(fault))]) from fault
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as fault:
            read_json(body)
            raise BodyUnreadable from fault
        if is_list and not 0 < len(found) <= list_max:
            raise FieldsInvalid([("", "too_long" if found else "too_short")], max_length=list_max, min_length=1)
        if self._keys.may_repeat(body, found):
            read_json(body)
        return found, is_list


def _name_fault(message: str) -> tuple[str, str]:
    """The field in doubt and what is wrong with it, from the decoder's words."""
    told = _FAULT.match(message)
    if told is None:
        return "", "invalid"
    place = (told["place"] or "").replace("[", ".").replace("]", "")
    field = ".".join(filter(None, [*place.split("."), told["field"]]))
    return ascii(field[:_KEY_SHOWN_CHARS])[1:-1], _CODES.get(told["how"] or told["type"], "invalid")


def read_json(body: bytes) -> Any:
    """Any JSON value with one meaning only.

    Errors: BodyUnreadable, BodyKeyRepeated, BodyNumberUnreadable.
    """
    try:
        return json.loads(body.decode(), object_pairs_hook=_refuse_repeated_keys, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as fault:
        raise BodyUnreadable from fault


def _refuse_repeated_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise BodyKeyRepeated(key=ascii(key[:_KEY_SHOWN_CHARS])[1:-1])
        found[key] = value
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise BodyNumberUnreadable(name=name)
