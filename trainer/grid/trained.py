"""A cell's saved model, whatever its flavour: what it says of labelled rows."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from pyspark.ml import PipelineModel
from pyspark.sql import SparkSession

from sentistream.contracts.model_version import ONNX, SPARKML
from sentistream.contracts.split import Part
from sentistream.evaluation.predictions import Predictions
from sentistream.scoring.onnx import description
from sentistream.scoring.onnx.model import OnnxModel
from trainer.data.dataset import Dataset
from trainer.evaluation import fitted


class Trained(Protocol):
    """A saved model of a run's own."""

    @property
    def flavour(self) -> str:
        """How it is stored."""

    def predict(self, data: Dataset, part: Part) -> Predictions:
        """What it says of a part's rows."""


@dataclass(frozen=True)
class TrainedPipeline:
    """MLlib's, asked by its own transform."""

    pipeline: PipelineModel
    spark: SparkSession

    @property
    def flavour(self) -> str:
        """How it is stored."""
        return SPARKML

    def predict(self, data: Dataset, part: Part) -> Predictions:
        """What it says of a part's rows."""
        return fitted.predict(self.pipeline, data.part(self.spark, part), data.labels)


@dataclass(frozen=True)
class TrainedGraph:
    """A version's `onnx/` folder (`trainer.encoder.written`), asked as it will be served."""

    folder: Path

    @property
    def flavour(self) -> str:
        """How it is stored."""
        return ONNX

    @property
    def model(self) -> OnnxModel:
        """As it is saved."""
        return OnnxModel(self.folder, description.parse((self.folder / description.NAME).read_bytes()))

    def predict(self, data: Dataset, part: Part) -> Predictions:
        """What it says of a part's rows."""
        rows, model = data.table(part).sort_by("row"), self.model
        probabilities = model.score(model.normalised(rows["text"].to_pylist()))
        truth = rows["label"].to_numpy().astype(np.int64)
        return Predictions(data.labels, rows["row"].to_numpy(), truth, probabilities)


def load(folder: Path, flavour: str, spark: SparkSession | None) -> Trained:
    """A cell's model.

    Args:
        folder: where it is saved.
        flavour: of its outcome.
        spark: for a pipeline.
    """
    if flavour == ONNX:
        return TrainedGraph(folder)
    if spark is None:
        raise ValueError("a pipeline is read by Spark")
    return TrainedPipeline(PipelineModel.load(f"file://{folder}"), spark)
