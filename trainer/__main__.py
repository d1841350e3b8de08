"""`python -m trainer`: the command line of the trainer."""

import sys
from pathlib import Path
from typing import Annotated

import orjson
import structlog
import typer
from rich.console import Console

from sentistream import command_line, log, registry, spark
from trainer import data as data_module
from trainer.grid import GridName
from trainer.settings import TrainerSettings

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Selects a model and registers it.",
)
logger = structlog.get_logger()
DataFiles = Annotated[
    list[Path], typer.Option("--data", envvar="DATA", help="A labelled file; may be given several times.")
]
TrackingUri = Annotated[str | None, typer.Option(envvar="MLFLOW_TRACKING_URI", help="The model registry.")]
ModelName = Annotated[str | None, typer.Option(envvar="MODEL_NAME", help="The registered model.")]
ModelAlias = Annotated[str | None, typer.Option(envvar="MODEL_ALIAS", help="The alias that the winner gets.")]
SparkMaster = Annotated[str | None, typer.Option(envvar="SPARK_MASTER", help="Where Spark runs.")]


@app.command()
def train(
    data: DataFiles,
    grid: Annotated[GridName, typer.Option(envvar="GRID", help="Which cells to compare.")] = "quick",
    seed: Annotated[int | None, typer.Option(envvar="SEED", help="For whatever draws at random.")] = None,
    mlflow_tracking_uri: TrackingUri = None,
    model_name: ModelName = None,
    model_alias: ModelAlias = None,
    spark_master: SparkMaster = None,
    unless_registered: Annotated[
        bool,
        typer.Option(
            "--unless-registered", envvar="UNLESS_REGISTERED", help="Do nothing where the alias names a model already."
        ),
    ] = False,
) -> None:
    """Train every cell of a grid, register the best one, and promote it if it beats the champion."""
    from trainer.train import train as run

    settings = TrainerSettings.from_options(
        seed=seed,
        mlflow_tracking_uri=mlflow_tracking_uri,
        model_name=model_name,
        model_alias=model_alias,
        spark_master=spark_master,
    )
    log.configure(settings)
    if unless_registered and (champion := registry.resolve(settings)) is not None:
        logger.info("nothing to do: there is a model", model=champion.uri, alias=settings.model_alias)
        return
    dataset = data_module.load(data)
    data_module.require_trainable(dataset)
    registry.client(settings)
    session = spark.session(settings, "sentistream trainer")
    run(session, settings, dataset, grid, Console(stderr=True))
    session.stop()


@app.command()
def evaluate(
    data: DataFiles,
    model: Annotated[
        str, typer.Option(envvar="MODEL", help="models:/NAME@ALIAS or models:/NAME/VERSION.")
    ] = "models:/tweet-sentiment@champion",
    json: Annotated[bool, typer.Option("--json", envvar="JSON", help="One JSON object on standard output.")] = False,
    mlflow_tracking_uri: TrackingUri = None,
    spark_master: SparkMaster = None,
) -> None:
    """Measure a registered model on labelled files: accuracy, macro-F1, confusion matrix, per class."""
    from trainer.evaluation import evaluate_model

    settings = TrainerSettings.from_options(mlflow_tracking_uri=mlflow_tracking_uri, spark_master=spark_master)
    log.configure(settings)
    found = registry.resolve_uri(settings, model)
    rows = data_module.read_all(data)
    session = spark.session(settings, "sentistream trainer")
    result = evaluate_model(registry.load(settings, found), session.createDataFrame(rows), found.labels)
    answer = {"model": found.uri, **result.as_dict()}
    session.stop()
    if json:
        sys.stdout.write(orjson.dumps(answer).decode() + "\n")
    else:
        Console().print(answer)


if __name__ == "__main__":
    command_line.run(app)
