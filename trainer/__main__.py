"""`python -m trainer`: the command line of the trainer."""

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import orjson
import structlog
import typer
from rich.console import Console
from rich.table import Table

from sentistream import command_line, spark
from sentistream.command_line import Json, with_settings
from sentistream.errors import UserError
from sentistream.scoring import registry
from trainer.data import dataset as data_module
from trainer.data.split import Part, SplitBy
from trainer.grid.cells import GridName
from trainer.settings import TrainerSettings

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Selects a model and registers it.",
)
if TYPE_CHECKING:
    from pyspark.sql import SparkSession

logger = structlog.get_logger()
FEW_ROWS = 20_000
"""Up to here compilers cost more than they save: 40 to 42 instead of 44 to 57 s for VADER's 4,200 tweets, 58 instead of 62 s for 20,000."""
DataFiles = Annotated[
    list[Path], typer.Option("--data", envvar="DATA", help="A labelled file; may be given several times.")
]


@app.command()
@with_settings(TrainerSettings, "seed", "mlflow_tracking_uri", "model_name", "model_alias", "spark_master")
def train(
    settings: TrainerSettings,
    data: DataFiles,
    grid: Annotated[GridName, typer.Option(envvar="GRID", help="Which cells to compare.")] = "quick",
    split: Annotated[
        SplitBy, typer.Option(envvar="SPLIT", help="What decides which rows the cells are measured on.")
    ] = SplitBy.TEXT,
    force: Annotated[
        bool, typer.Option("--force", envvar="FORCE", help="Promote the winner even if worse or of other classes.")
    ] = False,
    unless_registered: Annotated[
        bool,
        typer.Option(
            "--unless-registered", envvar="UNLESS_REGISTERED", help="Do nothing where the alias names a model already."
        ),
    ] = False,
) -> None:
    """Train every cell of a grid, register the best one, and promote it if it beats the champion."""
    from trainer.train import train as run

    if unless_registered and (champion := registry.resolve(settings)) is not None:
        logger.info("nothing to do: there is a model", model=champion.uri, alias=settings.model_alias)
        return
    dataset = data_module.load(data, split)
    data_module.require_trainable(dataset)
    registry.client(settings)
    files = " ".join(f"--data {shlex.quote(str(file))}" for file in data)
    command = f"python -m trainer train {files} --grid {grid} --split {split} --seed {settings.seed}"
    session = _session(settings, dataset.audit.rows)
    run(session, settings, dataset, grid, Console(stderr=True), command, force)
    session.stop()


def _session(settings: TrainerSettings, rows: int) -> "SparkSession":
    if rows > FEW_ROWS:
        return spark.session(settings, "sentistream trainer")
    return spark.session(settings, "sentistream trainer", spark.QUICK_COMPILER, spark.NO_PLAN_COMPILER)


@app.command()
@with_settings(TrainerSettings, "mlflow_tracking_uri", "spark_master")
def evaluate(
    settings: TrainerSettings,
    data: DataFiles,
    model: Annotated[
        str, typer.Option(envvar="MODEL", help="models:/NAME@ALIAS or models:/NAME/VERSION.")
    ] = "models:/tweet-sentiment@champion",
    part: Annotated[
        list[Part] | None,
        typer.Option("--part", envvar="PART", help="Only the rows of this part of the project's split; several times."),
    ] = None,
    json: Json = False,
) -> None:
    """Measure a registered model on labelled files: accuracy, macro-F1, confusion matrix, per class."""
    from trainer.evaluation import metrics
    from trainer.evaluation.calibration import calibration
    from trainer.evaluation.predictions import predict

    found = registry.resolve_uri(settings, model)
    rows = data_module.read_all(data, *(part or ()))
    session = spark.session(settings, "sentistream trainer")
    predictions = predict(registry.load(settings, found), session.createDataFrame(rows), found.labels)
    measured = calibration(predictions)
    answer = {
        "model": found.uri,
        **metrics.of(predictions).as_dict(),
        "brier": measured.brier,
        "expected_calibration_error": measured.expected_error,
    }
    session.stop()
    if json:
        sys.stdout.write(orjson.dumps(answer).decode() + "\n")
    else:
        Console().print(answer)


@app.command()
@with_settings(TrainerSettings, "mlflow_tracking_uri", "model_name")
def models(
    settings: TrainerSettings,
    json: Json = False,
) -> None:
    """List the registered versions, the newest first, with their aliases and test figures."""
    versions = registry.versions(settings)
    if json:
        sys.stdout.write(orjson.dumps(versions).decode() + "\n")
        return
    table = Table("version", "alias", "registered", "cell", "classes", "test accuracy", "macro-F1", "rows")
    for each in versions:
        table.add_row(*(str(each[name]) for name in registry.LISTED))
    Console().print(table)


@app.command()
@with_settings(TrainerSettings, "mlflow_tracking_uri", "model_name", "model_alias", "spark_master")
def promote(
    settings: TrainerSettings,
    version: Annotated[int, typer.Argument(help="The version that is to be champion.")],
    data: Annotated[
        list[Path] | None,
        typer.Option("--data", envvar="DATA", help="Labelled files whose promotion rows decide; several times."),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", envvar="FORCE", help="Promote without a contest, or against its result.")
    ] = False,
) -> None:
    """Make a version champion if it beats the present one on promotion rows, which no version has learnt from."""
    from trainer.evaluation.predictions import predict
    from trainer.selection import promotion

    found = registry.resolve_uri(settings, f"models:/{settings.model_name}/{version}")
    champion = registry.resolve(settings)
    if champion is not None and champion != found and not force:
        if champion.labels != found.labels:
            raise UserError(
                f"Version {version} knows the classes {found.labels}, champion {champion.version} {champion.labels}: "
                "--force promotes it nevertheless."
            )
        if not data:
            raise UserError("Give --data with labelled rows that decide, or --force to promote without a contest.", 2)
        rows = data_module.read_all(data, Part.PROMOTION)
        session = spark.session(settings, "sentistream trainer")
        frame = session.createDataFrame(rows)
        challenger = predict(registry.load(settings, found), frame, found.labels)
        contest = promotion.contest(settings, challenger, champion, frame)
        session.stop()
        if contest is not None and not contest.won:
            raise UserError(
                f"Version {version} has macro-F1 {contest.winner_macro_f1:.4f} on {contest.rows:,} promotion rows, champion "
                f"{champion.version} {contest.champion_macro_f1:.4f}: it stays. --force promotes nevertheless."
            )
    promotion.promote(settings, version)
    Console(stderr=True).print(f"{settings.model_name} version {version} is {settings.model_alias}")


@app.command()
@with_settings(TrainerSettings, "mlflow_tracking_uri", "model_name", "model_alias")
def rollback(settings: TrainerSettings) -> None:
    """Go back to the champion before; a second rollback undoes the first."""
    from trainer.selection import promotion

    now, before = promotion.rollback(settings)
    Console(stderr=True).print(
        f"{settings.model_name} version {now} is {settings.model_alias} again, in place of {before}"
    )


if __name__ == "__main__":
    command_line.run(app)
