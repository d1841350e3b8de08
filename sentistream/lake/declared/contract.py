"""Contract versions: which one a table keeps, which one this program knows, and what each of them holds."""

from deltalake import DeltaTable
from deltalake.schema import Field

from sentistream.errors import UserError
from sentistream.lake.declared import ddl
from sentistream.lake.declared.ddl import Alteration
from sentistream.lake.tables import Table, migration_sql, table_sql

PROPERTY = "sentistream.contract"


def known(table: Table) -> int:
    """The version that this program makes and keeps."""
    return int(ddl.properties(table_sql(table))[PROPERTY])


def kept(handle: DeltaTable) -> int:
    """The version that a table keeps; 0 where it was made before there were any.

    Raises:
        UserError: the property is no number.
    """
    written = handle.metadata().configuration.get(PROPERTY, "0")
    if not written.isdecimal():
        raise UserError(f"{handle.table_uri} has {PROPERTY} = {written!r}, which is no version: set it right by hand.")
    return int(written)


def migration(table: Table, version: int) -> list[Alteration]:
    """The statements that bring a table from the version before to this one."""
    return ddl.alterations(migration_sql(table, version))


def columns(table: Table, version: int) -> list[Field]:
    """The columns of a table that keeps a version: the newest one's without those that migrations have yet to add."""
    later = {
        column.name
        for number in range(version + 1, known(table) + 1)
        for each in migration(table, number)
        for column in each.columns
    }
    return [field for field in ddl.schema(table_sql(table)).fields if field.name not in later]
