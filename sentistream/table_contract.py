"""A table's contract, read from its SQL for delta-rs: tables that come into being where no Spark runs."""

import re
from collections.abc import Sequence

from deltalake import CommitProperties, DeltaTable, Transaction
from deltalake.schema import Field, PrimitiveType, Schema

from sentistream import lake

COLUMN = re.compile(r"^  (?P<name>\w+) +(?P<type>STRING|BIGINT|TIMESTAMP) *(?P<required>NOT NULL)?", re.MULTILINE)
PROPERTY = re.compile(r"^  '(?P<name>delta\.\w+)' = '(?P<value>[^']*)'", re.MULTILINE)
TYPES = {"STRING": "string", "BIGINT": "long", "TIMESTAMP": "timestamp"}


def create(lake_uri: str, table: lake.Table, transactions: Sequence[Transaction] = ()) -> DeltaTable:
    """Create a table as its SQL says, by one commit that carries the transactions; one that is there stays as it is.

    delta-rs takes no constraints with a new table, so there are none but NOT NULL.
    """
    statement = lake.create_statement(table, table.uri(lake_uri))
    columns = [
        Field(found["name"], PrimitiveType(TYPES[found["type"]]), nullable=found["required"] is None)
        for found in COLUMN.finditer(statement)
    ]
    return DeltaTable.create(
        table.uri(lake_uri),
        Schema(columns),
        mode="ignore",
        configuration={found["name"]: found["value"] for found in PROPERTY.finditer(statement)},
        commit_properties=CommitProperties(app_transactions=list(transactions)),
    )
