"""The trainer's commands; what `--help` does not need is imported by the commands themselves."""

import sys
from contextlib import nullcontext
from functools import partial
from typing import Annotated

import typer

from sentistream.contracts.model_version import NAMED_BY
from sentistream.contracts.split import Part
from sentistream.files.options import FileOptions, with_file_options
from sentistream.options import Json, with_settings
from trainer.data.split import SplitBy
from trainer.settings import GridName, TrainerSettings

SESSION = "sentistream trainer"
DataFiles = Annotated[
    list[str],
    typer.Option(
        "--data",
        envvar="TRAINER_DATA",
        help="A labelled file, a folder, a glob, s3://BUCKET/KEY, or - for standard input; may be given several times.",
    ),
]
OF_NETWORKS = ("trainer_encoder", "trainer_epochs", "trainer_minutes", "trainer_learning_rate")
SkipBad = Annotated[bool, typer.Option("--skip-bad", envvar="SKIP_BAD", help="Go on without rows that can't be used.")]


@with_settings(
    TrainerSettings,
    "trainer_seed",
    *OF_NETWORKS,
    "least_rate",
    "mlflow_tracking_uri",
    "model_name",
    "model_alias",
    "spark_master",
)
@with_file_options
def train(
    settings: TrainerSettings,
    data: DataFiles,
    grid: Annotated[GridName, typer.Option(envvar="GRID", help="Which cells to compare.")] = "quick",
    split: Annotated[
        SplitBy, typer.Option(envvar="SPLIT", help="What decides which rows the cells are measured on.")
    ] = SplitBy.TEXT,
    force: Annotated[
        bool,
        typer.Option(
            "--force",
            envvar="FORCE",
            help="Promote the winner even if it is worse or of other classes; a version that the probe refuses is not.",
        ),
    ] = False,
    unless_registered: Annotated[
        bool,
        typer.Option(
            "--unless-registered", envvar="UNLESS_REGISTERED", help="Do nothing where the alias names a model already."
        ),
    ] = False,
    skip_bad: SkipBad = False,
    *,
    options: FileOptions,
) -> None:
    """Train every cell of a grid, register the best one, and promote it if it beats the champion."""
    import shlex

    from trainer.data.labelled import inputs, said

    # Before MLflow and Spark, whose imports alone take seconds.
    read = [] if unless_registered else inputs(data)
    import structlog

    from sentistream import spark, terminal
    from sentistream.scoring import registry, registry_connection
    from sentistream.scoring.artefact import signature
    from trainer.data import dataset as data_module
    from trainer.grid.cells import cells_of, needs_spark
    from trainer.train import FEW_ROWS
    from trainer.train import train as run

    logger = structlog.get_logger()
    registry_connection.require_answer(settings)
    if unless_registered and (champion := registry.resolve(settings)) is not None:
        logger.info("nothing to do: there is a model", model=champion.uri, alias=settings.model_alias)
        return
    # What was trained could not be sealed without it.
    signature.require_key(settings)
    dataset = data_module.load(read or inputs(data), split, options, skip_bad, said)
    data_module.require_trainable(dataset)
    files = " ".join(f"--data {shlex.quote(file)}" for file in data)
    given = shlex.join([*_networks_of(settings, grid), *options.arguments(), *(["--skip-bad"] if skip_bad else [])])
    command = (
        f"python -m trainer train {files} --grid {grid} --split {split} --seed {settings.trainer_seed} {given}".rstrip()
    )
    quick = (spark.QUICK_COMPILER, spark.NO_PLAN_COMPILER) if dataset.audit.rows <= FEW_ROWS else ()
    # A grid of transformers does without the JVM.
    with (
        spark.running(settings, SESSION, *quick) if needs_spark(cells_of(grid, settings)) else nullcontext() as session
    ):
        run(session, settings, dataset, grid, terminal.console(sys.stderr), command, force)


def _networks_of(settings: TrainerSettings, grid: GridName) -> list[str]:
    """The options by which a grid with networks is repeated."""
    from trainer.grid.cells import NETWORKS

    if grid not in NETWORKS:
        return []
    return [
        *("--encoder", settings.trainer_encoder),
        *("--epochs", str(settings.trainer_epochs)),
        *("--minutes", f"{settings.trainer_minutes:g}"),
        *("--learning-rate", f"{settings.trainer_learning_rate:g}"),
    ]


@with_settings(TrainerSettings, "mlflow_tracking_uri", "model_name")
@with_file_options
def import_model(
    settings: TrainerSettings,
    encoder: Annotated[
        str,
        typer.Option(
            envvar="IMPORT_ENCODER",
            help="A model that classifies sentiments: an id on the Hugging Face hub, a folder, or package:NAME.",
        ),
    ],
    data: DataFiles,
    unseen: Annotated[
        bool,
        typer.Option(
            "--unseen", envvar="IMPORT_UNSEEN", help="The files share no row with what the model was trained on."
        ),
    ] = False,
    skip_bad: SkipBad = False,
    *,
    options: FileOptions,
) -> None:
    """Register a ready sentiment model from elsewhere, measured on labelled rows; `promote` makes it champion. `--labels` says what its classes mean, too."""
    from dataclasses import replace

    from trainer.data.labelled import inputs, said

    read = inputs(data)
    from sentistream import terminal
    from sentistream.contracts.label_words import plain
    from sentistream.scoring import registry_connection
    from sentistream.scoring.artefact import signature
    from trainer.data import rows as rows_module
    from trainer.evaluation.answer import answer
    from trainer.evaluation.registered import predicted, scorer_of
    from trainer.selection import importing

    registry_connection.require_answer(settings)
    signature.require_key(settings)
    ready = importing.read(settings, encoder, options.labels)
    own = {plain(name) for name in ready.model.names}
    of_files = replace(options, labels={name: each for name, each in options.labels.items() if name not in own})
    files = [(each.shown, rows_module.sha256(each)) for each in read]
    rows = rows_module.read_all(read, options=of_files, skip_bad=skip_bad, tell=said)
    version, proved = importing.register(settings, ready, rows)
    found = answer(version, partial(predicted, scorer_of(settings, version)), rows, files, said_unseen=unseen)
    console = terminal.console()
    console.print(found.shown())
    for sentence in (proved, importing.registered(version, data)):
        console.print(terminal.plain(sentence), soft_wrap=True)


@with_settings(TrainerSettings, "mlflow_tracking_uri", "model_name", "model_alias", "spark_master")
@with_file_options
def evaluate(
    settings: TrainerSettings,
    data: DataFiles,
    model: Annotated[
        str | None, typer.Option(envvar="EVALUATE_MODEL", help=f"{NAMED_BY}; without it MODEL_NAME's MODEL_ALIAS.")
    ] = None,
    part: Annotated[
        list[Part] | None,
        typer.Option(
            "--part", envvar="EVALUATE_PART", help="Only the rows of this part of the project's split; several times."
        ),
    ] = None,
    unseen: Annotated[
        bool,
        typer.Option(
            "--unseen", envvar="EVALUATE_UNSEEN", help="The files share no row with what the version was trained on."
        ),
    ] = False,
    json: Json = False,
    skip_bad: SkipBad = False,
    *,
    options: FileOptions,
) -> None:
    """Measure a registered model on labelled rows that it was not trained on: accuracy, macro-F1, confusion matrix, per class."""
    from trainer.data.labelled import inputs, said

    read = inputs(data)
    from sentistream import terminal
    from sentistream.scoring import named_version
    from trainer.data import rows as rows_module
    from trainer.evaluation.answer import answer
    from trainer.evaluation.registered import predicted, scorer_of

    version = named_version.resolve(settings, model)
    files = [(each.shown, rows_module.sha256(each)) for each in read]
    rows = rows_module.read_all(read, *(part or ()), options=options, skip_bad=skip_bad, tell=said)
    found = answer(version, partial(predicted, scorer_of(settings, version)), rows, files, said_unseen=unseen)
    if json:
        sys.stdout.write(terminal.json_line(found.as_dict()) + "\n")
    else:
        terminal.console().print(found.shown())


@with_settings(TrainerSettings, "mlflow_tracking_uri", "model_name")
def models(
    settings: TrainerSettings,
    adopt: Annotated[
        int | None,
        typer.Option(
            "--adopt",
            envvar="MODELS_ADOPT",
            help="Probe this version, which was registered before digests or elsewhere, and write the digest of its files; sign it where MODEL_SIGNING_KEY_FILE is set.",
        ),
    ] = None,
    json: Json = False,
) -> None:
    """List the registered versions, the newest first, with their aliases, languages and test figures."""
    from rich.table import Table

    from sentistream import terminal
    from sentistream.scoring import registry, registry_connection

    registry_connection.require_answer(settings)
    if adopt is not None:
        from trainer.selection import sealing

        for sentence in sealing.adopt(settings, adopt):
            terminal.console(sys.stderr).print(terminal.plain(sentence), soft_wrap=True)
        return
    versions = registry.versions(settings)
    if json:
        sys.stdout.write(terminal.json_line(versions) + "\n")
        return
    table = Table("version", "alias", "registered", "cell", "classes", "languages", "test accuracy", "macro-F1", "rows")
    for each in versions:
        table.add_row(*(terminal.plain(str(each[name])) for name in registry.LISTED))
    terminal.console().print(table)


@with_settings(TrainerSettings, "mlflow_tracking_uri", "model_name", "model_alias", "spark_master")
@with_file_options
def promote(
    settings: TrainerSettings,
    version: Annotated[int, typer.Argument(help="The version that is to be champion.")],
    data: Annotated[
        list[str] | None,
        typer.Option(
            "--data", envvar="PROMOTE_DATA", help="Labelled files whose promotion rows decide; several times."
        ),
    ] = None,
    force: Annotated[
        bool,
        typer.Option(
            "--force",
            envvar="PROMOTE_FORCE",
            help="Promote without a contest, or against its result; a version that the probe refuses is not.",
        ),
    ] = False,
    spark_only: Annotated[
        bool,
        typer.Option(
            "--spark-only",
            envvar="PROMOTE_SPARK_ONLY",
            help="Promote also a version that only Spark can score: what has no Spark (HTTP, `load_champion`) can't use it.",
        ),
    ] = False,
    skip_bad: SkipBad = False,
    *,
    options: FileOptions,
) -> None:
    """Make a version champion if it passes the probe and beats the present one on promotion rows, which no version has learnt from."""
    from trainer.data.labelled import inputs, said

    read = inputs(data) if data else []
    from sentistream import terminal
    from sentistream.scoring import registry_connection
    from trainer.data.rows import read_all
    from trainer.selection import by_hand

    registry_connection.require_answer(settings)
    rows = read_all(read, options=options, skip_bad=skip_bad, tell=said) if read else None
    for sentence in by_hand.promote(settings, version, rows, force, spark_only):
        terminal.console(sys.stderr).print(terminal.plain(sentence), soft_wrap=True)


@with_settings(TrainerSettings, "mlflow_tracking_uri", "model_name", "model_alias")
def rollback(settings: TrainerSettings) -> None:
    """Go back to the champion before; a second rollback undoes the first."""
    from sentistream import terminal
    from sentistream.scoring import registry_connection
    from trainer.selection import by_hand

    registry_connection.require_answer(settings)
    for sentence in by_hand.rollback(settings):
        terminal.console(sys.stderr).print(terminal.plain(sentence), soft_wrap=True)
