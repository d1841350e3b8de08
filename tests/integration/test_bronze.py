from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from deltalake import write_deltalake
from deltalake.exceptions import CommitFailedError, DeltaError
from kafka import KafkaProducer, TopicPartition

from demo import malformed
from sentistream.errors import UserError
from sentistream.kafka import connection, topic
from sentistream.kafka.reading.reader import Reader
from sentistream.lake.lake import Lake
from sentistream.lake.maintenance import compaction
from sentistream.lake.maintenance.compaction import Tier
from sentistream.lake.schema.create import create
from sentistream.lake.tables import RAW, REJECTED, SCORED, TABLES
from sentistream.settings import KafkaSettings
from stream_processor.offsets import ledger
from stream_processor.offsets.resume import Acceptance
from stream_processor.stream.sink.lake_sink import LakeSink
from stream_processor.tables import bronze as bronze_module
from stream_processor.tables.bronze import Bronze, complete_from
from tests.support.bronze_rows import coordinates, copy
from tests.support.lake_rows import batch, tweet
from tests.support.topic_records import offsets_on_topic, send
from tests.support.waiting import wait_until


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """An empty folder."""
    return Lake.at(str(tmp_path / "a lake"))


def test_every_record_is_kept_as_it_came(kafka: KafkaSettings, lake: Lake) -> None:
    topic.ensure(kafka)
    producer = KafkaProducer(bootstrap_servers=kafka.kafka_bootstrap_servers)
    unknown = b'{"data": {"id": "1", "text": "tweet 1", "new": {"field": [1]}}, "new": null}'
    headers = [("schema", b"x.v2.tweet/1"), ("twice", b"first"), ("twice", b"last")]
    producer.send(kafka.kafka_topic, key=b"1", value=unknown, headers=headers, partition=0)
    producer.send(kafka.kafka_topic, value=b"\xff no tweet", partition=0)
    producer.send(kafka.kafka_topic, key=b"3", value=None, partition=1)
    producer.close()
    before = datetime.now(UTC)
    assert copy(kafka, lake) == 3
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
    assert all(engine.startswith("delta-rs") for engine in engines)


def test_a_restart_goes_on_and_copies_nothing_twice(
    kafka: KafkaSettings, lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = topic.ensure(kafka)
    monkeypatch.setattr(bronze_module, "Reader", partial(Reader, most_records=30))
    send(kafka, *(tweet(number) for number in range(100)))
    assert copy(kafka, lake) == 100
    send(kafka, *(tweet(number) for number in range(100, 110)))
    assert copy(kafka, lake) == 10
    assert coordinates(lake) == offsets_on_topic(kafka)
    table = lake.require(RAW)
    assert complete_from(table, found) == {0: 0, 1: 0}
    ends = {
        number: max(offset for partition, offset in offsets_on_topic(kafka) if partition == number) for number in (0, 1)
    }
    assert ledger.committed_offsets(table, found) == ends
    assert copy(kafka, lake) == 0


def test_a_keeper_that_was_taken_for_dead_adds_nothing(kafka: KafkaSettings, lake: Lake) -> None:
    topic.ensure(kafka)
    late = Bronze(kafka, lake)
    send(kafka, *(tweet(number) for number in range(10)))
    real = Bronze._commit

    def meanwhile(self: Bronze, *rest: object) -> None:
        Bronze._commit = real  # type: ignore[method-assign]
        assert copy(kafka, lake) == 10
        real(self, *rest)  # type: ignore[arg-type]  # passed through

    Bronze._commit = meanwhile  # type: ignore[method-assign]
    try:
        with pytest.raises(CommitFailedError):
            late.update()
    finally:
        Bronze._commit = real  # type: ignore[method-assign]
    assert late.update() == 0
    late.finish()
    assert coordinates(lake) == offsets_on_topic(kafka)


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_kill_before_or_after_a_commit_loses_and_doubles_nothing(
    kafka: KafkaSettings, lake: Lake, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    topic.ensure(kafka)
    send(kafka, *(tweet(each) for each in range(50)))
    real = Bronze._commit

    def dies(self: Bronze, *rest: object) -> None:
        if when == "after":
            real(self, *rest)  # type: ignore[arg-type]  # passed through
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Bronze, "_commit", dies)
        with pytest.raises(KeyboardInterrupt):
            copy(kafka, lake)
    copy(kafka, lake)
    assert coordinates(lake) == offsets_on_topic(kafka)


def test_the_table_keeps_its_constraints(kafka: KafkaSettings, lake: Lake) -> None:
    topic.ensure(kafka)
    send(kafka, tweet(1))
    assert copy(kafka, lake) == 1
    table = lake.require(RAW)
    rows = table.to_pyarrow_table()
    at = rows.column_names.index("offset")
    impossible = rows.set_column(at, rows.schema.field(at), [[-1]])
    with pytest.raises(DeltaError, match="failed validation check"):
        write_deltalake(table, impossible, mode="append")


def test_offsets_survive_the_merging_of_small_files(
    kafka: KafkaSettings, lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = topic.ensure(kafka)
    monkeypatch.setattr(compaction, "TIERS", (Tier(compaction.FULL_FILE, 2),))
    for number in range(2):
        send(kafka, *(tweet(10 * number + each) for each in range(10)))
        copy(kafka, lake)
    before = ledger.committed_offsets(lake.require(RAW), found)
    compaction.compact(lake.require(RAW))
    assert len(lake.require(RAW).file_uris()) == 1
    assert ledger.committed_offsets(lake.require(RAW), found) == before
    assert copy(kafka, lake) == 0
    assert coordinates(lake) == offsets_on_topic(kafka)


def test_bronze_silver_and_rejected_agree_on_every_record(kafka: KafkaSettings, lake: Lake) -> None:
    found = topic.ensure(kafka)
    for table in TABLES:
        create(lake, table)
    send(kafka, *(tweet(number) for number in (*range(1, 60), *range(1, 20))))
    malformed.publish(kafka)
    copy(kafka, lake)
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


def test_large_records_are_copied_whole(kafka: KafkaSettings, lake: Lake) -> None:
    topic.ensure(kafka)
    send(kafka, *([b"x" * 2_000_000] * 20))
    assert copy(kafka, lake) == 20
    sizes = {len(value) for value in lake.require(RAW).to_pyarrow_table()["value"].to_pylist()}
    assert sizes == {2_000_000}


def test_records_that_the_broker_no_longer_has_stop_it_until_accepted(kafka: KafkaSettings, lake: Lake) -> None:
    found = topic.ensure(kafka)
    send(kafka, *(tweet(number) for number in range(30)))
    copy(kafka, lake)
    send(kafka, *(tweet(number) for number in range(30, 60)))
    held = offsets_on_topic(kafka)
    ends = {number: max(offset for partition, offset in held if partition == number) + 1 for number in (0, 1)}
    admin = connection.connect(kafka)
    admin.delete_records({TopicPartition(kafka.kafka_topic, number): end - 1 for number, end in ends.items()})
    admin.close()
    with pytest.raises(UserError, match=r"are gone.*--accept-data-loss"):
        copy(kafka, lake)
    assert copy(kafka, lake, Acceptance(data_loss=True)) == 2
    assert complete_from(lake.require(RAW), found) == {number: end - 1 for number, end in ends.items()}
    assert copy(kafka, lake) == 0


def test_a_recreated_topic_stops_it_until_accepted(kafka: KafkaSettings, lake: Lake) -> None:
    before = topic.ensure(kafka)
    send(kafka, tweet(1))
    copy(kafka, lake)
    admin = connection.connect(kafka)
    admin.delete_topics([kafka.kafka_topic])
    wait_until(lambda: topic.describe(admin, kafka.kafka_topic) is None)
    admin.close()
    assert topic.ensure(kafka).topic_id != before.topic_id
    send(kafka, tweet(2), tweet(3))
    with pytest.raises(UserError, match=r"was re-created.*--accept-new-topic"):
        copy(kafka, lake)
    assert copy(kafka, lake, Acceptance(new_topic=True)) == 2
    assert lake.require(RAW).to_pyarrow_table().num_rows == 3
