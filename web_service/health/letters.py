"""The dead letters: how many of each reason, and the newest of one with the beginning of its bytes.

Foreign bytes may be megabytes each: they are read a few rows at a time, and cut before the next are read.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
from deltalake import DeltaTable

from sentistream.errors import UserError
from sentistream.lake import reading
from sentistream.lake.lake import Lake
from sentistream.lake.tables import REJECTED

NEWEST = 20
"""Of one reason."""
SHOWN_BYTES = 2_000
"""Of a record's value."""
PLACE = ("topic", "partition", "offset", "kafka_timestamp")
LATEST_FIRST = [(name, "descending") for name in ("kafka_timestamp", "partition", "offset")]
SMALL = {"batch_size": 16_384, "batch_readahead": 1, "fragment_readahead": 1}
FEW = {
    "batch_size": 8,
    "batch_readahead": 0,
    "fragment_readahead": 0,
    # Row by row from the file, and not a whole column of it at once.
    "fragment_scan_options": ds.ParquetFragmentScanOptions(use_buffered_stream=True, pre_buffer=False),
}


@dataclass(frozen=True)
class Letter:
    """One record that is no tweet."""

    topic: str
    partition: int
    offset: int
    arrived: datetime
    detail: str
    size: int | None
    """Bytes of its value; None where it had none, or was emptied by an erasure."""
    begins: bytes
    """At most `SHOWN_BYTES` of them."""

    @property
    def text(self) -> str:
        r"""Its beginning as text; a byte that is no UTF-8 is written as `\xff`."""
        return self.begins.decode("utf-8", "backslashreplace")


def by_reason(lake: Lake, rejected: DeltaTable) -> dict[str, int]:
    """Reason → letters, the most first.

    Raises:
        UserError: another program made of the table what can't be read here.
    """
    counts: Counter[str] = Counter()
    for batch in _rows(lake, rejected).scanner(["reason"], **SMALL).to_batches():
        for each in pc.value_counts(batch["reason"]).to_pylist():
            counts[each["values"]] += each["counts"]
    return dict(counts.most_common())


def newest(lake: Lake, rejected: DeltaTable, reason: str) -> list[Letter]:
    """The letters of one reason that came last, the latest first.

    Raises:
        UserError: as `by_reason` has it.
    """
    rows = _rows(lake, rejected)
    scanner = rows.scanner([*PLACE, "detail"], filter=pc.field("reason") == reason, **SMALL)
    newest: pa.Table = scanner.head(0)
    for batch in scanner.to_batches():
        both = pa.concat_tables([newest, pa.Table.from_batches([batch])])
        newest = both.take(pc.select_k_unstable(both, NEWEST, LATEST_FIRST))
    return [_letter(rows, row) for row in newest.to_pylist()]


def _rows(lake: Lake, rejected: DeltaTable) -> ds.Dataset:
    rows = reading.rows(lake, REJECTED, rejected)
    if not isinstance(rows, ds.Dataset):
        raise UserError(
            f"{lake.location(REJECTED)} can't be shown here, as another program changed it: ask by `sentistream lake query`."
        )
    return rows


def _letter(rows: ds.Dataset, row: dict[str, Any]) -> Letter:
    """With its bytes, read by its place alone, which the files' statistics find."""
    # The day is that of the Kafka time: the other days' files are not opened.
    where = pc.field("ingest_date") == row["kafka_timestamp"].date()
    for name in PLACE:
        where &= pc.field(name) == pa.scalar(row[name], rows.schema.field(name).type)
    begins, size = b"", None
    for batch in rows.scanner(["value"], filter=where, **FEW).to_batches():
        for value in batch["value"]:
            if value.is_valid:
                size, begins = len(value.as_buffer()), value.as_buffer()[:SHOWN_BYTES].to_pybytes()
    place = {name: row[name] for name in PLACE[:3]}
    return Letter(**place, arrived=row["kafka_timestamp"], detail=row["detail"], size=size, begins=begins)
