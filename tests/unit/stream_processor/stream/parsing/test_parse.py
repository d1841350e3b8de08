from datetime import UTC, date, datetime, timedelta
from typing import Any

import orjson
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream_processor.stream.parsing import tweet
from stream_processor.stream.parsing.parse import FIRST_TWEET, HEADERS, PARSED, parse
from stream_processor.stream.parsing.rejection import RejectedRecordError

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def batch(*values: bytes | None, headers: list[tuple[str, bytes | None]] | None = None, at: datetime = NOW) -> pa.Table:
    number = len(values)
    pairs = None if headers is None else [{"key": key, "value": value} for key, value in headers]
    return pa.table(
        {
            "key": pa.array([b"k"] * number, pa.binary()),
            "value": pa.array(values, pa.binary()),
            "value_bytes": pa.array([None if value is None else len(value) for value in values], pa.int32()),
            "topic": pa.array(["tweets"] * number),
            "partition": pa.array([0] * number, pa.int32()),
            "offset": pa.array(range(number), pa.int64()),
            "timestamp": pa.array([at] * number, pa.timestamp("us", tz="UTC")),
            "headers": pa.array([pairs] * number, HEADERS),
        }
    )


def parsed(*values: bytes | None, **options: Any) -> list[dict[str, Any]]:
    """The rows in the order of their offsets."""
    rows: list[dict[str, Any]] = parse(batch(*values, **options)).sort_by("offset").to_pylist()
    return rows


def test_a_tweet_carries_its_coordinates_and_what_a_dead_letter_would_need() -> None:
    value = b'{"data": {"id": "7", "text": "hi"}}'
    [row] = parsed(value, headers=[("source", b"live"), ("label", b"positive")])
    assert (row["reason"], row["detail"], row["value"], row["key"]) == (None, None, value, b"k")
    assert [pair["key"] for pair in row["headers"]] == ["source", "label"]
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
    headers = [("schema", b"x"), ("schema", b"y"), ("empty", None)]
    assert [(pair["key"], pair["value"]) for pair in row["headers"]] == headers


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


def test_the_tweets_keep_their_order() -> None:
    values = [b"no", b'{"data": {"id": "7", "text": "a"}}', b"no", b'{"data": {"id": "7", "text": "b"}}']
    found = parse(batch(*values))
    assert found.schema == PARSED
    assert found["text"].drop_null().to_pylist() == ["a", "b"]


def test_the_last_of_a_repeated_header_wins() -> None:
    [row] = parsed(
        b'{"data": {"id": "7", "text": "hi"}}', headers=[("source", b"live"), ("source", b"replay"), ("label", None)]
    )
    assert (row["source"], row["label"]) == ("replay", None)


dates = st.datetimes(datetime(2007, 1, 1), datetime(2026, 1, 1)).map(lambda moment: f"{moment.isoformat()}Z")


@given(st.lists(st.none() | dates | st.text("0123456789-:TZ+. ", max_size=25), max_size=6))
def test_a_column_of_dates_is_read_as_each_of_them(written: list[str | None]) -> None:
    values = [orjson.dumps({"data": {"id": "7", "text": "hi", "created_at": when}}) for when in written]
    expected = [tweet.microseconds(when) for when in written]
    found = [row["created_at"] for row in parsed(*values)]
    latest = int((NOW + timedelta(days=1)).timestamp() * 1e6)
    plausible = [when if when is not None and FIRST_TWEET <= when <= latest else None for when in expected]
    assert found == [
        NOW if when is None else datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=when) for when in plausible
    ]


fields = st.fixed_dictionaries(
    {
        "id": st.just("7")
        | st.sampled_from(
            ["7", "0", "00", "9223372036854775807", "9223372036854775808", "8" * 19, "x", "\u0667", 7, None]
        )
    },
    optional={
        "text": st.text(max_size=5) | st.sampled_from(["\x1c", "\u3000", "\u200b", "a\0", "x" * 25_001, "é", 1, None]),
        "author_id": st.sampled_from(["12", "0", "1" * 20, "me", 5, None]),
        "lang": st.sampled_from(["en", "", None, 1]),
        "created_at": st.sampled_from(["2026-01-01T00:00:00.000Z", "soon", None, 1]),
    },
)
matching = st.none() | st.sampled_from(
    [[], [{"tag": "a"}], [{"id": "1"}, {"tag": ""}], [{"tag": 1}], "a", "", [1], 0, False, {}]
)
records = st.builds(
    lambda data, rules: orjson.dumps({"data": data, "matching_rules": rules}), fields | st.none(), matching
) | st.sampled_from([b"[]", b"{}", b"null", b"\xff", None])


def reference(value: bytes | None) -> tuple[object, ...]:
    try:
        found = tweet.parse(value)
    except RejectedRecordError as fault:
        return (str(fault.reason), fault.detail, fault.tweet_id, fault.author_id, value, None, None, None)
    return (None, None, found.tweet_id, found.author_id, value, found.text, found.lang, found.rules)


@given(st.lists(records, max_size=12))
def test_whole_columns_are_read_as_each_record_would_be(values: list[bytes | None]) -> None:
    for value, row in zip(values, parsed(*values), strict=True):
        names = ("reason", "detail", "tweet_id", "author_id", "value", "text", "lang", "rules")
        assert tuple(row[name] for name in names) == reference(value)


GROWN = {
    "data": {
        "id": "7",
        "text": "hi",
        "lang": "en",
        "a new field": {"of": ["any", {"depth": 1}]},
        "public_metrics": "a type of its own",
        "entities": [None, 1.5],
    },
    "includes": 7,
    "errors": None,
    "a new part": [[]],
    "matching_rules": [{"id": "1", "tag": "a", "a new field": {"x": 1}}],
}
"""What X may add or change at every level without touching what is read."""


def test_what_x_adds_or_changes_beside_what_is_read_changes_nothing() -> None:
    plain = {"data": {"id": "7", "text": "hi", "lang": "en"}, "matching_rules": [{"id": "1", "tag": "a"}]}
    grown, as_before = parsed(orjson.dumps(GROWN), orjson.dumps(plain))
    as_it_came = {name: as_before[name] for name in ("offset", "value", "value_bytes")}
    assert grown | as_it_came == as_before
    assert (grown["reason"], grown["tweet_id"], grown["rules"]) == (None, 7, ["a"])


@pytest.mark.parametrize(
    ("field", "value"),
    [("id", 7), ("text", ["hi"]), ("lang", {"code": "en"}), ("created_at", 1), ("author_id", 8)],
)
def test_what_is_read_as_another_type_is_rejected_with_its_bytes_and_stops_nothing(field: str, value: object) -> None:
    changed = orjson.dumps({**GROWN, "data": {**GROWN["data"], field: value}})  # type: ignore[dict-item]  # an object
    rejected, following = parsed(changed, orjson.dumps(GROWN))
    assert (rejected["reason"], rejected["value"]) == ("wrong_type", changed)
    assert following["tweet_id"] == 7


def test_rules_of_another_type_are_rejected_too() -> None:
    [rejected] = parsed(orjson.dumps({**GROWN, "matching_rules": {"tag": "a"}}))
    assert rejected["reason"] == "wrong_type"
