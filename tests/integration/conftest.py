"""What the tests of the lake share."""

import shutil
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from sentistream import object_storage
from sentistream.contracts.model_version import ModelVersion
from sentistream.lake.lake import Lake
from sentistream.lake.schema.create import create_by_spark
from sentistream.settings import KafkaSettings, S3Settings
from sentistream.setup import jars
from tests.support.object_store import copied
from trainer.settings import TrainerSettings


@pytest.fixture(scope="session")
def empty_lake(spark: SparkSession, home: Path) -> Path:
    """Empty tables, to be copied."""
    folder = home / "an empty lake"
    create_by_spark(spark, Lake.at(str(folder)))
    return folder


@pytest.fixture
def lake(empty_lake: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Lake:
    """A lake of the test's own, with empty tables: on the disk, or where `object_store.everywhere` says."""
    if getattr(request, "param", "disk") == "S3":
        return copied(empty_lake, request.getfixturevalue("s3_for_spark"))
    return Lake.at(str(shutil.copytree(empty_lake, tmp_path / "a lake")))


@pytest.fixture
def s3_for_spark(spark: SparkSession, bucket: str) -> str:
    """A bucket that the session's Spark reaches, too; its JVM is older than the variables that name the key."""
    jars.classpath("s3")
    hadoop = spark.sparkContext._jsc.hadoopConfiguration()
    keys = {"fs.s3a.access.key": "an-id", "fs.s3a.secret.key": "a-secret"}
    for name, value in (object_storage.hadoop_options(S3Settings.from_options()) | keys).items():
        hadoop.set(name, value)
    return bucket


@pytest.fixture
def environment(
    kafka: KafkaSettings,
    champion: tuple[ModelVersion, object],
    registry_settings: TrainerSettings,
    tmp_path: Path,
) -> dict[str, str]:
    """What a processor of the test's own needs: the session's broker and champion, a lake below `tmp_path`."""
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
        # Beside other tests the keeper of bronze and gold would hardly come to work.
        "TABLES_NICENESS": "0",
    }
