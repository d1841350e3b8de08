from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from stream_processor.parse import parse_batch

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
HEADERS = pa.list_(pa.struct([("key", pa.string()), ("value", pa.binary())]))


def batch(
    *values: bytes | None, headers: list[tuple[str, bytes | None]] | None = None, at: datetime = NOW
) -> pa.RecordBatch:
    number = len(values)
    pairs = None if headers is None else [{"key": key, "value": value} for key, value in headers]
    return pa.RecordBatch.from_pydict(
        {
            "key": pa.array([b"k"] * number, pa.binary()),
            "value": pa.array(values, pa.binary()),
            "topic": pa.array(["tweets"] * number),
            "partition": pa.array([0] * number, pa.int32()),
            "offset": pa.array(range(number), pa.int64()),
            "timestamp": pa.array([at] * number, pa.timestamp("us", tz="UTC")),
            "headers": pa.array([pairs] * number, HEADERS),
        }
    )


def parsed(*values: bytes | None, **options: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = parse_batch(batch(*values, **options)).to_pylist()
    return rows


def test_a_tweet_carries_its_coordinates_and_no_raw_bytes() -> None:
    [row] = parsed(b'{"data": {"id": "7", "text": "hi"}}', headers=[("source", b"live"), ("label", b"positive")])
    assert (row["reason"], row["value"], row["key"], row["headers"]) == (None, None, None, None)
    assert (row["tweet_id"], row["lang"], row["rules"], row["source"], row["label"]) == (
        7,
        "und",
        [],
        "live",
        "positive",
    )
    assert (row["kafka_timestamp"], row["created_at"], row["ingest_date"]) == (NOW, NOW, date(2026, 1, 2))


def test_a_rejected_record_keeps_its_bytes_key_and_headers() -> None:
    [row] = parsed(b"\xff", headers=[("schema", b"x"), ("schema", b"y"), ("empty", None)])
    assert (row["reason"], row["value"], row["key"]) == ("invalid_utf8", b"\xff", b"k")
    assert dict(row["headers"]) == {"schema": b"y", "empty": None}


def test_unknown_sources_and_labels_are_not_taken_over() -> None:
    [row] = parsed(b'{"data": {"id": "7", "text": "hi"}}', headers=[("source", b"\xff"), ("label", b"great")])
    assert (row["source"], row["label"]) == ("unknown", None)


def test_an_absurd_date_gives_way_to_the_kafka_time() -> None:
    form = b'{"data": {"id": "7", "text": "hi", "created_at": "%s"}}'
    rows = parsed(
        *(form % when for when in (b"1999-01-01T00:00:00Z", b"2031-01-01T00:00:00Z", b"2026-01-01T00:00:00Z", b"soon"))
    )
    assert [row["created_at"] == NOW for row in rows] == [True, True, False, True]


def test_a_kafka_time_that_no_reader_can_show_is_clamped() -> None:
    [row] = parsed(b'{"data": {"id": "7", "text": "hi"}}', at=datetime(1969, 12, 31, tzinfo=UTC))
    assert row["ingest_date"] == date(1970, 1, 1)


@given(st.lists(st.none() | st.binary(), max_size=8))
def test_every_record_becomes_exactly_one_row(values: list[bytes | None]) -> None:
    rows = parsed(*values)
    assert [row["offset"] for row in rows] == list(range(len(values)))
    assert all((row["reason"] is None) == (row["text"] is not None) for row in rows)
    assert [row["value"] for row in rows if row["reason"]] == [
        v for v, row in zip(values, rows, strict=True) if row["reason"]
    ]
