"""`python -m benchmarks.serving`: the web service beside MLflow's own server, one version, one body, in turn; what counts are the ratios of one run.

MLflow's server is asked twice: with the version's `python_function`, and with `mlflow.spark` in its place, as MLflow itself writes it. Each server
is pinned to one core, the load comes from the others.
"""

import http.client
import os
import shutil
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import mlflow
import orjson
import typer
from mlflow.models import Model

from benchmarks import model as models
from benchmarks.stage import ROOT
from benchmarks.texts import texts
from sentistream.kafka.embedded_broker import free_port

FOLDER = ROOT / ".local" / "bench" / "serving"
START_SECONDS = 180
CONNECTIONS = 8
app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(
    data: Annotated[
        Path | None, typer.Option(help="Labelled tweets: trained on, and sent; else invented ones.")
    ] = None,
    seconds: Annotated[float, typer.Option(min=1, help="Of each measurement.")] = 10,
    rounds: Annotated[int, typer.Option(min=1, help="How often each server is asked, in turn.")] = 3,
    core: Annotated[int, typer.Option(min=0, help="The servers'; the load takes the others.")] = 0,
) -> None:
    """Measure single texts and bodies of 100, and print requests a second."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    files = models.champion(FOLDER, data).parent
    drawn = texts(data)[:5_000]
    pinned = ["taskset", "--cpu-list", str(core), sys.executable, "-m"]
    of_mlflow = [
        *pinned,
        "mlflow",
        "models",
        "serve",
        "--env-manager",
        "local",
        "--host",
        "127.0.0.1",
        "--workers",
        "1",
    ]
    servers = {
        "web service": ([*pinned, "web_service"], "--web-port", "/v2/health/ready"),
        "MLflow, python_function": ([*of_mlflow, "-m", str(files)], "--port", "/ping"),
        "MLflow, spark": ([*of_mlflow, "-m", str(_by_spark(files))], "--port", "/ping"),
    }
    os.sched_setaffinity(0, os.sched_getaffinity(0) - {core} or {core})
    for size in (1, 100):
        bodies = [
            orjson.dumps({"dataframe_split": {"columns": ["text"], "data": [[text] for text in drawn[at : at + size]]}})
            for at in range(0, len(drawn) - size + 1, size)
        ]
        rates: dict[str, list[float]] = {name: [] for name in servers}
        for _ in range(rounds):
            for name, (command, option, health) in servers.items():
                with _running(command, option, health) as port:
                    _flat_out(port, bodies, 1.0)
                    rates[name].append(_flat_out(port, bodies, seconds))
        _tell(size, rates)


def _by_spark(files: Path) -> Path:
    """A copy of a version whose `python_function` is that of `mlflow.spark`."""
    copy = Path(shutil.copytree(files, FOLDER / "by-spark"))
    described = Model.load(str(copy / "MLmodel"))
    mlflow.pyfunc.add_to_model(described, loader_module="mlflow.spark", data="sparkml")
    described.save(str(copy / "MLmodel"))
    return copy


@contextmanager
def _running(command: Sequence[str], option: str, health: str) -> Iterator[int]:
    """A server that answers; its port."""
    port = free_port()
    # MLflow starts uvicorn by its name.
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PATH": path}
    with (FOLDER / "server.log").open("ab") as log:
        process = subprocess.Popen(  # noqa: S603 - our own commands
            [*command, option, str(port)], cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True
        )
    try:
        deadline = time.monotonic() + START_SECONDS
        while not _answers(port, health):
            if process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"The server did not start; {FOLDER / 'server.log'} says why.")
            time.sleep(0.5)
        yield port
    finally:
        os.killpg(process.pid, 15)
        process.wait()


def _answers(port: int, path: str) -> bool:
    try:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except OSError:
        return False


def _flat_out(port: int, bodies: Sequence[bytes], seconds: float) -> float:
    """Requests a second over kept connections."""
    done, ended = [0] * CONNECTIONS, time.monotonic() + seconds

    def ask(first: int) -> None:
        connection, at = http.client.HTTPConnection("127.0.0.1", port), first
        while time.monotonic() < ended:
            connection.request("POST", "/invocations", bodies[at % len(bodies)], {"Content-Type": "application/json"})
            answer = connection.getresponse()
            answer.read()
            if answer.status != 200:
                raise SystemExit(f"{answer.status} from port {port}")
            done[first], at = done[first] + 1, at + CONNECTIONS

    asking = [threading.Thread(target=ask, args=(number,)) for number in range(CONNECTIONS)]
    for each in asking:
        each.start()
    for each in asking:
        each.join()
    if 0 in done:
        raise SystemExit("A connection got no answer.")
    return sum(done) / seconds


def _tell(size: int, rates: Mapping[str, Sequence[float]]) -> None:
    ours = statistics.median(rates["web service"])
    for name, values in rates.items():
        middle = statistics.median(values)
        sys.stdout.write(
            f"bodies of {size:>3}, {name:<24} {middle:>10,.1f} requests/s ({min(values):,.1f}–{max(values):,.1f}); the web service {ours / middle:.1f} ×\n"
        )


if __name__ == "__main__":
    app()
