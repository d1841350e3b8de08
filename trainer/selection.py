"""Trains the cells of a grid and chooses one on the validation rows; the test rows are not seen here."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import groupby

from pyspark.ml import Pipeline, PipelineModel
from pyspark.sql import SparkSession

from trainer.data import Dataset
from trainer.evaluation import Evaluation, evaluate_model
from trainer.grid import Cell
from trainer.split import Part


@dataclass(frozen=True)
class Candidate:
    """A trained cell and how it did on the validation rows."""

    cell: Cell
    pipeline: PipelineModel
    validation: Evaluation
    fit_seconds: float


def train_cells(
    spark: SparkSession, data: Dataset, cells: list[Cell], on_done: Callable[[Candidate], None]
) -> Iterator[Candidate]:
    """Train every cell; each feature set is fitted and computed once for all classifiers on it."""
    train, validation = data.part(spark, Part.TRAIN), data.part(spark, Part.VALIDATION)
    for features, group in groupby(cells, key=lambda cell: cell.features):
        fitted = Pipeline(stages=features.stages()).fit(train)
        counted = fitted.transform(train).select("features", "label").cache()
        held_out = fitted.transform(validation).select("features", "label").cache()
        for cell in group:
            started = time.monotonic()
            classifier = cell.classifier().fit(counted)
            whole = PipelineModel(stages=[*fitted.stages, classifier])
            evaluation = evaluate_model(PipelineModel(stages=[classifier]), held_out, data.labels)
            candidate = Candidate(cell, whole, evaluation, time.monotonic() - started)
            on_done(candidate)
            yield candidate
        counted.unpersist()
        held_out.unpersist()


def choose(candidates: list[Candidate]) -> Candidate:
    """The highest macro-F1 on the validation rows; of equals the one with the shortest n-grams, the fastest to serve."""
    return max(candidates, key=lambda each: (round(each.validation.macro_f1, 6), -each.cell.features.longest))
