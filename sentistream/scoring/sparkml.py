"""Flavour `sparkml`, a saved Spark pipeline: compiled, or scored by Spark's own transform where a stage can't be."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from sentistream.contracts.model_version import ModelVersion
from sentistream.errors import UserError, full_stop, said
from sentistream.scoring import golden
from sentistream.scoring.apart.answer import Answer, Prepared
from sentistream.scoring.errors import RefusedError
from sentistream.scoring.mllib import CannotCompileError, CompiledPipeline, NotUnderstoodError, transfer, understood
from sentistream.scoring.mllib import __main__ as kernels
from sentistream.scoring.mllib.regex.ambiguity import has_few_ways
from sentistream.scoring.mllib.understood import Understood
from sentistream.scoring.probe_sentences import ENGLISH, texts
from sentistream.scoring.scorer import MeasuredScorer
from sentistream.scoring.sentiment import Probabilities

if TYPE_CHECKING:
    from pyspark.ml import PipelineModel
    from pyspark.sql import DataFrame

    from sentistream.scoring.mllib.weights.weighing import Weighed


REASON = "by_spark"
"""Of what was prepared: why only Spark can score it."""
BESIDE = "the tweet's other columns"
"""No name that a stage may use."""


class CompiledScorer(MeasuredScorer):
    """Scores without Spark."""

    def __init__(self, version: ModelVersion, pipeline: CompiledPipeline) -> None:
        super().__init__(version)
        self._pipeline = pipeline

    def _probabilities(self, texts: pa.LargeStringArray) -> Probabilities:
        return self._pipeline.score(texts)

    def weighed(self, text: str) -> "Weighed | None":
        """What each n-gram of a text adds to the margins; None of trees."""
        from sentistream.scoring.mllib.weights import weighing

        return weighing.weighed(self._pipeline, text)


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
        from pyspark.sql import functions as F  # noqa: N812 - the field's usual name

        self._pipeline = self._pipeline or read_pipeline(self.version, self._folder)
        # A stage can't name what is in there, and so neither read nor replace it.
        beside = tweets.select("text", F.struct("*").alias(BESIDE))
        scored = self._pipeline.transform(beside)
        return scored.select(F.col(f"`{BESIDE}`.*"), vector_to_array(scored["probability"]).alias("probability"))

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


def warm_up() -> None:
    """What is our own and takes long is done before the process apart is bounded."""
    kernels.warm_up()


def prepare(folder: Path, classes: int, *, unchecked: bool = False) -> Answer:
    """Read a saved pipeline, hold it against the list, compile it and try it; in the process apart.

    Args:
        folder: the pipeline.
        classes: how many the version's label map has.
        unchecked: whether a pipeline that isn't understood is let through.
    """
    try:
        known = understood.read(folder)
    except NotUnderstoodError as reason:
        if not unchecked:
            return Answer(refused=str(reason))
        return Answer(Prepared({REASON: f"it was let through unchecked, though {reason}"}, {}), unchecked=str(reason))
    try:
        pipeline = CompiledPipeline.from_stages(known.stages)
    except CannotCompileError as reason:
        return _by_spark(known, str(reason))
    wrong = _tried(pipeline, classes) or golden.fault(
        folder.parent, lambda given: pipeline.score(pa.array(given, pa.large_string()))
    )
    if wrong and not unchecked:
        return Answer(refused=wrong)
    return Answer(Prepared(*transfer.taken_apart(pipeline)), unchecked=wrong)


def scorer(version: ModelVersion, folder: Path, prepared: Prepared) -> MeasuredScorer:
    """The scorer of a pipeline that was prepared. One that only Spark can score is looked at no further until it is used.

    Raises:
        RefusedError: what was prepared is not sound.
    """
    reason = prepared.values.get(REASON)
    if reason is not None:
        return TransformScorer(version, folder, str(reason))
    try:
        return CompiledScorer(version, transfer.put_together(prepared.values, prepared.arrays))
    except transfer.UnsoundError as wrong:
        raise RefusedError(full_stop(f"{version.uri} is not run: of what it was compiled to {wrong}")) from wrong


def _by_spark(known: Understood, reason: str) -> Answer:
    """Where only Spark can score: its regular expressions are Java's, which try every way."""
    for place, program in known.programs:
        if not has_few_ways(program):
            return Answer(
                refused=f"{place}: Java would try its pattern in too many ways, and only Spark can score it, since {reason}"
            )
    return Answer(Prepared({REASON: reason}, {}))


def _tried(pipeline: CompiledPipeline, classes: int) -> str:
    """What is wrong with the probabilities of plain sentences, if something is."""
    if pipeline.classes != classes:
        return f"it gives {pipeline.classes} probabilities, its label map has {classes} classes"
    found = pipeline.score(pa.array(texts(ENGLISH), pa.large_string()))
    if not ((found >= 0) & (found <= 1)).all():
        return "it gives no probabilities for plain sentences"
    return ""


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
