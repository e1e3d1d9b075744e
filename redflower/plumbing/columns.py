"""Writing a list of values as one PostgreSQL array, a column at a time.

The driver quotes array elements one by one, with more care than plain columns need: for a batch of a thousand gifts
that is most of the client's work. A column of one plain type is written here in one go; anything else is left to the
driver. Ids by the thousand go as they are, 16 bytes each (`UuidArray`): reading them out of text cost PostgreSQL as much
as finding them.
"""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from functools import partial
from struct import Struct
from typing import Any
from uuid import UUID

import psycopg
from psycopg.adapt import Dumper, PyFormat
from psycopg.pq import Format
from psycopg.types.array import ListDumper

_NOTHING = type(None)
_UUID_OID, _UUID_ARRAY_OID = 2950, 2951
_ARRAY = Struct("!iiiii")
_ARRAY_HEAD, _ARRAY_SPAN = Struct("!iii"), Struct("!ii")
_UUID_BYTES, _GAP = (16).to_bytes(4, "big"), b"\xff\xff\xff\xff"


def _write_uuids(column: list[UUID]) -> list[str]:
    return [f"{value.int:032x}" for value in column]


def _write_texts(column: list[str]) -> list[str]:
    # Columns repeat themselves (a currency, a state, a day's names): each different text is escaped once.
    written = {text: '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"' for text in set(column)}
    return [written[text] for text in column]


def _write_instants(column: list[datetime]) -> list[str]:
    written = {at: f'"{at.isoformat()}"' for at in set(column)}
    return [written[at] for at in column]


# How columns of a plain type are written; the type must match exactly, so enums and the like go to the driver.
_WRITERS: dict[type, Callable[[list[Any]], list[str]]] = {
    UUID: _write_uuids,
    int: lambda column: list(map(str, column)),
    str: _write_texts,
    bool: lambda column: ["t" if value else "f" for value in column],
    datetime: _write_instants,
    date: lambda column: [day.isoformat() for day in column],
}


class ColumnDumper(ListDumper):
    """Writes lists of one plain type (and None) fast; the statement names the array's type (`%s::uuid[]`)."""

    def get_key(self, obj: list[Any], format: PyFormat) -> Any:
        """Which dumper fits this list: always this one, where it is a plain column."""
        return self.cls if _find_writer(obj) else super().get_key(obj, format)

    def upgrade(self, obj: list[Any], format: PyFormat) -> Any:
        """This dumper for a plain column, the driver's for the list's own element type otherwise."""
        return self if _find_writer(obj) else super().upgrade(obj, format)

    def dump(self, obj: list[Any]) -> Any:
        """The array in PostgreSQL's text form.

        Errors: psycopg.DataError for text with a NUL character, as for single values.
        """
        write = _find_writer(obj)
        if write is None:
            return super().dump(obj)
        joined = ",".join(write(obj))
        if "\x00" in joined:
            raise psycopg.DataError("PostgreSQL text fields cannot contain NUL (0x00) bytes")
        return f"{{{joined}}}".encode()


def _find_writer(column: list[Any]) -> Callable[[list[Any]], list[str]] | None:
    kinds = set(map(type, column))
    has_gaps = _NOTHING in kinds
    kinds.discard(_NOTHING)
    write = _WRITERS.get(kinds.pop()) if len(kinds) == 1 else None
    return partial(_write_with_gaps, write) if write and has_gaps else write


def _write_with_gaps(write: Callable[[list[Any]], list[str]], column: list[Any]) -> list[str]:
    written = iter(write([value for value in column if value is not None]))
    return ["NULL" if value is None else next(written) for value in column]


class UuidArray:
    """Ids of 16 bytes, None among them, as one parameter of a statement (`%s::uuid[]`)."""

    __slots__ = ("ids",)

    def __init__(self, ids: Iterable[bytes | None]) -> None:
        self.ids = list(ids)


class Written:
    """A value or a column that is in the binary form already, as a parameter whose statement names its type (`%s::uuid[]`)."""

    __slots__ = ("content",)

    def __init__(self, content: bytes) -> None:
        self.content = content


class _WrittenDumper(Dumper):
    format = Format.BINARY  # of the type that the statement names

    def dump(self, obj: Written) -> bytes:
        return obj.content


def write_array(element_oid: int, count: int, cells: bytes | Iterable[bytes]) -> Written:
    """An array of elements that are written already, each behind its length."""
    body = cells if isinstance(cells, bytes) else b"".join(cells)
    return Written(_ARRAY.pack(1, 0, element_oid, count, 1) + body)


class _BinaryUuidArray(Dumper):
    format = Format.BINARY
    oid = _UUID_ARRAY_OID

    def dump(self, obj: UuidArray) -> bytes:
        """The array as the protocol sends it: dimensions, whether with gaps, element type, length and bound; elements."""
        ids = obj.ids
        has_gaps = None in ids
        head = _ARRAY_HEAD.pack(1 if ids else 0, has_gaps, _UUID_OID)
        if not ids:
            return head
        if has_gaps:
            body = b"".join([_UUID_BYTES + value if value is not None else _GAP for value in ids])
        else:
            body = _UUID_BYTES + _UUID_BYTES.join(ids)  # type: ignore[arg-type]
        return head + _ARRAY_SPAN.pack(len(ids), 1) + body


class _TextUuidArray(Dumper):
    oid = _UUID_ARRAY_OID

    def dump(self, obj: UuidArray) -> bytes:
        """The same for a statement that holds its parameters, as Django's are."""
        return f"{{{','.join(['NULL' if value is None else value.hex() for value in obj.ids])}}}".encode()


def write_columns_fast(conn: psycopg.Connection[Any]) -> None:
    """Teaches a connection to write lists as columns, and ids as they are. Cheap to ask again."""
    if conn.adapters.get_dumper(list, PyFormat.AUTO) is not ColumnDumper:
        conn.adapters.register_dumper(list, ColumnDumper)
        conn.adapters.register_dumper(Written, _WrittenDumper)
        conn.adapters.register_dumper(UuidArray, _TextUuidArray)
        conn.adapters.register_dumper(UuidArray, _BinaryUuidArray)  # the last one is preferred where both will do
