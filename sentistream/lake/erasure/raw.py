"""Erasure in bronze: forgotten records keep their coordinates and lose their content.

The caller holds the lock of the tables kept beside the stream. Bronze says by a transaction up to which request this was done; records that are copied
later come without what was forgotten.
"""

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.dataset as ds
from deltalake import CommitProperties, DeltaTable, Transaction

from sentistream.lake.erasure import removal_log
from sentistream.lake.erasure.emptying import empty
from sentistream.lake.erasure.forgotten import Forgotten
from sentistream.lake.erasure.redaction import RECORD, marked
from sentistream.lake.lake import Lake
from sentistream.lake.rows import portions, said_of_removal
from sentistream.lake.tables import RAW

APPLIED, ROWS = "forgotten/requests", "forgotten/rows"
"""Transactions: the number of the last request that was applied, and how many records were emptied."""
RECORDS_AT_ONCE = 512
"""A record may have 2 MiB."""
ROWS_PER_COMMIT = 2_000


def applied(table: DeltaTable) -> int:
    """Up to which number the requests have been applied."""
    return table.transaction_version(APPLIED) or 0


def forget_raw(lake: Lake, forgotten: Forgotten) -> int | None:
    """Apply the requests that bronze does not know of yet; how many records were emptied, None where there was nothing to apply.

    All of bronze is read once, in small batches: hashes tell nothing of where to look.
    """
    table = lake.open(RAW)
    if table is None or applied(table) >= forgotten.number:
        return None
    before = emptied = table.transaction_version(ROWS) or 0
    # What it was before, while each commit makes it another.
    for rows in portions(_holding(lake.require(RAW), forgotten), ROWS_PER_COMMIT):
        emptied += rows.num_rows
        lake.require_room()
        counted = CommitProperties(
            custom_metadata=said_of_removal("forgotten", rows.num_rows), app_transactions=[Transaction(ROWS, emptied)]
        )
        empty(table, rows, RECORD, counted)
    done = CommitProperties(app_transactions=[Transaction(APPLIED, forgotten.number)])
    parted = table.metadata().partition_columns
    table.create_write_transaction([], "append", table.schema(), parted, commit_properties=done)
    removal_log.write_down(lake, forgotten.request, RAW, emptied)
    return emptied - before


def _holding(table: DeltaTable, forgotten: Forgotten) -> Iterator[pa.Table]:
    """The records that hold anything forgotten, without what is emptied of them."""
    columns = [field.name for field in table.schema().fields]
    kept = [name for name in columns if name not in RECORD]
    holding = ds.field("key").is_valid() | ds.field("value").is_valid()
    scanner = table.to_pyarrow_dataset().scanner(
        columns=[*kept, "key", "value"],
        filter=holding,
        batch_size=RECORDS_AT_ONCE,
        batch_readahead=1,
        fragment_readahead=1,
    )
    for batch in scanner.to_batches():
        which = marked(batch, forgotten)
        if which.any():
            yield pa.Table.from_batches([batch.select(kept).filter(pa.array(which))])
