"""Writing a list of rows into one table, a column at a time: by one INSERT, or by binary COPY where rows are many.

Ids may be given as UUIDs or as their 16 bytes, a whole column one way or the other; what is read and claimed comes back
as bytes.

INSERT takes a column as one array in the binary form, made of the cells that COPY's rows are made of, in one round trip;
COPY needs two and is cheaper for rows by the thousand. Meeting others (ON CONFLICT) costs PostgreSQL a third more than
writing. So rows that may meet a unique key are looked up first by their writer; `claim_rows` meets them only where rows are
few, or another transaction was faster between the look and the write.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import chain
from typing import Any, Literal

import numpy as np
import psycopg

from redflower.plumbing.columns import Written, write_array, write_columns_fast

Connection = psycopg.Connection[Any]
Kind = Literal["uuid", "text", "bytea", "bigint", "integer", "smallint", "boolean", "date", "timestamptz"]

_FEW = 80  # rows; below, meeting others costs less than a savepoint
_MANY = 2_000  # rows; from here on, COPY costs less than INSERT
_COPY_BEGINS = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
_COPY_ENDS = b"\xff\xff"
_NULL = b"\xff\xff\xff\xff"
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_FIRST_DAY = date(2000, 1, 1).toordinal()
_MICROSECOND = timedelta(microseconds=1)
_OIDS: dict[Kind, int] = {  # of PostgreSQL's own types, the same in every database
    "uuid": 2950, "text": 25, "bytea": 17, "bigint": 20, "integer": 23, "smallint": 21, "boolean": 16, "date": 1082,
    "timestamptz": 1184,
}  # fmt: skip
_WIDTHS = {"bigint": 8, "integer": 4, "smallint": 2, "boolean": 1, "date": 4, "timestamptz": 8}
_NUMBERS = {kind: np.dtype([("width", ">i4"), ("number", f">{'u' if kind == 'boolean' else 'i'}{width}")])
            for kind, width in _WIDTHS.items()}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Same:
    """One value for every row."""

    value: Any


Column = tuple[Kind, "Same | Sequence[Any]"]


def as_array(kind: Kind, values: Sequence[Any]) -> Written:
    """A column of any statement, in the binary form; the statement names its type (`%s::bigint[]`). Not for no rows."""
    return write_array(_OIDS[kind], len(values), _encode_cells(kind, values))


class Overtaken(Exception):
    """Another transaction wrote a row between our look for its key and our own write: whoever began ours begins again."""


@contextmanager
def overtaken_by_others() -> Iterator[None]:
    """Tells whoever was overtaken."""
    try:
        yield
    except psycopg.errors.UniqueViolation as fault:
        raise Overtaken from fault


def ask_rows(conn: Connection, sql: str, params: Sequence[Any]) -> "psycopg.Cursor[tuple[Any, ...]]":
    """Sends a statement whose parameters may be columns and whose answer comes in the binary form; on a connection that
    works in few trips, `fetchall` of what is returned waits for it."""
    write_columns_fast(conn)
    # The driver's own cursor: the one of Django's connection writes parameters into the statement and reads text.
    return psycopg.Cursor(conn).execute(sql, params, binary=True)


def read_rows(conn: Connection, sql: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
    """All rows of a read, in the binary form: ids and instants by the thousand cost a third of reading them as text."""
    return ask_rows(conn, sql, params).fetchall()


def write_rows(conn: Connection, table: str, columns: Mapping[str, Column]) -> None:
    """Inserts rows that meet no others; all or none.

    Needs: at least one column that is not `Same`; an open transaction.
    Errors: psycopg.errors.UniqueViolation and the like, after which the transaction is over; in a transaction of few trips
    they may be raised later.
    """
    if _count(columns) < _MANY or conn.pgconn.pipeline_status:  # a pipeline knows no COPY
        _insert(conn, table, columns, "")
        return
    statement = f"COPY {table} ({', '.join(columns)}) FROM STDIN (FORMAT binary)"
    with conn.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(encode(columns))


def claim_rows(conn: Connection, table: str, columns: Mapping[str, Column], key: str) -> set[bytes] | None:
    """Inserts rows that may meet others by a unique key: None when all were new, else the `key`s (ids) of those that
    were.

    Waits for another transaction that is writing the same key. The caller gives rows in one order for every list.
    Needs: an open transaction.
    """
    if _count(columns) >= _FEW:
        try:
            with conn.transaction():  # a savepoint
                write_rows(conn, table, columns)
        except psycopg.errors.UniqueViolation:
            pass
        else:
            return None
    rows = _insert(conn, table, columns, f"ON CONFLICT DO NOTHING RETURNING {key}")
    claimed = {row[0].bytes for row in rows.fetchall()}
    return None if len(claimed) == _count(columns) else claimed


def _count(columns: Mapping[str, Column]) -> int:
    return next(len(values) for _, values in columns.values() if not isinstance(values, Same))


def _insert(conn: Connection, table: str, columns: Mapping[str, Column], ending: str) -> "psycopg.Cursor[Any]":
    write_columns_fast(conn)
    kinds = tuple([(name, kind) for name, (kind, _) in columns.items()])
    values: list[Written | None] = []
    varied: list[str] = []
    for name, (kind, column) in columns.items():
        # Values that are the same by chance are not repeated either; the first array says how many rows there are.
        if not isinstance(column, Same) and kind == "text" and varied and column.count(column[0]) == len(column):
            column = Same(column[0])
        if isinstance(column, Same):
            values.append(None if column.value is None else Written(_encode_one(kind, column.value)[4:]))
        else:
            varied.append(name)
            values.append(as_array(kind, column))
    return psycopg.Cursor(conn).execute(_spell(table, kinds, tuple(varied), ending), values, binary=True)


@lru_cache(maxsize=256)
def _spell(table: str, kinds: tuple[tuple[str, Kind], ...], varied: tuple[str, ...], ending: str) -> str:
    # Arrays side by side in the list of what is selected: as a table of functions each would be kept in a store of its own.
    selected = [f"unnest(%s::{kind}[])" if name in varied else f"%s::{kind}" for name, kind in kinds]
    return f"INSERT INTO {table} ({', '.join([name for name, _ in kinds])}) SELECT {', '.join(selected)} {ending}"


# --- the binary form --------------------------------------------------------------------------------


def encode(columns: Mapping[str, Column]) -> bytes:
    """Rows in the form that COPY … (FORMAT binary) reads.

    Neighbouring columns of even cells become one block of bytes for all rows at once; only text whose length differs
    from row to row is written row by row.
    """
    count = _count(columns)
    pieces: list[_Block | list[bytes]] = [_Block(len(columns).to_bytes(2, "big") * count, count)]
    for kind, values in columns.values():
        cells = _encode_one(kind, values.value) * count if isinstance(values, Same) else _encode_cells(kind, values)
        if isinstance(cells, list):
            pieces.append(cells)
        elif isinstance(last := pieces[-1], _Block):
            last.add(cells)
        else:
            pieces.append(_Block(cells, count))
    if len(pieces) == 1 and isinstance(whole := pieces[0], _Block):
        return b"".join((_COPY_BEGINS, whole.join().tobytes(), _COPY_ENDS))
    columns_of_bytes = [piece.split() if isinstance(piece, _Block) else piece for piece in pieces]
    return b"".join((_COPY_BEGINS, *chain.from_iterable(zip(*columns_of_bytes, strict=True)), _COPY_ENDS))


class _Block:
    """Neighbouring columns of even cells, as arrays of as many rows, some bytes wide each."""

    __slots__ = ("_count", "_parts")

    def __init__(self, cells: bytes, count: int) -> None:
        self._count, self._parts = count, [np.frombuffer(cells, np.uint8).reshape(count, -1)]

    def add(self, cells: bytes) -> None:
        self._parts.append(np.frombuffer(cells, np.uint8).reshape(self._count, -1))

    def join(self) -> "np.ndarray[Any, Any]":
        whole = np.empty((self._count, sum(part.shape[1] for part in self._parts)), np.uint8)  # row after row
        return np.concatenate(self._parts, axis=1, out=whole)

    def split(self) -> list[bytes]:
        """The block's bytes, row by row."""
        joined = self.join()
        return list(joined.view(f"V{joined.shape[1]}").ravel().tolist())


def _encode_cells(kind: Kind, values: Sequence[Any]) -> bytes | list[bytes]:
    """Each value of a column behind its length: as one piece where cells are even, of one width."""
    try:
        return _encode_texts(values) if kind == "text" else _encode_even(kind, values)
    except (TypeError, AttributeError, ValueError):  # a gap, or bytes of several lengths
        return [_encode_one(kind, value) for value in values]


def _encode_even(kind: Kind, values: Sequence[Any]) -> bytes:
    if kind in ("uuid", "bytea"):
        packed = values if type(values[0]) is bytes else [value.bytes for value in values]
        width = len(packed[0])
        if kind == "bytea" and set(map(len, packed)) != {width}:
            raise ValueError("bytes of several lengths")
        length = width.to_bytes(4, "big")
        return length + length.join(packed)
    cells = np.empty(len(values), _NUMBERS[kind])
    cells["width"] = _WIDTHS[kind]
    cells["number"] = _count_from_epoch(values) if kind in ("timestamptz", "date") else values
    return cells.tobytes()


def _encode_texts(values: Sequence[str]) -> bytes | list[bytes]:
    first, count = values[0], len(values)
    if values.count(first) == count:
        return _encode_one("text", first) * count
    if (width := len(first)) < 128 and set(map(len, values)) == {width}:  # as keys made by machines are
        length = f"\0\0\0{chr(width)}"  # whose bytes are letters, so both are joined and encoded at one go
        cells = (length + length.join(values)).encode()
        if len(cells) == count * (4 + width) and cells.count(0) == 3 * count:
            return cells
    distinct = set(values)
    if len(distinct) * 2 < count:
        written = {text: _encode_one("text", text) for text in distinct}
        return [written[text] for text in values]
    bodies = [text.encode() for text in values]
    _refuse_nul(b"".join(bodies))
    return [len(body).to_bytes(4, "big") + body for body in bodies]


def _encode_one(kind: Kind, value: Any) -> bytes:
    if value is None:
        return _NULL
    if kind == "text":
        body: bytes = value.encode()
        _refuse_nul(body)
    elif kind in ("uuid", "bytea"):
        body = value if type(value) is bytes else value.bytes
    else:
        number = _count_from_epoch([value])[0] if kind in ("timestamptz", "date") else value
        body = int(number).to_bytes(_WIDTHS[kind], "big", signed=kind != "boolean")
    return len(body).to_bytes(4, "big") + body


def _count_from_epoch(values: Sequence[Any]) -> list[int]:
    """Instants in microseconds, days in days, as PostgreSQL counts them; a column repeats itself."""
    if isinstance(values[0], datetime):
        numbers = {at: (at - _EPOCH) // _MICROSECOND for at in set(values)}
    else:
        numbers = {day: day.toordinal() - _FIRST_DAY for day in set(values)}
    return [numbers[value] for value in values]


def _refuse_nul(body: bytes) -> None:
    if 0 in body:
        raise psycopg.DataError("PostgreSQL text fields cannot contain NUL (0x00) bytes")
