"""Looks up in the scored table with which texts some ids came earlier, for no longer than a batch can wait."""

import time
from collections import defaultdict
from collections.abc import Collection
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc
from deltalake import DeltaTable

from stream_processor.stream.deduplication.kafka_times import between, of_days

LOOK_UP_SECONDS = 1.0
"""How long one look-up goes on to open files; the file that it is reading then is read to its end.

There is one look-up for each piece of a batch. So nobody can hold the stream up for longer, however many shorter forms of known tweets he sends.
"""


def look_up(
    table: DeltaTable, ids: Collection[int], earliest: datetime, latest: datetime, seconds: float = LOOK_UP_SECONDS
) -> dict[int, list[str]]:
    """The texts of the rows with these ids, of Kafka times between those given; ids that there was no time for are missing.

    One file is read after the other, and only those that may hold such a row by the log's statistics; the first of them always.
    """
    if not ids:
        return {}
    number = pc.field("tweet_id")
    within = between(earliest, latest) & (number >= min(ids)) & (number <= max(ids))
    chosen = within & number.isin(pa.array(sorted(ids), pa.int64()))
    texts: dict[int, list[str]] = defaultdict(list)
    dataset = table.to_pyarrow_dataset(file_pruning_predicate=of_days(earliest, latest))
    deadline = time.monotonic() + seconds
    for place, file in enumerate(dataset.get_fragments(filter=within)):
        if place and time.monotonic() > deadline:
            break
        rows = file.to_table(schema=dataset.schema, columns=["tweet_id", "text"], filter=chosen)
        for each, text in zip(rows["tweet_id"].to_pylist(), rows["text"].to_pylist(), strict=True):
            texts[each].append(text)
    return dict(texts)
