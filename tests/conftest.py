"""Session-wide Spark, broker, registry and champion; each is the real thing, started once."""

import os
import socket
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from pyspark.ml import PipelineModel
from pyspark.sql import SparkSession
from rich.console import Console
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

from sentistream import spark as spark_module
from sentistream.contracts.model_version import ModelVersion
from sentistream.kafka.embedded_broker import EmbeddedBroker, free_port
from sentistream.process import guard
from sentistream.scoring import registry
from sentistream.settings import KafkaSettings
from tests.support.docker import docker
from tests.support.places import FIXTURES, ROOT, SHARED
from trainer.settings import TrainerSettings

os.environ.setdefault("SENTISTREAM_JARS", str(ROOT / ".local" / "jars"))


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="session")
def spark(home: Path) -> Iterator[SparkSession]:
    settings = TrainerSettings.from_options(
        spark_scratch=str(home / "spark"), spark_log=str(home / "spark.log"), spark_master="local[2]"
    )
    session = spark_module.session(settings, "tests")
    yield session
    session.stop()


@pytest.fixture(scope="session")
def registry_settings(home: Path) -> TrainerSettings:
    return TrainerSettings.from_options(
        mlflow_tracking_uri=f"sqlite:///{home / 'mlflow.db'}",
        mlflow_artifacts=str(home / "mlartifacts"),
        model_cache=str(home / "models"),
        trainer_state=str(home / "trainer"),
    )


@pytest.fixture(scope="session")
def champion(spark: SparkSession, registry_settings: TrainerSettings) -> tuple[ModelVersion, PipelineModel]:
    """A model trained on the invented tweets by the trainer itself, loaded from the registry.

    One cell, so that which of several equals scores a little faster decides nothing.
    """
    from trainer.data.dataset import load
    from trainer.features.feature_sets import FeatureSet
    from trainer.grid import cells
    from trainer.grid.classifiers import Classifier
    from trainer.train import train

    cell = cells.Cell(FeatureSet(1), Classifier("logistic-regression", regularisation=0.003, iterations=25))
    with pytest.MonkeyPatch.context() as patched:
        patched.setitem(cells.GRIDS, "quick", lambda: [cell])
        train(spark, registry_settings, load([FIXTURES / "tweets.csv"]), "quick", Console(quiet=True))
    found = registry.resolve(registry_settings)
    assert found is not None
    return found, registry.load(registry_settings, found)


@pytest.fixture(scope="session")
def broker(home: Path) -> Iterator[EmbeddedBroker]:
    with EmbeddedBroker(home / "broker", fresh=True) as running:
        yield running


@pytest.fixture
def kafka(broker: EmbeddedBroker, request: pytest.FixtureRequest) -> KafkaSettings:
    """Settings that name a topic of the test's own on the session's broker."""
    name = "".join(character if character.isalnum() else "-" for character in request.node.name)[:200]
    return KafkaSettings.from_options(
        kafka_bootstrap_servers=broker.bootstrap_servers, kafka_topic=name, kafka_wait_seconds=20
    )


@pytest.fixture(scope="session")
def object_store(home: Path) -> Iterator[dict[str, str]]:
    """The variables that reach a server of S3's real protocol on the loopback interface.

    A process of its own: where delta-rs reads a file for pyarrow it holds the interpreter's lock, and a thread could never answer it.
    """
    port = free_port()
    command = [sys.executable, "-m", "moto.server", "--host", "127.0.0.1", "--port", str(port)]
    server = guard.start(command, home / "moto.log")
    for attempt in Retrying(stop=stop_after_delay(120), wait=wait_fixed(0.1), retry=retry_if_exception_type(OSError)):
        with attempt:
            socket.create_connection(("127.0.0.1", port)).close()
    yield {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_ACCESS_KEY_ID": "an-id",
        "AWS_SECRET_ACCESS_KEY": "a-secret",
        "AWS_REGION": "us-east-1",
    }
    guard.stop(server)


@pytest.fixture
def bucket(object_store: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> str:
    """A bucket of the test's own, which the environment reaches."""
    for name, value in object_store.items():
        monkeypatch.setenv(name, value)
    name = f"bucket-{uuid.uuid4().hex}"
    boto3.client("s3", region_name="us-east-1").create_bucket(Bucket=name)
    return f"s3://{name}"


@pytest.fixture(scope="session")
def docker_engine() -> None:
    """Skips where there is no Docker engine; in CI that is a failure."""
    found = subprocess.run(["docker", "info"], capture_output=True, check=False) if _has_docker() else None
    if found is not None and found.returncode == 0:
        return
    if os.environ.get("CI") == "true":
        pytest.fail("CI must have a Docker engine, and none answers.")
    pytest.skip("no Docker engine answers")


def _has_docker() -> bool:
    from shutil import which

    return which("docker") is not None


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real tweets on the machines that have them; never part of the repository."""
    if not SHARED.is_dir():
        pytest.skip("../shared/data is not on this machine")
    return SHARED


@pytest.fixture(scope="session")
def images(docker_engine: None) -> None:
    """The project's images, built once."""
    docker("compose", "build", "--quiet", seconds=900)
