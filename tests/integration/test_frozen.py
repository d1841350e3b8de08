"""`--grid frozen`: a transformer from files to champion, without Spark and without torch, and the same by every door."""

import os
import subprocess
import sys
from collections.abc import Mapping

import mlflow
import numpy as np
import orjson
import pandas as pd
import pytest

import sentistream
from sentistream.contracts.model_version import ONNX
from sentistream.scoring import artefact, registry, registry_connection
from sentistream.scoring.artefact import manifest
from sentistream.scoring.golden import TEXTS
from tests.support.places import FIXTURES, ROOT
from tests.support.registries import registry_in
from trainer.settings import TrainerSettings

WITHOUT = """
import sys
class Nowhere:
    def find_spec(self, name, *_):
        if name in ("torch", "transformers"): raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Nowhere())
from sentistream import jvm, spark
def none(*_, **__): raise AssertionError("Spark was started")
spark.session = spark.running = none
from sentistream.__main__ import start
sys.argv = ["sentistream", "train", "--data", sys.argv[1], "--grid", "frozen"]
start()
"""


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> TrainerSettings:
    return registry_in(tmp_path_factory.mktemp("frozen"))


@pytest.fixture(scope="module")
def printed(settings: TrainerSettings) -> str:
    """What the command said."""
    environment = {
        name.upper(): str(getattr(settings, name))
        for name in ("mlflow_tracking_uri", "mlflow_artifacts", "model_cache", "trainer_state")
    }
    command = [sys.executable, "-c", WITHOUT, str(FIXTURES / "tweets.csv")]
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stderr


@pytest.fixture(scope="module")
def tags(printed: str, settings: TrainerSettings) -> Mapping[str, str]:
    version = registry_connection.client(settings).get_model_version_by_alias("tweet-sentiment", "champion")
    found: Mapping[str, str] = version.tags
    return found


def test_it_is_registered_promoted_and_told_of(printed: str, tags: Mapping[str, str]) -> None:
    assert "registered tweet-sentiment version 1 as champion" in printed
    assert "passed the probe (plain sentences) in en" in printed
    assert tags["flavour"] == ONNX
    assert tags["encoder"] == "all-minilm-l6-v2"
    assert tags["encoder_license"] == "Apache-2.0"
    assert tags["precision"] == "int8"
    assert tags["languages"] == "en"
    assert float(tags["tweets_per_second"]) > 1
    assert tags["cell"].startswith("logistic-head(reg=")


def test_its_files_are_what_the_contract_says(tags: Mapping[str, str], settings: TrainerSettings) -> None:
    version = registry.resolve(settings)
    assert version is not None
    folder = artefact.fetch(settings, version).folder
    assert sorted(file.name for file in folder.iterdir()) == ["model.onnx", "text.json", "tokenizer.json"]
    listed = manifest.of(folder.parent)
    assert listed.digest == tags["digest"]
    assert {"golden.json", "MLmodel", "onnx/model.onnx"} <= listed.files.keys()
    described = orjson.loads((folder / "text.json").read_bytes())
    assert described["classes"] == ["negative", "positive"]
    assert described["precision"] == "int8"
    assert len(described["calibration_sha256"]) == 64
    # Of no text that was learnt from.
    golden = orjson.loads((folder.parent / "golden.json").read_bytes())
    assert golden["texts"] == list(TEXTS)


def test_python_and_mlflow_say_the_same(tags: Mapping[str, str], settings: TrainerSettings) -> None:
    places = {name: getattr(settings, name) for name in ("mlflow_tracking_uri", "mlflow_artifacts", "model_cache")}
    loaded = sentistream.load_champion(**places)
    texts = ["What a wonderful day, I love it", "this is terrible and I hate it", ""]
    found = loaded.score(texts)
    assert loaded.flavour == ONNX
    assert found[0, 1] > 0.5 > found[1, 1]
    assert np.isnan(found[2]).all()
    mlflow.set_tracking_uri(settings.mlflow_tracking_uri)
    said = mlflow.pyfunc.load_model("models:/tweet-sentiment@champion").predict(pd.DataFrame({"text": texts[:2]}))
    assert said["p_positive"].tolist() == found[:2, 1].tolist()
