"""Kafka records → tweets and rejections, in one pass over Arrow columns."""

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sentistream.contracts.labels import SENTIMENTS
from sentistream.contracts.topic import LABEL_HEADER, MOST_AHEAD, SOURCE_HEADER, SOURCES
from stream_processor.stream.parsing import tweet, well_formed
from stream_processor.stream.parsing.rejection import RejectedRecordError
from stream_processor.stream.parsing.tweet import Tweet
from stream_processor.stream.parsing.well_formed import Content

TIMESTAMP = pa.timestamp("us", tz="UTC")
HEADERS = pa.list_(pa.struct([("key", pa.string()), ("value", pa.binary())]))
"""As Spark hands over a record's headers."""
FIRST_TWEET = int(datetime(2006, 3, 21, tzinfo=UTC).timestamp() * 1e6)
"""The day of the first tweet: an earlier created_at is absurd."""
MOST_AHEAD_US = MOST_AHEAD // timedelta(microseconds=1)
LATEST = int(datetime(9999, 12, 31, tzinfo=UTC).timestamp() * 1e6)
"""The last day that every reader of the tables can show."""

COORDINATES = {
    "topic": pa.string(),
    "partition": pa.int32(),
    "offset": pa.int64(),
    "kafka_timestamp": TIMESTAMP,
    "ingest_date": pa.date32(),
    "value_bytes": pa.int32(),
}
RECORD = {
    "key": pa.binary(),
    "value": pa.binary(),
    "headers": HEADERS,
}
"""As it came: a tweet may still become a dead letter."""
REJECTION = {
    "reason": pa.string(),
    "detail": pa.string(),
}
CONTENT = {
    "tweet_id": pa.int64(),
    "author_id": pa.int64(),
    "text": pa.string(),
    "lang": pa.string(),
    "created_at": TIMESTAMP,
    "rules": pa.list_(pa.string()),
    "source": pa.string(),
    "label": pa.string(),
}
PARSED = pa.schema(COORDINATES | RECORD | REJECTION | CONTENT)
"""Every record, once: `reason` is null for a tweet."""


def parse(records: pa.Table) -> pa.Table:
    """Columns of `source.read`, complete values → `PARSED`: the tweets in their order, then the rejected records."""
    values = records["value"].to_pylist()
    plain = well_formed.read(values)
    odd: list[tuple[int, Tweet]] = []
    rejected: list[int] = []
    faults: list[RejectedRecordError] = []
    for number in np.setdiff1d(np.arange(len(values)), plain.rows, assume_unique=True).tolist():
        try:
            odd.append((number, tweet.parse(values[number])))
        except RejectedRecordError as fault:
            faults.append(fault)
            rejected.append(number)
    records = records.append_column("kafka_timestamp", _clamped(pc.cast(records["timestamp"], TIMESTAMP)))
    records = records.append_column("ingest_date", pc.cast(records["kafka_timestamp"], pa.date32()))
    content = well_formed.with_odd(plain, odd) if odd else plain
    parts = [_tweets(records.take(pa.array(content.rows)) if rejected else records, content)]
    if rejected:
        parts.append(_rejected(records.take(pa.array(rejected, pa.int64())), faults))
    return pa.concat_tables(parts)


def _tweets(records: pa.Table, content: Content) -> pa.Table:
    columns = _taken_over(records)
    columns |= {
        "tweet_id": content.tweet_id,
        "author_id": content.author_id,
        "text": content.text,
        "lang": content.lang,
        "created_at": _plausible(_moments(content.created_at), records["kafka_timestamp"]),
        "rules": pa.array(content.rules, pa.list_(pa.string())),
        "source": pc.fill_null(_header(records["headers"], SOURCE_HEADER, SOURCES), "unknown"),
        "label": _header(records["headers"], LABEL_HEADER, SENTIMENTS),
    }
    return _shaped(columns, records.num_rows)


def _rejected(records: pa.Table, faults: list[RejectedRecordError]) -> pa.Table:
    columns = _taken_over(records)
    columns |= {
        "reason": pa.array([str(fault.reason) for fault in faults]),
        "detail": pa.array([fault.detail for fault in faults]),
        "tweet_id": pa.array([fault.tweet_id for fault in faults], pa.int64()),
        "author_id": pa.array([fault.author_id for fault in faults], pa.int64()),
    }
    return _shaped(columns, records.num_rows)


def _taken_over(records: pa.Table) -> dict[str, Any]:
    return {name: pc.cast(records[name], PARSED.field(name).type) for name in (*COORDINATES, *RECORD)}


def _shaped(columns: dict[str, Any], rows: int) -> pa.Table:
    return pa.table(
        [columns[field.name] if field.name in columns else pa.nulls(rows, field.type) for field in PARSED],
        schema=PARSED,
    )


def _header(headers: pa.ChunkedArray, name: str, allowed: tuple[str, ...]) -> pa.Array:
    """For each row the last header of a name where it is one of the allowed values, else null."""
    lists = pa.concat_arrays(headers.chunks) if headers.num_chunks != 1 else headers.chunk(0)
    pairs = lists.flatten()
    is_named = pc.equal(pairs.field("key"), name)
    last = np.full(len(lists), -1, np.int64)
    rows = pc.list_parent_indices(lists).filter(is_named).to_numpy()
    values = pairs.field("value").filter(is_named)
    # Of a row that occurs several times, numpy keeps the last assignment.
    last[rows] = np.arange(len(rows))
    codes = pc.index_in(values, pa.array([each.encode() for each in allowed], values.type))
    of_row = pc.take(codes, pa.array(last, mask=last < 0))
    return pc.take(pa.array(allowed), of_row)


def _moments(written: list[str | None]) -> pa.Array:
    """ISO 8601 → microseconds since 1970, null for what is no date: the whole column at once where all are well-formed."""
    try:
        return pc.cast(pc.cast(pa.array(written, pa.string()), TIMESTAMP), pa.int64())
    except pa.ArrowInvalid:
        return pa.array([tweet.microseconds(each) for each in written], pa.int64())


def _clamped(moments: pa.ChunkedArray) -> pa.ChunkedArray:
    """A foreign producer's Kafka time may be anything; keep it within what every reader can show."""
    whole = pc.cast(moments, pa.int64())
    return pc.cast(pc.min_element_wise(pc.max_element_wise(whole, 0), LATEST), TIMESTAMP)


def _plausible(created: pa.Array, kafka_time: pa.ChunkedArray) -> pa.ChunkedArray:
    """The tweet's own time, or the Kafka time where that is absent, before the first tweet or a day ahead."""
    arrival = pc.cast(kafka_time, pa.int64())
    plausible = pc.and_(pc.greater_equal(created, FIRST_TWEET), pc.less_equal(created, pc.add(arrival, MOST_AHEAD_US)))
    return pc.cast(pc.if_else(pc.fill_null(plausible, False), created, arrival), TIMESTAMP)
