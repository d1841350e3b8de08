"""Kafka → Delta, as fast as it goes: our processor without, with stock and with compiled scoring, and its peers.

Each reads the same tweets from the beginning of the topic. The rate is that of the rows between a table's first and last commit,
so that no one's start counts.
"""

import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import psutil

from benchmarks.measurement import Case
from benchmarks.stage import ROOT, Memory, Stage, processor_seconds, running
from benchmarks.written import DeltaCommits, GrowingLines, Written, rate
from sentistream.lake.tables import SCORED

GROUP = "Kafka to Delta, sustained"
PATIENCE_SECONDS = 300.0
TOPIC = "sustained"
EXACTLY, AT_LEAST = "exactly once", "at least once"
BATCH_ROWS = 50_000
"""Records a batch of the Spark jobs, fewer where there would be too few batches to tell a rate from."""
PEER_BATCH_ROWS = 10_000
"""Records a batch of the peers."""


LOOK_SECONDS = 0.25


@dataclass(frozen=True)
class Run:
    """What one run of a contender gave."""

    tweets_per_second: float
    peak_mib: float
    processor_seconds_per_million: float | None


@dataclass(frozen=True)
class Contender:
    """A program that moves the topic into a table."""

    name: str
    guarantee: str
    module: str
    python: Path = Path(sys.executable)
    arguments: tuple[str, ...] = ()
    share: int = 1
    """It gets this part of the tweets, so that a slow one takes no longer than the others."""
    writes: Callable[[Path], Written] = DeltaCommits

    @property
    def is_ours(self) -> bool:
        """True for the processor itself, which ends when the topic is done."""
        return self.module == "benchmarks.processor"


OURS = (
    Contender("sentistream, unscored", EXACTLY, "benchmarks.processor", arguments=("unscored", "run", "--once")),
    Contender("sentistream, compiled", EXACTLY, "benchmarks.processor", arguments=("compiled", "run", "--once")),
    Contender("sentistream, stock", EXACTLY, "benchmarks.processor", arguments=("stock", "run", "--once"), share=5),
    Contender("Delta-Spark append, unscored", EXACTLY, "benchmarks.peers.delta_spark"),
)


PLAIN = Contender("confluent-kafka + scikit-learn loop", AT_LEAST, "benchmarks.peers.plain", share=10)
SHORT = (OURS[1], replace(PLAIN, share=1))
"""One of ours and one peer on one topic: enough to see that the harness works."""


def peers(folder: Path) -> tuple[Contender, ...]:
    """The peers whose environments are there (`make bench-peers`)."""
    others = (
        ("Quix Streams + scikit-learn", "benchmarks.peers.quix", "quixstreams"),
        ("Bytewax + scikit-learn", "benchmarks.peers.bytewax_flow", "bytewax"),
        ("Pathway + scikit-learn, JSON lines", "benchmarks.peers.pathway_flow", "pathway"),
    )
    lines = {"pathway": GrowingLines}
    found = [
        Contender(
            name,
            AT_LEAST,
            module,
            folder / environment / "bin" / "python",
            share=10,
            writes=lines.get(environment, DeltaCommits),
        )
        for name, module, environment in others
        if (folder / environment / "bin" / "python").exists()
    ]
    return (PLAIN, *found)


def cases(stage: Stage, contenders: tuple[Contender, ...], pipeline: Path, tweets: int, repeats: int) -> list[Case]:
    """Send the tweets once to each size of topic, then let each contender move them `repeats` times."""
    for share in sorted({each.share for each in contenders}):
        stage.create_topic(f"{TOPIC}-{share}")
        stage.load(f"{TOPIC}-{share}", rate=0, tweets=tweets // share)
    return [_case(stage, each, pipeline, tweets // each.share, repeats) for each in contenders]


def _case(stage: Stage, contender: Contender, pipeline: Path, tweets: int, repeats: int) -> Case:
    runs = [_run(stage, contender, pipeline, tweets) for _ in range(repeats)]
    costs = [each.processor_seconds_per_million for each in runs if each.processor_seconds_per_million is not None]
    details = {"peak_mib": max(each.peak_mib for each in runs)}
    details |= {"processor_seconds_per_million": statistics.median(costs)} if costs else {}
    return Case(
        GROUP, contender.name, "tweets/s", [each.tweets_per_second for each in runs], contender.guarantee, details
    )


def _run(stage: Stage, contender: Contender, pipeline: Path, tweets: int) -> Run:
    topic = f"{TOPIC}-{contender.share}"
    case = f"{contender.name.replace(' ', '-')}-{time.monotonic_ns()}"
    environment = stage.environment(case, topic)
    table = Path(environment["LAKE_URI"]) / str(SCORED) if contender.is_ours else stage.folder / case / "table"
    environment |= {
        "BENCH_KAFKA": stage.broker.bootstrap_servers,
        "BENCH_TOPIC": topic,
        "BENCH_GROUP": case,
        "BENCH_TABLE": str(table),
        "BENCH_PIPELINE": str(pipeline),
        "BENCH_BATCH": str(min(PEER_BATCH_ROWS if contender.guarantee == AT_LEAST else BATCH_ROWS, tweets // 6)),
        "MAX_BATCH_ROWS": str(min(BATCH_ROWS, tweets // 6)),
        "LOG_KEPT_COMMITS": "1000000",
        "PYTHONPATH": str(ROOT),
        # One core for the numbers, as everybody has: BLAS threads would only wait for each other.
        "OMP_NUM_THREADS": "1",
    }
    command = [str(contender.python), "-m", contender.module, *contender.arguments]
    written, log = contender.writes(table), stage.folder / case / "log"
    with running(command, environment, log) as process:
        memory = Memory(process.pid)
        memory.start()
        cost = _wait(process, written, tweets, log)
        peak = memory.finish()
    return Run(rate(written.commits()), peak, cost)


def _wait(process: subprocess.Popen[bytes], written: Written, tweets: int, log: Path) -> float | None:
    """Until all tweets are there; processor seconds per million of them from the first look that found some on, None if one look found all."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    looks: list[tuple[int, float]] = []
    while (rows := sum(rows for _, rows in written.commits())) < tweets:
        if time.monotonic() > deadline or (process.poll() not in (None, 0)):
            raise RuntimeError(f"{log}: not all tweets came: {log.read_text()[-500:]}")
        with suppress(psutil.NoSuchProcess):
            looks.append((rows, processor_seconds(process.pid)))
        time.sleep(LOOK_SECONDS)
    # At the last look it may have ended; what it had used is gone with it then.
    with suppress(psutil.NoSuchProcess):
        looks.append((rows, processor_seconds(process.pid)))
    of_rows = [look for look in looks if look[0]]
    if len(of_rows) < 2 or of_rows[-1][0] == of_rows[0][0]:
        return None
    (first, begun), (last, ended) = of_rows[0], of_rows[-1]
    return (ended - begun) / (last - first) * 1e6
