"""Writing a list of rows into one table, a column at a time: by one INSERT, or by binary COPY where rows are many.

Ids may be given as UUIDs or as their 16 bytes, a whole column one way or the other; what is read and claimed comes back
as bytes.

INSERT takes a column as one array in the binary form, made of the cells that COPY's rows are made of, in one round trip;
COPY needs two and is cheaper for rows by the thousand. Meeting others (ON CONFLICT) costs PostgreSQL a third more than
writing. So rows that may meet a unique key are looked up first by their writer; `claim_rows` meets them only where rows are
few, or another transaction was faster between the look and the write.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import chain
from typing import Any, Literal, TypeAlias

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
_NUMBERS = {"bigint": ">i8", "integer": ">i4", "smallint": ">i2", "date": ">i4", "timestamptz": ">i8"}


@dataclass(frozen=True, slots=True)
class Same:
    """One value for every row."""

    value: Any


Column = tuple[Kind, "Same | Sequence[Any]"]


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
    """Sends the read of `read_rows`; on a connection that works in few trips, `fetchall` of what is returned waits for it."""
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
    count = _count(columns)
    varied: dict[str, Kind] = {}
    same, arrays = [], []
    for name, (kind, values) in columns.items():
        # Values that are the same by chance are not repeated either; the first array says how many rows there are.
        if not isinstance(values, Same) and kind == "text" and varied and len(set(values)) == 1:
            values = Same(values[0])
        if isinstance(values, Same):
            same.append(None if values.value is None else Written(_encode_one(kind, values.value)[4:]))
        else:
            varied[name] = kind
            arrays.append(_encode_array(kind, values, count))
    selected = [name if name in varied else f"%s::{kind}" for name, (kind, _) in columns.items()]
    return psycopg.Cursor(conn).execute(
        f"""INSERT INTO {table} ({", ".join(columns)}) SELECT {", ".join(selected)}
            FROM unnest({", ".join(f"%s::{kind}[]" for kind in varied.values())}) AS r({", ".join(varied)}) {ending}""",
        [*same, *arrays],
        binary=True,
    )


# --- the binary form --------------------------------------------------------------------------------


def encode(columns: Mapping[str, Column]) -> bytes:
    """Rows in the form that COPY … (FORMAT binary) reads.

    Neighbouring columns of fixed width become one block of bytes for all rows at once; only text whose length differs
    from row to row is written row by row.
    """
    count = _count(columns)
    pieces: list[_Block | list[bytes]] = [_Block([_repeat(len(columns).to_bytes(2, "big"), count)])]
    for kind, values in columns.values():
        if isinstance(values, Same):
            cells: _Cells = _Block([_repeat(_encode_one(kind, values.value), count)])
        else:
            cells = _encode_column(kind, values, count)
        if isinstance(cells, _Block) and isinstance(last := pieces[-1], _Block):
            last.parts += cells.parts
        else:
            pieces.append(cells)
    if len(pieces) == 1 and isinstance(whole := pieces[0], _Block):
        return b"".join((_COPY_BEGINS, whole.join().tobytes(), _COPY_ENDS))
    columns_of_bytes = [piece.split() if isinstance(piece, _Block) else piece for piece in pieces]
    return b"".join((_COPY_BEGINS, *chain.from_iterable(zip(*columns_of_bytes, strict=True)), _COPY_ENDS))


def _encode_array(kind: Kind, values: Sequence[Any], count: int) -> Written:
    """A column as one array: the same cells as in COPY's rows, one behind the other."""
    cells = _encode_column(kind, values, count)
    return write_array(_OIDS[kind], count, [cells.join().tobytes()] if isinstance(cells, _Block) else cells)


def _encode_column(kind: Kind, values: Sequence[Any], count: int) -> "_Cells":
    """Each value of a column behind its length."""
    if kind == "text":
        distinct = set(values)
        if len(distinct) == 1:
            return _Block([_repeat(_encode_one(kind, values[0]), count)])
        even = _encode_even_texts(values, count)
        return _Block(even) if even else _encode_texts(values, distinct)
    try:
        return _Block(_encode_fixed(kind, values, count))
    except (TypeError, AttributeError, ValueError):  # a gap, or bytes of several lengths
        return [_encode_one(kind, value) for value in values]


class _Block:
    """Neighbouring columns of fixed width: arrays of as many rows, some bytes wide each."""

    __slots__ = ("parts",)

    def __init__(self, parts: "list[np.ndarray[Any, Any]]") -> None:
        self.parts = parts

    def join(self) -> "np.ndarray[Any, Any]":
        whole = np.empty((len(self.parts[0]), sum(part.shape[1] for part in self.parts)), np.uint8)  # row after row
        return np.concatenate(self.parts, axis=1, out=whole)

    def split(self) -> list[bytes]:
        """The block's bytes, row by row."""
        joined = self.join()
        return list(joined.view(f"V{joined.shape[1]}").ravel().tolist())


_Cells: TypeAlias = _Block | list[bytes]


def _repeat(value: bytes, count: int) -> "np.ndarray[Any, Any]":
    return np.broadcast_to(np.frombuffer(value, np.uint8), (count, len(value)))


def _encode_fixed(kind: Kind, values: Sequence[Any], count: int) -> "list[np.ndarray[Any, Any]]":
    """A column's lengths and its values."""
    if kind in ("uuid", "bytea"):
        packed = values if type(values[0]) is bytes else [value.bytes for value in values]
        width = len(packed[0])
        if kind == "bytea" and set(map(len, packed)) != {width}:
            raise ValueError("bytes of several lengths")
        body = np.frombuffer(b"".join(packed), np.uint8).reshape(count, width)
    elif kind == "boolean":
        body = np.array(values, np.uint8).reshape(count, 1)
    else:
        numbers: Sequence[int] = values
        if kind == "timestamptz":
            known = {at: (at - _EPOCH) // _MICROSECOND for at in set(values)}
            numbers = [known[at] for at in values]
        elif kind == "date":
            known_days = {day: day.toordinal() - _FIRST_DAY for day in set(values)}
            numbers = [known_days[day] for day in values]
        body = np.array(numbers, _NUMBERS[kind]).view(np.uint8).reshape(count, -1)
    return [_repeat(body.shape[1].to_bytes(4, "big"), count), body]


def _encode_even_texts(values: Sequence[str | None], count: int) -> "list[np.ndarray[Any, Any]] | None":
    """Texts of one length without a letter that takes several bytes, as keys made by machines are; None for others."""
    try:
        width = len(values[0])  # type: ignore[arg-type]
        if set(map(len, values)) != {width}:  # type: ignore[arg-type]
            return None
        body = "".join(values).encode()  # type: ignore[arg-type]
    except TypeError:  # a gap
        return None
    if len(body) != width * count:
        return None
    _refuse_nul(body)
    return [_repeat(width.to_bytes(4, "big"), count), np.frombuffer(body, np.uint8).reshape(count, width)]


def _encode_texts(values: Sequence[str | None], distinct: Collection[str | None]) -> list[bytes]:
    if len(distinct) * 2 > len(values):
        return [_encode_one("text", text) for text in values]
    written = {text: _encode_one("text", text) for text in distinct}
    return [written[text] for text in values]


def _encode_one(kind: Kind, value: Any) -> bytes:
    if value is None:
        return _NULL
    if kind == "text":
        body = value.encode()
        _refuse_nul(body)
        return len(body).to_bytes(4, "big") + body  # type: ignore[no-any-return]
    return b"".join(part.tobytes() for part in _encode_fixed(kind, [value], 1))


def _refuse_nul(body: bytes) -> None:
    if b"\x00" in body:
        raise psycopg.DataError("PostgreSQL text fields cannot contain NUL (0x00) bytes")
