"""Flavour `sparkml`, a saved Spark pipeline: compiled, or scored by Spark's own transform where a stage can't be."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from sentistream.contracts.model_version import ModelVersion
from sentistream.errors import UserError, said
from sentistream.scoring.mllib import CannotCompileError, CompiledPipeline
from sentistream.scoring.scorer import MeasuredScorer
from sentistream.scoring.sentiment import Probabilities

if TYPE_CHECKING:
    from pyspark.ml import PipelineModel
    from pyspark.sql import DataFrame


class CompiledScorer(MeasuredScorer):
    """Scores without Spark."""

    def __init__(self, version: ModelVersion, pipeline: CompiledPipeline) -> None:
        super().__init__(version)
        self._pipeline = pipeline

    def _probabilities(self, texts: pa.LargeStringArray) -> Probabilities:
        return self._pipeline.score(texts)


class TransformScorer(MeasuredScorer):
    """Scores by `PipelineModel.transform`; Spark reads the pipeline at its first use."""

    def __init__(self, version: ModelVersion, folder: Path, reason: str) -> None:
        super().__init__(version)
        self.reason = reason
        """Why only Spark can score it."""
        self._folder = folder
        self._pipeline: PipelineModel | None = None

    def transform(self, tweets: "DataFrame") -> "DataFrame":
        """Add `probability`, an array of doubles, to rows with a column `text`.

        Raises:
            UserError: the artefact is damaged or no Spark pipeline.
        """
        from pyspark.ml.functions import vector_to_array

        self._pipeline = self._pipeline or read_pipeline(self.version, self._folder)
        scored = self._pipeline.transform(tweets)
        return scored.withColumn("probability", vector_to_array(scored["probability"]))

    def collected(self, lists: pa.ChunkedArray) -> Probabilities:
        """The column `probability`, collected → float64[rows, classes]."""
        return np.asarray(lists.combine_chunks().flatten().to_numpy().reshape(-1, len(self.classes)), np.float64)

    def require_shares(self, lists: pa.ChunkedArray) -> None:
        """Hold the column `probability`, collected, against the label map.

        Raises:
            UserError: a row is no distribution over its classes.
        """
        for each in lists.to_pylist():
            if each is None or len(each) != len(self.classes) or not np.isclose(sum(each), 1):
                raise UserError(
                    f"{self.version.uri} gives {each} where its label map {self.version.labels} needs shares of 1."
                )

    def _probabilities(self, texts: pa.LargeStringArray) -> Probabilities:
        from pyspark.sql import SparkSession

        from sentistream import jvm

        # The running session, if there is one.
        with jvm.end_explained():
            session = SparkSession.builder.getOrCreate()
            tweets = session.createDataFrame(pa.table({"row": np.arange(len(texts)), "text": texts.cast(pa.string())}))
            lists = self.transform(tweets).select("row", "probability").toArrow().sort_by("row")["probability"]
        self.require_shares(lists)
        return self.collected(lists)


def load(version: ModelVersion, folder: Path) -> MeasuredScorer:
    """The scorer of a saved pipeline. One that only Spark can score is looked at no further until it is used."""
    try:
        return CompiledScorer(version, CompiledPipeline.from_saved(folder))
    except CannotCompileError as reason:
        return TransformScorer(version, folder, str(reason))


def read_pipeline(version: ModelVersion, folder: Path) -> "PipelineModel":
    """Have Spark read a version's pipeline from its local copy.

    Raises:
        UserError: the artefact is damaged or no Spark pipeline.
    """
    from pyspark.ml import PipelineModel

    try:
        return PipelineModel.load(f"file://{folder}")
    except Exception as error:  # Spark raises many kinds for a damaged folder
        raise UserError(f"{version.uri} can't be loaded from {folder}: {said(error)}") from error
