"""Creates tables by delta-rs where no Spark runs, as their SQL says."""

from collections.abc import Sequence

from deltalake import CommitProperties, DeltaTable, Transaction

from sentistream import object_storage
from sentistream.lake import tables
from sentistream.lake.schema import ddl


def create(lake_uri: str, table: tables.Table, transactions: Sequence[Transaction] = ()) -> DeltaTable:
    """Create a table by one commit that carries the transactions; one that is there stays as it is.

    delta-rs takes no constraints with a new table, so there are none but NOT NULL.
    """
    sql = tables.table_sql(table)
    return DeltaTable.create(
        table.uri(lake_uri),
        ddl.schema(sql),
        mode="ignore",
        partition_by=ddl.partitions(sql),
        configuration=dict(ddl.properties(sql)),
        storage_options=object_storage.delta_options(lake_uri),
        commit_properties=CommitProperties(app_transactions=list(transactions)),
        raise_if_key_not_exists=False,
    )
