"""Looks up in the scored table with which texts some ids came earlier, for no longer than a batch can wait."""

import time
from collections import defaultdict
from collections.abc import Collection
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc
from deltalake import DeltaTable

LOOK_UP_SECONDS = 1.0
"""Whoever sends many ids again with texts that only seem to be shorter forms can slow a batch down by this, and by the reading of one file."""


def look_up(
    table: DeltaTable, ids: Collection[int], earliest: datetime, latest: datetime, seconds: float = LOOK_UP_SECONDS
) -> dict[int, list[str]]:
    """The texts of the rows with these ids, of Kafka times between those given; ids that there was no time for are missing.

    One file is read after the other, and only those that may hold such a row by the log's statistics.
    """
    if not ids:
        return {}
    at, number, moment = pc.field("kafka_timestamp"), pc.field("tweet_id"), pa.timestamp("us", tz="UTC")
    days = (pc.field("ingest_date") >= earliest.date()) & (pc.field("ingest_date") <= latest.date())
    within = days & (at >= pa.scalar(earliest, moment)) & (at <= pa.scalar(latest, moment))
    within &= (number >= min(ids)) & (number <= max(ids))
    chosen = within & number.isin(pa.array(sorted(ids), pa.int64()))
    deadline = time.monotonic() + seconds
    texts: dict[int, list[str]] = defaultdict(list)
    dataset = table.to_pyarrow_dataset()
    for file in dataset.get_fragments(filter=within):
        if time.monotonic() > deadline:
            break
        rows = file.to_table(schema=dataset.schema, columns=["tweet_id", "text"], filter=chosen)
        for each, text in zip(rows["tweet_id"].to_pylist(), rows["text"].to_pylist(), strict=True):
            texts[each].append(text)
    return dict(texts)
