"""The lake's tables: where they lie, how they come into being, what their log says."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deltalake import DeltaTable
from deltalake.exceptions import TableNotFoundError

from sentistream.errors import UserError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

PACKAGE = Path(__file__).resolve().parent
CONSTRAINT = re.compile(r"ADD CONSTRAINT (\w+)")


@dataclass(frozen=True)
class Table:
    """A table of the contract: `layer/name` below LAKE_URI."""

    layer: str
    name: str

    def uri(self, lake_uri: str) -> str:
        """Where the table lies."""
        return f"{lake_uri}/{self.layer}/{self.name}"


SCORED = Table("silver", "scored_tweets")
REJECTED = Table("bronze", "rejected_tweets")
TABLES = (REJECTED, SCORED)


def sql_folder() -> Path:
    """The `delta/` folder of an installed wheel, or of the checkout."""
    packaged = PACKAGE / "delta"
    return packaged if packaged.exists() else PACKAGE.parent / "delta"


def statements(table: Table, uri: str) -> Iterator[str]:
    """The statements that create a table, for the given place."""
    if "`" in uri:
        raise UserError(f"LAKE_URI: {uri} holds a back-tick; choose another folder.", exit_code=2)
    text = (sql_folder() / "tables" / f"{table.name}.sql").read_text(encoding="utf-8")
    without_comments = re.sub(r"^--.*\n", "", text, flags=re.MULTILINE)
    for statement in without_comments.split(";\n"):
        if statement.strip():
            yield statement.strip().replace("${table}", f"delta.`{uri}`")


def open_table(lake_uri: str, table: Table) -> DeltaTable | None:
    """Open a table by delta-rs; None where there is none."""
    try:
        return DeltaTable(table.uri(lake_uri))
    except TableNotFoundError:
        return None


def require_table(lake_uri: str, table: Table) -> DeltaTable:
    """Open a table by delta-rs.

    Raises:
        UserError: there is none yet.
    """
    found = open_table(lake_uri, table)
    if found is None:
        raise UserError(f"There is no table at {table.uri(lake_uri)} yet: LAKE_URI is another, or no processor has run.")
    return found


def is_complete(lake_uri: str, table: Table) -> bool:
    """True when the table exists with every constraint of its SQL (a creation may have been cut short)."""
    found = open_table(lake_uri, table)
    if found is None:
        return False
    configuration = found.metadata().configuration
    wanted = CONSTRAINT.findall("\n".join(statements(table, table.uri(lake_uri))))
    return all(f"delta.constraints.{name}".lower() in {key.lower() for key in configuration} for name in wanted)


def create_tables(spark: "SparkSession", lake_uri: str) -> None:
    """Create the tables that are missing and add the constraints that are missing; otherwise do nothing."""
    for table in TABLES:
        if is_complete(lake_uri, table):
            continue
        for statement in statements(table, table.uri(lake_uri)):
            constraint = CONSTRAINT.search(statement)
            if constraint and _has_constraint(lake_uri, table, constraint.group(1)):
                continue
            spark.sql(statement)


def _has_constraint(lake_uri: str, table: Table, name: str) -> bool:
    keys = require_table(lake_uri, table).metadata().configuration
    return f"delta.constraints.{name}".lower() in {key.lower() for key in keys}


def describe(lake_uri: str) -> list[dict[str, Any]]:
    """For each table: where it lies, its version, files, bytes and rows (from the log, without reading data)."""
    rows = []
    for table in TABLES:
        found = open_table(lake_uri, table)
        if found is None:
            continue
        adds = found.get_add_actions(flatten=True)
        counts, sizes = adds["num_records"].to_pylist(), adds["size_bytes"].to_pylist()
        rows.append(
            {
                "table": f"{table.layer}/{table.name}",
                "version": found.version(),
                "rows": sum(count or 0 for count in counts),
                "files": len(sizes),
                "bytes": sum(sizes),
                "uri": table.uri(lake_uri),
            }
        )
    return rows
