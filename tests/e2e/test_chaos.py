import json

from pyspark.ml import PipelineModel

from sentistream.contracts.model_version import ModelVersion
from tests.support.commands import run_module
from tests.support.places import ROOT
from trainer.settings import TrainerSettings


def test_kills_between_the_writes_and_after_the_commit_lose_and_double_nothing(
    champion: tuple[ModelVersion, PipelineModel], registry_settings: TrainerSettings
) -> None:
    run = run_module(
        "tests.chaos", "--ways", "between_writes", "--ways", "after_commit",
        env={
            "RUNS": "2", "RECORDS": "3000", "RATE": "50", "PRODUCER_KILLS": "1", "BROKER_RESTARTS": "0", "KEEPER_KILLS": "1",
            # Each dies at its second batch, and there are more of them however late it is.
            "SEED": "32", "MAX_BATCH_ROWS": "500",
            "MLFLOW_TRACKING_URI": registry_settings.mlflow_tracking_uri, "MODEL_CACHE": registry_settings.model_cache,
        },
    )  # fmt: skip
    assert run.returncode == 0, run.stdout + run.stderr
    summary = json.loads((ROOT / ".local" / "chaos" / "summary.json").read_text())
    assert summary["faultless"] is True
    assert summary["done"]["killed between writes"] == 1
    assert summary["done"]["killed after commit"] == 1
    assert summary["done"]["keeper kills"] == 1
    assert (summary["missing"], summary["twice"], summary["unaccounted"]) == (0, 0, 0)
    assert (summary["bronze_missing"], summary["bronze_twice"], summary["gold_wrong"]) == (0, 0, 0)
