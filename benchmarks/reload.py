"""`python -m benchmarks.reload`: what a reload costs the stream: the latency of tweets sent at a steady rate while the champion moves back and forth.

Both versions have the same model, so that nothing but the reload differs, unless `--other` names one that takes turns with it: a transformer beside a
pipeline, say. Each is read and compiled anew each time.
"""

import re
import shutil
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from benchmarks.followers import CommitFollower, Latencies
from benchmarks.stage import ROOT, Stage, running, wait_for
from sentistream.kafka.embedded_broker import EmbeddedBroker
from sentistream.scoring import registry, registry_connection
from sentistream.scoring.scorer import FLAVOURS
from trainer.selection import sealing
from trainer.settings import TrainerSettings

FOLDER = ROOT / ".local" / "bench" / "reload"
QUIET_SECONDS = 20.0
"""Before the first reload; as in `benchmarks.latency` the first ten of them are left out, in which Spark compiles its plan."""
NEAR_SECONDS = 5.0
"""Before and after the log says that a version was taken: what a reload may delay lies in between."""
TAKEN = re.compile(r"(\S+Z) \[info +\] model reloaded")
app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(
    model: Annotated[
        Path, typer.Argument(help="A registered version's artefact: the folder that holds `sparkml` or `onnx`.")
    ],
    other: Annotated[Path | None, typer.Option(help="Another version's, to take turns with it.")] = None,
    labels: Annotated[str, typer.Option(help="Its label map.")] = "negative,positive",
    scorer: Annotated[str, typer.Option(help="compiled, or stock: part of the query's plan.")] = "compiled",
    rate: Annotated[float, typer.Option(min=1, help="Tweets a second.")] = 1000,
    reloads: Annotated[int, typer.Option(min=0)] = 4,
    every: Annotated[float, typer.Option(min=10, help="Seconds from one promotion to the next.")] = 15,
    data: Annotated[Path | None, typer.Option(help="Labelled tweets to send; else invented ones.")] = None,
) -> None:
    """Measure and print."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    settings = TrainerSettings.from_options(mlflow_tracking_uri=f"sqlite:///{FOLDER / 'mlflow.db'}")
    tags = {registry.LABELS_TAG: labels, registry.BAND_LOW_TAG: "0.4", registry.BAND_HIGH_TAG: "0.6"}
    client = registry_connection.client(settings)
    client.create_registered_model(settings.model_name)
    experiment = client.create_experiment("reload", (FOLDER / "mlartifacts").as_uri())
    versions = []
    for files in (model, other or model):
        tags[registry.FLAVOUR_TAG] = next(flavour for flavour in FLAVOURS if (files / flavour).is_dir())
        run = client.create_run(experiment).info
        client.log_artifacts(run.run_id, str(files), "model")
        source = f"{run.artifact_uri}/model"
        made = client.create_model_version(settings.model_name, source, run_id=run.run_id, tags=tags)
        sealing.seal(settings, int(made.version))
        versions.append(made.version)
    client.set_registered_model_alias(settings.model_name, settings.model_alias, versions[0])
    seconds = QUIET_SECONDS + reloads * every
    with EmbeddedBroker(FOLDER / "broker", fresh=True) as broker:
        stage = Stage(FOLDER, broker, data)
        stage.create_topic("reload")
        environment = stage.environment("reload", "reload") | {
            "MLFLOW_TRACKING_URI": settings.mlflow_tracking_uri,
            "MODEL_CACHE": str(FOLDER / "models"),
        }
        log = FOLDER / "processor.log"
        command = [sys.executable, "-m", "benchmarks.processor", scorer, "run", "--log-level", "DEBUG"]
        with running(command, environment, log) as process:
            wait_for(log, b"streaming", process)
            follower = CommitFollower(environment["LAKE_URI"])
            follower.start()
            started = time.time()
            with stage.loading("reload", rate, int(rate * seconds)) as load:
                for number in range(reloads):
                    time.sleep(max(0.0, started + QUIET_SECONDS + number * every - time.time()))
                    version = versions[(number + 1) % 2]
                    client.set_registered_model_alias(settings.model_name, settings.model_alias, version)
                load.wait()
            time.sleep(5)
            follower.finish()
    moments = [datetime.fromisoformat(found).timestamp() for found in TAKEN.findall(log.read_text())]
    _print(follower, started + QUIET_SECONDS / 2, moments)


def _print(follower: CommitFollower, since: float, moments: list[float]) -> None:
    times = np.array([commit.moment for commit in follower.commits])
    near = np.zeros(len(times), np.bool_)
    for moment in moments:
        near |= np.abs(times - moment) <= NEAR_SECONDS
    gaps = np.diff(times, prepend=times[0])
    after = times > since
    table = Table("commits", "number", "latency p50", "p99", "highest", "gap p50", "p99", "highest", title="seconds")
    for name, chosen in (("within 5 s of a reload", after & near), ("others", after & ~near)):
        if chosen.any():
            found = follower.latencies(since, chosen)
            table.add_row(name, str(chosen.sum()), *_figures(found), *_figures(gaps[chosen]))
    Console().print(table, f"{len(moments)} reloads")


def _figures(seconds: Latencies) -> list[str]:
    return [f"{value:.3f}" for value in (*np.percentile(seconds, [50, 99]), seconds.max())]


if __name__ == "__main__":
    app()
