"""Parsing and scoring behind one interface: what of it Spark does, and what the driver does with the collected batch."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyspark import Broadcast
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812 - the field's usual name
from pyspark.sql.pandas.types import from_arrow_schema

from sentistream.contracts.labels import NEGATIVE, NEUTRAL, POSITIVE, POSITIVE_INDEX
from sentistream.contracts.model_version import ModelVersion
from sentistream.errors import UserError
from sentistream.scoring import probe
from sentistream.scoring.mllib import CompiledScorer
from stream_processor.stream.parse import PARSED, parse

if TYPE_CHECKING:
    from pyspark.ml import PipelineModel

SCORES = pa.schema(
    {"p_positive": pa.float64(), "sentiment": pa.string(), "model_name": pa.string(), "model_version": pa.int32()}
)
SCORED = pa.schema([*PARSED, *SCORES])
Probabilities = npt.NDArray[np.float64]


class Scorer(Protocol):
    """Kafka records (`source.read`) → parsed records with their scores (`SCORED`), row for row, in two steps."""

    @property
    def model(self) -> ModelVersion:
        """The registered version that scores."""

    @property
    def plans(self) -> bool:
        """True where `on_spark` is more than nothing: a running query has the model in its plan, which can't change."""

    def on_spark(self, records: DataFrame) -> DataFrame:
        """The step that runs where Spark runs; records whose value was left out give rows without meaning."""

    def on_driver(self, batch: pa.Table) -> pa.Table:
        """The step that the collected batch still needs → `SCORED`."""

    def warm_up(self, spark: SparkSession) -> pa.Table:
        """Score the probe set (`probe.records`) on the whole way → `SCORED`."""


class DriverScorer:
    """Parses and scores in this process: on one machine nothing is gained by sending rows to Python workers and back."""

    plans = False

    def __init__(self, model: ModelVersion, compiled: CompiledScorer) -> None:
        self.model = model
        self._compiled = compiled

    def on_spark(self, records: DataFrame) -> DataFrame:
        """Nothing: the records come as they are."""
        return records

    def on_driver(self, batch: pa.Table) -> pa.Table:
        """Parse and score."""
        return score(parse(batch), self.model, self._compiled)

    def warm_up(self, spark: SparkSession) -> pa.Table:
        """Without Spark, whose first query takes seconds."""
        return self.on_driver(probe.records())


class ExecutorScorer:
    """Parses and scores in the executors' Python workers."""

    plans = True

    def __init__(self, model: ModelVersion, compiled: CompiledScorer) -> None:
        self.model = model
        self._compiled = compiled
        self._shared: Broadcast[CompiledScorer] | None = None

    def on_spark(self, records: DataFrame) -> DataFrame:
        """Parse and score, batch by batch; each worker gets the tables once."""
        model = self.model
        self._shared = shared = self._shared or records.sparkSession.sparkContext.broadcast(self._compiled)

        def scored(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            for batch in batches:
                yield from score(parse(pa.Table.from_batches([batch])), model, shared.value).to_batches()

        return records.mapInArrow(scored, from_arrow_schema(SCORED))

    def on_driver(self, batch: pa.Table) -> pa.Table:
        """Nothing is left to do."""
        return batch

    def warm_up(self, spark: SparkSession) -> pa.Table:
        """In a worker."""
        return self.on_spark(spark.createDataFrame(probe.records())).toArrow()


class PipelineScorer:
    """Scores by the registered pipeline's own transform, where it can't be compiled."""

    plans = True

    def __init__(self, model: ModelVersion, pipeline: "PipelineModel") -> None:
        self.model = model
        self._pipeline = pipeline

    def on_spark(self, records: DataFrame) -> DataFrame:
        """Parse in the Python workers, then `PipelineModel.transform`: adds a column of class probabilities."""
        parsed = records.mapInArrow(_parsed, from_arrow_schema(PARSED))
        return self.probabilities(parsed.withColumn("text", F.coalesce("text", F.lit("")))).select(
            *PARSED.names, "probability"
        )

    def probabilities(self, tweets: DataFrame) -> DataFrame:
        """Add `probability`, an array of doubles, to rows with a column `text`."""
        from pyspark.ml.functions import vector_to_array

        return self._pipeline.transform(tweets).withColumn("probability", vector_to_array(F.col("probability")))

    def on_driver(self, batch: pa.Table) -> pa.Table:
        """Name the sentiments."""
        lists = batch["probability"].combine_chunks()
        found = lists.flatten().to_numpy().reshape(-1, len(self.model.labels.names))
        return with_scores(batch.drop_columns(["probability"]), found, self.model)

    def warm_up(self, spark: SparkSession) -> pa.Table:
        """Through the pipeline.

        Raises:
            UserError: what it gives is no distribution over the label map's classes.
        """
        batch = self.on_spark(spark.createDataFrame(probe.records())).toArrow()
        for each in batch["probability"].to_pylist():
            if each is None or len(each) != len(self.model.labels.names) or not np.isclose(sum(each), 1):
                raise UserError(
                    f"{self.model.uri} gives {each} where its label map {self.model.labels} needs shares of 1."
                )
        return self.on_driver(batch)


def score(parsed: pa.Table, model: ModelVersion, compiled: CompiledScorer) -> pa.Table:
    """Score the texts of parsed records; a rejected one is scored as an empty text and its score has no meaning."""
    return with_scores(parsed, compiled.score_arrow(parsed["text"].combine_chunks()), model)


def with_scores(parsed: pa.Table, probabilities: Probabilities, model: ModelVersion) -> pa.Table:
    """Add p_positive, sentiment, model_name and model_version.

    Raises:
        UserError: the pipeline has another number of classes than the label map.
    """
    if probabilities.shape[1] != len(model.labels.names):
        raise UserError(f"{model.uri} gives {probabilities.shape[1]} probabilities, its label map is {model.labels}.")
    rows = parsed.num_rows
    columns = [
        pa.array(probabilities[:, POSITIVE_INDEX]),
        sentiments(probabilities, model),
        pa.repeat(pa.scalar(model.name), rows),
        pa.repeat(pa.scalar(model.version, pa.int32()), rows),
    ]
    return pa.table([*parsed.columns, *columns], schema=SCORED)


def sentiments(probabilities: Probabilities, model: ModelVersion) -> pa.Array:
    """float64[rows, classes] → names: the band of a two-class model, the most probable class of a three-class one."""
    if model.labels.has_neutral:
        return pa.DictionaryArray.from_arrays(
            pa.array(probabilities.argmax(axis=1)), pa.array(model.labels.names)
        ).dictionary_decode()
    positive = probabilities[:, POSITIVE_INDEX]
    codes = np.where(positive >= model.band.high, 2, np.where(positive <= model.band.low, 0, 1))
    return pa.DictionaryArray.from_arrays(pa.array(codes), pa.array((NEGATIVE, NEUTRAL, POSITIVE))).dictionary_decode()


def _parsed(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        yield from parse(pa.Table.from_batches([batch])).to_batches()
