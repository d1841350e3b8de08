"""The newest tweets of silver that a question needs, read file by file from the newest on, within bounds."""

import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
from deltalake import DeltaTable

from sentistream.lake import reading
from sentistream.lake.lake import Lake
from sentistream.lake.tables import SCORED

LABELLED_ROWS = 20_000
"""Most labelled tweets that are looked at: an accuracy of them is known to 0.7 points."""
SAMPLE_ROWS = 2_000
"""Tweets that a challenger scores beside the champion: a share of them is known to 2 points."""
SECONDS = 10.0
"""Of reading, at most."""
NO_FILES = pa.schema({"text": pa.string(), "label": pa.string(), "sentiment": pa.string(), "p_positive": pa.float64(),
                      "model_name": pa.string(), "model_version": pa.int32(), "kafka_timestamp": pa.timestamp("us", "UTC")})  # fmt: skip
COLUMNS = NO_FILES.names


def newest(
    lake: Lake, handle: DeltaTable, wanted: pc.Expression | None, rows: int, seconds: float = SECONDS
) -> tuple[pa.Table, bool]:
    """The newest tweets, by the Kafka time of the files that they are in: `COLUMNS`, and whether there are no others.

    Args:
        lake: that the table is of.
        handle: the scored table at a version.
        wanted: what must hold of a tweet.
        rows: at most so many.
        seconds: of reading, after which what is there has to do.

    Raises:
        UserError: another program gave the table a feature with which no reader here knows its rows.
    """
    held = reading.rows(lake, SCORED, handle)
    found, count, is_all = list[pa.Table](), 0, True
    ended = time.monotonic() + seconds
    for table in _tables(held, handle, wanted):
        found.append(table)
        count += table.num_rows
        if count >= rows or time.monotonic() > ended:
            is_all = False
            break
    if not found:
        return NO_FILES.empty_table(), True
    table = pa.concat_tables(found).sort_by([("kafka_timestamp", "descending")])
    return table.slice(0, rows), is_all and table.num_rows <= rows


def of_version(rows: pa.Table, name: str, version: int) -> pa.Table:
    """Those that a version scored."""
    return rows.filter((pc.field("model_name") == name) & (pc.field("model_version") == version))


def oldest(rows: pa.Table) -> datetime | None:
    """Kafka time of the oldest; None where there is none."""
    return pc.min(rows["kafka_timestamp"]).as_py() if rows.num_rows else None


def _tables(
    held: "ds.Dataset | pa.RecordBatchReader", handle: DeltaTable, wanted: pc.Expression | None
) -> Iterator[pa.Table]:
    if not isinstance(held, ds.Dataset):
        # Its rows can be read once, in no order.
        table = held.read_all().select(COLUMNS)
        yield table if wanted is None else table.filter(wanted)
        return
    for fragment in _newest_first(list(held.get_fragments()), handle):
        # In batches: a file that was compacted may hold a day.
        for batch in fragment.to_batches(schema=held.schema, columns=COLUMNS, filter=wanted, **reading.READ_AHEAD):
            if batch.num_rows:
                yield pa.Table.from_batches([batch]).cast(NO_FILES)


def _newest_first(fragments: Sequence[ds.Fragment], handle: DeltaTable) -> list[ds.Fragment]:
    adds = pa.table(handle.get_add_actions(flatten=True))
    if not adds.num_rows or "max.kafka_timestamp" not in adds.column_names:
        return list(fragments)
    last = dict(zip(map(unquote, adds["path"].to_pylist()), adds["max.kafka_timestamp"].to_pylist(), strict=True))
    unknown = datetime.max.replace(tzinfo=UTC)
    return sorted(fragments, key=lambda each: last.get(unquote(each.path)) or unknown, reverse=True)
