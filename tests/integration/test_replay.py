import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.request import urlopen

import pytest
from kafka import KafkaProducer
from prometheus_client.parser import text_string_to_metric_families

from sentistream.kafka import topic
from sentistream.kafka.embedded_broker import EmbeddedBroker, free_port
from sentistream.settings import KafkaSettings
from tests.support.commands import run_here, run_module
from tests.support.places import FIXTURES, ROOT
from tests.support.replayed import CLIENTS, check_the_contract, environment
from tests.support.topic_records import consume, offsets_on_topic
from tests.support.waiting import PATIENCE_SECONDS, wait_until


@pytest.mark.parametrize("client", CLIENTS)
def test_what_is_replayed_fulfils_the_contract(kafka: KafkaSettings, client: str) -> None:
    check_the_contract(kafka, client)


def test_a_broken_row_is_named_and_the_rest_published(kafka: KafkaSettings, tmp_path: Path) -> None:
    file = tmp_path / "tweets.csv"
    file.write_text("label,text\n1,good\n1\n0,bad\n")
    run = run_module("producer", "replay", str(file), "--rate", "0", "--json", env=environment(kafka))
    assert run.returncode == 0
    assert json.loads(run.stdout)["broken_rows"] == 1
    assert f"{file}, line 3" in run.stderr
    assert len(consume(kafka)) == 2


def test_several_files_and_standard_input_are_replayed_and_resumed(kafka: KafkaSettings, tmp_path: Path) -> None:
    (tmp_path / "1.jsonl").write_text("".join(f'{{"id":"{number}","text":"hi"}}\n' for number in range(1, 101)))
    (tmp_path / "2.csv").write_text("text\nmeh\n" + "\n")
    (tmp_path / "3.json").write_text("[1]")
    command = [sys.executable, "-m", "producer", "replay", str(tmp_path), "-", "--rate", "0", "--resume", "--json"]
    command.append("--forward-bad")
    for limit, published in ((("--limit", "60"), 60), ((), 43), ((), 0)):
        run = subprocess.run(
            [*command, *limit],
            input="id,text\n200,from a pipe\n",
            capture_output=True,
            text=True,
            env={**os.environ, **environment(kafka)},
            cwd=ROOT,
            check=True,
        )
        assert json.loads(run.stdout)["published"] == published, run.stderr
    records = consume(kafka)
    positions = {dict(record.headers)["source_position"] for record in records}  # type: ignore[attr-defined]
    assert len(positions) == len(records) == 103
    assert {b"1.jsonl:60", b"2.csv:2", b"3.json:1", b"stdin:2"} < positions


def metrics(port: int) -> dict[str, float]:
    """What a producer shows; nothing as long as it does not serve."""
    try:
        with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
            families = text_string_to_metric_families(answer.read().decode())
    except OSError:
        return {}
    return {sample.name: sample.value for family in families for sample in family.samples}


def test_the_metrics_tell_what_is_published(kafka: KafkaSettings) -> None:
    port = free_port()
    command = [sys.executable, "-m", "producer", "synthetic", "--rate", "5", "--metrics-port", str(port)]
    process = subprocess.Popen(command, env={**os.environ, **environment(kafka)}, cwd=ROOT, stderr=subprocess.PIPE)
    try:
        wait_until(lambda: metrics(port).get("sentistream_producer_acknowledged_total", 0) >= 10, alive=[process])
        shown = metrics(port)
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 130
    prefix = "sentistream_producer_"
    assert shown[f"{prefix}read_total"] >= shown[f"{prefix}published_total"] >= shown[f"{prefix}acknowledged_total"]
    assert {f"{prefix}{name}" for name in ("retried_total", "cost_usd_total", "lag_seconds")} <= shown.keys()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        run = run_module(*command[2:-1], str(port), env=environment(kafka))
    assert run.returncode == 2
    assert f"127.0.0.1:{port} (METRICS_PORT)" in run.stderr


@pytest.mark.broker
# While no broker is there kafka-python takes a whole core, and it is stopped then below.
@pytest.mark.parametrize("client", [CLIENTS[0], pytest.param(CLIENTS[1], marks=pytest.mark.long)])
def test_a_broker_that_is_away_for_a_while_loses_and_doubles_nothing(tmp_path: Path, client: str) -> None:
    records = 2000
    with EmbeddedBroker(tmp_path / "broker", fresh=True) as broker:
        settings = KafkaSettings.from_options(
            kafka_bootstrap_servers=broker.bootstrap_servers, kafka_topic="away", log_level="WARNING"
        )
        topic.ensure(settings)
        said = tmp_path / "said"
        with said.open("wb") as errors:
            process = subprocess.Popen(
                [sys.executable, "-m", "producer", "synthetic", "--rate", "100", "--limit", str(records), "--json"],
                env={**os.environ, **environment(settings), "KAFKA_CLIENT": client, "MAX_UNACKNOWLEDGED": "500"},
                cwd=ROOT,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
        try:
            wait_until(lambda: len(offsets_on_topic(settings)) >= 100, alive=[process])
            broker.stop()
            silent = "the broker acknowledges nothing; nothing is lost, reading waits"
            wait_until(lambda: silent in said.read_text(), alive=[process])
            broker.start()
            printed, _ = process.communicate(timeout=PATIENCE_SECONDS)
        finally:
            process.kill()
        counts = json.loads(printed)
        assert (counts["acknowledged"], counts["failed"]) == (records, 0), said.read_text()
        keys = [record.key for record in consume(settings)]  # type: ignore[attr-defined]
    assert len(keys) == len(set(keys)) == records


@pytest.mark.broker
@pytest.mark.parametrize("client", CLIENTS)
def test_it_can_be_stopped_while_the_broker_is_away(tmp_path: Path, client: str) -> None:
    with EmbeddedBroker(tmp_path / "broker", fresh=True) as broker:
        settings = KafkaSettings.from_options(
            kafka_bootstrap_servers=broker.bootstrap_servers, kafka_topic="away", log_level="WARNING"
        )
        topic.ensure(settings)
        process = subprocess.Popen(
            [sys.executable, "-m", "producer", "synthetic", "--rate", "0", "--json"],
            env={**os.environ, **environment(settings), "KAFKA_CLIENT": client, "DELIVERY_TIMEOUT_SECONDS": "86400"},
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            wait_until(lambda: len(offsets_on_topic(settings)) >= 100, alive=[process])
        except BaseException:
            process.kill()
            raise
    time.sleep(3)
    process.send_signal(signal.SIGTERM)
    printed, _ = process.communicate(timeout=PATIENCE_SECONDS)
    counts = json.loads(printed)
    assert process.returncode == 130
    assert counts["published"] == counts["acknowledged"] + counts["failed"]
    assert counts["failed"] > 0


def replay(settings: KafkaSettings, *options: str) -> dict[str, object]:
    command = ["producer", "replay", str(FIXTURES / "tweets.csv"), "--rate", "0", "--json", *options]
    run = run_module(*command, env=environment(settings))
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)  # type: ignore[no-any-return]


def test_a_restarted_replay_publishes_exactly_the_rest(kafka: KafkaSettings) -> None:
    assert replay(kafka, "--resume", "--limit", "90")["published"] == 90
    # Others publish too: more than the first look at the tail takes in.
    producer = KafkaProducer(bootstrap_servers=kafka.kafka_bootstrap_servers)
    for number in range(1000):
        producer.send(kafka.kafka_topic, key=str(number).encode(), value=b"{}")
    producer.close()
    assert replay(kafka, "--resume")["published"] == 70
    assert replay(kafka, "--resume")["published"] == 0
    keys = [record.key for record in consume(kafka) if record.headers]  # type: ignore[attr-defined]
    assert len(keys) == len(set(keys)) == 160


def test_a_replay_that_stays_shows_that_it_lives_until_it_is_told_to_stop(kafka: KafkaSettings, tmp_path: Path) -> None:
    heartbeat = tmp_path / "heartbeat"
    process = subprocess.Popen(
        [sys.executable, "-m", "producer", "replay", str(FIXTURES / "tweets.csv"), "--rate", "0", "--resume", "--stay"],
        env={
            **os.environ,
            "KAFKA_BOOTSTRAP_SERVERS": kafka.kafka_bootstrap_servers,
            "KAFKA_TOPIC": kafka.kafka_topic,
            "HEARTBEAT_FILE": str(heartbeat),
        },
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        wait_until(heartbeat.exists, what="no heartbeat", alive=[process])
        first = heartbeat.stat().st_mtime_ns
        wait_until(lambda: heartbeat.stat().st_mtime_ns != first, what="only one beat", alive=[process])
    finally:
        process.send_signal(signal.SIGTERM)
        _, printed = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 0, printed
    assert len(consume(kafka)) == 160


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("absent.csv",), "absent.csv: there is no such file."),
        (("tests/fixtures/tweets.csv", "--rate", "1", "--speed", "2"), "--rate and --speed exclude each other"),
        (("-", "--loop"), "standard input can be read once only"),
        (("tests/fixtures/tweets.csv", "--rate", "-1"), "RATE: give at least 0"),
        (("tests/fixtures/tweets.csv", "--kafka-topic", "a b"), "KAFKA_TOPIC: write it like tweets"),
    ],
)
def test_a_wrong_argument_gets_one_sentence(arguments: tuple[str, ...], sentence: str) -> None:
    run = run_here("produce", "replay", *arguments)
    assert run.returncode == 2
    assert f"error: {sentence}" in run.stderr
    assert "Traceback" not in run.stderr
