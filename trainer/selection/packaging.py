"""A trained model as an MLflow model: its flavour's files, golden scores, and `python_function` by a module of the installed package."""

import shutil
import tempfile
from pathlib import Path

import mlflow
import pandas as pd
import pyarrow as pa
from mlflow.models import Model
from mlflow.models.signature import ModelSignature
from mlflow.types import ColSpec, DataType, Schema

from sentistream.contracts.labels import POSITIVE, LabelMap, NeutralBand
from sentistream.contracts.model_version import ONNX, SPARKML
from sentistream.pyfunc import loader
from sentistream.scoring import golden
from sentistream.scoring.mllib import CannotCompileError, CompiledPipeline
from sentistream.scoring.registry import BAND_HIGH_TAG, BAND_LOW_TAG, FLAVOUR_TAG, LABELS_TAG
from trainer.grid.trained import Trained, TrainedGraph, TrainedPipeline

EXAMPLE = pd.DataFrame({loader.TEXT: ["What a lovely day, I am so happy!"]})
"""An invented sentence."""
LOADER = "sentistream.pyfunc"
REQUIREMENTS = ["mlflow", "numba", "numpy", "pandas<3", "pyarrow"]
"""Of `python_function`, beside this package, which is on no index: `--env-manager local` where it is installed. Of Spark's flavour, `MLmodel` says it."""
OF_GRAPHS = [*REQUIREMENTS, "onnxruntime", "tokenizers"]


def package(model: Trained, folder: Path, run_id: str, name: str, labels: LabelMap, band: NeutralBand) -> None:
    """Write a model's MLflow model into a new folder.

    Args:
        model: what its flavour's folder is made of.
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
            FLAVOUR_TAG: model.flavour,
            LABELS_TAG: str(labels),
            BAND_LOW_TAG: str(band.low),
            BAND_HIGH_TAG: str(band.high),
        },
    )
    if isinstance(model, TrainedPipeline):
        _package_pipeline(model, folder, described, labels)
    elif isinstance(model, TrainedGraph):
        _package_graph(model, folder, described, labels)


def signature(labels: LabelMap) -> ModelSignature:
    """Text in; sentiment and probabilities out."""
    others = [loader.probability_of(name) for name in labels.names if name != POSITIVE]
    numbers = (ColSpec(DataType.double, name) for name in (loader.P_POSITIVE, *others))
    return ModelSignature(
        Schema([ColSpec(DataType.string, loader.TEXT)]),
        Schema([ColSpec(DataType.string, loader.SENTIMENT), *numbers]),
    )


def _package_pipeline(model: TrainedPipeline, folder: Path, described: Model, labels: LabelMap) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        mlflow.spark.save_model(
            model.pipeline,
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
    try:
        compiled = CompiledPipeline.from_saved(folder / SPARKML)
    except CannotCompileError:
        # Only Spark can score it, and no program of ours would compare.
        return
    golden.write(folder, lambda texts: compiled.score(pa.array(texts, pa.large_string())))


def _package_graph(model: TrainedGraph, folder: Path, described: Model, labels: LabelMap) -> None:
    mlflow.pyfunc.save_model(
        str(folder),
        mlflow_model=described,
        loader_module=LOADER,
        pip_requirements=OF_GRAPHS,
        signature=signature(labels),
        input_example=EXAMPLE,
    )
    shutil.copytree(model.folder, folder / ONNX)
    served = model.model
    golden.write(folder, lambda texts: served.score(served.normalised(texts)))
