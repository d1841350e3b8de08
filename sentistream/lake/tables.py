"""The lake's tables: where they lie, how they come into being, what their log says."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deltalake import DeltaTable
from deltalake.exceptions import DeltaError, TableNotFoundError

from sentistream import object_storage
from sentistream.errors import UserError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

PACKAGE = Path(__file__).resolve().parents[1]


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
RAW = Table("bronze", "raw_tweets")
PER_MINUTE = Table("gold", "sentiment_per_minute")
RETIRED = Table("gold", "retired_per_minute")
TABLES = (REJECTED, SCORED)
"""Those of the stream: delta-rs alone commits to them."""
KEPT_BESIDE = (RAW, PER_MINUTE)
"""Those that `stream_processor tables` keeps: Delta-Spark alone commits to them."""
FORGOTTEN = Table("audit", "forgotten")
REMOVALS = Table("audit", "removals")
AUDIT = (FORGOTTEN, REMOVALS)
"""Those that `lake forget` begins: delta-rs alone commits to them."""
EVERY = (RAW, REJECTED, SCORED, PER_MINUTE, RETIRED, *AUDIT)
"""`RETIRED` is there only where `SILVER_KEPT_DAYS` has dropped something: delta-rs alone commits to it."""


def sql_folder() -> Path:
    """The `delta/` folder of an installed wheel, or of the checkout."""
    packaged = PACKAGE / "delta"
    return packaged if packaged.exists() else PACKAGE.parent / "delta"


def identifier(uri: str) -> str:
    """How Spark's SQL calls the table at a place.

    Raises:
        UserError: it can't be called.
    """
    if "`" in uri:
        raise UserError(f"LAKE_URI: {uri} holds a back-tick; choose another folder.", exit_code=2)
    return f"delta.`{uri}`"


def table_sql(table: Table) -> str:
    """The statement that creates a table, for any place: its contract."""
    return (sql_folder() / "tables" / f"{table.name}.sql").read_text(encoding="utf-8")


def create_statement(table: Table, uri: str) -> str:
    """The statement that creates a table with its constraints, for the given place."""
    return table_sql(table).replace("${table}", identifier(uri)).strip().removesuffix(";")


def open_table(lake_uri: str, table: Table) -> DeltaTable | None:
    """Open a table by delta-rs; None where there is none.

    Raises:
        UserError: the object store refuses, or is not there.
    """
    try:
        return open_version(lake_uri, table, None)
    except TableNotFoundError:
        return None
    except (DeltaError, OSError) as refused:
        if not object_storage.is_remote(lake_uri):
            raise
        raise UserError(f"LAKE_URI: {lake_uri} can't be read: {object_storage.cause(refused)}") from refused


def open_version(lake_uri: str, table: Table, version: int | None) -> DeltaTable:
    """Open a table by delta-rs as it was at a version, the newest where none is given.

    Raises:
        DeltaError: there is no table, or its log no longer has the version.
    """
    return DeltaTable(table.uri(lake_uri), version=version, storage_options=object_storage.delta_options(lake_uri))


def require_table(lake_uri: str, table: Table) -> DeltaTable:
    """Open a table by delta-rs.

    Raises:
        UserError: there is none yet.
    """
    found = open_table(lake_uri, table)
    if found is None:
        raise UserError(
            f"There is no table at {table.uri(lake_uri)} yet: LAKE_URI is another, or no processor has run."
        )
    return found


def exists(lake_uri: str) -> bool:
    """True when every table of the stream is there."""
    return all(open_table(lake_uri, table) is not None for table in TABLES)


def create_tables(spark: "SparkSession", lake_uri: str, tables: tuple[Table, ...] = TABLES) -> None:
    """Create those of the tables that are missing, each by one atomic commit; otherwise do nothing."""
    for table in tables:
        if open_table(lake_uri, table) is None:
            spark.sql(create_statement(table, table.uri(lake_uri)))


def opened(lake_uri: str) -> dict[Table, DeltaTable]:
    """The tables that there are, as they are now."""
    found = {table: open_table(lake_uri, table) for table in EVERY}
    return {table: handle for table, handle in found.items() if handle is not None}


def describe(lake_uri: str, tables: Mapping[Table, DeltaTable] | None = None) -> list[dict[str, Any]]:
    """For each table, as it is now or as it was opened: where it lies, its version, files, bytes and rows (from the log, without reading data)."""
    rows = []
    for table, found in (opened(lake_uri) if tables is None else tables).items():
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
