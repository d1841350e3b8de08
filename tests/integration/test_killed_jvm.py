"""A service whose JVM is killed, as the kernel does where memory runs out."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from sentistream.contracts.model_version import ModelVersion
from sentistream.kafka import topic
from sentistream.settings import KafkaSettings
from tests.support.places import ROOT
from tests.support.waiting import PATIENCE_SECONDS, wait_until

OUT_OF_MEMORY = """
from sentistream import command_line, spark
from sentistream.settings import SparkSettings

def work(**_):
    with spark.running(SparkSettings.from_options(), "no memory") as session:
        session.sql("SELECT length(repeat('x', 2000000000))").collect()

command_line.run(work)
"""
pytestmark = [pytest.mark.spark, pytest.mark.broker]


def test_a_killed_jvm_ends_the_service_with_one_sentence(
    environment: dict[str, str],
    kafka: KafkaSettings,
    champion: tuple[ModelVersion, object],
    tmp_path: Path,
) -> None:
    topic.ensure(kafka)
    written = tmp_path / "stderr"
    with written.open("w") as stderr:
        service = subprocess.Popen(
            [sys.executable, "-m", "stream_processor", "run"],
            cwd=ROOT,
            env={**os.environ, **environment, "LOG_FORMAT": "json"},
            stderr=stderr,
        )
    try:
        wait_until(lambda: '"event":"streaming"' in written.read_text(), alive=[service])
        [jvm] = [each for each in psutil.Process(service.pid).children() if "java" in each.name()]
        jvm.send_signal(signal.SIGKILL)
        assert service.wait(PATIENCE_SECONDS) == 1
    finally:
        service.kill()
        service.wait()
    lines = [json.loads(line) for line in written.read_text().splitlines()]
    assert lines[-1]["event"].startswith("Spark's JVM ended (SIGKILL), most likely out of memory")
    assert not [line for line in lines if "exception" in line or "Traceback" in line["event"]]


def test_a_jvm_out_of_memory_ends_the_program_with_one_sentence(tmp_path: Path) -> None:
    own = {"SPARK_SCRATCH": str(tmp_path / "spark"), "SPARK_LOG": str(tmp_path / "spark.log")}
    run = subprocess.run(
        [sys.executable, "-c", OUT_OF_MEMORY],
        cwd=ROOT,
        env={**os.environ, **own, "SPARK_DRIVER_MEMORY": "512m", "SPARK_MASTER": "local[1]"},
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert run.returncode == 1
    assert run.stderr.startswith("error: Spark's JVM ended (exit code 3), most likely out of memory: ")
    assert "Traceback" not in run.stderr
