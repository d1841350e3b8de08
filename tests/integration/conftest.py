"""What the tests of the lake share."""

from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from sentistream import lake


@pytest.fixture
def lake_uri(spark: SparkSession, tmp_path: Path) -> str:
    """A lake of the test's own, with empty tables."""
    uri = str(tmp_path / "a lake")
    lake.create_tables(spark, uri)
    return uri
