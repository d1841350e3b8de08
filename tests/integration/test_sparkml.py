from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from sentistream.contracts.labels import LabelMap, NeutralBand
from sentistream.contracts.model_version import ModelVersion
from sentistream.errors import UserError
from sentistream.scoring import sparkml


def test_a_refusal_says_what_spark_met_and_not_what_it_called(spark: SparkSession, tmp_path: Path) -> None:
    version = ModelVersion("a-model", 1, LabelMap.parse("negative,positive"), NeutralBand(0.4, 0.6), "a-run")
    with pytest.raises(UserError, match=r"models:/a-model/1 can't be loaded from .*: .*does not exist") as refused:
        sparkml.read_pipeline(version, tmp_path / "nothing")
    assert "An error occurred while calling" not in str(refused.value)
