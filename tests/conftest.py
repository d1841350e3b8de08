"""Session-wide Spark, broker, registry and champion; each is the real thing, started once.

What takes seconds to import is imported by the fixture that needs it: the fast lane needs none of it.
"""

import gc
import importlib.util
import os
import socket
import subprocess
import sys
import uuid
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest
from xdist.remote import Producer

from sentistream.contracts.model_version import ModelVersion
from sentistream.kafka.embedded_broker import EmbeddedBroker, free_port
from sentistream.process import collector, guard
from sentistream.settings import KafkaSettings
from tests.support import lanes
from tests.support.places import ROOT, SHARED
from tests.support.registries import registry_in
from tests.support.small_disk import SmallDisk, mounted
from tests.support.waiting import wait_until
from trainer.settings import TrainerSettings

if TYPE_CHECKING:
    from pyspark.ml import PipelineModel
    from pyspark.sql import SparkSession

if sys.modules["__main__"].__spec__ is None:
    # In a worker of xdist; PySpark takes a program without a name for its own doctests, and ends it.
    sys.modules["__main__"].__spec__ = importlib.util.find_spec("pytest.__main__")
# A busy machine is slow now and then, and no test is about that.
hypothesis.settings.register_profile("no deadline", deadline=None)
hypothesis.settings.load_profile("no deadline")
# What tests import is no garbage either.
collector.look_rarely()
# Processes side by side would take each other's ports; what is about them names its own.
os.environ.setdefault("METRICS_PORT", "0")
os.environ.setdefault("SENTISTREAM_JARS", str(ROOT / ".local" / "jars"))
SHORT_QUERIES = {
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.shuffle.partitions": "2",
}
"""For few rows and many queries: a plan that is neither compiled nor adapted takes half the processor time. Services of their own have Spark's defaults."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark, group and order the tests by what they need."""
    lanes.arrange(items)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Look for no garbage among what is imported, then or later: that was a quarter of a worker's time before its first test."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """What `-n auto` means here."""
    return lanes.workers(config.option.markexpr)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> lanes.ByModule:
    """Whole modules, whatever `--dist` says."""
    return lanes.ByModule(config, log)


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(autouse=True)
def umask_as_it_was() -> Iterator[None]:
    """Take back what a command that ran in this process did to it."""
    umask = os.umask(0o022)
    os.umask(umask)
    yield
    os.umask(umask)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[SmallDisk]:
    """A disk of 256 KiB; skips where this user may mount none."""
    with mounted(tmp_path / "small disk", "256k") as disk:
        yield disk


@pytest.fixture(scope="session")
def spark(home: Path) -> "Iterator[SparkSession]":
    from sentistream import spark as spark_module

    settings = TrainerSettings.from_options(
        spark_scratch=str(home / "spark"), spark_log=str(home / "spark.log"), spark_master="local[2]"
    )
    session = spark_module.session(settings, "tests", spark_module.QUICK_COMPILER, SHORT_QUERIES)
    yield session
    session.stop()


@pytest.fixture(scope="session")
def registry_settings(home: Path) -> TrainerSettings:
    """The session's own registry; empty until `champion` is asked for."""
    return registry_in(home)


@pytest.fixture(scope="session")
def champion(
    spark: "SparkSession", home: Path, registry_settings: TrainerSettings
) -> "tuple[ModelVersion, PipelineModel]":
    """A model trained on the invented tweets by the trainer itself, loaded from the session's registry."""
    from sentistream.scoring import artefact, registry, sparkml
    from tests.support.champion import copy_champion

    copy_champion(spark, home)
    version = registry.resolve(registry_settings)
    assert version is not None
    return version, sparkml.read_pipeline(version, artefact.fetch(registry_settings, version).folder)


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
    wait_until(lambda: _answers(port), what=f"moto does not serve, see {home / 'moto.log'}", alive=[server])
    yield {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_ACCESS_KEY_ID": "an-id",
        "AWS_SECRET_ACCESS_KEY": "a-secret",
        "AWS_REGION": "us-east-1",
    }
    guard.stop(server)


def _answers(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def bucket(object_store: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> str:
    """A bucket of the test's own, which the environment reaches."""
    import boto3

    for name, value in object_store.items():
        monkeypatch.setenv(name, value)
    name = f"bucket-{uuid.uuid4().hex}"
    boto3.client("s3", region_name="us-east-1").create_bucket(Bucket=name)
    return f"s3://{name}"


@pytest.fixture(scope="session")
def docker_engine(request: pytest.FixtureRequest) -> None:
    """Skips where there is no Docker engine; in CI that is a failure."""
    if not lanes.has_docker():
        if os.environ.get("CI") == "true":
            pytest.fail("CI must have a Docker engine, and none answers.")
        pytest.skip("no Docker engine answers")
    if any("images" in getattr(item, "fixturenames", ()) for item in request.session.items):
        # Begun here, beside the tests that need an engine only.
        request.getfixturevalue("image_build")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real tweets on the machines that have them; never part of the repository."""
    if not SHARED.is_dir():
        pytest.skip("../shared/data is not on this machine")
    return SHARED


@pytest.fixture(scope="session")
def image_build(home: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The running build of the project's images."""
    with (home / "images.log").open("wb") as log:
        command = ["docker", "compose", "--profile", "query", "build", "--quiet"]
        build = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)
    yield build
    build.kill()
    build.wait()


@pytest.fixture(scope="session")
def images(docker_engine: None, image_build: subprocess.Popen[bytes], home: Path) -> None:
    """The project's images, built once."""
    assert image_build.wait(900) == 0, (home / "images.log").read_text()[-5000:]
