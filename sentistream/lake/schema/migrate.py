"""Migrations: which contract version a table keeps, and the way from an older version to the newest.

A table says it in the property `sentistream.contract`; the program's version is what `delta/tables` says. From one version to the next
there is one file, `delta/migrations/<table>/<version>.sql`, that changes metadata alone and ends by setting the property. Each of its
statements can be repeated, so one that was cut short is finished by the next start.
"""

from collections.abc import Iterator
from dataclasses import replace

import structlog
from deltalake import DeltaTable

from sentistream.errors import UserError
from sentistream.lake.declared.contract import kept, known, migration
from sentistream.lake.declared.ddl import Alteration
from sentistream.lake.lake import Lake
from sentistream.lake.tables import EVERY, Table

log = structlog.get_logger()


def require_not_newer(lake: Lake, tables: tuple[Table, ...] = EVERY) -> None:
    """Refuse tables that a newer program has made; those that are missing are passed over.

    Raises:
        UserError: one is newer; names both versions.
    """
    for sentence in newer(lake, tables):
        raise UserError(sentence)


def newer(lake: Lake, tables: tuple[Table, ...] = EVERY) -> Iterator[str]:
    """A sentence for each table that a newer program has made."""
    for table in tables:
        handle = lake.as_it_is(table)
        if handle is not None and (sentence := is_newer(table, handle)) is not None:
            yield sentence


def is_newer(table: Table, handle: DeltaTable) -> str | None:
    """That a newer program has made a table; None where it has not."""
    version = kept(handle)
    if version <= known(table):
        return None
    return (
        f"{handle.table_uri} keeps version {version} of its contract, this program knows version {known(table)}: a newer "
        "one has migrated it. Run that one, or a newer one still; nothing was changed."
    )


def bring_up(lake: Lake, tables: tuple[Table, ...]) -> None:
    """Migrate older tables.

    The caller holds the tables' lock; those that are missing are passed over.

    Raises:
        UserError: a table is newer than the program.
    """
    require_not_newer(lake, tables)
    for table in tables:
        handle = lake.open(table)
        for version in range(kept(handle) + 1, known(table) + 1) if handle is not None else ():
            for each in migration(table, version):
                apply(lake, table, each)
            log.info("migrated", table=str(table), contract=version)


def apply(lake: Lake, table: Table, alteration: Alteration) -> None:
    """Do one statement, or what is left of it."""
    handle = lake.require(table)
    left = _left(handle, alteration)
    if left.columns:
        handle.alter.add_columns(list(left.columns))
    for name, rule in left.constraints:
        handle.alter.add_constraint({name: rule})
    if left.properties:
        handle.alter.set_table_properties(dict(left.properties), raise_if_not_exists=False)


def _left(handle: DeltaTable, alteration: Alteration) -> Alteration:
    """What of a statement is not there yet."""
    there = {field.name for field in handle.schema().fields}
    configuration = handle.metadata().configuration
    return replace(
        alteration,
        columns=tuple(column for column in alteration.columns if column.name not in there),
        constraints=tuple(
            each for each in alteration.constraints if f"delta.constraints.{each[0]}" not in configuration
        ),
        properties=tuple((key, value) for key, value in alteration.properties if configuration.get(key) != value),
    )
