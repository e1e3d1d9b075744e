"""Writing one table in three formats at once, a batch of rows at a time, in memory that does not grow with the table."""

import csv
import gzip
import hashlib
import io
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import msgspec

from redflower.faces.shared.exports.tables import Column, Kind, Table

ROWS_AT_ONCE = 10_000
Row = Sequence[Any]
# A spreadsheet takes a cell that begins like this for a formula; some also in full width.
_FORMULA = tuple("=+-@\t\r\n＝＋－＠")
_BOM = "\ufeff"  # tells spreadsheets that this is UTF-8


class HashedFile:
    """A compressed file that knows the size and the hash of what it says."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.size = 0
        self._hash = hashlib.sha256()
        self._file = gzip.GzipFile(path.with_name(f"{path.name}.gz"), "wb", 6, mtime=0)

    def write(self, piece: bytes) -> None:
        """Adds some bytes."""
        self._hash.update(piece)
        self.size += len(piece)
        self._file.write(piece)

    def close(self, table: str = "", rows: int = 0) -> dict[str, Any]:
        """Ends the file; returns its line of the manifest."""
        self._file.close()
        stored = self.path.with_name(f"{self.path.name}.gz").stat().st_size
        return _line(self.path.name, table, rows, self.size, stored, self._hash.hexdigest())


class TableWriter:
    """Takes the rows of one table, in the order of its columns: numbers as int, everything else as text, None for empty."""

    def __init__(self, table: Table, folder: Path) -> None:
        self.table = table
        self.rows = 0
        self._waiting: list[Row] = []
        self._names = [column.name for column in table.columns]
        self._texts = [at for at, column in enumerate(table.columns) if column.kind == Kind.TEXT]
        self._csv = HashedFile(folder / f"{table.name}.csv")
        self._jsonl = HashedFile(folder / f"{table.name}.jsonl")
        self._parquet = _Parquet(table, folder / f"{table.name}.parquet")
        self._encode = msgspec.json.Encoder().encode
        self._csv.write(_BOM.encode() + self._to_csv([self._names]))

    def add(self, row: Row) -> None:
        """Adds one row."""
        self._waiting.append(row)
        if len(self._waiting) >= ROWS_AT_ONCE:
            self._flush()

    def close(self) -> list[dict[str, Any]]:
        """Ends the three files; returns their lines of the manifest."""
        self._flush()
        name = self.table.name
        return [file.close(name, self.rows) for file in (self._csv, self._jsonl, self._parquet)]

    def _flush(self) -> None:
        rows, self._waiting = self._waiting, []
        self.rows += len(rows)
        if rows:
            self._csv.write(self._to_csv([self._safe(row) for row in rows]))
            self._jsonl.write(b"".join(self._encode(dict(zip(self._names, row, strict=True))) + b"\n" for row in rows))
            self._parquet.write(rows)

    def _safe(self, row: Row) -> Row:
        """The row without a text that a spreadsheet would run as a formula: it gets an apostrophe in front."""
        if not any(row[at] and row[at].startswith(_FORMULA) for at in self._texts):
            return row
        return [
            f"'{cell}" if at in self._texts and cell and cell.startswith(_FORMULA) else cell
            for at, cell in enumerate(row)
        ]

    @staticmethod
    def _to_csv(rows: Sequence[Row]) -> bytes:
        text = io.StringIO(newline="")
        csv.writer(text).writerows(rows)  # None is written as nothing
        return text.getvalue().encode()


class _Parquet:
    """A Parquet file with typed columns, a row group a batch."""

    def __init__(self, table: Table, path: Path) -> None:
        import pyarrow as pa  # here, because only a worker that builds should pay for it
        from pyarrow import parquet

        types = {Kind.INTEGER: pa.int64(), Kind.INSTANT: pa.timestamp("us", tz="UTC"), Kind.DATE: pa.date32()}
        self._path, self._table = path, table
        self._from_arrays = pa.Table.from_arrays
        self._to_array = pa.array
        self._schema = pa.schema(
            [
                pa.field(column.name, types.get(column.kind, pa.string()), nullable=column.optional)
                for column in table.columns
            ]
        )
        # Ids are all different: a dictionary of them would only be one more copy.
        repeated = [column.name for column in table.columns if column.kind == Kind.TEXT]
        self._writer = parquet.ParquetWriter(path, self._schema, compression="zstd", use_dictionary=repeated)

    def write(self, rows: Sequence[Row]) -> None:
        columns = zip(*rows, strict=True)
        arrays = [
            self._to_array(_typed(column, values), type=field.type)
            for column, values, field in zip(self._table.columns, columns, self._schema, strict=True)
        ]
        self._writer.write_table(self._from_arrays(arrays, schema=self._schema))

    def close(self, table: str, rows: int) -> dict[str, Any]:
        self._writer.close()
        with self._path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        size = self._path.stat().st_size
        return _line(self._path.name, table, rows, size, size, digest)


def _typed(column: Column, values: Sequence[Any]) -> Sequence[Any]:
    if column.kind == Kind.INSTANT:
        return [value and datetime.fromisoformat(value).astimezone(UTC) for value in values]
    if column.kind == Kind.DATE:
        return [value and date.fromisoformat(value) for value in values]
    return values


def _line(name: str, table: str, rows: int, size: int, stored: int, sha256: str) -> dict[str, Any]:
    return {"name": name, "table": table, "rows": rows, "bytes": size, "stored_bytes": stored, "sha256": sha256}
