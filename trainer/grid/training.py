"""Trains every cell of a grid; feature sets share their levels, and each level is computed once."""

import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
from pyspark import StorageLevel
from pyspark.ml import Pipeline, PipelineModel, Transformer
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812 - the field's usual name

from sentistream.contracts.split import Part
from sentistream.errors import said
from sentistream.jvm import JvmEndedError
from sentistream.process import disk
from sentistream.scoring.mllib import CannotCompileError, CompiledPipeline
from trainer.data.dataset import Dataset
from trainer.evaluation.fitted import predict
from trainer.features.feature_sets import Level
from trainer.grid.cells import Cell
from trainer.grid.classifiers import WEIGHT
from trainer.grid.outcomes import Outcome, RunFolder

TIMED = 3
"""Times that the validation rows are scored; the fastest counts."""
LEAST_TIMED = 5_000
"""Rows below which they are repeated: microseconds can't be told from noise."""


@dataclass(frozen=True)
class Prepared:
    """Training and validation rows with the columns of a level, kept in memory or on disk, and the stages that made them."""

    stages: tuple[Transformer, ...]
    train: DataFrame
    held_out: DataFrame
    seconds: float = 0.0

    def extended(self, level: Level) -> "Prepared":
        """Fit the next level to the training rows and compute both."""
        started = time.monotonic()
        fitted = Pipeline(stages=level.stages()).fit(self.train)
        train, held_out = (
            fitted.transform(rows)
            .select("row", "label", WEIGHT, *(_bare(name) for name in level.columns))
            .persist(StorageLevel.MEMORY_AND_DISK)
            for rows in (self.train, self.held_out)
        )
        train.count()
        return Prepared((*self.stages, *fitted.stages), train, held_out, self.seconds + time.monotonic() - started)

    def release(self) -> None:
        """Give the memory back."""
        self.train.unpersist()
        self.held_out.unpersist()


class Training:
    """One pass over a grid."""

    def __init__(self, spark: SparkSession, data: Dataset, folder: RunFolder, seed: int) -> None:
        self._spark = spark
        # Nobody can ask a JVM that has ended.
        self._memory = spark.conf.get("spark.driver.memory")
        self._labels = data.labels
        self._folder = folder
        self._seed = seed
        self._train, self._held_out = (_weighted(data.part(spark, part)) for part in (Part.TRAIN, Part.VALIDATION))
        self._texts = data.table(Part.VALIDATION)["text"].combine_chunks()

    def outcomes(self, cells: Sequence[Cell]) -> Iterator[Outcome]:
        """Train cells and keep the outcome of each; a crash is an outcome, too.

        Raises:
            JvmEndedError: Spark itself is gone.
        """
        yield from self._below(Prepared((), self._train, self._held_out), cells, 0)

    def _below(self, prepared: Prepared, cells: Sequence[Cell], depth: int) -> Iterator[Outcome]:
        deeper: dict[str, list[Cell]] = {}
        for cell in cells:
            levels = cell.features.levels
            if len(levels) == depth:
                yield self._train_cell(prepared, cell)
            else:
                deeper.setdefault(levels[depth].key, []).append(cell)
        for group in deeper.values():
            try:
                extended = prepared.extended(group[0].features.levels[depth])
            except Exception as failure:  # Spark raises many kinds
                yield from (self._crashed(cell, failure) for cell in group)
                continue
            yield from self._below(extended, group, depth + 1)
            # Not where something was raised: that ends the session, and where the JVM ended, trying would hide why.
            extended.release()

    def _train_cell(self, prepared: Prepared, cell: Cell) -> Outcome:
        started = time.monotonic()
        try:
            classifier = cell.classifier.estimator(cell.features.column, self._seed).fit(prepared.train)
            fitted = time.monotonic() - started
            predictions = predict(PipelineModel(stages=[classifier]), prepared.held_out, self._labels)
            model = PipelineModel(stages=[*prepared.stages, classifier])
            folder = self._folder.model(cell.name)
            shutil.rmtree(folder, ignore_errors=True)
            model.save(f"file://{folder}")
            rate, compiled = self._rate(folder, model)
        except Exception as failure:  # one cell must not end the grid
            return self._crashed(cell, failure)
        outcome = Outcome(
            cell.name,
            feature_seconds=prepared.seconds,
            fit_seconds=fitted,
            features=_width(prepared.train, cell.features.column),
            model_bytes=sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()),
            tweets_per_second=rate,
            compiled=compiled,
        )
        self._folder.keep(outcome, predictions)
        return outcome

    def _rate(self, folder: Path, model: PipelineModel) -> tuple[float, bool]:
        """Validation tweets scored in a second as the stream would, and whether that is by the compiled scorer."""
        try:
            pipeline = CompiledPipeline.from_saved(folder)
        except CannotCompileError:
            started = time.perf_counter()
            model.transform(self._held_out).select("prediction").toArrow()
            return len(self._texts) / (time.perf_counter() - started), False
        texts = pa.concat_arrays([self._texts] * (1 + LEAST_TIMED // len(self._texts))).cast(pa.large_string())
        seconds = []
        for _ in range(TIMED):
            started = time.perf_counter()
            pipeline.score(texts)
            seconds.append(time.perf_counter() - started)
        return len(texts) / min(seconds), True

    def _crashed(self, cell: Cell, failure: Exception) -> Outcome:
        if (full := disk.refused(failure)) is not None:
            # Of every other cell the same would be said.
            raise full from failure
        self._require_spark(failure)
        outcome = Outcome(cell.name, error=said(failure))
        self._folder.keep(outcome)
        return outcome

    def _require_spark(self, failure: Exception) -> None:
        try:
            alive = not self._spark.sparkContext._jsc.sc().isStopped()
        except Exception:  # whatever Py4J raises when its other end is gone
            alive = False
        if not alive or "OutOfMemoryError" in str(failure):
            raise JvmEndedError(
                f"Spark's JVM ended, most likely out of its {self._memory} of memory: give more by SPARK_DRIVER_MEMORY=6g. "
                "The cells that were trained are kept, the same command goes on with the next."
            ) from failure


def _weighted(rows: DataFrame) -> DataFrame:
    """Add `weight`, so that all classes weigh the same and the mean is 1."""
    counts = {row["label"]: row["count"] for row in rows.groupBy("label").count().collect()}
    even = sum(counts.values()) / max(len(counts), 1)
    weights = [F.when(F.col("label") == label, F.lit(even / count)) for label, count in counts.items()]
    return rows.withColumn(WEIGHT, F.coalesce(*weights) if weights else F.lit(1.0))


def _bare(name: str) -> Column:
    # MLlib describes every entry of a vector in its column: a megabyte in each plan, and trees refuse what the selector writes.
    return F.col(name).alias(name, metadata={})


def _width(rows: DataFrame, column: str) -> int:
    first = rows.select(column).first()
    return int(first[0].size) if first else 0
