"""Kafka records → tweets and rejections, in one pass over Arrow batches."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import DataFrame

from sentistream.labels import SENTIMENTS
from sentistream.topic_contract import LABEL_HEADER, SOURCE_HEADER, SOURCES
from stream_processor import tweet
from stream_processor.rejection import RejectedRecordError
from stream_processor.slices import bounded

PARSED = (
    "topic string, partition int, offset bigint, kafka_timestamp timestamp, ingest_date date, "
    "reason string, detail string, key binary, value binary, value_bytes bigint, headers map<string,binary>, "
    "tweet_id bigint, author_id bigint, text string, lang string, created_at timestamp, rules array<string>, "
    "source string, label string"
)
"""Every record, once: `reason` is null for a tweet; `key`, `value` and `headers` are kept for a rejected one only, `value` within `slices`' bound."""

TIMESTAMP = pa.timestamp("us", tz="UTC")
FIRST_TWEET = int(datetime(2006, 3, 21, tzinfo=UTC).timestamp() * 1e6)
"""The day of the first tweet: an earlier created_at is absurd."""
A_DAY = 24 * 3600 * 1_000_000
LATEST = int(datetime(9999, 12, 31, tzinfo=UTC).timestamp() * 1e6)
"""The last day that every reader of the tables can show."""


def parse(records: DataFrame) -> DataFrame:
    """Columns of Spark's Kafka source (with headers) → `PARSED`, row for row, wherever Spark runs."""
    return records.mapInArrow(_parse_batches, PARSED)


def _parse_batches(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    yield from bounded(parse_batch(batch) for batch in batches)


def parse_batch(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Parse one Arrow batch: columns key, value, topic, partition, offset, timestamp, headers."""
    values: list[bytes | None] = batch["value"].to_pylist()
    keys: list[bytes | None] = batch["key"].to_pylist()
    headers: list[list[dict[str, Any]] | None] = batch["headers"].to_pylist()
    columns: dict[str, list[Any]] = {name: [] for name in _ROW}
    for key, value, pairs in zip(keys, values, headers, strict=True):
        for name, cell in zip(_ROW, _row(key, value, pairs), strict=True):
            columns[name].append(cell)
    kafka_time = _clamped(pc.cast(batch["timestamp"], TIMESTAMP))
    created_at = _plausible(pa.array(columns.pop("created_at"), pa.int64()), kafka_time)
    return pa.RecordBatch.from_pydict(
        {
            "topic": batch["topic"],
            "partition": batch["partition"],
            "offset": batch["offset"],
            "kafka_timestamp": kafka_time,
            "ingest_date": pc.cast(kafka_time, pa.date32()),
            **{name: pa.array(columns[name], kind) for name, kind in _ROW.items() if name in columns},
            "value_bytes": pc.cast(
                pc.fill_null(pc.binary_length(pa.array(columns["value"], pa.binary())), 0), pa.int64()
            ),
            "created_at": created_at,
        }
    ).select([part.split()[0] for part in PARSED.split(", ")])


_ROW: dict[str, pa.DataType] = {
    "reason": pa.string(),
    "detail": pa.string(),
    "key": pa.binary(),
    "value": pa.binary(),
    "headers": pa.map_(pa.string(), pa.binary()),
    "tweet_id": pa.int64(),
    "author_id": pa.int64(),
    "text": pa.string(),
    "lang": pa.string(),
    "created_at": pa.int64(),
    "rules": pa.list_(pa.string()),
    "source": pa.string(),
    "label": pa.string(),
}
"""The columns that come from a record's content, in the order of `_row`."""


def _row(key: bytes | None, value: bytes | None, pairs: list[dict[str, Any]] | None) -> tuple[Any, ...]:
    # Kafka allows a header twice; a map does not: the last one wins, as for JSON keys.
    headers: dict[str, bytes | None] = {pair["key"]: pair["value"] for pair in pairs or ()}
    try:
        found = tweet.parse(value)
    except RejectedRecordError as fault:
        kept = (
            str(fault.reason),
            fault.detail,
            key,
            value,
            list(headers.items()),
            fault.tweet_id,
            fault.author_id,
        )
        return (*kept, None, None, None, None, None, None)
    source = _listed(headers.get(SOURCE_HEADER), SOURCES) or "unknown"
    label = _listed(headers.get(LABEL_HEADER), SENTIMENTS)
    content = (found.tweet_id, found.author_id, found.text, found.lang, found.created_at, found.rules)
    return (None, None, None, None, None, *content, source, label)


def _listed(header: bytes | None, allowed: tuple[str, ...]) -> str | None:
    text = header.decode("utf-8", "replace") if header is not None else None
    return text if text in allowed else None


def _clamped(moments: pa.Array) -> pa.Array:
    """A foreign producer's Kafka time may be anything; keep it within what every reader can show."""
    whole = pc.cast(moments, pa.int64())
    return pc.cast(pc.min_element_wise(pc.max_element_wise(whole, 0), LATEST), TIMESTAMP)


def _plausible(created: pa.Array, kafka_time: pa.Array) -> pa.Array:
    """The tweet's own time, or the Kafka time where that is absent, before the first tweet or a day ahead."""
    arrival = pc.cast(kafka_time, pa.int64())
    plausible = pc.and_(pc.greater_equal(created, FIRST_TWEET), pc.less_equal(created, pc.add(arrival, A_DAY)))
    return pc.cast(pc.if_else(pc.fill_null(plausible, False), created, arrival), TIMESTAMP)
