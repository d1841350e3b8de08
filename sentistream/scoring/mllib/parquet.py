"""A stage's data: one Parquet file of the kind that Spark writes, bounded by its footer before anything of it is read."""

import json
import os
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from sentistream.scoring.mllib.errors import NotUnderstoodError

LARGEST_FILE = 256 << 20
"""Bytes."""
LARGEST_UNCOMPRESSED = 256 << 20
"""Bytes, of all columns."""
MOST_VALUES = 1 << 22
"""Of one column: three classes over a million features, with room."""
MOST_TERMS = 1 << 19
"""N-grams of one vocabulary; the trainer's largest has 2^18."""
MOST_TERM_BYTES = 64 << 20
"""Of all terms of one vocabulary together."""
MOST_NODES = 1 << 17
"""Of all trees together; the trainer's largest forest has some 10,000."""
CODECS = ("SNAPPY", "UNCOMPRESSED")
"""Spark's own, and none; others grow a thousandfold."""
TERM = "vocabulary.list.element"
SPARK_SCHEMA = b"org.apache.spark.sql.parquet.row.metadata"
"""The footer's key whose schema Spark takes before Parquet's own; it makes an object of each class that is named there."""
MADE_BY = ("class", "pyClass", "serializedClass")
CLASSES = (
    *("org.apache.spark.ml.linalg.VectorUDT", "org.apache.spark.ml.linalg.MatrixUDT"),
    *("pyspark.ml.linalg.VectorUDT", "pyspark.ml.linalg.MatrixUDT"),
)
"""The only ones that a model's own schema names."""


def schema_of(file: Path) -> dict[str, str]:
    """Column → its type as Arrow writes it, whatever may be null."""
    with _opened(file, MOST_NODES, MOST_VALUES) as opened:
        return {field.name: _written(field.type) for field in opened.schema_arrow}


def one_row(file: Path) -> dict[str, Any]:
    """The one row of a file; lists of numbers are arrays.

    Raises:
        NotUnderstoodError: it has another number of rows, or is out of bounds.
    """
    with _opened(file, 1, MOST_VALUES) as opened:
        rows = _read(opened)
    if rows.num_rows != 1:
        raise NotUnderstoodError(f"its data has {rows.num_rows} rows, not one")
    return {name: _value(rows[name][0]) for name in rows.column_names}


def rows(file: Path) -> pa.Table:
    """The rows of a file: a tree's nodes.

    Raises:
        NotUnderstoodError: it is out of bounds.
    """
    with _opened(file, MOST_NODES, MOST_VALUES) as opened:
        return _read(opened)


def terms(file: Path) -> tuple[str, ...]:
    """The terms of a vocabulary, all of them different.

    Raises:
        NotUnderstoodError: some are not, or they are out of bounds.
    """
    # As a dictionary: a term is held once, however often it is there.
    with _opened(file, 1, MOST_TERMS, read_dictionary=[TERM]) as opened:
        lists = _read(opened)["vocabulary"].combine_chunks()
    held = lists.flatten() if len(lists) == 1 else pa.array([], pa.string())
    indices = held.indices if isinstance(held, pa.DictionaryArray) else held
    if len(lists) != 1 or not len(held) or held.null_count:
        raise NotUnderstoodError("its vocabulary has no terms, or terms that are null")
    if len(held) > MOST_TERMS or pc.count_distinct(indices).as_py() != len(held):
        raise NotUnderstoodError(f"its vocabulary holds a term twice, or more than {MOST_TERMS:,} terms")
    read = held.dictionary_decode() if isinstance(held, pa.DictionaryArray) else held
    if pc.sum(pc.binary_length(read)).as_py() > MOST_TERM_BYTES:
        raise NotUnderstoodError(f"its vocabulary has more than {MOST_TERM_BYTES >> 20} MiB")
    found = tuple(read.to_pylist())
    if len(set(found)) != len(found):
        raise NotUnderstoodError("its vocabulary holds a term twice")
    return found


def _opened(file: Path, most_rows: int, most_values: int, **options: Any) -> pq.ParquetFile:
    """A file that is within bounds by its footer."""
    if file.stat().st_size > LARGEST_FILE:
        raise NotUnderstoodError(f"its data is larger than {LARGEST_FILE >> 20} MiB")
    try:
        opened = pq.ParquetFile(file, memory_map=False, pre_buffer=False, **options)
    except MemoryError:
        raise
    except (pa.ArrowException, OSError) as error:
        raise NotUnderstoodError(f"its data is no Parquet file: {_first(error)}") from error
    try:
        _require_bounds(opened.metadata, most_rows, most_values)
        _require_own_classes(file, opened.metadata)
    except BaseException:
        opened.close()
        raise
    return opened


def _require_bounds(footer: pq.FileMetaData, most_rows: int, most_values: int) -> None:
    chunks = [
        footer.row_group(group).column(column)
        for group in range(min(footer.num_row_groups, 64))
        for column in range(min(footer.num_columns, 64))
    ]
    if footer.num_row_groups > 64 or footer.num_columns > 64:
        raise NotUnderstoodError("its data has more than 64 columns or groups of rows")
    if footer.num_rows > most_rows:
        raise NotUnderstoodError(f"its data has {footer.num_rows:,} rows, {most_rows:,} are taken")
    most = max((each.num_values for each in chunks), default=0)
    if most > most_values:
        raise NotUnderstoodError(f"its data has {most:,} values in a column, {most_values:,} are taken")
    uncompressed = sum(max(each.total_uncompressed_size, 0) for each in chunks)
    if uncompressed > LARGEST_UNCOMPRESSED:
        raise NotUnderstoodError(f"its data has {uncompressed >> 20} MiB, {LARGEST_UNCOMPRESSED >> 20} are taken")
    codec = next((each.compression for each in chunks if each.compression not in CODECS), None)
    if codec is not None:
        raise NotUnderstoodError(f"its data is compressed by {codec}, which Spark's models are not")


def _require_own_classes(file: Path, footer: pq.FileMetaData) -> None:
    """Hold the schema that Spark wrote beside Parquet's own against the classes that it may name."""
    written = (footer.metadata or {}).get(SPARK_SCHEMA)
    with file.open("rb") as content:
        # Behind it are its length and four letters.
        content.seek(-min(footer.serialized_size + 8, file.stat().st_size), os.SEEK_END)
        if content.read().count(SPARK_SCHEMA) != (written is not None):
            raise NotUnderstoodError("its data has Spark's schema twice")
    if written is None:
        return
    try:
        json.loads(written, object_pairs_hook=_require_own_class)
    except (ValueError, RecursionError) as error:
        raise NotUnderstoodError(f"its data's schema by Spark is none: {_first(error)}") from error


def _require_own_class(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    read = dict(pairs)
    if len(read) != len(pairs):
        raise NotUnderstoodError("its data's schema by Spark has a name twice")
    for name in MADE_BY:
        if read.get(name) is not None and read[name] not in CLASSES:
            raise NotUnderstoodError(f"its data's schema names the class {str(read[name])[:80]}, which no model's does")
    return read


def _read(opened: pq.ParquetFile) -> pa.Table:
    try:
        return opened.read(use_threads=False)
    except MemoryError:
        raise
    except (pa.ArrowException, OSError) as error:
        raise NotUnderstoodError(f"its data can't be read: {_first(error)}") from error


def _value(scalar: pa.Scalar) -> Any:
    """A scalar as plain values; a list of numbers as an array."""
    if isinstance(scalar, pa.StructScalar):
        return {name: _value(scalar[name]) for name in scalar} if scalar.is_valid else None
    if isinstance(scalar, pa.ListScalar):
        if not scalar.is_valid:
            return None
        return scalar.values.to_numpy(zero_copy_only=False)
    return scalar.as_py()


def _written(kind: pa.DataType) -> str:
    if pa.types.is_list(kind):
        return f"list<{_written(kind.value_type)}>"
    if pa.types.is_struct(kind):
        return f"struct<{', '.join(f'{each.name}: {_written(each.type)}' for each in kind)}>"
    return str(kind)


def _first(error: BaseException) -> str:
    return (str(error).splitlines() or [repr(error)])[0][:200]
