from pathlib import Path

import pytest
from pyspark.ml import Pipeline
from pyspark.sql import SparkSession

from sentistream.contracts.split import Part
from sentistream.files.content.inputs import local
from tests.support.places import FIXTURES
from trainer import report
from trainer.data.dataset import load
from trainer.evaluation import metrics
from trainer.evaluation.predictions import predict
from trainer.grid.cells import Cell, quick
from trainer.grid.outcomes import Outcome, Scored
from trainer.report.ngrams import strongest
from trainer.run import TrainingRun


@pytest.fixture(scope="module")
def run(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> TrainingRun:
    """A real cell, trained on the invented tweets and saved."""
    data = load([local(FIXTURES / "tweets.csv")])
    cell: Cell = quick()[-1]
    stages = [stage for level in cell.features.levels for stage in level.stages()]
    estimator = cell.classifier.estimator(cell.features.column, seed=7)
    model = Pipeline(stages=[*stages, estimator]).fit(data.part(spark, Part.TRAIN))
    folder: Path = tmp_path_factory.mktemp("model") / "saved"
    model.save(f"file://{folder}")
    validation, test = (predict(model, data.part(spark, part), data.labels) for part in (Part.VALIDATION, Part.TEST))
    scored = Scored(Outcome(cell.name, tweets_per_second=1.0, compiled=True), validation, metrics.of(validation))
    command = "python -m trainer train --data tweets.csv"
    return TrainingRun(data, "quick", 7, command, [scored.outcome], [], [scored], scored, folder, test, None, None)


def test_ngrams_of_a_saved_model_stand_on_the_side_that_a_reader_expects(run: TrainingRun) -> None:
    found = strongest(run.model, run.data.labels)
    assert not isinstance(found, str)
    [words] = found
    positive, negative = (" ".join(gram.text for gram in words.by_label[name]) for name in ("positive", "negative"))
    # Of the invented tweets, exactly the positive ones smile.
    assert "[smile]" in positive
    assert "[smile]" not in negative
    assert all(gram.weight > 0 for grams in words.by_label.values() for gram in grams)


def test_a_run_that_was_trained_gives_a_page(run: TrainingRun, tmp_path: Path) -> None:
    report.write(run, tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "towards positive" in page
    assert run.winner.outcome.cell in page
    assert not any(text in page for text in run.data.rows["text"].to_pylist())
