"""The reader of offset ranges, on a real broker."""

import pytest
from confluent_kafka import KafkaError, TopicPartition

from sentistream.errors import UserError
from sentistream.kafka import topic
from sentistream.kafka.connection import NoBrokerError
from sentistream.kafka.embedded_broker import free_port
from sentistream.kafka.reading import consumer as consumer_module
from sentistream.kafka.reading.consumer import OffsetsConsumer, OffsetsGoneError
from sentistream.kafka.reading.reader import Piece, Reader
from sentistream.settings import KafkaSettings
from tests.support.topic_records import in_a_transaction, send, transactional


def values(pieces: list[Piece]) -> list[bytes]:
    return [value for piece in pieces for value in piece.records["value"].to_pylist()]


def spans(pieces: list[Piece]) -> list[tuple[int, int, int]]:
    return [(piece.start, piece.end, piece.records.num_rows) for piece in pieces]


def test_pieces_are_bounded_by_records_and_by_bytes(kafka: KafkaSettings) -> None:
    topic.ensure(kafka)
    send(kafka, *(b"%d" % number for number in range(10)), *([b"x" * 500_000] * 40), partitions=1)
    with Reader(kafka, most_records=4) as reader:
        pieces = list(reader.read(kafka.kafka_topic, 0, 1, 10))
        assert spans(pieces) == [(1, 5, 4), (5, 9, 4), (9, 10, 1)]
        assert values(pieces) == [b"%d" % number for number in range(1, 10)]
        # Again, and from elsewhere, over the same connection.
        assert values(list(reader.read(kafka.kafka_topic, 0, 0, 2))) == [b"0", b"1"]
        assert list(reader.read(kafka.kafka_topic, 0, 3, 3)) == []
    with Reader(kafka, most_bytes=4_000_000) as reader:
        pieces = list(reader.read(kafka.kafka_topic, 0, 10, 50))
    assert [piece.start for piece in pieces[1:]] == [piece.end for piece in pieces[:-1]]
    assert sum(piece.records.num_rows for piece in pieces) == 40
    assert max(piece.records.num_rows for piece in pieces) == 8


def test_a_range_ends_by_position_and_shows_what_was_committed_alone(kafka: KafkaSettings) -> None:
    topic.ensure(kafka)
    producer = transactional(kafka)
    in_a_transaction(producer, kafka, b"a", b"b")
    in_a_transaction(producer, kafka, b"c", ended="abort")
    in_a_transaction(producer, kafka, b"d")
    # a b · c · d ·
    with Reader(kafka, most_records=2) as reader:
        pieces = list(reader.read(kafka.kafka_topic, 0, 0, 7))
        assert spans(pieces) == [(0, 2, 2), (2, 7, 1)]
        assert values(pieces) == [b"a", b"b", b"d"]
        assert sum(piece.holes for piece in pieces) == 4
        # Of markers alone, in the middle and at the end.
        for marker in (2, 6):
            assert spans(list(reader.read(kafka.kafka_topic, 0, marker, marker + 1))) == [(marker, marker + 1, 0)]


def test_what_the_broker_does_not_hold_is_said(kafka: KafkaSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    # From when on it is asked whether there is such a topic at all.
    monkeypatch.setattr(consumer_module, "LEAST_PATIENCE_SECONDS", 2.0)
    topic.ensure(kafka)
    send(kafka, b"1", partitions=1)
    with Reader(kafka) as reader, pytest.raises(OffsetsGoneError, match=r"partition 0 .* from 100 on"):
        list(reader.read(kafka.kafka_topic, 0, 100, 200))
    hasty = kafka.model_copy(update={"kafka_wait_seconds": 2.0})
    for name, number in (("nowhere", 0), (kafka.kafka_topic, 7)):
        with Reader(hasty) as reader, pytest.raises(UserError, match=f"has no topic {name} with a partition {number}"):
            list(reader.read(name, number, 0, 1))


def test_a_broker_that_does_not_answer_is_said_in_time(kafka: KafkaSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consumer_module, "LEAST_PATIENCE_SECONDS", 0.0)
    away = kafka.model_copy(update={"kafka_bootstrap_servers": f"127.0.0.1:{free_port()}", "kafka_wait_seconds": 0.5})
    with Reader(away) as reader, pytest.raises(NoBrokerError, match=r"KAFKA_BOOTSTRAP_SERVERS.*within 0 s"):
        list(reader.read(kafka.kafka_topic, 0, 0, 1))


def test_what_does_not_pass_by_itself_is_refused_and_the_rest_is_waited_for(kafka: KafkaSettings) -> None:
    with OffsetsConsumer(kafka) as reader:
        where = TopicPartition(kafka.kafka_topic, 0, 0)
        with pytest.raises(UserError, match="does not let this user read the topic"):
            reader._require_passing(KafkaError(KafkaError.TOPIC_AUTHORIZATION_FAILED), where)
        with pytest.raises(UserError, match="refuses to hand out"):
            reader._require_passing(KafkaError(KafkaError.UNSUPPORTED_FOR_MESSAGE_FORMAT), where)
        reader._require_passing(KafkaError(KafkaError.GROUP_AUTHORIZATION_FAILED), where)
        reader._require_passing(KafkaError(KafkaError._TRANSPORT), where)
