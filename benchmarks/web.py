"""`python -m benchmarks.web`: the web service on one core: requests and texts a second, latency, a switch under load, memory, and the stream's own bits.

The load comes from another core, by raw sockets that are kept alive. It is measured against a server that answers without work, too: where its own limit
is near, the service's figure is only a lower bound, which is said.
"""

import asyncio
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Annotated
from urllib.request import urlopen

import numpy as np
import orjson
import typer
import uvloop

from benchmarks import model as models
from benchmarks.stage import ROOT
from benchmarks.texts import texts
from sentistream.contracts import tweet_text
from sentistream.errors import UserError
from sentistream.files import reading
from sentistream.files.rows import TweetRow
from sentistream.kafka.embedded_broker import free_port
from sentistream.scoring import registry, registry_connection
from sentistream.scoring.scorer import load
from sentistream.settings import RegistrySettings

FOLDER = Path(".local/bench/web").absolute()
SHARED = ROOT.parent / "shared" / "data"
CONNECTIONS = 16
BODY_TEXTS = 1_000
STEADY_RATE = 500
NEAR = 1.5
"""Where the load's own limit is less than so many times the service's figure, that is only a lower bound."""
ANSWER = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}"
app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


class Client:
    """One connection that is kept alive."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    async def connect(cls, port: int) -> "Client":
        """To the service."""
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    async def ask(self, body: bytes, path: str = "/score") -> tuple[int, bytes]:
        """Status and body of an answer."""
        head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        self._writer.write(head.encode() + body)
        answer = await self._reader.readuntil(b"\r\n\r\n")
        length = answer.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
        return int(answer[9:12]), await self._reader.readexactly(int(length))

    def close(self) -> None:
        """End it."""
        self._writer.close()


@contextmanager
def service(core: int) -> Iterator[tuple[int, int]]:
    """A service on one core: its port and its process."""
    port = free_port()
    with _running(core, port, "-m", "web_service", "--web-port", str(port)) as process:
        yield port, process


@contextmanager
def mlflow_server(core: int, model: str) -> Iterator[int]:
    """MLflow's own server of a version's `python_function`, one worker on one core: its port."""
    port = free_port()
    words = ("models", "serve", "--model-uri", model, "--port", str(port), "--env-manager", "local", "--workers", "1")
    with _running(core, port, "-m", "mlflow", *words):
        yield port


@contextmanager
def _running(core: int, port: int, *arguments: str) -> Iterator[int]:
    """A Python process on one core that answers `/ping`; its number."""
    command = ["taskset", "--cpu-list", str(core), sys.executable, *arguments]
    # MLflow calls a `uvicorn` of the path.
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "CHAMPION_CHECK_SECONDS": "0.5", "WEB_TEXTS": str(BODY_TEXTS)}
    process = subprocess.Popen(command, cwd=ROOT, env=environment)  # noqa: S603 - our own module, or MLflow's
    try:
        while True:
            try:
                urlopen(f"http://127.0.0.1:{port}/ping").close()
                break
            except OSError:
                if process.poll() is not None:
                    raise SystemExit(f"{arguments[1]} ended; what it printed says why.") from None
                time.sleep(0.2)
        yield process.pid
    finally:
        process.terminate()
        process.wait()


async def flat_out(port: int, bodies: Sequence[bytes], connections: int, seconds: float, path: str = "/score") -> float:
    """Requests a second."""
    ended, done = time.perf_counter() + seconds, 0

    async def work(first: int) -> None:
        nonlocal done
        client, number = await Client.connect(port), first
        while time.perf_counter() < ended:
            status, _ = await client.ask(bodies[number % len(bodies)], path)
            assert status == 200, status  # noqa: S101 - else nothing is measured
            done, number = done + 1, number + connections
        client.close()

    began = time.perf_counter()
    await asyncio.gather(*(work(number) for number in range(connections)))
    return done / (time.perf_counter() - began)


async def steady(port: int, bodies: Sequence[bytes], seconds: float) -> tuple[list[float], list[int], int]:
    """At `STEADY_RATE`, from when a request was due: seconds of each, the versions that answered, and how many failed."""
    clients: asyncio.Queue[Client] = asyncio.Queue()
    for _ in range(CONNECTIONS):
        clients.put_nowait(await Client.connect(port))
    taken, versions, failed = list[float](), list[int](), 0

    async def one(number: int, due: float) -> None:
        nonlocal failed
        client = await clients.get()
        try:
            status, answer = await client.ask(bodies[number % len(bodies)])
            failed += status != 200
            versions.append(orjson.loads(answer)["model"]["version"] if status == 200 else 0)
        except (OSError, asyncio.IncompleteReadError):
            failed += 1
        taken.append(time.perf_counter() - due)
        clients.put_nowait(client)

    began, running = time.perf_counter(), set[asyncio.Task[None]]()
    for number in range(int(STEADY_RATE * seconds)):
        due = began + number / STEADY_RATE
        if (wait := due - time.perf_counter()) > 0:
            await asyncio.sleep(wait)
        task = asyncio.create_task(one(number, due))
        running.add(task)
        task.add_done_callback(running.discard)
    await asyncio.gather(*running)
    return taken, versions, failed


@asynccontextmanager
async def idle_server() -> AsyncIterator[int]:
    """A server that answers without work, on the load's own core: what the load can do at most."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                await reader.readexactly(int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]))
                writer.write(ANSWER)
        except asyncio.IncompleteReadError:
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def limit_of_the_load(bodies: Sequence[bytes], seconds: float) -> float:
    """Requests a second that the load makes where both ends are its own core's: less than it can do alone."""
    async with idle_server() as port:
        return await flat_out(port, bodies, CONNECTIONS, seconds)


def resident_mib(process: int) -> float:
    """Of the service, as the system counts it (VmRSS)."""
    status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def promote(settings: RegistrySettings, number: int) -> None:
    """Have the alias name a version."""
    registry_connection.client(settings).set_registered_model_alias(
        settings.model_name, settings.model_alias, str(number)
    )


def registered_again(settings: RegistrySettings, number: int) -> int:
    """The same files as another version; its number."""
    client = registry_connection.client(settings)
    known = client.get_model_version(settings.model_name, str(number))
    made = client.create_model_version(settings.model_name, known.source or "", run_id=known.run_id, tags=known.tags)
    return int(made.version)


async def rows_that_differ(port: int, settings: RegistrySettings, files: Sequence[Path]) -> tuple[int, int]:
    """Of all rows of files that the stream would score, how many there are, and how many have other bits than its scorer gives."""
    version = registry.resolve(settings)
    assert version is not None  # noqa: S101 - it answers
    scorer, client, rows, different = load(settings, version), await Client.connect(port), 0, 0
    for file in files:
        try:
            found = [row.text for row in reading.labelled(file) if isinstance(row, TweetRow)]
        except UserError as refused:
            _say("the stream's bits", f"skipped {file.name}: {refused}", "")
            continue
        sound = [text for text in found if tweet_text.fault(text) is None]
        for begin in range(0, len(sound), BODY_TEXTS):
            part = sound[begin : begin + BODY_TEXTS]
            _, answer = await client.ask(orjson.dumps(part))
            served = np.array([each["p_positive"] for each in orjson.loads(answer)["results"]])
            different += int((served != scorer.score(part)[:, 1]).sum())
            rows += len(part)
    client.close()
    return rows, different


@app.command()
def main(
    data: Annotated[Path | None, typer.Option(help="A labelled file: trained on, and asked for.")] = None,
    seconds: Annotated[float, typer.Option(min=1, help="Of each measurement.")] = 10,
    core: Annotated[int, typer.Option(min=0, help="The service's; the load takes the others.")] = 0,
) -> None:
    """Measure all of it and print a line a figure."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    models.champion(FOLDER, data)
    settings = RegistrySettings.from_options()
    uvloop.install()
    drawn = [text for text in texts(data) if tweet_text.fault(text) is None][:20_000]
    single = [orjson.dumps(text) for text in drawn]
    many = [orjson.dumps((drawn * 2)[begin : begin + BODY_TEXTS]) for begin in range(0, len(drawn), BODY_TEXTS)]
    with service(core) as (port, process):
        os.sched_setaffinity(0, os.sched_getaffinity(0) - {core} or {core})
        _say("memory", f"{resident_mib(process):.0f} MiB resident", "< 250 MiB")
        limit = asyncio.run(limit_of_the_load(single, seconds / 2))
        reached = asyncio.run(flat_out(port, single, CONNECTIONS, seconds))
        bound = " (a lower bound: the load itself makes no more)" if limit < NEAR * reached else ""
        _say("single texts", f"{reached:,.0f} requests/s{bound}; the load's own limit {limit:,.0f}", "≥ 2,000")
        _say(
            f"bodies of {BODY_TEXTS:,}",
            f"{BODY_TEXTS * asyncio.run(flat_out(port, many, 2, seconds)):,.0f} texts/s",
            "≥ 100,000",
        )
        ours = asyncio.run(flat_out(port, _invocations(drawn), CONNECTIONS, seconds, "/invocations"))
        taken, _, _ = asyncio.run(steady(port, single, seconds))
        p50, p99 = (1000 * each for each in (statistics.median(taken), float(np.percentile(taken, 99))))
        _say(f"at {STEADY_RATE}/s", f"p50 {p50:.1f} ms, p99 {p99:.1f} ms", "p99 ≤ 10 ms")
        asyncio.run(_switch(port, settings, single))
        _say("memory after that", f"{resident_mib(process):.0f} MiB resident", "< 250 MiB")
        files = sorted(each for each in SHARED.rglob("*") if each.suffix in {".csv", ".tsv"}) if SHARED.is_dir() else []
        if not files:
            _say("the stream's bits", f"skipped: there is no {SHARED}", "all")
        else:
            rows, different = asyncio.run(rows_that_differ(port, settings, files))
            _say("the stream's bits", f"{rows - different:,} of {rows:,} rows of {len(files)} files", "all")
    version = registry.resolve(settings)
    assert version is not None  # noqa: S101 - it answered
    with mlflow_server(core, version.uri) as port:
        theirs = asyncio.run(flat_out(port, _invocations(drawn), CONNECTIONS, seconds, "/invocations"))
    _say(
        "MLflow's own server",
        f"{theirs:,.0f} requests/s of its `python_function`, ours {ours:,.0f} at the same door: {ours / theirs:.1f} ×",
        "reported",
    )


def _invocations(texts: Sequence[str]) -> list[bytes]:
    """Each text as MLflow's protocol has it."""
    return [orjson.dumps({"dataframe_split": {"columns": ["text"], "data": [[text]]}}) for text in texts]


async def _switch(port: int, settings: RegistrySettings, bodies: Sequence[bytes]) -> None:
    """Another champion while requests come at `STEADY_RATE`."""
    before = registry.resolve(settings)
    assert before is not None  # noqa: S101 - it answers
    asking = asyncio.create_task(steady(port, bodies, 20))
    await asyncio.sleep(1)
    number = await asyncio.to_thread(registered_again, settings, before.version)
    await asyncio.to_thread(promote, settings, number)
    taken, versions, failed = await asking
    p99 = 1000 * float(np.percentile(taken, 99))
    _say(
        f"a switch at {STEADY_RATE}/s",
        f"{failed} of {len(taken):,} failed, p99 {p99:.1f} ms, versions {sorted(set(versions))}",
        "0 failed, two versions",
    )


def _say(what: str, reached: str, wanted: str) -> None:
    sys.stdout.write(f"{what:<20} {reached:<80} wanted: {wanted}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    app()
