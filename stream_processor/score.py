"""Scoring behind a small interface: parsed records in, the same rows with a probability and a sentiment out."""

from typing import Protocol

from pyspark.ml import PipelineModel
from pyspark.ml.functions import vector_to_array
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812 - the field's usual name

from sentistream.labels import NEGATIVE, NEUTRAL, POSITIVE, POSITIVE_INDEX
from sentistream.registry import ModelVersion


class Scorer(Protocol):
    """Adds p_positive (double, 0–1) and sentiment (string) to a DataFrame with a column `text`, row for row."""

    @property
    def model(self) -> ModelVersion:
        """The registered version that scores."""

    def score(self, tweets: DataFrame) -> DataFrame:
        """Score every row; a null text is scored as an empty one and its score has no meaning."""


class PipelineScorer:
    """Scores with the registered pipeline's own transform."""

    def __init__(self, model: ModelVersion, pipeline: PipelineModel) -> None:
        self._model = model
        self._pipeline = pipeline

    @property
    def model(self) -> ModelVersion:
        """The registered version that scores."""
        return self._model

    def score(self, tweets: DataFrame) -> DataFrame:
        """Score every row by `PipelineModel.transform`."""
        filled = tweets.withColumn("text", F.coalesce("text", F.lit("")))
        probability = vector_to_array(F.col("probability"))
        return self._pipeline.transform(filled).select(
            *tweets.columns,
            probability[POSITIVE_INDEX].alias("p_positive"),
            sentiment(probability, self._model).alias("sentiment"),
        )


def sentiment(probability: Column, model: ModelVersion) -> Column:
    """Class probabilities → sentiment: the band of a two-class model, the most probable class of a three-class one."""
    if model.labels.has_neutral:
        most_probable = F.array_position(probability, F.array_max(probability)).cast("int")
        return F.element_at(F.array(*map(F.lit, model.labels.names)), most_probable)
    positive = probability[POSITIVE_INDEX]
    return F.when(positive >= model.band.high, POSITIVE).when(positive <= model.band.low, NEGATIVE).otherwise(NEUTRAL)
