"""One training run, from files to a registered model."""

import structlog
from pyspark.sql import SparkSession
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from sentistream import registry
from trainer import registration
from trainer.data import Dataset
from trainer.evaluation import evaluate_model
from trainer.grid import GRIDS, GridName
from trainer.registration import Run
from trainer.selection import Candidate, choose, train_cells
from trainer.settings import TrainerSettings
from trainer.split import Part

log = structlog.get_logger()


def train(spark: SparkSession, settings: TrainerSettings, data: Dataset, grid: GridName, console: Console) -> None:
    """Compare the grid's cells, register the winner, and make it the champion where it beats the present one."""
    audit = data.audit
    console.print(
        f"{audit.rows:,} rows, {audit.kept:,} kept ({audit.duplicates:,} duplicates, {audit.contradictory:,} with "
        f"contradictory labels dropped), classes {audit.labels}, parts {audit.parts}"
    )
    cells = GRIDS[grid]()
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console) as bar:
        task = bar.add_task("training", total=len(cells))

        def on_done(candidate: Candidate) -> None:
            bar.update(task, advance=1, description=candidate.cell.name)

        candidates = list(train_cells(spark, data, cells, on_done))
    winner = choose(candidates)
    test = evaluate_model(winner.pipeline, data.part(spark, Part.TEST), data.labels)
    console.print(_results(candidates, winner))
    console.print(
        f"on the {test.rows:,} test rows, used once: accuracy {test.accuracy:.4f}, macro-F1 {test.macro_f1:.4f}"
    )
    champion = registry.resolve(settings)
    version = registration.register(settings, Run(data, grid, candidates, winner, test))
    if champion is not None:
        rows = data.part(spark, Part.PROMOTION)
        if champion.labels != data.labels:
            console.print(
                f"{champion.uri} keeps {settings.model_alias}: its classes are {champion.labels}, the new model's {data.labels}."
            )
            return
        now = evaluate_model(registry.load(settings, champion), rows, champion.labels).macro_f1
        new = evaluate_model(winner.pipeline, rows, data.labels).macro_f1
        console.print(f"on the promotion rows: macro-F1 {new:.4f}, version {champion.version} has {now:.4f}")
        if new <= now:
            console.print(f"version {version} is registered, version {champion.version} stays {settings.model_alias}.")
            return
    registration.promote(settings, version)
    console.print(f"registered {settings.model_name} version {version} as {settings.model_alias}")


def _results(candidates: list[Candidate], winner: Candidate) -> Table:
    table = Table("cell", "macro-F1", "accuracy", "seconds", title="validation rows")
    for each in candidates:
        style = "bold green" if each is winner else None
        table.add_row(
            each.cell.name,
            f"{each.validation.macro_f1:.4f}",
            f"{each.validation.accuracy:.4f}",
            f"{each.fit_seconds:.1f}",
            style=style,
        )
    return table
