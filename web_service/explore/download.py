"""A chart's numbers as a file to take along."""

import io

import pyarrow as pa


def csv(rows: pa.Table) -> bytes:
    """CSV for spreadsheets: text that one would run begins with a ', and its column is named `…_quoted`; numbers are as they are."""
    from sentistream.lake.query import formats
    from sentistream.lake.query.engine import Answer
    from sentistream.lake.query.formats import Format

    names = [f"{each.name}_quoted" if _may_be_run(each.type) else each.name for each in rows.schema]
    named = rows.rename_columns(names)
    written = io.BytesIO()
    formats.write(Answer(named.schema, iter(named.to_batches()), named.num_rows), Format.CSV, written)
    return written.getvalue()


def _may_be_run(kind: pa.DataType) -> bool:
    return any(is_kind(kind) for is_kind in (pa.types.is_string, pa.types.is_large_string, pa.types.is_list))
