import threading
import time
from dataclasses import replace

import pytest

from sentistream.errors import UserError
from sentistream.kafka.connection import NoBrokerError
from sentistream.kafka.topic import Topic
from sentistream.process.retry import StoppedError
from sentistream.settings import KafkaSettings
from stream_processor.offsets.identity import TopicIdentity, require_same

KNOWN = Topic("tweets", "id", (0, 1))


def away(seconds: float) -> KafkaSettings:
    return KafkaSettings.from_options(kafka_bootstrap_servers="127.0.0.1:1", kafka_wait_seconds=seconds)


def test_what_was_read_is_of_the_known_topic_only_where_the_id_is_still_its() -> None:
    grown = KNOWN.with_partitions([2])
    assert require_same(grown, KNOWN) == grown
    with pytest.raises(UserError, match=r"was re-created.*--accept-new-topic"):
        require_same(replace(KNOWN, topic_id="another"), KNOWN)
    with pytest.raises(UserError, match=r"is gone.*--accept-new-topic"):
        require_same(None, KNOWN)


def test_without_an_answer_nothing_is_confirmed() -> None:
    identity = TopicIdentity(away(0), KNOWN)
    with pytest.raises(NoBrokerError):
        identity.require(identity.ask())
    identity.close()


def test_a_stop_ends_the_wait_for_an_answer() -> None:
    stopping = threading.Event()
    identity = TopicIdentity(away(3600), KNOWN, stopping)
    answer = identity.ask()
    threading.Timer(0.1, stopping.set).start()
    started = time.monotonic()
    with pytest.raises(StoppedError):
        identity.require(answer)
    assert time.monotonic() - started < 30
