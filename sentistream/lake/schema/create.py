"""Creates tables as their SQL says: by delta-rs, or by the Delta-Spark of a session that is handed in."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from deltalake import CommitProperties, DeltaTable, Transaction

from sentistream.lake.declared import ddl
from sentistream.lake.lake import Lake
from sentistream.lake.tables import TABLES, Table, table_sql

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def create(lake: Lake, table: Table, transactions: Sequence[Transaction] = ()) -> DeltaTable:
    """Create a table with its constraints by one commit of delta-rs that carries the transactions; one that is there stays as it is."""
    sql = table_sql(table)
    return DeltaTable.create(
        lake.location(table),
        ddl.schema(sql),
        mode="ignore",
        partition_by=ddl.partitions(sql),
        configuration=dict(ddl.properties(sql)),
        storage_options=lake.storage_options,
        commit_properties=CommitProperties(app_transactions=list(transactions)),
        raise_if_key_not_exists=False,
    )


def create_by_spark(spark: "SparkSession", lake: Lake, tables: Sequence[Table] = TABLES) -> None:
    """Create those of the tables that are missing, each with its constraints by one atomic commit; otherwise do nothing."""
    for table in tables:
        if lake.open(table) is None:
            spark.sql(statement(lake, table))


def statement(lake: Lake, table: Table) -> str:
    """The statement that creates a table with its constraints in a lake."""
    return table_sql(table).replace("${table}", lake.sql_name(table)).strip().removesuffix(";")
