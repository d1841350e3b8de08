"""Scoring only: Spark's transform, the compiled scorer in Spark and in Python, scikit-learn with the same weights."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
from pyspark.ml import PipelineModel
from pyspark.sql import DataFrame, SparkSession

from benchmarks import same_weights
from benchmarks.measurement import Case
from sentistream.scoring.mllib import CompiledPipeline

GROUP = "scoring only"
SKLEARN_SHARE = 10
"""scikit-learn scores every tenth text: it is measured as long as the others, and not ten times longer."""


def cases(spark: SparkSession, pipeline: Path, texts: list[str], repeats: int) -> list[Case]:
    """Score the same texts by each; tweets a second."""
    rows = spark.createDataFrame(pa.table({"text": texts})).repartition(2).cache()
    rows.count()
    stock, compiled, sklearn = (
        PipelineModel.load(str(pipeline)),
        CompiledPipeline.from_saved(pipeline),
        same_weights.from_saved(pipeline),
    )
    column, some = pa.array(texts, pa.large_string()), texts[::SKLEARN_SHARE]

    def timed(name: str, note: str, work: Callable[[], object], count: int) -> Case:
        work()
        return Case(GROUP, name, "tweets/s", [count / _seconds(work) for _ in range(repeats)], note)

    return [
        timed("MLlib transform", "2 cores", lambda: _drain(stock.transform(rows).select("probability")), len(texts)),
        timed("compiled, in Spark", "2 cores", lambda: _drain(in_spark(rows, compiled)), len(texts)),
        timed("compiled, in Python", "1 core", lambda: compiled.score(column), len(texts)),
        timed("scikit-learn", "1 core", lambda: sklearn.predict_proba(some), len(some)),
    ]


def in_spark(rows: DataFrame, compiled: CompiledPipeline) -> DataFrame:
    """Score a column `text` in the Python workers."""
    shared = rows.sparkSession.sparkContext.broadcast(compiled)

    def scored(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            probabilities = shared.value.score(batch["text"].cast(pa.large_string()))
            yield pa.RecordBatch.from_arrays([pa.array(probabilities[:, 1])], ["p_positive"])

    return rows.mapInArrow(scored, "p_positive double")


def _drain(rows: DataFrame) -> None:
    rows.write.format("noop").mode("overwrite").save()


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
