"""Where a scorer runs: in the driver, in the executors, or as part of Spark's own plan."""

import time
from collections.abc import Iterator
from typing import Protocol

import pyarrow as pa
import pyarrow.compute as pc
from pyspark import Broadcast
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812 - the field's usual name
from pyspark.sql.pandas.types import from_arrow_schema

from sentistream.scoring import proven
from sentistream.scoring.errors import UnfitError
from sentistream.scoring.scorer import Scorer
from sentistream.scoring.sparkml import TransformScorer
from stream_processor.stream import trial
from stream_processor.stream.parsing.parse import PARSED, parse
from stream_processor.stream.scored import SCORED, scored, scored_or_marked, with_scores

COMMIT_SECONDS = 1.0
"""About how much scoring a commit holds at most: a slow scorer must not look dead, nor hold up a stop."""
TELLING_SECONDS = 0.25
"""How much longer than a few rows many must take, to tell a plan's own speed from what each query costs."""


class Placement(Protocol):
    """Kafka records (`source.read`) → parsed records with their scores (`SCORED`), row for row, in two steps."""

    @property
    def scorer(self) -> Scorer:
        """What scores."""

    @property
    def plans(self) -> bool:
        """True where `on_spark` is more than nothing: a running query has the model in its plan, which can't change."""

    def on_spark(self, records: DataFrame) -> DataFrame:
        """The step that runs where Spark runs; records whose value was left out give rows without meaning."""

    def on_driver(self, batch: pa.Table) -> pa.Table:
        """The step that the collected batch still needs → `SCORED`."""

    def warm_up(self, spark: SparkSession) -> pa.Table:
        """Score the probe's sentences on the whole way → `SCORED` in any order; measure the scorer's speed."""

    def rows_at_once(self) -> int | None:
        """How many collected rows are about `COMMIT_SECONDS` of scoring on the driver; None: any number."""

    def rows_a_trigger(self, tasks: int) -> int | None:
        """How many records are about `COMMIT_SECONDS` of scoring for so many tasks on Spark; None: any number."""


class OnDriver:
    """Parses and scores in this process: on one machine nothing is gained by sending rows to Python workers and back."""

    plans = False

    def __init__(self, scorer: Scorer) -> None:
        self.scorer = scorer

    def on_spark(self, records: DataFrame) -> DataFrame:
        """Nothing: the records come as they are."""
        return records

    def on_driver(self, batch: pa.Table) -> pa.Table:
        """Parse and score."""
        return scored(batch, self.scorer)

    def warm_up(self, spark: SparkSession) -> pa.Table:
        """Without Spark, whose first query takes seconds."""
        scored_trial = self.on_driver(trial.records())
        proven.warm_up(self.scorer)
        return scored_trial

    def rows_at_once(self) -> int | None:
        """By the scorer's present speed."""
        return _rows(self.scorer.tweets_per_second)

    def rows_a_trigger(self, tasks: int) -> int | None:
        """Spark only reads."""
        return None


class OnExecutors:
    """Parses and scores in the executors' Python workers."""

    plans = True

    def __init__(self, scorer: Scorer) -> None:
        self.scorer = scorer
        self._shared: Broadcast[Scorer] | None = None

    def on_spark(self, records: DataFrame) -> DataFrame:
        """Parse and score, batch by batch; each worker gets the scorer once."""
        self._shared = shared = self._shared or records.sparkSession.sparkContext.broadcast(self.scorer)

        def in_worker(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            for batch in batches:
                yield from scored_or_marked(pa.Table.from_batches([batch]), shared.value).to_batches()

        return records.mapInArrow(in_worker, from_arrow_schema(SCORED))

    def on_driver(self, batch: pa.Table) -> pa.Table:
        """Nothing is left to do."""
        return batch

    def warm_up(self, spark: SparkSession) -> pa.Table:
        """In a worker; the speed is measured here, where it can be seen."""
        scored_trial = self.on_spark(spark.createDataFrame(trial.records())).toArrow()
        proven.warm_up(self.scorer)
        return scored_trial

    def rows_at_once(self) -> int | None:
        """Nothing is left to score."""
        return None

    def rows_a_trigger(self, tasks: int) -> int | None:
        """By the scorer's speed in the driver."""
        return _rows(self.scorer.tweets_per_second, tasks)


class InPlan:
    """Scores by the registered pipeline's own transform, which is part of the query's plan."""

    plans = True

    def __init__(self, scorer: TransformScorer) -> None:
        self.scorer = scorer
        self._rows_a_second: float | None = None

    def on_spark(self, records: DataFrame) -> DataFrame:
        """Parse in the Python workers, then transform: adds a column of class probabilities."""
        tweets = parsed(records).withColumn("text", F.coalesce("text", F.lit("")))
        return self.scorer.transform(tweets).select(*PARSED.names, "probability")

    def on_driver(self, batch: pa.Table) -> pa.Table:
        """Name the sentiments.

        Raises:
            UnfitError: the pipeline gives something else than one probability a class.
        """
        model, lists = self.scorer.version, batch["probability"]
        if lists.null_count or pc.any(pc.not_equal(pc.list_value_length(lists), len(self.scorer.classes))).as_py():
            raise UnfitError(model, f"{model.uri} gives some texts not one probability for each of its classes.")
        probabilities = self.scorer.collected(lists)
        return with_scores(batch.drop_columns(["probability"]), probabilities, self.scorer.version)

    def warm_up(self, spark: SparkSession) -> pa.Table:
        """Through the pipeline.

        Raises:
            UserError: what it gives is no distribution over the label map's classes.
        """
        self._bear_long_texts(spark)
        batch = self.on_spark(spark.createDataFrame(trial.records())).toArrow()
        self.scorer.require_shares(batch["probability"])
        self._rows_a_second = self._measured(spark)
        return self.on_driver(batch)

    def rows_at_once(self) -> int | None:
        """Nothing is left to score."""
        return None

    def rows_a_trigger(self, tasks: int) -> int | None:
        """By the plan's speed in one task."""
        return _rows(self._rows_a_second, tasks)

    def _bear_long_texts(self, spark: SparkSession) -> None:
        """Have what fails on a long text fail before the version serves.

        Optimised and not run: the optimizer computes rows that lie in the plan in this thread, where a stack that overflows (Java's patterns recurse) is an
        error. In a task it ends the JVM.
        """
        tweets = spark.createDataFrame(trial.long_texts())
        self.scorer.transform(tweets).select("probability")._jdf.queryExecution().optimizedPlan()

    def _measured(self, spark: SparkSession) -> float | None:
        """Rows a second in one task, beyond what a query costs by itself; None where that can't be told apart."""

        def seconds(records: pa.Table) -> float:
            started = time.perf_counter()
            self.on_spark(spark.createDataFrame(records).coalesce(1)).toArrow()
            return time.perf_counter() - started

        few = trial.records()
        of_few = seconds(few)
        for times in (16, 256):
            many = pa.concat_tables([few] * times)
            beyond = seconds(many) - of_few
            if beyond > TELLING_SECONDS:
                return float((many.num_rows - few.num_rows) / beyond)
        return None


def parsed(records: DataFrame) -> DataFrame:
    """Kafka records → `PARSED`, in the Python workers: all of a plan but the model."""
    return records.mapInArrow(_parsed, from_arrow_schema(PARSED))


def _rows(a_second: float | None, tasks: int = 1) -> int | None:
    return None if a_second is None else max(1, int(a_second * COMMIT_SECONDS)) * tasks


def _parsed(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        yield from parse(pa.Table.from_batches([batch])).to_batches()
