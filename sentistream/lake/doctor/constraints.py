"""Checks each row against the table's constraints and its NOT NULL columns."""

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.dataset as ds
from deltalake import DeltaTable

from sentistream.lake.doctor.finding import Finding, judged, rows

PREFIX = "delta.constraints."
PROMISE = "constraints hold"


def constraints(name: str, table: DeltaTable) -> Iterator[Finding]:
    """One finding for all of a table's constraints; it names those that rows violate."""
    rules = {
        key.removeprefix(PREFIX): rule
        for key, rule in table.metadata().configuration.items()
        if key.startswith(PREFIX) and rule
    }
    counts = [f'count(*) FILTER (WHERE ({rule}) IS NOT TRUE) AS "{constraint}"' for constraint, rule in rules.items()]
    [violations] = rows(f"SELECT count(*) AS examined{''.join(f', {each}' for each in counts)} FROM t", t=table)  # noqa: S608 - our own constraints
    examined = violations.pop("examined")
    violations |= _nulls(table)
    wrong = {constraint: count for constraint, count in violations.items() if count}
    words = ", ".join(f"{count:,} rows violate {constraint}" for constraint, count in wrong.items())
    yield judged(PROMISE, name, bool(wrong), words or f"{examined:,} rows, {len(violations)} constraints")


def _nulls(table: DeltaTable) -> dict[str, int]:
    """For each column that may not be null, how many rows are."""
    schema = pa.schema(table.schema().to_arrow())
    required = [field.name for field in schema if not field.nullable]
    # Read as if it might be: an engine that trusts the schema would not look.
    trusting_nothing = pa.schema([field.with_nullable(True) for field in schema])
    data = table.to_pyarrow_dataset(schema=trusting_nothing)
    return {f"{column} is not null": data.count_rows(filter=ds.field(column).is_null()) for column in required}
