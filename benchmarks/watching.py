"""`python -m benchmarks.watching`: the Live page beside a silver that moves: from commit to browser, what viewers cost, what is transferred, memory.

Batches are committed as the stream's sink does, at a rate; the service is a process of its own, without a champion. What counts of viewers is the
service's processor time with fifty of them less that with one, both beside the same commits. With Playwright and Chromium the time until the page's own
text has changed is measured, too.
"""

import json
import re
import shutil
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from urllib.request import urlopen

import numpy as np
import psutil
import pyarrow as pa
import typer

from benchmarks.stage import ROOT
from sentistream.contracts.labels import SENTIMENTS
from sentistream.kafka.embedded_broker import free_port
from sentistream.kafka.topic import Topic
from sentistream.lake.lake import Lake
from sentistream.lake.schema import create
from sentistream.lake.tables import SCORED, TABLES
from stream_processor.stream.finisher import stamped
from stream_processor.stream.parsing.parse import HEADERS, parse
from stream_processor.stream.sink.lake_sink import LakeSink

FOLDER = ROOT / ".local" / "bench" / "watching"
COMMITS_A_SECOND = 4
CHROMIUM = "/usr/bin/chromium"
LINKED = re.compile(r'(?:href|src|data-worker)="(/static/[^"]+)"')
SEEN = """() => {
  const at = document.getElementById("snapshot"); window.seen = [];
  new MutationObserver(() => { const text = at.textContent; requestAnimationFrame(() => requestAnimationFrame(
    () => window.seen.push([text, Date.now()]))); }).observe(at, { childList: true, characterData: true, subtree: true });
}"""
app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(
    rate: Annotated[int, typer.Option(min=COMMITS_A_SECOND, help="Tweets a second.")] = 1_000,
    seconds: Annotated[float, typer.Option(min=5, help="Of each measurement.")] = 30,
    viewers: Annotated[int, typer.Option(min=2, help="How many watch in the end.")] = 50,
) -> None:
    """Measure, and print a line each."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    lake = Lake(str(FOLDER / "lake"))
    for table in TABLES:
        create.create(lake, table)
    with _committing(lake, rate), _service(lake) as (port, process):
        page = urlopen(f"http://127.0.0.1:{port}/").read()
        files = {*LINKED.findall(page.decode()), "/static/events.js", "/static/figures.js"}
        linked = sum(len(urlopen(f"http://127.0.0.1:{port}{file}").read()) for file in files)
        _tell("first page, with all it links to", (len(page) + linked) / 1000, "kB")
        shares = {}
        for number in (0, 1, viewers):
            with ExitStack() as stack:
                watches = [stack.enter_context(_watching(port)) for _ in range(number)]
                time.sleep(2)
                before = sum(process.cpu_times()[:2])
                time.sleep(seconds)
                shares[number] = (sum(process.cpu_times()[:2]) - before) / seconds
            _tell(f"of a core with {number} viewers", 100 * shares[number], "%")
            if number == 1:
                _tell_latency("committed to event", lake, watches[0])
        _tell(f"of a core that {viewers} viewers cost more than one", 100 * (shares[viewers] - shares[1]), "%")
        _tell_pixels(lake, port, seconds)
        _tell("memory of the service", process.memory_info().rss / 2**20, "MiB")


@contextmanager
def _committing(lake: Lake, rate: int) -> Iterator[None]:
    ended = threading.Event()

    def commit() -> None:
        topic = Topic("tweets", "id-1", (0,))
        sink, draw, start, size = LakeSink(lake, topic), np.random.default_rng(1), 0, rate // COMMITS_A_SECOND
        due = time.monotonic()
        while not ended.wait(max(0.0, due - time.monotonic())):
            due += 1 / COMMITS_A_SECOND
            sink.append(_batch(draw, start, size))
            start += size

    thread = threading.Thread(target=commit)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _batch(draw: np.random.Generator, start: int, size: int) -> pa.Table:
    now = datetime.now(UTC)
    values = [
        b'{"data": {"id": "%d", "text": "an invented tweet, number %d"}}' % (n + 1, n)
        for n in range(start, start + size)
    ]
    records = {
        "key": pa.nulls(size, pa.binary()),
        "value": pa.array(values, pa.binary()),
        "value_bytes": pa.array(list(map(len, values)), pa.int32()),
        "topic": pa.array(["tweets"] * size),
        "partition": pa.array([0] * size, pa.int32()),
        "offset": pa.array(range(start, start + size), pa.int64()),
        "timestamp": pa.array([now] * size, pa.timestamp("us", "UTC")),
        "headers": pa.nulls(size, HEADERS),
    }
    p = draw.random(size)
    rows = parse(pa.table(records))
    own = {
        "p_positive": pa.array(p),
        "sentiment": pa.array([SENTIMENTS[int(each * 3)] for each in p]),
        "model_name": pa.array(["tweet-sentiment"] * size),
        "model_version": pa.array([1] * size, pa.int32()),
    }
    for name, column in own.items():
        rows = rows.append_column(name, column)
    return stamped(rows, now)


@contextmanager
def _service(lake: Lake) -> Iterator[tuple[int, psutil.Process]]:
    port = free_port()
    options = ("--web-port", str(port), "--lake-uri", lake.uri, "--mlflow-tracking-uri", f"sqlite:///{FOLDER}/none.db")
    process = subprocess.Popen([sys.executable, "-m", "web_service", *options], cwd=ROOT)  # noqa: S603 - our own
    try:
        while True:
            with suppress(OSError):
                if json.load(urlopen(f"http://127.0.0.1:{port}/live/state"))["versions"]:
                    break
            time.sleep(0.2)
        yield port, psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait()


@contextmanager
def _watching(port: int) -> Iterator[list[tuple[float, bytes]]]:
    """A viewer: what it was sent, and when."""
    heard: list[tuple[float, bytes]] = []
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(b"GET /live/events HTTP/1.1\r\nHost: localhost\r\n\r\n")

        def read() -> None:
            with suppress(OSError):
                while content := connection.recv(1 << 20):
                    heard.append((time.time(), content))

        thread = threading.Thread(target=read, daemon=True)
        thread.start()
        yield heard
        connection.shutdown(socket.SHUT_RDWR)
        thread.join()


def _committed(lake: Lake, version: int) -> float:
    return (Path(lake.location(SCORED)) / "_delta_log" / f"{version:020d}.json").stat().st_mtime


def _tell_latency(name: str, lake: Lake, heard: list[tuple[float, bytes]]) -> None:
    """A message may tell several commits; the last one counts, whose rows are the newest."""
    seen = [
        (at, int(number))
        for at, content in heard
        for number in re.findall(rb'"versions":\[\["silver",(\d+)\]\]', content)[-1:]
    ]
    _tell_first(name, lake, seen)


def _tell_first(name: str, lake: Lake, seen: list[tuple[float, int]]) -> None:
    first: dict[int, float] = {}
    for at, version in seen[1:]:
        first.setdefault(version, at)
    with_log = [1000 * (at - _committed(lake, version)) for version, at in first.items()]
    _tell(f"{name}, p50 of {len(with_log)}", statistics.median(with_log), "ms")
    _tell(f"{name}, p99", float(np.percentile(with_log, 99)), "ms")


def _tell_pixels(lake: Lake, port: int, seconds: float) -> None:
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        print("committed to pixels: not measured, there is no Playwright")  # noqa: T201
        return
    flags = ["--no-sandbox", "--disable-dev-shm-usage"]
    with sync_playwright() as playwright, playwright.chromium.launch(executable_path=CHROMIUM, args=flags) as browser:
        page = browser.new_page()
        page.goto(f"http://127.0.0.1:{port}/")
        page.evaluate(SEEN)
        page.wait_for_timeout(1000 * seconds)
        seen = [(at / 1000, int(re.sub(r"\D", "", text))) for text, at in page.evaluate("window.seen")]
        heap = page.evaluate("performance.memory?.usedJSHeapSize ?? 0") / 2**20
    _tell_first("committed to pixels", lake, seen)
    _tell("heap of the page", heap, "MiB")


def _tell(name: str, value: float, unit: str) -> None:
    print(f"{name}: {value:,.1f} {unit}", flush=True)  # noqa: T201


if __name__ == "__main__":
    app()
