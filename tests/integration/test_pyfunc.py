"""A version is an MLflow model for anyone: text in, sentiment and probabilities out, without Spark and without code of its own."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import mlflow
import numpy as np
import pandas as pd
import pytest
from pyspark.ml import PipelineModel
from pyspark.sql import SparkSession

from sentistream.contracts.model_version import ModelVersion
from sentistream.errors import UserError
from sentistream.scoring import artefact, golden
from sentistream.scoring.errors import RefusedError
from sentistream.scoring.scorer import Scorer, load
from sentistream.scoring.sentiment import sentiments
from tests.support.places import ROOT
from trainer.settings import TrainerSettings

Champion = tuple[ModelVersion, PipelineModel]
TEXTS = ["i love this brilliant song", "", "I hate this, it is awful 😡", "unheardof"]
OUTSIDE = """
import sys
sys.modules["pyspark"] = None
import json, mlflow, pandas as pd
mlflow.set_tracking_uri(sys.argv[1])
model = mlflow.pyfunc.load_model(sys.argv[3])
print(json.dumps(model.predict(pd.DataFrame({"text": json.loads(sys.argv[2])})).to_dict("list")))
"""


@pytest.fixture(scope="module")
def scorer(champion: Champion, registry_settings: TrainerSettings) -> Scorer:
    return load(registry_settings, champion[0])


@pytest.fixture(scope="module")
def files(champion: Champion, registry_settings: TrainerSettings) -> Path:
    return artefact.fetch(registry_settings, champion[0]).folder.parent


@pytest.fixture(scope="module")
def model(files: Path) -> mlflow.pyfunc.PyFuncModel:
    return mlflow.pyfunc.load_model(str(files))


def test_an_outsider_loads_a_version_by_its_name_where_spark_is_not_installed(
    scorer: Scorer, registry_settings: TrainerSettings, tmp_path: Path
) -> None:
    command = [sys.executable, "-c", OUTSIDE, registry_settings.mlflow_tracking_uri, json.dumps(TEXTS)]
    # By its number: other tests of this registry crown others.
    command.append(scorer.version.uri)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    said, expected = json.loads(done.stdout.splitlines()[-1]), scorer.score(TEXTS)
    assert said["p_positive"] == expected[:, 1].tolist()
    assert said["p_negative"] == expected[:, 0].tolist()
    assert said["sentiment"] == sentiments(expected, scorer.version).to_pylist()
    assert "mismatch" not in done.stderr


@pytest.mark.parametrize(
    "given",
    [
        {"text": np.array(TEXTS, object)},
        pd.Series(TEXTS, name="text"),
        pd.DataFrame({"text": TEXTS}),
        pd.DataFrame({"text": [TEXTS[0], None, *TEXTS[2:]]}, index=[7, 3, 5, 9]),
    ],
    ids=["columns", "column", "frame", "a missing text"],
)
def test_every_form_of_texts_is_scored_alike(model: mlflow.pyfunc.PyFuncModel, scorer: Scorer, given: object) -> None:
    said = model.predict(given)
    assert said["p_positive"].tolist() == scorer.score(TEXTS)[:, 1].tolist()
    if isinstance(given, pd.DataFrame):
        assert said.index.tolist() == given.index.tolist()


def test_the_signature_is_that_of_what_comes_out_and_the_example_is_scored(model: mlflow.pyfunc.PyFuncModel) -> None:
    said = model.predict(model.input_example)
    assert list(said) == model.metadata.get_output_schema().input_names() == ["sentiment", "p_positive", "p_negative"]
    assert said["sentiment"].tolist() == ["positive"]
    assert model.metadata.get_input_schema().input_names() == ["text"]


def test_a_version_holds_no_code_and_no_pickle(files: Path, model: mlflow.pyfunc.PyFuncModel) -> None:
    assert model.loader_module == "sentistream.pyfunc"
    endings = {file.suffix for file in files.rglob("*") if file.is_file() and "sparkml" not in file.parts}
    assert endings <= {"", ".json", ".txt", ".yaml"}
    assert not {"code", "model_code_path"} & model.metadata.flavors["python_function"].keys()


def test_spark_scores_a_column_by_it(
    spark: SparkSession, files: Path, scorer: Scorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    score = mlflow.pyfunc.spark_udf(
        spark, str(files), result_type="sentiment string, p_positive double", env_manager="local"
    )
    rows = spark.createDataFrame([(text,) for text in TEXTS], "text string").coalesce(1)
    said = rows.select(score("text").alias("s")).select("s.*").collect()
    assert [row["p_positive"] for row in said] == scorer.score(TEXTS)[:, 1].tolist()


def test_files_that_were_changed_are_refused(files: Path, tmp_path: Path) -> None:
    changed = tmp_path / "changed"
    shutil.copytree(files, changed)
    [metadata] = (changed / "sparkml" / "metadata").glob("part-*")
    metadata.write_text(metadata.read_text() + " ")
    with pytest.raises(RefusedError, match="holds other files than its sentistream-manifest"):
        mlflow.pyfunc.load_model(str(changed))


def test_a_stage_that_is_not_understood_is_refused_there_too(files: Path, tmp_path: Path) -> None:
    changed = tmp_path / "changed"
    shutil.copytree(files, changed)
    (changed / "sentistream-manifest.json").unlink()
    [metadata] = (changed / "sparkml" / "stages").glob("*LogisticRegression*/metadata/part-*")
    metadata.write_text(metadata.read_text().replace("LogisticRegressionModel", "OneVsRestModel"))
    # What MLflow writes beside files that it fetched by their model's name.
    (changed / "registered_model_meta").write_text("model_name: tweet-sentiment\nmodel_version: '7'\n")
    with pytest.raises(UserError, match=r"^models:/tweet-sentiment/7 is not run: .* is not on the list"):
        mlflow.pyfunc.load_model(str(changed))


def test_a_version_has_what_it_said_of_invented_texts(files: Path, scorer: Scorer) -> None:
    stored = json.loads((files / golden.NAME).read_text())
    assert stored["texts"] == list(golden.TEXTS)
    assert stored["probabilities"] == scorer.score(golden.TEXTS).tolist()
