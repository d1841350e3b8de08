"""Latency tweet → readable: from a tweet's sending to the moment at which its commit is in the scored table's log.

Everything is on the same cores: the broker, the sender, the processor with its maintenance.
"""

import os
import sys
import time
from contextlib import ExitStack

import numpy as np

from benchmarks.followers import BronzeFollower, CommitFollower, GoldFollower, gold_lags
from benchmarks.measurement import Case
from benchmarks.stage import Memory, Stage, processor_seconds, running, wait_for
from sentistream.lake.lake import Lake
from sentistream.lake.tables import SCORED

GROUP = "latency, tweet to readable"
LEFT_OUT_SECONDS = 10.0
"""The first seconds, in which Spark compiles its plan."""


def case(
    stage: Stage,
    rate: float,
    seconds: float,
    window_seconds: int = 3600,
    remembered: int = 0,
    with_tables: bool = False,
) -> Case:
    """Send at a steady rate for a while; p50, p99 and the highest latency in seconds.

    `remembered` tweets are sent and scored before, so that the window of ids is as large as after that many. `with_tables` keeps bronze
    and gold beside it, as the containers do, and also tells how far each is behind. The details hold the processor seconds that the
    services take for a million tweets, and the memory of all processes together (broker and sender, too).
    """
    topic = f"latency-{rate:g}-{window_seconds}-{time.monotonic_ns()}"
    stage.create_topic(topic)
    environment = stage.environment(topic, topic) | {"DEDUPLICATION_WINDOW_SECONDS": str(window_seconds)}
    if remembered:
        stage.load(topic, rate=0, tweets=remembered)
    folder = stage.folder / topic
    command = [sys.executable, "-m", "stream_processor", "run", "--log-level", "DEBUG"]
    with ExitStack() as stack:
        process = stack.enter_context(running(command, environment, folder / "log"))
        memory, everything = Memory(process.pid), Memory(os.getpid())
        memory.start()
        everything.start()
        measured = [process.pid]
        wait_for(folder / "log", b"streaming", process)
        _wait_for_rows(environment["LAKE_URI"], remembered)
        gold, bronze = GoldFollower(environment["LAKE_URI"]), BronzeFollower(environment["LAKE_URI"])
        if with_tables:
            tables = [sys.executable, "-m", "stream_processor", "tables"]
            keeper = stack.enter_context(running(tables, environment, folder / "tables.log"))
            wait_for(folder / "tables.log", b"keeping", keeper)
            gold.start()
            bronze.start()
            measured.append(keeper.pid)
            of_tables = Memory(keeper.pid)
            of_tables.start()
        follower = CommitFollower(environment["LAKE_URI"])
        follower.start()
        started, used = time.time(), processor_seconds(*measured)
        stage.load(topic, rate, int(rate * seconds), first_id=remembered + 1)
        _wait_for_rows(environment["LAKE_URI"], remembered + int(rate * seconds))
        follower.finish()
        used = (processor_seconds(*measured) - used) * 1e6 / (rate * seconds)
        peak, peak_of_all = memory.finish(), everything.finish()
        peak_of_tables = of_tables.finish() if with_tables else 0.0
        gold.finish()
        bronze.finish()
    found = follower.latencies(started + LEFT_OUT_SECONDS)
    p50, p90, p99 = np.percentile(found, [50, 90, 99])
    name = f"{rate:,.0f} tweets/s" + ("" if window_seconds else ", no window of ids")
    name += ", bronze and gold beside it" if with_tables else ""
    note = f"{seconds:.0f} s" + (f", {remembered:,} ids remembered" if remembered else "")
    details = {"p90": p90, "p99": p99, "max": found.max(), "commits": len(follower.commits), "peak_mib": peak}
    details |= {"peak_of_all_mib": peak_of_all, "processor_seconds_per_million": used}
    if with_tables:
        lags = gold_lags(follower.commits, gold.updates)
        details |= {"peak_of_tables_mib": peak_of_tables, "bronze_lag_max": max(bronze.lags)}
        details |= {"gold_updates": len(lags), "gold_lag_median": np.median(lags), "gold_lag_max": max(lags)}
    return Case(GROUP, name, "s (p50)", [float(p50)], note, {key: float(value) for key, value in details.items()})


def _wait_for_rows(lake_uri: str, rows: int, patience: float = 300) -> None:
    deadline = time.monotonic() + patience
    while True:
        table = Lake.at(lake_uri).open(SCORED)
        held = sum(table.get_add_actions(flatten=True)["num_records"].to_pylist()) if table is not None else 0
        if held >= rows:
            return
        if time.monotonic() > deadline:
            raise RuntimeError(f"{held} of {rows} rows came in {patience:.0f} s")
        time.sleep(1)
