from datetime import UTC, datetime

import pytest
from kafka import KafkaProducer, TopicPartition
from pyspark.sql import SparkSession

from demo import malformed
from sentistream.errors import UserError
from sentistream.kafka import connection, topic
from sentistream.lake.lake import Lake
from sentistream.lake.tables import RAW, REJECTED, SCORED
from sentistream.settings import KafkaSettings
from stream_processor.offsets import ledger
from stream_processor.offsets.resume import Acceptance
from stream_processor.stream.sink.lake_sink import LakeSink
from stream_processor.tables import bronze as bronze_module
from stream_processor.tables.bronze import Bronze, complete_from
from stream_processor.tables.worker import merge_small_files
from tests.support.bronze_rows import coordinates, copy
from tests.support.lake_rows import batch, tweet
from tests.support.topic_records import offsets_on_topic, send
from tests.support.waiting import wait_until

pytestmark = pytest.mark.usefixtures("bronze_and_gold")


def test_every_record_is_kept_as_it_came_and_spark_alone_commits(
    spark: SparkSession, kafka: KafkaSettings, lake: Lake
) -> None:
    topic.ensure(kafka)
    producer = KafkaProducer(bootstrap_servers=kafka.kafka_bootstrap_servers)
    unknown = b'{"data": {"id": "1", "text": "tweet 1", "new": {"field": [1]}}, "new": null}'
    headers = [("schema", b"x.v2.tweet/1"), ("twice", b"first"), ("twice", b"last")]
    producer.send(kafka.kafka_topic, key=b"1", value=unknown, headers=headers, partition=0)
    producer.send(kafka.kafka_topic, value=b"\xff no tweet", partition=0)
    producer.send(kafka.kafka_topic, key=b"3", value=None, partition=1)
    producer.close()
    before = datetime.now(UTC)
    assert copy(spark, kafka, lake) == 3
    rows = lake.require(RAW).to_pyarrow_table()
    rows = rows.sort_by([("partition", "ascending"), ("offset", "ascending")]).to_pylist()
    assert [(row["topic"], row["partition"], row["offset"]) for row in rows] == [
        (kafka.kafka_topic, *each) for each in ((0, 0), (0, 1), (1, 0))
    ]
    assert [(row["key"], row["value"]) for row in rows] == [
        (b"1", unknown),
        (None, b"\xff no tweet"),
        (b"3", None),
    ]
    assert [dict(row["headers"]) for row in rows] == [{"schema": b"x.v2.tweet/1", "twice": b"last"}, {}, {}]
    assert all(row["ingest_date"] == row["kafka_timestamp"].date() for row in rows)
    assert all(row["kafka_timestamp"] <= before <= row["ingested_at"] for row in rows)
    engines = {each.get("engineInfo", "") for each in lake.require(RAW).history()}
    assert all(engine.startswith("Apache-Spark") for engine in engines)


def test_a_restart_goes_on_and_copies_nothing_twice(
    spark: SparkSession, kafka: KafkaSettings, lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = topic.ensure(kafka)
    monkeypatch.setattr(bronze_module, "RECORDS_PER_COMMIT", 30)
    send(kafka, *(tweet(number) for number in range(100)))
    assert copy(spark, kafka, lake) == 100
    send(kafka, *(tweet(number) for number in range(100, 110)))
    assert copy(spark, kafka, lake) == 10
    assert coordinates(lake) == offsets_on_topic(kafka)
    table = lake.require(RAW)
    assert complete_from(table, found) == {0: 0, 1: 0}
    ends = {
        number: max(offset for partition, offset in offsets_on_topic(kafka) if partition == number) for number in (0, 1)
    }
    assert ledger.committed_offsets(table, found) == ends
    # The same records committed once more, as by a keeper that was taken for dead.
    bronze = Bronze(spark, kafka, lake)
    assert bronze.update() == 0
    assert bronze._copy(found, 0, 0, ends[0] + 1) == 0
    bronze.finish()
    assert coordinates(lake) == offsets_on_topic(kafka)


def test_a_kill_before_or_after_a_commit_loses_and_doubles_nothing(
    spark: SparkSession, kafka: KafkaSettings, lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    topic.ensure(kafka)
    real = Bronze._commit
    for number, when in enumerate(("before", "after")):
        send(kafka, *(tweet(100 * number + each) for each in range(50)))
        calls: list[str] = []

        def dies(self: Bronze, *rest: object, when: str = when, calls: list[str] = calls) -> None:
            calls.append(str(rest[1]))
            if when == "after" or "/first" in calls[-1]:
                real(self, *rest)  # type: ignore[arg-type]  # passed through
            if "/first" not in calls[-1]:
                raise KeyboardInterrupt

        with monkeypatch.context() as patched:
            patched.setattr(Bronze, "_commit", dies)
            with pytest.raises(KeyboardInterrupt):
                copy(spark, kafka, lake)
        copy(spark, kafka, lake)
        assert coordinates(lake) == offsets_on_topic(kafka)


def test_offsets_survive_the_merging_of_small_files(spark: SparkSession, kafka: KafkaSettings, lake: Lake) -> None:
    found = topic.ensure(kafka)
    for number in range(2):
        send(kafka, *(tweet(10 * number + each) for each in range(10)))
        copy(spark, kafka, lake)
    before = ledger.committed_offsets(lake.require(RAW), found)
    merge_small_files(spark, lake, RAW)
    assert len(lake.require(RAW).file_uris()) == 1
    assert ledger.committed_offsets(lake.require(RAW), found) == before
    assert copy(spark, kafka, lake) == 0
    assert coordinates(lake) == offsets_on_topic(kafka)


def test_bronze_silver_and_rejected_agree_on_every_record(
    spark: SparkSession, kafka: KafkaSettings, lake: Lake
) -> None:
    found = topic.ensure(kafka)
    send(kafka, *(tweet(number) for number in (*range(1, 60), *range(1, 20))))
    malformed.publish(kafka)
    copy(spark, kafka, lake)
    raw = lake.require(RAW).to_pyarrow_table().sort_by("offset").to_pylist()
    sink = LakeSink(lake, found)
    for number in found.partitions:
        values = [row["value"] for row in raw if row["partition"] == number]
        sink.append(batch(values, partition=number, topic=found.name))
    assert len(raw) == 59 + 19 + len(malformed.RECORDS)
    for number, tally in sink.totals.items():
        of_partition = {row["offset"] for row in raw if row["partition"] == number}
        assert of_partition == set(range(tally.first, tally.last + 1))
        assert len(of_partition) == tally.scored + tally.rejected + tally.duplicates
    kept = {(row["partition"], row["offset"]) for row in raw}
    for table in (SCORED, REJECTED):
        rows = lake.require(table).to_pyarrow_table(columns=["partition", "offset"]).to_pylist()
        assert {(row["partition"], row["offset"]) for row in rows} <= kept


def test_large_records_are_copied_whole(spark: SparkSession, kafka: KafkaSettings, lake: Lake) -> None:
    topic.ensure(kafka)
    send(kafka, *([b"x" * 2_000_000] * 20))
    assert copy(spark, kafka, lake) == 20
    sizes = {len(value) for value in lake.require(RAW).to_pyarrow_table()["value"].to_pylist()}
    assert sizes == {2_000_000}


def test_records_that_the_broker_no_longer_has_stop_it_until_accepted(
    spark: SparkSession, kafka: KafkaSettings, lake: Lake
) -> None:
    found = topic.ensure(kafka)
    send(kafka, *(tweet(number) for number in range(30)))
    copy(spark, kafka, lake)
    send(kafka, *(tweet(number) for number in range(30, 60)))
    held = offsets_on_topic(kafka)
    ends = {number: max(offset for partition, offset in held if partition == number) + 1 for number in (0, 1)}
    admin = connection.connect(kafka)
    admin.delete_records({TopicPartition(kafka.kafka_topic, number): end - 1 for number, end in ends.items()})
    admin.close()
    with pytest.raises(UserError, match=r"are gone.*--accept-data-loss"):
        copy(spark, kafka, lake)
    assert copy(spark, kafka, lake, Acceptance(data_loss=True)) == 2
    assert complete_from(lake.require(RAW), found) == {number: end - 1 for number, end in ends.items()}
    assert copy(spark, kafka, lake) == 0


def test_a_recreated_topic_stops_it_until_accepted(spark: SparkSession, kafka: KafkaSettings, lake: Lake) -> None:
    before = topic.ensure(kafka)
    send(kafka, tweet(1))
    copy(spark, kafka, lake)
    admin = connection.connect(kafka)
    admin.delete_topics([kafka.kafka_topic])
    wait_until(lambda: topic.describe(admin, kafka.kafka_topic) is None)
    admin.close()
    assert topic.ensure(kafka).topic_id != before.topic_id
    send(kafka, tweet(2), tweet(3))
    with pytest.raises(UserError, match=r"was re-created.*--accept-new-topic"):
        copy(spark, kafka, lake)
    assert copy(spark, kafka, lake, Acceptance(new_topic=True)) == 2
    assert lake.require(RAW).to_pyarrow_table().num_rows == 3


def test_a_topic_with_holes_is_refused_and_nothing_of_them_is_copied(
    spark: SparkSession, kafka: KafkaSettings, lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    topic.ensure(kafka)
    send(kafka, *(tweet(number) for number in range(10)))
    real = bronze_module.raw
    monkeypatch.setattr(bronze_module, "raw", lambda records: real(records).where("offset <> 1"))
    with pytest.raises(UserError, match="hold a record"):
        copy(spark, kafka, lake)
    assert coordinates(lake) == []


def test_a_topic_that_was_compacted_at_its_beginning_is_copied_from_its_first_record_on(
    spark: SparkSession, kafka: KafkaSettings, lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    kafka = kafka.model_copy(update={"kafka_topic_partitions": 1})
    found = topic.ensure(kafka)
    send(kafka, *(tweet(number) for number in range(30)))
    real = bronze_module.raw
    monkeypatch.setattr(bronze_module, "raw", lambda records: real(records).where("offset >= 12"))
    monkeypatch.setattr(bronze_module, "RECORDS_PER_COMMIT", 10)
    assert copy(spark, kafka, lake) == 18
    assert coordinates(lake) == [(0, offset) for offset in range(12, 30)]
    assert complete_from(lake.require(RAW), found) == {0: 12}
