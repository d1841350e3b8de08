"""`python -m benchmarks.kinds`: each kind of classifier and of features without Spark, on one core, beside Spark's own transform on all of them.

Of each the small form that fits in seconds: what is measured is scoring. The two take turns in one session, so their ratio is what counts.
"""

import shutil
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Annotated

import pyarrow as pa
import typer
from pyspark.ml import Pipeline, PipelineModel
from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812 - the field's usual name

from benchmarks.stage import ROOT
from benchmarks.texts import texts
from sentistream import spark
from sentistream.files import reading
from sentistream.files.rows import TweetRow
from sentistream.scoring.mllib import CompiledPipeline
from trainer.features.feature_sets import FeatureSet
from trainer.grid import cells
from trainer.grid.cells import Cell
from trainer.grid.classifiers import WEIGHT
from trainer.settings import TrainerSettings

FOLDER = ROOT / ".local" / "bench" / "kinds"
WORDS = FeatureSet(3)
SELECTED = replace(WORDS, selected=(cells.SELECTED, cells.SELECTED_FOR_TREES))
KINDS = (
    Cell(WORDS, cells.REGRESSION),
    Cell(WORDS, cells.MACHINE),
    Cell(WORDS, cells.BAYES),
    Cell(replace(WORDS, vectoriser="hashing"), cells.REGRESSION),
    Cell(replace(WORDS, characters=(2, 6), selected=(cells.SELECTED_OF_MANY,)), cells.REGRESSION),
    cells.PUBLISHED,
    Cell(SELECTED, cells.TREE),
    Cell(SELECTED, cells.FOREST),
    Cell(replace(SELECTED, vectoriser="hashing"), cells.FOREST),
)
app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(
    data: Annotated[Path, typer.Option(help="Labelled tweets: trained on, and scored.")] = ROOT
    / "tests/fixtures/tweets.csv",
    least: Annotated[
        int, typer.Option(min=1, help="Texts that are scored at least; those of the file again.")
    ] = 20_000,
    rounds: Annotated[int, typer.Option(min=1, help="How often each, in turn.")] = 3,
) -> None:
    """Measure and print a line a kind."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    with spark.running(TrainerSettings.from_options(), "sentistream benchmark") as session:
        known = [row for row in reading.labelled(data) if isinstance(row, TweetRow) and row.label != "neutral"]
        rows = [(row.text, float(row.label == "positive"), 1.0) for row in known]
        labelled = session.createDataFrame(rows, f"text string, label double, {WEIGHT} double").coalesce(1).cache()
        drawn = texts(data)
        drawn *= 1 + least // len(drawn)
        asked, column = session.createDataFrame(pa.table({"text": drawn})).cache(), pa.array(drawn, pa.large_string())
        asked.count()
        for number, cell in enumerate(KINDS):
            pipeline, folder = _fitted(cell, labelled), FOLDER / str(number)
            pipeline.save(f"file://{folder}")
            compiled = CompiledPipeline.from_saved(folder)
            ours, theirs = _in_turn(partial(compiled.score, column), partial(_drain, pipeline, asked), rounds)
            sys.stdout.write(
                f"{cell.name:<70} {len(drawn) / ours:>10,.0f} texts/s   MLlib {len(drawn) / theirs:>10,.0f}   {theirs / ours:.1f} ×\n"
            )


def _drain(pipeline: PipelineModel, rows: DataFrame) -> None:
    pipeline.transform(rows).select("probability").write.format("noop").mode("overwrite").save()


def _in_turn(ours: Callable[[], object], theirs: Callable[[], object], rounds: int) -> tuple[float, float]:
    """Seconds of each, the median; the first of both warms up."""
    taken: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds + 1):
        for work, seconds in zip((ours, theirs), taken, strict=True):
            started = time.perf_counter()
            work()
            seconds.append(time.perf_counter() - started)
    return statistics.median(taken[0][1:]), statistics.median(taken[1][1:])


def _fitted(cell: Cell, rows: DataFrame) -> PipelineModel:
    """As the grid trains it: what the columns say of themselves does not reach the classifier."""
    features = Pipeline(stages=[stage for level in cell.features.levels for stage in level.stages()]).fit(rows)
    bare = F.col(cell.features.column).alias(cell.features.column, metadata={})
    vectors = features.transform(rows).select("label", WEIGHT, bare).cache()
    return PipelineModel(stages=[*features.stages, cell.classifier.estimator(cell.features.column, 7).fit(vectors)])


if __name__ == "__main__":
    app()
