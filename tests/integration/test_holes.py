"""Offsets that hold no record, on a real broker: bronze passes those that are explained, and accounts for them."""

from pathlib import Path

import pytest
import structlog
from kafka import KafkaProducer
from kafka.admin import ConfigResource, ConfigResourceType

from sentistream.contracts.topic import TOPIC_CONFIG
from sentistream.errors import UserError
from sentistream.kafka import connection, topic
from sentistream.kafka.reading import gaps, open_transactions
from sentistream.lake import doctor, holes
from sentistream.lake.doctor import Finding
from sentistream.lake.holes import Holes
from sentistream.lake.lake import Lake
from sentistream.lake.schema.create import create
from sentistream.lake.tables import RAW, TABLES
from sentistream.settings import KafkaSettings
from stream_processor.offsets import ledger
from stream_processor.offsets.missing import BrokersLog, Missing
from stream_processor.offsets.resume import Acceptance
from stream_processor.stream.meter.lag import Behind, Lag
from stream_processor.stream.transaction_watch import TransactionWatch
from stream_processor.tables.bronze import complete_from
from tests.support.bronze_rows import coordinates, copy
from tests.support.doctor import without_a_broker
from tests.support.topic_records import in_a_transaction, send, transactional
from tests.support.waiting import wait_until

COMPACTION = {
    "cleanup.policy": "compact",
    "segment.ms": "100",
    "min.cleanable.dirty.ratio": "0.001",
    "min.compaction.lag.ms": "0",
}


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    made = Lake.at(str(tmp_path / "a lake"))
    for table in TABLES:
        create(made, table)
    return made


@pytest.fixture
def kafka(kafka: KafkaSettings) -> KafkaSettings:
    return kafka.model_copy(update={"kafka_topic_partitions": 1})


def complete(lake: Lake) -> Finding:
    """What the doctor says of partition 0."""
    [found] = [each for each in doctor.examine(lake, without_a_broker(lake)) if each.promise == "bronze is complete"]
    return found


def counted(lake: Lake, tweets: topic.Topic) -> Holes:
    return holes.of(lake.require(RAW), ledger.app_id(tweets, 0))


def test_aborted_records_and_markers_are_passed_and_counted(kafka: KafkaSettings, lake: Lake) -> None:
    tweets = topic.ensure(kafka)
    producers = [transactional(kafka, name) for name in "ab"]
    in_a_transaction(producers[0], kafka, b"0", b"1")
    in_a_transaction(producers[0], kafka, b"3", b"4", ended="abort")
    # Two markers side by side.
    in_a_transaction(producers[0], kafka, b"6", ended="open")
    in_a_transaction(producers[1], kafka, b"7", ended="open")
    producers[0].commit_transaction()
    producers[1].abort_transaction()
    assert copy(kafka, lake) == 3
    assert coordinates(lake) == [(0, 0), (0, 1), (0, 6)]
    assert counted(lake, tweets) == Holes(7, 2 + 3 + 4 + 5 + 7 + 8 + 9)
    assert complete(lake).verdict == "kept"
    assert complete(lake).found == "3 of 3 records from offset 0 to 9, 7 offsets hold none"
    # A range without any record is passed, too.
    in_a_transaction(producers[1], kafka, b"10", ended="abort")
    assert copy(kafka, lake) == 0
    assert counted(lake, tweets).count == 9
    send(kafka, b"12")
    assert copy(kafka, lake) == 1
    assert complete(lake).found == "4 of 4 records from offset 0 to 12, 9 offsets hold none"
    # Neither a row that is lost nor one that is there twice hides behind a hole.
    lake.require(RAW).delete("offset = 6")
    assert complete(lake).verdict == "broken"


def test_a_transaction_that_stays_open_is_said_and_waited_for(
    kafka: KafkaSettings, lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    topic.ensure(kafka)
    producer = transactional(kafka)
    send(kafka, b"0")
    in_a_transaction(producer, kafka, b"1", ended="open")
    send(kafka, b"2")
    with structlog.testing.capture_logs() as said:
        assert copy(kafka, lake) == 1
    assert not [each for each in said if "open for long" in each["event"]]
    monkeypatch.setattr(open_transactions, "LONG_SECONDS", -60.0)
    with structlog.testing.capture_logs() as said:
        assert copy(kafka, lake) == 0
    [warned] = [each for each in said if "open for long" in each["event"]]
    assert (warned["partition"], warned["offset"]) == (0, 1)
    producer.commit_transaction()
    assert copy(kafka, lake) == 2
    assert coordinates(lake) == [(0, 0), (0, 1), (0, 2)]
    assert complete(lake).verdict == "kept"


def test_what_compaction_took_is_believed_where_it_is_configured_and_is_lost_where_not(
    kafka: KafkaSettings, lake: Lake
) -> None:
    tweets = topic.ensure(kafka, {**TOPIC_CONFIG, **COMPACTION})
    producer = KafkaProducer(bootstrap_servers=kafka.kafka_bootstrap_servers)
    for number in range(20):
        producer.send(kafka.kafka_topic, key=b"%d" % (number % 2), value=b"%d" % number)
    producer.flush()
    early = Lake.at(f"{lake.uri} before")
    assert copy(kafka, early) == 20

    def compacted() -> bool:
        # A segment is closed by the next record alone.
        producer.send(kafka.kafka_topic, key=b"tick", value=b"")
        producer.flush()
        fresh = Lake.at(f"{lake.uri} {wait_until.__name__} {next(tries)}")
        copy(kafka, fresh)
        return len(coordinates(fresh)) < 20

    tries = iter(range(1000))
    wait_until(compacted, 90, 2)
    copy(kafka, lake)
    rows = coordinates(lake)
    assert counted(lake, tweets).count >= 18
    assert complete_from(lake.require(RAW), tweets) == {0: 0}
    assert complete(lake).verdict == "kept"
    admin = connection.connect(kafka)
    admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, kafka.kafka_topic, {"cleanup.policy": "delete"})])
    # Brokers come to know of it one after the other, this one beside its answer.
    wait_until(lambda: not gaps.is_compacted(admin, kafka.kafka_topic))
    admin.close()
    other = Lake.at(f"{lake.uri} of another start")
    with pytest.raises(
        UserError, match=r"hold no record \(0–.*neither compaction nor a transaction.*--accept-data-loss"
    ):
        copy(kafka, other)
    assert coordinates(other) == []
    accepted = Acceptance(data_loss=True)
    copy(kafka, other, accepted)
    assert [each for each in rows if each in coordinates(other)] == rows
    last_hole = min(offset for _, offset in rows if all((0, later) in rows for later in range(offset, rows[-1][1])))
    assert complete_from(other.require(RAW), tweets) == {0: last_hole}
    assert counted(other, tweets) == holes.NONE


@pytest.mark.parametrize("policy", ["delete", "compact"])
def test_records_that_were_left_out_are_never_taken_for_holes(kafka: KafkaSettings, policy: str) -> None:
    """As of a batch that was read and never committed: they are there, and neither a transaction nor compaction hides them."""
    topic.ensure(kafka, {**TOPIC_CONFIG, "cleanup.policy": policy})
    producer = transactional(kafka)
    in_a_transaction(producer, kafka, b"0", b"1", b"2")
    in_a_transaction(producer, kafka, b"4", ended="abort")
    in_a_transaction(producer, kafka, b"6")
    judge = BrokersLog(kafka, kafka.kafka_topic, accept_data_loss=False)
    assert judge(0, [(3, 6)]) == Missing(holes=3)
    for left_out in ([(0, 3)], [(1, 6)], [(3, 7)]):
        with pytest.raises(UserError, match=r"hold no record|though they hold records"):
            judge(0, left_out)
    judge.close()


def test_the_stream_says_which_transaction_holds_it_back(kafka: KafkaSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    tweets = topic.ensure(kafka)
    producer = transactional(kafka)
    in_a_transaction(producer, kafka, b"0")
    in_a_transaction(producer, kafka, b"2", ended="open")
    lag = Lag(dict)
    watch = TransactionWatch(kafka, tweets, lag.seen)
    with structlog.testing.capture_logs() as said:
        watch.look()
        assert not said
        monkeypatch.setattr(open_transactions, "LONG_SECONDS", -60.0)
        watch.look()
        watch.look()
    [warned] = said
    assert (warned["log_level"], warned["partition"], warned["offset"]) == ("warning", 0, 2)
    # A record and a marker can be read, and the record behind them can't.
    assert lag.partitions()[0] == Behind(2, None, 1)
    producer.abort_transaction()
