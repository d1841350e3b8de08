import json

import pytest
from pyspark.ml import PipelineModel

from sentistream.contracts.model_version import ModelVersion
from tests.support.commands import run_module
from tests.support.places import ROOT
from trainer.settings import TrainerSettings

pytestmark = pytest.mark.broker


def test_the_benchmarks_run_and_report_every_case(
    champion: tuple[ModelVersion, PipelineModel], registry_settings: TrainerSettings
) -> None:
    registry = {
        "MLFLOW_TRACKING_URI": registry_settings.mlflow_tracking_uri,
        "MODEL_CACHE": registry_settings.model_cache,
    }
    run = run_module("benchmarks", "--short", env=registry)
    assert run.returncode == 0, run.stdout + run.stderr
    result = json.loads((ROOT / ".local" / "bench" / "result.json").read_text())
    names = {case["name"] for case in result["cases"]}
    assert {"MLlib transform", "compiled, in Python", "scikit-learn", "sentistream, compiled"} <= names
    assert {"confluent-kafka + scikit-learn loop", "500 tweets/s", "CSV, kafka-python"} <= names
    assert all(case["median"] > 0 for case in result["cases"])
    assert (ROOT / ".local" / "bench" / "result.svg").read_text().count("<text") > len(names)
