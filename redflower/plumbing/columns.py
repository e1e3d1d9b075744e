"""Writing a list of values as one PostgreSQL array, a column at a time.

The driver quotes array elements one by one, with more care than plain columns need: for a batch of a thousand gifts
that is most of the client's work. A column of one plain type is written here in one go; anything else is left to the
driver.
"""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from uuid import UUID

import psycopg
from psycopg.adapt import PyFormat
from psycopg.types.array import ListDumper

_NOTHING = type(None)


def _quote(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


# How the elements of a plain type are written; the type must match exactly, so enums and the like go to the driver.
_WRITERS: dict[type, Callable[[Any], str]] = {
    UUID: lambda value: value.hex,
    int: str,
    str: _quote,
    bool: lambda value: "t" if value else "f",
    datetime: lambda value: f'"{value.isoformat()}"',
    date: date.isoformat,
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
        joined = ",".join(["NULL" if value is None else write(value) for value in obj])
        if "\x00" in joined:
            raise psycopg.DataError("PostgreSQL text fields cannot contain NUL (0x00) bytes")
        return f"{{{joined}}}".encode()


def _find_writer(column: list[Any]) -> Callable[[Any], str] | None:
    kinds = set(map(type, column)) - {_NOTHING}
    return _WRITERS.get(kinds.pop()) if len(kinds) == 1 else None


def write_columns_fast(conn: psycopg.Connection[Any]) -> None:
    """Teaches a connection to write lists as columns. Cheap to ask again."""
    if conn.adapters.get_dumper(list, PyFormat.AUTO) is not ColumnDumper:
        conn.adapters.register_dumper(list, ColumnDumper)
