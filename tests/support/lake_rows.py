"""Invented batches as the stream hands them to the sink."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa

from sentistream.kafka.topic import Topic
from sentistream.lake import tables
from sentistream.lake.lake import Lake
from sentistream.lake.schema import create
from stream_processor.stream.finisher import stamped
from stream_processor.stream.parsing.parse import HEADERS, parse

TOPIC = Topic("tweets", "id-1", (0, 1))
BAD = b"not JSON"
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def empty_lake(folder: Path) -> Lake:
    """Empty tables, made by delta-rs."""
    lake = Lake(str(folder))
    for table in tables.TABLES:
        create.create(lake, table)
    return lake


def tweet(number: int) -> bytes:
    return b'{"data": {"id": "%d", "text": "tweet %d"}}' % (number, number)


def records(
    values: Sequence[bytes | None],
    start: int = 0,
    partition: int = 0,
    topic: str = "tweets",
    keys: Sequence[bytes | None] | None = None,
    arrived: datetime = NOW,
) -> pa.Table:
    """Values as Kafka's records at consecutive offsets of one partition, with the columns of `source.read`."""
    number = len(values)
    return pa.table(
        {
            "key": pa.array(keys or [None] * number, pa.binary()),
            "value": pa.array(values, pa.binary()),
            "value_bytes": pa.array([None if value is None else len(value) for value in values], pa.int32()),
            "topic": pa.array([topic] * number),
            "partition": pa.array([partition] * number, pa.int32()),
            "offset": pa.array(range(start, start + number), pa.int64()),
            "timestamp": pa.array([arrived] * number, pa.timestamp("us", tz="UTC")),
            "headers": pa.array([None] * number, HEADERS),
        }
    )


def batch(
    values: Sequence[bytes | None],
    start: int = 0,
    partition: int = 0,
    topic: str = "tweets",
    keys: Sequence[bytes | None] | None = None,
    arrived: datetime = NOW,
) -> pa.Table:
    """Values at consecutive offsets of one partition, parsed for real and scored with a constant."""
    number = len(values)
    scored = parse(records(values, start, partition, topic, keys, arrived))
    constants = {
        "p_positive": pa.scalar(0.75),
        "sentiment": pa.scalar("positive"),
        "model_name": pa.scalar("tweet-sentiment"),
        "model_version": pa.scalar(1, pa.int32()),
    }
    for name, value in constants.items():
        scored = scored.append_column(name, pa.repeat(value, number))
    return stamped(scored, NOW)


def column(lake: Lake, table: tables.Table, name: str) -> list[object]:
    return sorted(lake.require(table).to_pyarrow_table(columns=[name])[name].to_pylist())


def rows(environment: dict[str, str], table: object, name: str) -> list[object]:
    found = Lake.at(environment["LAKE_URI"]).open(table)  # type: ignore[arg-type]  # a Table
    return found.to_pyarrow_table(columns=[name])[name].to_pylist() if found is not None else []
