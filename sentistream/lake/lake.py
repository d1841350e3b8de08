"""A lake: where its tables lie, how they are reached, and the tables opened by delta-rs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from deltalake import DeltaTable
from deltalake.exceptions import DeltaError, TableNotFoundError

from sentistream import object_storage
from sentistream.errors import UserError
from sentistream.lake.declared import foreign
from sentistream.lake.tables import EVERY, Table
from sentistream.process import disk


@dataclass(frozen=True)
class Lake:
    """One lake, made once by the command that works on it.

    Args:
        uri: a folder's absolute path, or `s3://bucket/prefix`.
        storage_options: how delta-rs reaches an object store; None for a folder. They hold its key, so they are never shown.
    """

    uri: str
    storage_options: dict[str, str] | None = field(default=None, repr=False)

    @classmethod
    def at(cls, uri: str) -> "Lake":
        """The lake of LAKE_URI, as settings have it, reached as the environment says.

        Raises:
            UserError: a setting of the object store is not allowed.
        """
        s3 = object_storage.settings_for(uri)
        return cls(uri, None if s3 is None else object_storage.storage_options(s3))

    @property
    def folder(self) -> Path | None:
        """The folder on this machine; None on an object store."""
        return None if object_storage.is_remote(self.uri) else Path(self.uri)

    @property
    def places(self) -> dict[str, Path]:
        """The folder by its setting, as `disk` takes it; none on an object store."""
        return {} if self.folder is None else {"LAKE_URI": self.folder}

    def require_room(self, least_bytes: int = 0) -> None:
        """Check that the folder's disk has room for a commit, before delta-rs begins what it can't end in order.

        Raises:
            DiskError: it has less.
        """
        disk.require_room(self.folder, least_bytes, "LAKE_URI")

    def location(self, table: Table) -> str:
        """Where a table lies, or would."""
        return f"{self.uri}/{table}"

    def sql_name(self, table: Table) -> str:
        """How Spark's SQL calls a table."""
        return f"delta.`{self.location(table)}`"

    def open(self, table: Table) -> DeltaTable | None:
        """Open a table to work with; None where there is none.

        Raises:
            UserError: it can't be read, or another program changed what it is.
        """
        handle = self.as_it_is(table)
        if handle is not None:
            self.require_unchanged(table, handle)
        return handle

    def as_it_is(self, table: Table) -> DeltaTable | None:
        """Open a table to look at, whatever another program made of it; None where there is none.

        Raises:
            UserError: it can't be read.
        """
        try:
            return self.open_version(table, None)
        except TableNotFoundError:
            return None
        except (DeltaError, OSError) as refused:
            raise disk.refused(refused, self.places) or UserError(
                f"LAKE_URI: {self.location(table)} can't be read: {object_storage.cause(refused)}"
            ) from refused
        except BaseException as panic:
            if isinstance(panic, Exception | KeyboardInterrupt | SystemExit | GeneratorExit):
                raise
            # A panic of delta-rs is no Exception.
            raise UserError(f"LAKE_URI: {self.location(table)} can't be read: delta-rs panicked: {panic}") from panic

    def refresh(self, table: Table, handle: DeltaTable) -> None:
        """Bring a handle to the table's newest version.

        Raises:
            UserError: another program changed what the table is.
            DeltaError: the log no longer reaches back to the handle's version.
        """
        try:
            handle.update_incremental()
        except DeltaError:
            # Where not even a fresh handle can be had, that says it in a sentence.
            self.open(table)
            raise
        self.require_unchanged(table, handle)

    def require_unchanged(self, table: Table, handle: DeltaTable) -> None:
        """Refuse a table that is not what `delta/tables` declares, and that can't be lived with.

        Raises:
            UserError: another program changed it; says what, and the way back.
        """
        sentence = self.changed(table, handle)
        if sentence is not None:
            raise UserError(f"{sentence} Nothing was written to it since.")

    def changed(self, table: Table, handle: DeltaTable) -> str | None:
        """What another program made of a table, and the way back; None where it is what `delta/tables` declares, or can be lived with."""
        found = foreign.changes(table, handle)
        if not found:
            return None
        statements = dict.fromkeys(statement for each in found for statement in each.back)
        back = "; ".join(statements).replace("${table}", self.sql_name(table))
        page = "docs/schema-evolution.md#the-way-back"
        way = f"The way back, in Spark: {back} ({page})." if back else f"{page} says the way back."
        return f"Another program changed {self.location(table)}: {'; '.join(each.what for each in found)}. {way}"

    def open_version(self, table: Table, version: int | None) -> DeltaTable:
        """Open a table as it was at a version, the newest where none is given.

        Raises:
            DeltaError: there is no table, or its log no longer has the version.
        """
        return DeltaTable(self.location(table), version=version, storage_options=self.storage_options)

    def require(self, table: Table) -> DeltaTable:
        """Open a table.

        Raises:
            UserError: there is none yet.
        """
        handle = self.open(table)
        if handle is None:
            raise UserError(
                f"There is no table at {self.location(table)} yet: LAKE_URI is another, or no processor has run."
            )
        return handle

    def holds(self, *tables: Table) -> bool:
        """True when each of the tables is there."""
        return all(self.open(table) is not None for table in tables)

    def look(self, table: Table) -> DeltaTable | UserError | None:
        """A table as `as_it_is` has it, or why it can't be read: the others can be looked at all the same."""
        try:
            return self.as_it_is(table)
        except UserError as refused:
            return refused

    def opened(self) -> dict[Table, DeltaTable]:
        """The tables that there are and that can be read, as they are now, to look at."""
        found = {table: self.look(table) for table in EVERY}
        return {table: each for table, each in found.items() if isinstance(each, DeltaTable)}

    def sizes(self, opened: Mapping[Table, DeltaTable] | None = None) -> list[dict[str, Any]]:
        """For each table, as it is now or as it was opened: where it lies, its version, files, bytes and rows (from the log, without reading data)."""
        rows = []
        for table, handle in (self.opened() if opened is None else opened).items():
            adds = handle.get_add_actions(flatten=True)
            counts, sizes = adds["num_records"].to_pylist(), adds["size_bytes"].to_pylist()
            rows.append(
                {
                    "table": str(table),
                    "version": handle.version(),
                    "rows": sum(count or 0 for count in counts) - _deleted(handle),
                    "files": len(sizes),
                    "bytes": sum(sizes),
                    "uri": self.location(table),
                }
            )
        return rows


def _deleted(handle: DeltaTable) -> int:
    """Rows of a table's files that deletion vectors take away."""
    if "deletionVectors" not in foreign.features_to_read(handle):
        return 0
    kept = pc.list_flatten(pa.table(handle.deletion_vectors().read_all())["selection_vector"])
    return len(kept) - int(pc.sum(kept).as_py() or 0)
