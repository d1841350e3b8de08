from datetime import datetime, timedelta

import pyarrow as pa
import pytest
from deltalake import write_deltalake
from pyspark.sql import SparkSession

from sentistream.errors import UserError
from sentistream.kafka.topic import Topic
from sentistream.lake.lake import Lake
from sentistream.lake.tables import REJECTED, SCORED
from stream_processor.offsets import ledger
from stream_processor.offsets.ledger import is_another_topic
from stream_processor.offsets.resume import Resume
from stream_processor.stream.sink import lake_sink
from stream_processor.stream.sink.lake_sink import LakeSink
from tests.support.lake_rows import BAD, NOW, TOPIC, batch, column, tweet
from tests.support.object_store import everywhere

NEW_TOPIC = Topic("tweets", "id-2", (0, 1))


@everywhere
def test_every_record_lands_in_one_table_and_is_accounted_for(lake: Lake) -> None:
    sink = LakeSink(lake, TOPIC)
    sink.append(pa.concat_tables([batch([tweet(1), BAD, tweet(2)]), batch([tweet(3)], start=40, partition=1)]))
    assert column(lake, SCORED, "tweet_id") == [1, 2, 3]
    assert column(lake, REJECTED, "value") == [BAD]
    totals = LakeSink(lake, TOPIC).totals
    assert {n: (t.first, t.last, t.read, t.scored, t.rejected, t.unaccounted) for n, t in totals.items()} == {
        0: (0, 2, 3, 2, 1, 0),
        1: (40, 40, 1, 1, 0, 0),
    }


@everywhere
def test_a_repeated_batch_adds_no_row(lake: Lake) -> None:
    rows = batch([tweet(1), BAD])
    LakeSink(lake, TOPIC).append(rows)
    sink = LakeSink(lake, TOPIC)
    before = (lake.require(SCORED).version(), lake.require(REJECTED).version())
    committed = sink.append(rows)
    assert (committed.scored, committed.rejected) == (0, 0)
    assert (lake.require(SCORED).version(), lake.require(REJECTED).version()) == before


def test_a_batch_that_overlaps_adds_only_what_is_new(lake: Lake) -> None:
    LakeSink(lake, TOPIC).append(batch([tweet(1), BAD, tweet(2)]))
    LakeSink(lake, TOPIC).append(batch([tweet(1), BAD, tweet(2), BAD, tweet(3)]))
    assert column(lake, SCORED, "tweet_id") == [1, 2, 3]
    assert column(lake, REJECTED, "offset") == [1, 3]


@everywhere
def test_a_crash_between_the_two_writes_loses_and_doubles_nothing(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(LakeSink, "_commit_scored", dies)
        with pytest.raises(KeyboardInterrupt):
            LakeSink(lake, TOPIC).append(batch([tweet(1), BAD]))
    LakeSink(lake, TOPIC).append(batch([tweet(1), BAD, BAD]))
    assert column(lake, SCORED, "tweet_id") == [1]
    assert column(lake, REJECTED, "offset") == [1, 2]
    assert LakeSink(lake, TOPIC).totals[0].unaccounted == 0


def resumed(lake: Lake, earliest: datetime = NOW, window: timedelta = timedelta(hours=1)) -> LakeSink:
    sink = LakeSink(lake, TOPIC, window)
    sink.resume(Resume({}, earliest))
    return sink


def test_a_tweet_that_comes_again_is_dropped_and_counted(lake: Lake) -> None:
    sink = resumed(lake)
    first = sink.append(batch([tweet(1), tweet(2), tweet(1)]))
    second = sink.append(batch([tweet(2), tweet(3), BAD], start=3))
    assert [(c.scored, c.rejected, c.duplicates) for c in (first, second)] == [(2, 0, 1), (1, 1, 1)]
    assert column(lake, SCORED, "tweet_id") == [1, 2, 3]
    assert LakeSink(lake, TOPIC).totals[0].duplicates == 2
    assert LakeSink(lake, TOPIC).totals[0].unaccounted == 0


@everywhere
def test_the_window_is_read_back_from_the_table(lake: Lake) -> None:
    resumed(lake).append(batch([tweet(1), tweet(2)]))
    again = resumed(lake)
    assert again.remembered == 2
    assert again.append(batch([tweet(2), tweet(3)], start=2)).duplicates == 1
    assert column(lake, SCORED, "tweet_id") == [1, 2, 3]


def test_what_is_older_than_the_window_is_not_read_back(lake: Lake) -> None:
    resumed(lake).append(batch([tweet(1)]))
    assert resumed(lake, earliest=NOW + timedelta(hours=1, seconds=1)).remembered == 0
    assert resumed(lake, earliest=NOW + timedelta(hours=1)).remembered == 1


def test_what_an_accepted_topic_brings_again_is_dropped_until_a_window_after(lake: Lake) -> None:
    hour = timedelta(hours=1)
    resumed(lake).append(batch([tweet(1), tweet(2)], arrived=NOW - 100 * hour))
    accepted = NOW
    for number, later in enumerate((timedelta(0), hour, 2 * hour)):
        # A start each time; only the first one is told that the topic was accepted.
        sink = LakeSink(lake, NEW_TOPIC, hour)
        accepted_at = ledger.accepted_at(sink.scored_table, NEW_TOPIC) if number else accepted
        sink.resume(Resume({}, NOW + later, accepted_at=accepted_at))
        committed = sink.append(batch([tweet(1), tweet(10 + number)], start=2 * number, arrived=NOW + later))
        assert (committed.duplicates, committed.scored) == ((1, 1) if later <= hour else (0, 2))
    assert ledger.accepted_at(lake.require(SCORED), NEW_TOPIC) == accepted
    assert ledger.accepted_at(lake.require(SCORED), TOPIC) is None


def test_within_one_run_what_an_accepted_topic_brings_again_is_remembered_for_the_window(lake: Lake) -> None:
    resumed(lake).append(batch([tweet(1)], arrived=NOW - timedelta(days=9)))
    sink = LakeSink(lake, NEW_TOPIC, timedelta(hours=1))
    sink.resume(Resume({}, NOW, accepted_at=NOW))
    for number, minutes in enumerate((1, 59)):
        arrived = NOW + timedelta(minutes=minutes)
        committed = sink.append(batch([tweet(1), tweet(10 + number)], start=2 * number, arrived=arrived))
        assert committed.duplicates == 1


def test_an_id_whose_commit_failed_is_not_remembered(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    sink = resumed(lake)

    def fails(*_: object) -> None:
        raise OSError

    with monkeypatch.context() as patched:
        patched.setattr(lake_sink, "append", fails)
        with pytest.raises(OSError):  # noqa: PT011 - any failure of a commit
            sink.append(batch([tweet(1)]))
    assert sink.append(batch([tweet(1)])).scored == 1


def test_offsets_and_totals_survive_maintenance(spark: SparkSession, lake: Lake) -> None:
    for number in range(5):
        resumed(lake).append(batch([tweet(number + 1)], start=number))
    before = LakeSink(lake, TOPIC).totals
    table = lake.require(SCORED)
    table.optimize.compact()
    table.delete("tweet_id = 1")
    table.create_checkpoint()
    table.vacuum(retention_hours=0, dry_run=False, enforce_retention_duration=False)
    table.cleanup_metadata()
    assert LakeSink(lake, TOPIC).totals == before
    assert column(lake, SCORED, "tweet_id") == [2, 3, 4, 5]


def test_a_topic_of_the_same_name_with_another_id_is_noticed(lake: Lake) -> None:
    sink = LakeSink(lake, TOPIC)
    sink.append(batch([tweet(1)]))
    assert not is_another_topic(sink.scored_table, TOPIC)
    assert is_another_topic(sink.scored_table, Topic("tweets", "id-2", (0,)))


def test_the_rejected_table_never_goes_back(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    rejects = [BAD] * 10

    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(LakeSink, "_commit_scored", dies)
        with pytest.raises(KeyboardInterrupt):
            LakeSink(lake, TOPIC).append(pa.concat_tables([batch(rejects), batch([BAD], partition=1)]))
    sink = LakeSink(lake, TOPIC)
    sink.append(pa.concat_tables([batch(rejects[:5]), batch([BAD] * 4, partition=1)]))
    sink.append(batch(rejects[5:], start=5))
    rows = lake.require(REJECTED).to_pyarrow_table(columns=["partition", "offset"]).to_pylist()
    expected = [(0, offset) for offset in range(10)] + [(1, offset) for offset in range(4)]
    assert sorted((row["partition"], row["offset"]) for row in rows) == expected


def test_a_hole_within_a_batch_stops_before_anything_is_written(lake: Lake) -> None:
    with pytest.raises(UserError, match=r"1 offsets of .* hold no record"):
        LakeSink(lake, TOPIC).append(pa.concat_tables([batch([BAD, tweet(1)]), batch([tweet(2)], start=3)]))
    assert column(lake, SCORED, "tweet_id") == []
    assert column(lake, REJECTED, "offset") == []


def test_a_batch_of_rejects_alone_still_moves_the_scored_tables_offset(lake: Lake) -> None:
    LakeSink(lake, TOPIC).append(batch([BAD, BAD]))
    assert LakeSink(lake, TOPIC).committed == {0: 1}
    assert column(lake, SCORED, "tweet_id") == []


def test_a_gap_stops_before_anything_is_written(lake: Lake) -> None:
    LakeSink(lake, TOPIC).append(batch([tweet(1)]))
    with pytest.raises(UserError, match="hold no record"):
        LakeSink(lake, TOPIC).append(batch([BAD, tweet(2)], start=5))
    assert column(lake, SCORED, "tweet_id") == [1]
    assert column(lake, REJECTED, "offset") == []


@everywhere
def test_the_commit_of_the_slower_of_two_writers_fails_whole(lake: Lake) -> None:
    slow, quick = LakeSink(lake, TOPIC), LakeSink(lake, TOPIC)
    quick.append(batch([tweet(1)]))
    with pytest.raises(UserError, match="Another writer"):
        slow.append(batch([tweet(1)]))
    assert column(lake, SCORED, "tweet_id") == [1]


def test_partitions_that_are_added_while_it_runs_are_no_other_writer(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    sink, other = LakeSink(lake, TOPIC), LakeSink(lake, TOPIC)
    sink.append(batch([tweet(1), BAD], partition=2))
    # Idle for so long that the table is opened again.
    monkeypatch.setattr(lake_sink, "FRESH_SECONDS", 0.0)
    sink.append(batch([tweet(2), BAD], start=2, partition=2))
    assert {n: (t.read, t.unaccounted) for n, t in sink.totals.items()} == {2: (4, 0)}
    monkeypatch.undo()
    with pytest.raises(UserError, match="Another writer"):
        other.append(batch([tweet(1)], partition=2))
    assert column(lake, SCORED, "tweet_id") == [1, 2]
    assert column(lake, REJECTED, "offset") == [1, 3]


def test_a_stream_goes_on_after_rows_were_removed_beside_it(lake: Lake) -> None:
    sink = LakeSink(lake, TOPIC)
    sink.append(batch([tweet(1), tweet(2), BAD]))
    lake.require(SCORED).delete("tweet_id = 1")
    lake.require(REJECTED).delete()
    sink.append(batch([tweet(3), BAD], start=3))
    assert column(lake, SCORED, "tweet_id") == [2, 3]
    assert column(lake, REJECTED, "offset") == [4]
    assert LakeSink(lake, TOPIC).totals[0].unaccounted == 0


def test_spark_reads_what_delta_rs_wrote(spark: SparkSession, lake: Lake) -> None:
    LakeSink(lake, TOPIC).append(batch([tweet(1), BAD]))
    scored = spark.read.format("delta").load(lake.location(SCORED)).collect()
    assert [(row["tweet_id"], row["text"], str(row["ingest_date"]), row["rules"]) for row in scored] == [
        (1, "tweet 1", "2026-01-02", [])
    ]
    history = spark.sql(f"DESCRIBE HISTORY delta.`{lake.location(SCORED)}`").collect()
    assert '"scored":1' in history[0]["userMetadata"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("p_positive", 1.5),
        ("sentiment", "great"),
        ("source", "hearsay"),
        ("tweet_id", 0),
        ("model_version", 0),
    ],
)
def test_the_tables_refuse_what_the_contract_does_not_allow(lake: Lake, name: str, value: object) -> None:
    table = lake.require(SCORED)
    schema = pa.schema(table.schema().to_arrow())
    rows = batch([tweet(1)]).select(schema.names).cast(schema)
    at = rows.column_names.index(name)
    spoilt = rows.set_column(at, rows.schema.field(name), pa.array([value], rows.schema.field(name).type))
    with pytest.raises(Exception, match=r"(?i)constraint|invariant|check"):
        write_deltalake(table, spoilt, mode="append")
    assert column(lake, SCORED, "tweet_id") == []
