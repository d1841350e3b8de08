import subprocess
import sys
from dataclasses import replace

import pyarrow as pa
import pytest

from sentistream.contracts.labels import POLAR, LabelMap, NeutralBand
from sentistream.contracts.model_version import SPARKML, ModelVersion
from sentistream.errors import UserError
from sentistream.scoring.scorer import FLAVOURS, load
from sentistream.settings import RegistrySettings
from tests.support.places import ROOT
from tests.support.scorers import FunctionScorer

MODEL = ModelVersion("m", 1, LabelMap(POLAR), NeutralBand(), "run")


def test_every_form_of_texts_is_scored_alike() -> None:
    scorer = FunctionScorer(MODEL, lambda text: (1 - len(text) / 10, len(text) / 10))
    texts, whole = ["a", "", "bb"], pa.array(["a", None, "bb"])
    forms = [texts, whole, whole.cast(pa.large_string()), pa.chunked_array([whole.slice(0, 1), whole.slice(1)])]
    assert [scorer.score(form)[:, 1].tolist() for form in forms] == [[0.1, 0.0, 0.2]] * len(forms)
    assert scorer.score([]).shape == (0, 2)
    assert scorer.classes == POLAR


def test_another_number_of_classes_than_the_label_map_has_is_refused() -> None:
    with pytest.raises(UserError, match="gives 3 probabilities, its label map is negative,positive"):
        FunctionScorer(MODEL, lambda _: (0.5, 0.25, 0.25)).score(["a"])


def test_a_flavour_that_is_not_known_is_refused_in_a_sentence() -> None:
    with pytest.raises(UserError, match="has the flavour of-tomorrow, this program scores sparkml"):
        load(RegistrySettings(), replace(MODEL, flavour="of-tomorrow"))


def test_a_version_without_a_flavour_is_a_spark_pipeline() -> None:
    assert MODEL.flavour == SPARKML
    assert SPARKML in FLAVOURS


def test_what_scores_imports_neither_spark_nor_the_registry() -> None:
    modules = ", ".join(f"sentistream.scoring.{each}" for each in ("scorer", "sparkml", "probe", "sentiment", "mllib"))
    code = f"import sys, {modules}; sys.exit(bool({{'pyspark', 'mlflow'}} & sys.modules.keys()))"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
