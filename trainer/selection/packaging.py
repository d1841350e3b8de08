"""A fitted pipeline as an MLflow model: Spark's files, and `python_function` by a module of the installed package."""

import tempfile
from pathlib import Path

import mlflow
import pandas as pd
from mlflow.models import Model
from mlflow.models.signature import ModelSignature
from mlflow.types import ColSpec, DataType, Schema
from pyspark.ml import PipelineModel

from sentistream.contracts.labels import POSITIVE, LabelMap, NeutralBand
from sentistream.pyfunc import loader
from sentistream.scoring.registry import BAND_HIGH_TAG, BAND_LOW_TAG, LABELS_TAG

EXAMPLE = pd.DataFrame({loader.TEXT: ["What a lovely day, I am so happy!"]})
"""An invented sentence."""
LOADER = "sentistream.pyfunc"
REQUIREMENTS = ["mlflow", "numba", "numpy", "pandas<3", "pyarrow"]
"""Of `python_function`, beside this package, which is on no index: `--env-manager local` where it is installed. Of Spark's flavour, `MLmodel` says it."""


def package(pipeline: PipelineModel, folder: Path, run_id: str, name: str, labels: LabelMap, band: NeutralBand) -> None:
    """Write a pipeline's MLflow model into a new folder.

    Args:
        pipeline: what Spark saves below `sparkml`.
        folder: becomes the version's files.
        run_id: of the run that made it.
        name: of the registered model.
        labels: its classes in their order.
        band: of a two-class model.
    """
    described = Model(
        run_id=run_id,
        artifact_path="model",
        metadata={
            loader.NAME: name,
            LABELS_TAG: str(labels),
            BAND_LOW_TAG: str(band.low),
            BAND_HIGH_TAG: str(band.high),
        },
    )
    with tempfile.TemporaryDirectory() as scratch:
        mlflow.spark.save_model(
            pipeline,
            str(folder),
            mlflow_model=described,
            pip_requirements=REQUIREMENTS,
            dfs_tmpdir=str(Path(scratch) / "model"),
            signature=signature(labels),
            input_example=EXAMPLE,
        )
    # In place of MLflow's own, which starts Spark; without `data` the loader gets the whole folder.
    environment = described.flavors[mlflow.pyfunc.FLAVOR_NAME][mlflow.pyfunc.ENV]
    mlflow.pyfunc.add_to_model(
        described,
        loader_module=LOADER,
        conda_env=environment["conda"],
        python_env=environment["virtualenv"],
    )
    described.save(str(folder / "MLmodel"))


def signature(labels: LabelMap) -> ModelSignature:
    """Text in; sentiment and probabilities out."""
    others = [loader.probability_of(name) for name in labels.names if name != POSITIVE]
    numbers = (ColSpec(DataType.double, name) for name in (loader.P_POSITIVE, *others))
    return ModelSignature(
        Schema([ColSpec(DataType.string, loader.TEXT)]),
        Schema([ColSpec(DataType.string, loader.SENTIMENT), *numbers]),
    )
