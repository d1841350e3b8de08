"""Reads the rows of a table to look at, whatever another program made of it."""

import pyarrow as pa
import pyarrow.dataset as ds
from deltalake import DeltaTable, QueryBuilder
from pyarrow.fs import SubTreeFileSystem

from sentistream import object_storage
from sentistream.errors import UserError, said
from sentistream.lake.declared import foreign
from sentistream.lake.lake import Lake
from sentistream.lake.tables import Table

FILES_ALONE = frozenset({"timestampNtz"})
"""Table features with which the rows are what the files hold."""
BY_DELTA_RS = FILES_ALONE | {"columnMapping", "deletionVectors", "v2Checkpoint"}
"""Those with which delta-rs's own engine still tells the rows."""
READ_AHEAD = {"batch_size": 16_384, "batch_readahead": 8, "fragment_readahead": 2}
"""Of a table's files. Arrow's own are 131,072, 16 and 4: all columns of 2.4 million tweets 728 MiB, and with these 450, in less time."""


def rows(lake: Lake, table: Table, handle: DeltaTable) -> ds.Dataset | pa.RecordBatchReader:
    """The rows of a table as of the handle's version: a dataset, or where only delta-rs's engine can tell them (deletion vectors, mapped columns) a reader.

    A reader gives the rows once and can't skip any, so whoever asks more than one question has to keep them.

    Raises:
        UserError: the table has a feature that no reader here knows, says the way back; or a name that Arrow can't hold.
    """
    needed = foreign.features_to_read(handle)
    if needed <= FILES_ALONE:
        # By Arrow's own file systems: its threads read on for a while when a query needs no more rows, and one that calls
        # Python then (delta-rs's file system is Python's) aborts the process or hangs as the interpreter ends.
        files, folder = object_storage.in_arrow(lake.location(table))
        try:
            return handle.to_pyarrow_dataset(filesystem=SubTreeFileSystem(folder, files))
        except Exception as failure:
            # A column whose name holds a null byte: Arrow has no kind for that.
            if type(failure) is Exception:
                raise UserError(f"{lake.location(table)} can't be read here: {said(failure)}") from failure
            raise
    if not needed <= BY_DELTA_RS:
        names = ", ".join(sorted(needed - BY_DELTA_RS))
        raise UserError(lake.changed(table, handle) or f"{lake.location(table)} can't be read here: it has {names}.")
    engine = QueryBuilder().register("t", handle)
    return pa.RecordBatchReader.from_stream(engine.execute("SELECT * FROM t"))
