"""A door without Spark gets a scorer that needs none, or one sentence."""

from pathlib import Path

import pytest

from sentistream.contracts.labels import POLAR, LabelMap, NeutralBand
from sentistream.contracts.model_version import ModelVersion
from sentistream.scoring import without_spark
from sentistream.scoring.artefact import Artefact
from sentistream.scoring.sparkml import CompiledScorer
from sentistream.scoring.without_spark import SparkOnlyError
from sentistream.settings import RegistrySettings
from tests.support import saved_pipelines as saved

MODEL = ModelVersion("m", 3, LabelMap(POLAR), NeutralBand(), "run")


def test_a_version_that_only_spark_can_score_is_refused_with_the_reason(tmp_path: Path) -> None:
    by_spark = saved.write(tmp_path / "by_spark", saved.linear(tokens=saved.tokens().having(minTokenLength=2)))
    with pytest.raises(SparkOnlyError) as refused:
        without_spark.load(RegistrySettings(), MODEL, fetch=lambda *_: Artefact(by_spark, "d1"))
    assert str(refused.value) == "Only Spark can score models:/m/3: a least length of tokens is not taken."
    assert refused.value.version.digest == "d1"


def test_any_other_version_is_loaded_as_ever(tmp_path: Path) -> None:
    folder = saved.write(tmp_path / "saved", saved.linear())
    scorer = without_spark.load(RegistrySettings(), MODEL, fetch=lambda *_: Artefact(folder, "d1"))
    assert isinstance(scorer, CompiledScorer)
