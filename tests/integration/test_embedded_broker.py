import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from sentistream.errors import UserError
from sentistream.kafka import connection, topic
from sentistream.kafka.embedded_broker import EmbeddedBroker, free_port
from sentistream.settings import KafkaSettings
from sentistream.setup import jars
from tests.support.places import ROOT
from tests.support.waiting import PATIENCE_SECONDS

pytestmark = pytest.mark.broker


def settings(broker: EmbeddedBroker) -> KafkaSettings:
    return KafkaSettings.from_options(kafka_bootstrap_servers=broker.bootstrap_servers, kafka_topic="kept")


def test_a_second_run_finds_its_data_or_starts_fresh_as_asked_and_never_beside_the_first(tmp_path: Path) -> None:
    with EmbeddedBroker(tmp_path / "broker") as first:
        created = topic.ensure(settings(first))
        with pytest.raises(UserError, match=rf"Another broker \(process {os.getpid()}\)"):
            EmbeddedBroker(tmp_path / "broker", fresh=True).start()
        assert topic.ensure(settings(first)) == created
    with EmbeddedBroker(tmp_path / "broker") as second:
        assert second.bootstrap_servers == first.bootstrap_servers
        assert topic.ensure(settings(second)) == created
    with EmbeddedBroker(tmp_path / "broker", fresh=True) as third:
        assert topic.ensure(settings(third)).topic_id != created.topic_id


def test_an_archive_of_classes_that_does_not_fit_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broker").symlink_to(jars.jars_folder() / "broker")
    (tmp_path / "broker.jsa").write_bytes(b"of another Java")
    monkeypatch.setenv("SENTISTREAM_JARS", str(tmp_path))
    with EmbeddedBroker(tmp_path / "data") as broker:
        assert topic.ensure(settings(broker)).partitions
        assert "[cds]" not in broker.log_file.read_text()


def test_a_topic_with_the_producers_times_is_refused_with_the_remedy(broker: EmbeddedBroker) -> None:
    foreign = settings(broker).model_copy(update={"kafka_topic": "foreign"})
    topic.ensure(foreign, config={"message.timestamp.type": "CreateTime"})
    admin = connection.connect(foreign)
    with pytest.raises(UserError, match=r"message\.timestamp\.type=CreateTime: set it to LogAppendTime"):
        topic.require_broker_time(admin, "foreign")
    admin.close()


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(UserError, match=f"Port {port} for the local broker is taken"):
            EmbeddedBroker(tmp_path / "broker", port).start()


@pytest.mark.parametrize(
    "number", [signal.SIGKILL, signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.long)]
)
def test_no_broker_outlives_its_parent(tmp_path: Path, number: signal.Signals) -> None:
    parent = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "sentistream",
            "broker",
            "--folder",
            str(tmp_path / "broker"),
            "--port",
            str(free_port()),
        ],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert parent.stderr is not None
    assert "Kafka serves at" in parent.stderr.readline()
    family = psutil.Process(parent.pid).children(recursive=True)
    assert any("java" in process.name() for process in family)
    os.kill(parent.pid, number)
    parent.wait(PATIENCE_SECONDS)
    gone, alive = psutil.wait_procs(family, timeout=PATIENCE_SECONDS)
    assert not alive
    assert len(gone) == len(family)


def test_a_broker_that_is_away_is_waited_for_and_then_named() -> None:
    absent = KafkaSettings.from_options(kafka_bootstrap_servers=f"127.0.0.1:{free_port()}", kafka_wait_seconds=1)
    started = time.monotonic()
    with pytest.raises(UserError, match=r"No Kafka broker answered at 127\.0\.0\.1"):
        topic.ensure(absent)
    assert time.monotonic() - started >= 1
