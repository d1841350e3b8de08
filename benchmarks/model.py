"""The model that the streaming cases score with."""

import os
import subprocess
import sys
from pathlib import Path

from benchmarks.stage import ROOT
from sentistream.errors import UserError
from sentistream.scoring import artefact, registry
from sentistream.settings import RegistrySettings


def champion(folder: Path, data: Path | None) -> Path:
    """The saved pipeline of the registry's champion, or of one that is trained now and registered below `folder`.

    What is started later finds the same registry in its environment.

    Raises:
        UserError: training failed.
    """
    if "MLFLOW_TRACKING_URI" not in os.environ:
        os.environ["MLFLOW_TRACKING_URI"] = f"sqlite:///{folder / 'mlflow.db'}"
        os.environ["MLFLOW_ARTIFACTS"] = str(folder / "mlartifacts")
        os.environ["MODEL_CACHE"] = str(folder / "models")
    settings = RegistrySettings.from_options()
    model = registry.resolve(settings)
    if model is None:
        train = [sys.executable, "-m", "trainer", "train", "--grid", "quick", "--data"]
        trained = data or ROOT / "tests" / "fixtures" / "tweets.csv"
        environment = {**os.environ, "SPARK_DRIVER_MEMORY": "3g"}
        run = subprocess.run([*train, str(trained)], cwd=ROOT, env=environment)  # noqa: S603 - our own module
        model = registry.resolve(settings)
        if run.returncode or model is None:
            raise UserError("Training the benchmarks' model failed; what it printed says why.")
    return artefact.fetch(settings, model).folder
