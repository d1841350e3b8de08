import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from kafka import KafkaProducer

from demo import malformed
from sentistream import topic
from sentistream.lake import REJECTED, SCORED, open_table
from sentistream.model_version import ModelVersion
from sentistream.settings import KafkaSettings
from stream_processor.sink import LakeSink
from tests.conftest import ROOT, run_module
from tests.integration.lake_rows import tweet
from trainer.settings import TrainerSettings

pytestmark = [pytest.mark.spark, pytest.mark.broker]


@pytest.fixture
def environment(
    kafka: KafkaSettings,
    champion: tuple[ModelVersion, object],
    registry_settings: TrainerSettings,
    tmp_path: Path,
) -> dict[str, str]:
    return {
        "KAFKA_BOOTSTRAP_SERVERS": kafka.kafka_bootstrap_servers,
        "KAFKA_TOPIC": kafka.kafka_topic,
        "LAKE_URI": str(tmp_path / "lake"),
        "CHECKPOINT_URI": str(tmp_path / "checkpoints"),
        "MLFLOW_TRACKING_URI": registry_settings.mlflow_tracking_uri,
        "MODEL_CACHE": registry_settings.model_cache,
        "SPARK_SCRATCH": str(tmp_path / "spark"),
        "SPARK_LOG": str(tmp_path / "spark.log"),
        "LOG_LEVEL": "DEBUG",
    }


def send(kafka: KafkaSettings, *values: bytes | None) -> None:
    producer = KafkaProducer(
        bootstrap_servers=kafka.kafka_bootstrap_servers, max_request_size=2**22, compression_type="gzip"
    )
    for value in values:
        producer.send(kafka.kafka_topic, value=value)
    producer.flush()
    producer.close()


def rows(environment: dict[str, str], table: object, name: str) -> list[object]:
    found = open_table(environment["LAKE_URI"], table)  # type: ignore[arg-type]  # a Table
    return found.to_pyarrow_table(columns=[name])[name].to_pylist() if found is not None else []


def wait_until(condition: Callable[[], bool], seconds: float = 90) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.2)


def test_tweets_are_scored_by_the_champion_and_a_stop_loses_nothing(
    environment: dict[str, str], kafka: KafkaSettings, champion: tuple[ModelVersion, object]
) -> None:
    found = topic.ensure(kafka)
    send(kafka, *(tweet(number) for number in range(1, 51)))
    processor = subprocess.Popen(
        [sys.executable, "-m", "stream_processor", "run"],
        cwd=ROOT,
        env={**os.environ, **environment},
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        wait_until(lambda: len(rows(environment, SCORED, "tweet_id")) == 50)
        second = run_module("stream_processor", "run", env=environment)
        assert second.returncode == 1
        assert f"Another processor (process {processor.pid}) writes {kafka.kafka_topic}" in second.stderr
        malformed.publish(kafka)
        send(
            kafka,
            b'{"data": {"id": "51", "text": "love this happy day :)"}}',
            b'{"data": {"id": "52", "text": "terrible, sad and broken"}}',
        )
        wait_until(lambda: len(rows(environment, REJECTED, "reason")) == len(malformed.RECORDS))
        wait_until(lambda: len(rows(environment, SCORED, "tweet_id")) == 52)
        # A stop must not need a quiet topic.
        busy = threading.Thread(target=send, args=(kafka, *(tweet(number) for number in range(1001, 6001))))
        busy.start()
        time.sleep(0.5)
    finally:
        processor.send_signal(signal.SIGTERM)
        _, printed = processor.communicate(timeout=60)
    assert processor.returncode == 0, printed
    assert "stopping after the running batch" in printed

    busy.join()
    # More bytes than a batch may hold: they must come in slices, not end the stream.
    large = [b"x" * 2_000_000] * 150
    send(kafka, tweet(53), *large)
    again = run_module("stream_processor", "run", "--once", env=environment)
    assert again.returncode == 0, again.stderr
    assert "comes in slices" in again.stderr
    assert sorted(rows(environment, SCORED, "tweet_id")) == [*range(1, 54), *range(1001, 6001)]
    totals = LakeSink(environment["LAKE_URI"], found).totals.values()
    assert sum(tally.read for tally in totals) == 5053 + len(malformed.RECORDS) + len(large)
    assert sum(tally.unaccounted for tally in totals) == 0
    model, _ = champion
    assert set(rows(environment, SCORED, "model_name")) == {model.name}
    assert set(rows(environment, SCORED, "model_version")) == {model.version}
    sentiments = dict(zip(rows(environment, SCORED, "tweet_id"), rows(environment, SCORED, "sentiment"), strict=True))
    assert (sentiments[51], sentiments[52]) == ("positive", "negative")


def test_without_a_champion_it_says_what_to_do(environment: dict[str, str], kafka: KafkaSettings) -> None:
    run = run_module(
        "stream_processor",
        "run",
        "--once",
        env={**environment, "MODEL_NAME": "another", "CHAMPION_WAIT_SECONDS": "1"},
    )
    assert run.returncode == 1
    assert "waiting for a model" in run.stderr
    assert "No model another@champion" in run.stderr
    assert "run `make train`" in run.stderr
    assert "Traceback" not in run.stderr
