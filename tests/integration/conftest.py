"""What the tests of the lake share."""

import shutil
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from sentistream import object_storage
from sentistream.lake import tables
from sentistream.setup import jars
from tests.integration.stored import copied


@pytest.fixture(scope="session")
def empty_lake(spark: SparkSession, home: Path) -> Path:
    """Empty tables, to be copied."""
    folder = home / "an empty lake"
    tables.create_tables(spark, str(folder))
    return folder


@pytest.fixture
def lake_uri(empty_lake: Path, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """A lake of the test's own, with empty tables: on the disk, or where `stored.everywhere` says."""
    if getattr(request, "param", "disk") == "S3":
        return copied(empty_lake, request.getfixturevalue("s3_for_spark"))
    return str(shutil.copytree(empty_lake, tmp_path / "a lake"))


@pytest.fixture
def s3_for_spark(spark: SparkSession, bucket: str) -> str:
    """A bucket that the session's Spark reaches, too; its JVM is older than the variables that name the key."""
    jars.classpath("s3")
    hadoop = spark.sparkContext._jsc.hadoopConfiguration()
    keys = {"fs.s3a.access.key": "an-id", "fs.s3a.secret.key": "a-secret"}
    for name, value in (object_storage.hadoop_options() | keys).items():
        hadoop.set(name, value)
    return bucket
