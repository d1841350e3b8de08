"""One training run, from files to a registered model."""

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import mlflow
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

from sentistream.contracts.labels import NeutralBand
from sentistream.contracts.model_version import ModelVersion
from sentistream.contracts.split import Part
from sentistream.errors import UserError, full_stop
from sentistream.evaluation import contest as contests
from sentistream.evaluation import metrics, significance
from sentistream.evaluation.contest import Contest
from sentistream.evaluation.predictions import Predictions
from sentistream.scoring import registry
from sentistream.terminal import plain
from trainer import report
from trainer.data.dataset import Dataset
from trainer.evaluation.registered import predict_registered
from trainer.grid import trained
from trainer.grid.cells import PUBLISHED, Candidate, Cell, FrozenCell, cells_of
from trainer.grid.outcomes import Outcome, RunFolder, Scored
from trainer.grid.trained import Trained
from trainer.grid.training import Training
from trainer.neural.designs import Design
from trainer.neural.fitting import Progress as Progressing
from trainer.report import families, textfile
from trainer.run import TrainingRun
from trainer.selection import registration, succession, tracking
from trainer.selection.choice import choose, fast_enough
from trainer.settings import GridName, TrainerSettings

FEW_ROWS = 20_000
"""Up to here compilers cost more than they save: 40 to 42 instead of 44 to 57 s for VADER's 4,200 tweets, 58 instead of 62 s for 20,000."""

FAMILIES: GridName = "families"
"""The grid whose cells are all measured on the test rows, each once."""
COLUMNS = (
    TextColumn("{task.description}", markup=False),
    BarColumn(),
    MofNCompleteColumn(),
    TimeElapsedColumn(),
    TimeRemainingColumn(),
)


@dataclass(frozen=True)
class Told:
    """The arguments of a run."""

    grid: GridName
    command: str
    left_out: list[str]
    force: bool


def train(
    spark: SparkSession | None,
    settings: TrainerSettings,
    data: Dataset,
    grid: GridName,
    console: Console,
    command: str = "",
    force: bool = False,
) -> None:
    """Compare the grid's cells, register the winner, and make it the champion where it beats the present one.

    `spark` is None where no cell needs it. A run that was killed goes on with the cells it lacks. `force` promotes a winner of other classes than the champion's, or a worse one, and where
    the champion can't be loaded.
    """
    started = time.monotonic()
    console.print(_account(data))
    band = NeutralBand(settings.neutral_low, settings.neutral_high)
    champion = registry.resolve(settings)
    if champion is not None and champion.labels != data.labels and not force:
        console.print(
            f"{champion.title}, which is {settings.model_alias}, knows {champion.labels}; these files have {data.labels}. The winner will be registered and "
            "compared, and stays beside it: only FORCE=1 (--force) promotes a model of other classes."
        )
    whole = cells_of(grid, settings)
    cells = [cell for cell in whole if cell.suits(data.labels)]
    left_out = [cell.name for cell in whole if not cell.suits(data.labels)]
    if left_out:
        console.print(f"{len(left_out)} of the grid's cells know two classes only and are left out")
    for cell in cells:
        cell.require_installed()
    folder = RunFolder.of(Path(settings.trainer_state), data, cells, settings.trainer_seed)
    with tracking.parent_run(settings, folder, grid, data):
        outcomes = _go_through(spark, settings, data, folder, cells, grid, console)
        run, model = _finish(spark, settings, data, folder, outcomes, Told(grid, command, left_out, force))
        version = registration.register(settings, run, model)
        console.print(_results(run))
        if grid == FAMILIES:
            _compare(settings, run, folder, spark, console)
        page = Path(settings.trainer_state) / f"report-{settings.model_name}-{version}.html"
        try:
            outcome, refused = _outcome(settings, run, version, force, console)
            report.write(run, page, model=f"models:/{settings.model_name}/{version}", band=band, outcome=outcome)
        finally:
            # Whatever the version may become, the next run begins anew.
            folder.remove()
        if settings.trainer_metrics_file is not None:
            champion = registry.resolve(settings)
            is_champion = champion is not None and champion.version == version
            seconds = time.monotonic() - started
            textfile.write(settings.trainer_metrics_file, run, version, is_champion, seconds)
        mlflow.log_artifact(str(page))
        found_at = tracking.place_of(settings, page)
    console.print(f"report: {found_at}", soft_wrap=True)
    if refused is not None:
        raise refused


def _outcome(
    settings: TrainerSettings, run: TrainingRun, version: int, force: bool, console: Console
) -> tuple[list[str], UserError | None]:
    """Prove the version and decide, and tell it; what the page says of that, and why the version is refused, where it is."""
    try:
        proved = succession.proved(settings, run, version)
        console.print(proved)
        if run.contest is not None:
            console.print(str(run.contest))
        decided = succession.decided(settings, run, version, force)
        for sentence in decided:
            console.print(sentence)
    except UserError as refused:
        return [str(refused)], refused
    return [proved, *decided], None


def _go_through(
    spark: SparkSession | None,
    settings: TrainerSettings,
    data: Dataset,
    folder: RunFolder,
    cells: list[Candidate],
    grid: GridName,
    console: Console,
) -> list[Outcome]:
    """Every cell's outcome in the grid's order; those known from a run that was ended are not trained again."""
    known = {cell.name: outcome for cell in cells if (outcome := folder.outcome(cell.name))}
    if known:
        console.print(f"going on with a run that was ended: {len(known)} of its cells are known")
    scored = [folder.scored(outcome) for outcome in known.values()]
    with Progress(*COLUMNS, console=console) as bar:
        task = bar.add_task("training", total=len(cells), completed=len(known))
        missing = [cell for cell in cells if cell.name not in known]
        inner = bar.add_task("", total=None, visible=False)

        def tell(cell: str, progress: Progressing) -> None:
            told = f"{cell}: epoch {progress.epoch}, loss {progress.loss:.3f}"
            bar.update(inner, total=100, completed=int(100 * progress.share), description=told, visible=True)

        for outcome in _outcomes(spark, settings, data, folder, missing, tell):
            known[outcome.cell] = outcome
            tracking.log_cell(folder, outcome)
            if outcome.error:
                bar.console.print(plain(f"crashed: {outcome.cell}: {outcome.error}"))
            else:
                scored.append(folder.scored(outcome))
                if grid != FAMILIES:
                    folder.forget_models_but({_leading(scored, settings).outcome.cell, PUBLISHED.name})
            bar.update(inner, visible=False)
            bar.update(task, advance=1, description=outcome.cell)
    return [known[cell.name] for cell in cells]


def _leading(scored: list[Scored], settings: TrainerSettings) -> Scored:
    """What would be chosen now; where none is fast enough yet, of all."""
    fast = [each for each in scored if each.outcome.tweets_per_second >= settings.least_rate]
    return choose(fast or scored)


def _outcomes(
    spark: SparkSession | None,
    settings: TrainerSettings,
    data: Dataset,
    folder: RunFolder,
    cells: list[Candidate],
    tell: Callable[[str, Progressing], None],
) -> Iterator[Outcome]:
    """Every cell by what trains its kind."""
    if spark is not None and (of_spark := [cell for cell in cells if isinstance(cell, Cell)]):
        yield from Training(spark, data, folder, settings.trainer_seed).outcomes(of_spark)
    if heads := [cell for cell in cells if isinstance(cell, FrozenCell)]:
        # onnx and onnxruntime, which no other grid needs.
        from trainer.grid import frozen

        yield from frozen.outcomes(heads, data, folder, settings.trainer_seed)
    if designs := [cell for cell in cells if isinstance(cell, Design)]:
        # PyTorch, likewise.
        from trainer.grid import networks

        yield from networks.outcomes(designs, data, folder, Path(settings.trainer_state), tell)


def _finish(
    spark: SparkSession | None,
    settings: TrainerSettings,
    data: Dataset,
    folder: RunFolder,
    outcomes: list[Outcome],
    told: Told,
) -> tuple[TrainingRun, Trained]:
    """Choose, and only then look at the test rows, once."""
    scored = [folder.scored(outcome) for outcome in outcomes if not outcome.error]
    if not scored:
        raise UserError(
            f"Every cell crashed, the first with: {full_stop(str(outcomes[0].error))} Nothing was registered."
        )
    winner = choose(fast_enough(scored, settings.least_rate))
    model = _load(folder, winner.outcome, spark)
    published = next((each.outcome for each in scored if each.outcome.cell == PUBLISHED.name), None)
    reference = _load(folder, published, spark).predict(data, Part.TEST) if published is not None else None
    champion = registry.resolve(settings)
    deciding: dict[int | None, Predictions] = {}
    if data.table(Part.PROMOTION).num_rows:
        deciding[None] = model.predict(data, Part.PROMOTION)
    contest = _contest(settings, deciding, champion, data, told.force) if champion is not None else None
    run = TrainingRun(
        data,
        told.grid,
        settings.trainer_seed,
        told.command,
        outcomes,
        told.left_out,
        scored,
        winner,
        folder.model(winner.outcome.cell),
        model.predict(data, Part.TEST),
        reference,
        contest,
        deciding,
    )
    return run, model


def _contest(
    settings: TrainerSettings,
    deciding: dict[int | None, Predictions],
    champion: ModelVersion,
    data: Dataset,
    force: bool,
) -> Contest | None:
    """The winner against the champion, whose predictions are added to `deciding`; None where it can't be compared with, and need not be."""
    band = NeutralBand(settings.neutral_low, settings.neutral_high)
    try:
        if None not in deciding:
            raise UserError("The files hold no labelled rows of the part promotion, so that nothing can be compared.")
        held = predict_registered(settings, champion, data.table(Part.PROMOTION))
        deciding[champion.version] = held
        return contests.contest(deciding[None], band, held, champion)
    except UserError:
        if not force:
            raise
        return None


def _compare(
    settings: TrainerSettings, run: TrainingRun, folder: RunFolder, spark: SparkSession | None, console: Console
) -> None:
    """Each cell on the test rows, once, now that one is chosen; a table for people, and a file of the MLflow run for programs."""
    champion = registry.resolve(settings)
    rows = run.data.table(Part.TEST)
    theirs = None
    # One that can't be loaded was told of before.
    with contextlib.suppress(UserError):
        theirs = None if champion is None else predict_registered(settings, champion, rows)
    said = [
        (
            each.outcome,
            run.test if each is run.winner else _load(folder, each.outcome, spark).predict(run.data, Part.TEST),
        )
        for each in run.scored
    ]
    found = families.compared(said, theirs, run.seed)
    console.print(families.table(found, "no champion" if champion is None else f"champion {champion.version}"))
    mlflow.log_dict({"families": [each.as_dict() for each in found]}, "families.json")


def _load(folder: RunFolder, outcome: Outcome, spark: SparkSession | None) -> Trained:
    return trained.load(folder.model(outcome.cell), outcome.flavour, spark)


def _account(data: Dataset) -> str:
    audit = data.audit
    whole = "; the original Sentiment140 file, by its sha256" if audit.is_whole_sentiment140 else ""
    reserved = f", {audit.reserved:,} reserved" if audit.reserved else ""
    beside = {"without a label": audit.unlabelled, "left out by --labels": audit.skipped, "broken": audit.broken}
    left = "".join(f", {count:,} {why}" for why, count in beside.items() if count)
    return (
        f"{audit.rows:,} rows{left}, {audit.kept:,} kept ({audit.duplicates:,} duplicates, {audit.contradictory:,} with contradictory "
        f"labels dropped{reserved}), classes {audit.labels}, parts {audit.parts}{whole}"
    )


def _results(run: TrainingRun) -> Table:
    table = Table("cell", "macro-F1", "accuracy", "fit s", "tweets/s", title="validation rows", caption=_test(run))
    for each in sorted(run.scored, key=lambda each: -each.validation.macro_f1):
        table.add_row(
            each.outcome.cell,
            f"{each.validation.macro_f1:.4f}",
            f"{each.validation.accuracy:.4f}",
            f"{each.outcome.fit_seconds:.1f}",
            f"{each.outcome.tweets_per_second:,.0f}",
            style="bold green" if each is run.winner else None,
        )
    for outcome in run.outcomes:
        if outcome.error:
            table.add_row(outcome.cell, "crashed", "", "", "", style="red")
    return table


def _test(run: TrainingRun) -> str:
    test = run.evaluation
    interval = significance.bootstrap(test, lambda each: each.accuracy, run.seed)
    said = f"{run.winner.outcome.cell} on the {test.rows:,} test rows, used once: accuracy {test.accuracy:.4f} (95 %: {interval}), macro-F1 {test.macro_f1:.4f}"
    if run.reference is not None:
        said += f"; the published recipe {metrics.of(run.reference).accuracy:.4f}"
    return said
