"""A grid that is cut short, a cell that crashes, and what they leave behind."""

import csv
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import mlflow
import pytest
from mlflow import MlflowClient
from pyspark.sql import SparkSession
from rich.console import Console

from sentistream.contracts.labels import WITH_NEUTRAL, LabelMap
from sentistream.contracts.model_version import ModelVersion
from sentistream.errors import UserError
from sentistream.evaluation import catalogue, deciding
from sentistream.files.content.inputs import local
from sentistream.scoring import registry, registry_connection
from tests.support.champion import copy_champion
from tests.support.places import FIXTURES
from tests.support.registries import registry_in
from trainer.data.dataset import Dataset, load
from trainer.features.feature_sets import FeatureSet
from trainer.grid import cells as grid
from trainer.grid.cells import MACHINE, Cell
from trainer.grid.classifiers import Classifier
from trainer.grid.outcomes import Outcome
from trainer.grid.training import Training
from trainer.selection import by_hand
from trainer.settings import TrainerSettings
from trainer.train import train

REGRESSION = Classifier("logistic-regression", regularisation=0.01, iterations=5)
CELLS = [
    Cell(FeatureSet(1), REGRESSION),
    Cell(FeatureSet(1, min_documents=100_000), REGRESSION),
    Cell(FeatureSet(2), REGRESSION),
]


@pytest.fixture
def settings(tmp_path: Path) -> TrainerSettings:
    return registry_in(tmp_path)


@pytest.fixture
def cells(monkeypatch: pytest.MonkeyPatch) -> list[Cell]:
    monkeypatch.setitem(grid.GRIDS, "quick", lambda: CELLS)
    return CELLS


@pytest.fixture
def data() -> Dataset:
    return load([local(FIXTURES / "tweets.csv")])


def runs(settings: TrainerSettings) -> list[str]:
    """The names of MLflow's runs, with how each ended."""
    client: MlflowClient = registry_connection.client(settings)
    experiment = client.get_experiment_by_name("sentistream")
    found = mlflow.search_runs([experiment.experiment_id], output_format="list")
    return sorted(f"{run.info.run_name}: {run.info.status}" for run in found)


def test_a_run_that_is_cut_short_changes_nothing_goes_on_where_it_was_and_does_not_replace_a_champion_as_good(
    spark: SparkSession,
    data: Dataset,
    cells: list[Cell],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    copy_champion(spark, tmp_path)
    settings = registry_in(tmp_path)
    before, champion = runs(settings), registry.resolve(settings)
    assert champion is not None
    whole = Training.outcomes

    def cut_short(self: Training, missing: list[Cell]) -> Iterator[Outcome]:
        yield next(iter(whole(self, missing)))
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Training, "outcomes", cut_short)
        with pytest.raises(KeyboardInterrupt):
            train(spark, settings, data, "quick", Console(quiet=True))
    assert registry.resolve(settings) == champion
    assert [each["version"] for each in registry.versions(settings)] == [champion.version]

    console = Console(width=200)
    with console.capture() as said:
        train(spark, settings, data, "quick", console)
    assert "1 of its cells are known" in said.get()
    assert "crashed: logistic-regression(reg=0.01)/count/1-gram/min=100000" in said.get()
    assert registry.resolve(settings) == champion
    assert [each["version"] for each in registry.versions(settings)] == [champion.version + 1, champion.version]
    assert_decided_again(settings, champion, said.get())
    added = Counter(runs(settings)) - Counter(before)
    trained = [name for name in added.elements() if name.startswith("logistic")]
    assert len(trained) == len(cells)
    assert len([name for name in trained if name.endswith("FAILED")]) == 1
    assert added["grid quick: FINISHED"] == 1


def assert_decided_again(settings: TrainerSettings, champion: ModelVersion, said: str) -> None:
    """The contest that was said follows from what the run keeps, and from what the runs of both keep of the same rows."""
    kept = {entry.number: each for entry, each in catalogue.entries(settings) if each is not None}
    challenger = registry.resolve_uri(settings, f"models:/{settings.model_name}/{champion.version + 1}")
    client, own = registry_connection.client(settings), deciding.file_of(None)
    alone = {number: replace(each, files={own: each.files[own]}) for number, each in kept.items()}
    for each in (kept, alone):
        found = deciding.contest_of(client, challenger, champion, each)
        assert found is not None
        assert str(found) in said
    other = {**alone, champion.version: replace(alone[champion.version], rows="others")}
    assert deciding.contest_of(client, challenger, champion, other) is None
    changed = {number: replace(each, files={own: "0" * 64}) for number, each in kept.items()}
    with pytest.raises(UserError, match="isn't what was registered"):
        deciding.contest_of(client, challenger, champion, changed)


def test_a_cell_takes_part_only_where_it_knows_the_classes(data: Dataset) -> None:
    three_classes = LabelMap(WITH_NEUTRAL)
    assert Cell(FeatureSet(1), MACHINE).suits(data.labels)
    assert not Cell(FeatureSet(1), MACHINE).suits(three_classes)
    assert Cell(FeatureSet(1, weighting="ratio"), REGRESSION).suits(three_classes)


def test_the_full_grid_has_at_most_sixty_cells_with_names_of_their_own() -> None:
    names = [cell.name for cell in grid.full()]
    assert len(set(names)) == len(names) <= 60


def test_classes_that_are_exchanged_in_the_data_are_registered_and_never_champion(
    spark: SparkSession, settings: TrainerSettings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    exchanged = {"4": "negative", "0": "positive"}
    with (FIXTURES / "tweets.csv").open(encoding="utf-8") as own, (tmp_path / "exchanged.csv").open("w") as file:
        rows = csv.DictReader(own)
        written = csv.DictWriter(file, ["label", "text"], extrasaction="ignore")
        written.writeheader()
        written.writerows({**row, "label": exchanged[row["label"]]} for row in rows)
    monkeypatch.setitem(grid.GRIDS, "quick", lambda: CELLS[:1])
    with pytest.raises(UserError, match=r"may not become champion: .* scores plain sentences wrongly"):
        train(spark, settings, load([local(tmp_path / "exchanged.csv")]), "quick", Console(quiet=True))
    assert registry.resolve(settings) is None
    assert [each["version"] for each in registry.versions(settings)] == [1]
    page = Path(settings.trainer_state) / f"report-{settings.model_name}-1.html"
    assert "may not become champion: " in page.read_text(encoding="utf-8")
    tags = registry_connection.client(settings).get_model_version(settings.model_name, "1").tags
    assert tags["probe"].startswith("refused: ")
    assert "languages" not in tags
    with pytest.raises(UserError, match="scores plain sentences wrongly"):
        list(by_hand.promote(settings, 1, None, force=True))
    assert registry.resolve(settings) is None
