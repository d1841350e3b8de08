"""The champion and the lake from Python, as a notebook has them."""

import csv
import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import numpy as np
import orjson
import pandas as pd
import pytest
from pyspark.ml import PipelineModel

from sentistream import load_champion
from sentistream.contracts.model_version import ModelVersion
from sentistream.errors import UserError
from sentistream.lake.lake import Lake
from sentistream.notebook.model import LoadedModel
from sentistream.scoring.errors import RefusedError
from sentistream.scoring.without_spark import SparkOnlyError
from stream_processor.stream.finisher import stamped
from stream_processor.stream.scored import scored
from stream_processor.stream.sink.lake_sink import LakeSink
from tests.support import notebook
from tests.support import saved_pipelines as saved
from tests.support.lake_rows import NOW, TOPIC, empty_lake, records
from tests.support.places import FIXTURES, ROOT
from tests.support.registered import promote, register
from tests.support.registries import registry_in
from trainer.settings import TrainerSettings

Champion = tuple[ModelVersion, PipelineModel]
HALF_A_MINUTE = timedelta(seconds=30)
TEXTS = ["I love this great song", "I hate this awful day :(", "née 🎉 http://t.co/x @friend", "ok"]


def of(settings: TrainerSettings) -> dict[str, str]:
    """The registry as the arguments of `load_champion`."""
    return {name: getattr(settings, name) for name in ("mlflow_tracking_uri", "mlflow_artifacts", "model_cache")}


@pytest.fixture(scope="module")
def loaded(champion: Champion, registry_settings: TrainerSettings) -> LoadedModel:
    return load_champion(**of(registry_settings))


def test_it_is_the_champion_and_says_so(loaded: LoadedModel, champion: Champion) -> None:
    version = champion[0]
    assert (loaded.name, loaded.version, loaded.flavour) == (version.name, version.version, version.flavour)
    assert loaded.classes == version.labels.names
    assert repr(loaded) == f"<{version.name} version {version.version} (sparkml): negative, positive>"


def test_texts_have_the_scores_and_sentiments_of_the_stream(loaded: LoadedModel) -> None:
    values = [orjson.dumps({"data": {"id": str(number), "text": text}}) for number, text in enumerate(TEXTS, 1)]
    streamed = scored(records(values), loaded.scorer)
    probabilities = loaded.score(TEXTS)
    assert probabilities.dtype == np.float64
    assert probabilities[:, 1].tolist() == streamed["p_positive"].to_pylist()
    assert loaded.label(TEXTS).tolist() == streamed["sentiment"].to_pylist()
    assert len({*loaded.label(TEXTS)}) > 1


def test_a_column_of_pandas_gets_a_column_with_nothing_where_there_is_no_text(loaded: LoadedModel) -> None:
    frame = pd.DataFrame({"text": [TEXTS[0], None, float("nan"), " "]}, index=[7, 5, 3, 1])
    frame["sentiment"], frame["p_positive"] = loaded.label(frame["text"]), loaded.score(frame["text"])[:, 1]
    assert frame["sentiment"].tolist() == ["positive", None, None, None]
    assert frame["p_positive"].isna().tolist() == [False, True, True, True]


@pytest.mark.parametrize("named", ["number", "alias", "address"])
def test_a_version_can_be_named(champion: Champion, registry_settings: TrainerSettings, named: str) -> None:
    version = champion[0]
    written = {"number": version.version, "alias": "Champion", "address": version.uri}[named]
    assert load_champion(written, **of(registry_settings)).model.identity == version.identity


def test_a_version_that_is_not_there_is_refused(champion: Champion, registry_settings: TrainerSettings) -> None:
    with pytest.raises(UserError, match="has no such model"):
        load_champion(99, **of(registry_settings))


def test_a_setting_that_is_none_is_refused() -> None:
    with pytest.raises(TypeError, match=r"knows no setting tracking_uri: .*mlflow_tracking_uri"):
        load_champion(tracking_uri="sqlite:///x")


def test_a_registry_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="There is no model registry at sqlite"):
        load_champion(**of(registry_in(tmp_path)))
    assert list(tmp_path.iterdir()) == []


def registered(folder: Path, stages: list[saved.SavedStage]) -> dict[str, str]:
    settings = registry_in(folder)
    saved.write(folder / "files" / "sparkml", stages)
    promote(settings, register(settings, folder / "files", languages="en"))
    return of(settings)


def test_a_champion_that_only_spark_can_score_is_said_to_be_so(tmp_path: Path) -> None:
    with pytest.raises(SparkOnlyError, match=r"Only Spark can score models:/tweet-sentiment/1: a least length"):
        load_champion(**registered(tmp_path, saved.linear(tokens=saved.tokens().having(minTokenLength=2))))


def test_a_champion_whose_labels_are_inverted_is_refused(tmp_path: Path) -> None:
    arguments = registered(tmp_path, saved.linear(regression=saved.regression([-each for each in saved.WEIGHTS])))
    with pytest.raises(UserError, match="scores plain sentences wrongly"):
        load_champion(**arguments)
    assert load_champion(**arguments, champion_probe=False).version == 1


def test_files_that_are_not_what_was_registered_are_refused(tmp_path: Path) -> None:
    arguments = registered(tmp_path, saved.linear())
    settings = registry_in(tmp_path)
    promote(settings, register(settings, tmp_path / "files", digest="0" * 64))
    with pytest.raises(RefusedError, match="isn't what was registered"):
        load_champion(**arguments)


def test_it_needs_no_spark_and_the_package_alone_imports_nothing(
    champion: Champion, registry_settings: TrainerSettings
) -> None:
    code = f"""
import sys, sentistream
sys.modules["pyspark"] = sys.modules["py4j"] = None  # as where they are not installed
assert {{"load_champion", "open_lake"}} <= set(dir(sentistream))
assert not {{"numpy", "pyarrow", "pydantic", "mlflow", "structlog"}} & sys.modules.keys()
print(*sentistream.load_champion(**{of(registry_settings)!r}).label({TEXTS!r}))
"""
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert (run.stderr, run.stdout.split()[0]) == ("", "positive")


@pytest.fixture
def scored_lake(loaded: LoadedModel, tmp_path: Path) -> Lake:
    """The invented tweets, half a minute apart, as the stream scores them."""
    tweets = csv.DictReader((FIXTURES / "tweets.csv").open())
    values = [
        orjson.dumps(
            {
                "data": {
                    "id": row["id"],
                    "text": row["text"],
                    "lang": "en",
                    "created_at": (NOW + number * HALF_A_MINUTE).isoformat(),
                }
            }
        )
        for number, row in enumerate(tweets)
    ]
    lake = empty_lake(tmp_path / "lake")
    LakeSink(lake, TOPIC).append(stamped(scored(records(values), loaded.scorer), NOW))
    return lake


def test_the_notebook_runs_and_shows_what_a_run_showed(scored_lake: Lake, registry_settings: TrainerSettings) -> None:
    """With WRITE_NOTEBOOK=1 the file gets the outputs of this run."""
    kept = notebook.read()
    environment = {name.upper(): each for name, each in of(registry_settings).items()}
    run = notebook.executed(kept, {**environment, "LAKE_URI": scored_lake.uri})
    if os.environ.get("WRITE_NOTEBOOK"):
        notebook.write(run)
    shown, before = (
        [
            [sorted(each.get("data", {"stdout": ""})) for each in cell["outputs"]]
            for cell in made["cells"]
            if "outputs" in cell
        ]
        for made in (run, kept)
    )
    assert shown == before, "run this test with WRITE_NOTEBOOK=1, and look at what changes"
    assert "(True, True)" in json.dumps(run)
    assert "image/png" in json.dumps(shown)
