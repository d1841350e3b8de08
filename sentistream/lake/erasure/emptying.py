"""Empties rows that must stay to be counted, by one commit of delta-rs: what they held is gone from the table's newest version."""

from collections.abc import Mapping
from typing import Any

import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, write_deltalake

from sentistream.lake.rows import coordinates


def empty(table: DeltaTable, rows: pa.Table, emptied: Mapping[str, Any], properties: CommitProperties) -> None:
    """Replace rows by themselves, with other values in some columns.

    Args:
        table: where they are.
        rows: all of their columns but those that are emptied.
        emptied: column → what it holds then.
        properties: of the commit.

    Raises:
        DeltaError: another commit came in between.
    """
    schema = pa.schema(table.schema().to_arrow())
    columns = [
        pa.array([emptied[field.name]] * rows.num_rows, field.type)
        if field.name in emptied
        else rows[field.name].cast(field.type)
        for field in schema
    ]
    replacing = pa.table(columns, schema=schema)
    where = " OR ".join(coordinates(rows))
    write_deltalake(table, replacing, mode="overwrite", predicate=where, commit_properties=properties)
