"""What deeds look like on the wire: NDJSON, or JSON (an array, or `{"deeds": [...]}`), read by the list and row by row.

A body that is no list of deeds at all is refused; one bad row is answered in its place, and the good rows count.
"""

import json
from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
from msgspec import UNSET

from redflower.domains.scenes.posting.settlement import UnreadableRow
from redflower.domains.scenes.types import ReportedDeed
from redflower.engine.refusals import BodyUnreadable, FieldsInvalid
from redflower.kernel.limits import BATCH_MAX

NDJSON_TYPES = ("application/x-ndjson", "application/ndjson", "application/jsonl")
JSON_TYPES = ("application/json", "application/json; charset=utf-8", "application/json;charset=utf-8")
_KEY_MARK = b'":'
_SPREADS = b" \t\r\n"  # what may stand between a key and its colon
_QUOTE, _COLON = _KEY_MARK
_ALWAYS = sum(each.required for each in msgspec.structs.fields(ReportedDeed))
_ID_SHOWN_CHARS = 64


class _Envelope(msgspec.Struct, forbid_unknown_fields=True):
    deeds: list[msgspec.Raw]


class _Named(msgspec.Struct):
    id: str


_decode_lines = msgspec.json.Decoder(ReportedDeed).decode_lines
_decode_row = msgspec.json.Decoder(ReportedDeed).decode
_decode_array = msgspec.json.Decoder(list[ReportedDeed]).decode
_decode_raw_array = msgspec.json.Decoder(list[msgspec.Raw]).decode
_decode_envelope = msgspec.json.Decoder(_Envelope).decode
_decode_name = msgspec.json.Decoder(_Named).decode
_encode = msgspec.json.Encoder().encode

Row = ReportedDeed | UnreadableRow


def read_deeds(body: bytes, media_type: str) -> list[Row]:
    """The rows of a request, in order.

    Errors: BodyUnreadable, FieldsInvalid (none, or more than a request may hold).
    """
    is_lines = media_type in NDJSON_TYPES
    count = body.count(b"\n") + 1 if is_lines else 0
    if count > BATCH_MAX + 1:
        raise _wrong_size(count)
    rows = _read_all(body, is_lines)
    if rows is None or _may_lie(body, rows):
        rows = [_read_row(raw) for raw in _split(body, is_lines)]
    if not 0 < len(rows) <= BATCH_MAX:
        raise _wrong_size(len(rows))
    return rows


def _wrong_size(count: int) -> FieldsInvalid:
    return FieldsInvalid([("", "too_long" if count else "too_short")], max_length=BATCH_MAX, min_length=1)


def _read_all(body: bytes, is_lines: bool) -> list[Row] | None:
    """Every row at once; None where one of them has to be looked at alone."""
    try:
        if is_lines:
            return list(_decode_lines(body))
        return list(_decode_array(body)) if body.lstrip()[:1] == b"[" else None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _may_lie(body: bytes, rows: Sequence[Any]) -> bool:
    """Whether a row may say a key twice (the decoder keeps the last), or hold a text the database cannot.

    Every key has its mark once, so a mark too many is a key too many; keys whose mark is spread out are looked at alone.
    """
    given = [(row.amount, row.device, row.subject, row.project) for row in rows]
    marks = _ALWAYS * len(rows) + sum([4 - values.count(UNSET) for values in given])
    with_facts = [row for row in rows if row.facts is not UNSET]
    if with_facts:
        marks += len(with_facts) + _encode([row.facts for row in with_facts]).count(_KEY_MARK)
    if _count_marks(body) != marks:
        return True
    texts = [row.id for row in rows]
    texts += [row.subject for row in rows if row.subject is not UNSET]
    return not "".join(texts).isprintable() or not all(map(_is_plain, with_facts))


def _count_marks(body: bytes) -> int | None:
    """How many keys a body seems to have; None where a colon may stand apart from its key."""
    # All bytes at once: looking for two in a row one after the other takes ten times as long.
    signs = np.frombuffer(body, np.uint8)
    before, is_colon = signs[:-1], signs[1:] == _COLON
    if any(sign in body and (is_colon & (before == sign)).any() for sign in _SPREADS):
        return None
    return int(np.count_nonzero(is_colon & (before == _QUOTE)))


def _is_plain(row: ReportedDeed) -> bool:
    texts = (row.id, row.subject) if isinstance(row.subject, str) else (row.id,)
    return all(text.isprintable() for text in texts) and (
        not isinstance(row.facts, dict) or "\\u0000" not in json.dumps(row.facts)
    )


def _split(body: bytes, is_lines: bool) -> Sequence[Any]:
    """Rows as they stand in the body, unread."""
    if is_lines:
        return [line for line in body.splitlines() if line.strip()]
    try:
        return _decode_raw_array(body) if body.lstrip()[:1] == b"[" else _decode_envelope(body).deeds
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise BodyUnreadable from None


def _read_row(raw: Any) -> Row:
    line = bytes(raw)
    try:
        row = _decode_row(line)
        json.loads(line, object_pairs_hook=_refuse_repeated)
        if _is_plain(row):
            return row
    except (ValueError, RecursionError):  # msgspec's and json's errors are ValueErrors
        pass
    return UnreadableRow(_name_of(line))


def _refuse_repeated(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _name_of(line: bytes) -> str:
    try:
        name = _decode_name(line).id[:_ID_SHOWN_CHARS]
    except (ValueError, RecursionError):
        return ""
    return name if name.isprintable() else ""
