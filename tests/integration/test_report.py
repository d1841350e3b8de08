from pathlib import Path

import pytest
from pyspark.ml import PipelineModel

from sentistream.contracts.model_version import ModelVersion
from sentistream.contracts.split import Part
from sentistream.evaluation import metrics
from sentistream.files.content.inputs import local
from sentistream.scoring import artefact
from tests.support.places import FIXTURES
from trainer import report
from trainer.data.dataset import load
from trainer.evaluation.registered import predicted, scorer_of
from trainer.grid.outcomes import Outcome, Scored
from trainer.report.ngrams import strongest
from trainer.run import TrainingRun
from trainer.settings import TrainerSettings


@pytest.fixture(scope="module")
def run(champion: tuple[ModelVersion, PipelineModel], registry_settings: TrainerSettings) -> TrainingRun:
    """A real cell, trained on the invented tweets and saved: the champion's."""
    data = load([local(FIXTURES / "tweets.csv")])
    folder = artefact.fetch(registry_settings, champion[0]).folder
    scorer = scorer_of(registry_settings, champion[0])
    validation, test = (predicted(scorer, data.table(part)) for part in (Part.VALIDATION, Part.TEST))
    scored = Scored(Outcome("a cell", tweets_per_second=1.0, compiled=True), validation, metrics.of(validation))
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
