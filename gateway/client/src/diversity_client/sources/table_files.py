"""The rows of CSV and Parquet files, as they are read."""

import csv
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from diversity_client.errors import Misused
from diversity_client.sources.table import Row, Table, choose_columns

CSV_SUFFIXES = frozenset({".csv", ".tsv"})
PARQUET_SUFFIXES = frozenset({".parquet", ".pq"})
AT_ONCE = 1_000  # rows of a Parquet file in memory
_SAMPLE = 64 * 1024


def open_table(
    path: Path,
    *,
    root: Path | None = None,
    path_column: str | None = None,
    id_column: str | None = None,
    caption_columns: tuple[str, ...] = (),
) -> Table:
    """A table by its file's suffix; paths in it begin at `root`, by default the table's own folder.

    Raises Misused.
    """
    is_csv = path.suffix.lower() in CSV_SUFFIXES
    names, rows = _open_csv(path) if is_csv else _open_parquet(path)
    columns = choose_columns(names, path_column, id_column, caption_columns)
    table = Table(rows, columns, root or path.parent)
    if not len(table):
        raise Misused(f"{path} has no rows.")
    return table


def _open_csv(path: Path) -> tuple[list[str], Any]:
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        sample = file.read(_SAMPLE)
    header = sample.partition("\n")[0]
    # By the header alone: captions are full of commas.
    delimiter = max(",\t;|", key=header.count)
    names = next(csv.reader([header], delimiter=delimiter), [])
    return [name.strip() for name in names], partial(_csv_rows, path, delimiter)


def _csv_rows(path: Path, delimiter: str) -> Iterator[Row]:
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        reader = csv.reader(file, delimiter=delimiter)
        try:
            names = [name.strip() for name in next(reader, [])]
            for values in reader:
                if values:
                    yield dict(zip(names, values, strict=False))
        except csv.Error as error:
            raise Misused(f"{path}, line {reader.line_num}: {error}") from error


def _open_parquet(path: Path) -> tuple[list[str], Any]:
    try:
        from pyarrow.lib import ArrowException  # noqa: PLC0415 - an extra, loaded for such a file only
        from pyarrow.parquet import ParquetFile  # noqa: PLC0415
    except ImportError as error:
        raise Misused("Parquet needs pyarrow: pip install 'diversity-client[parquet]'") from error

    def rows() -> Iterator[Row]:
        with ParquetFile(path) as file:
            for batch in file.iter_batches(AT_ONCE):
                yield from batch.to_pylist()

    try:
        with ParquetFile(path) as file:
            return list(file.schema_arrow.names), rows
    except (ArrowException, OSError) as error:
        raise Misused(f"{path} is no whole Parquet file: {error}") from error
