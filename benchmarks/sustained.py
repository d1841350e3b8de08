"""Kafka → Delta, as fast as it goes: our processor without, with stock and with compiled scoring, and its peers.

Each reads the same tweets from the beginning of the topic. The rate is that of the rows between a table's first and last commit,
so that no one's start counts.
"""

import subprocess
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path

import orjson

from benchmarks.measurement import Case
from benchmarks.stage import ROOT, Memory, Stage, running
from sentistream.lake.tables import SCORED

GROUP = "Kafka to Delta, sustained"
PATIENCE_SECONDS = 300.0
TOPIC = "sustained"
EXACTLY, AT_LEAST = "exactly once", "at least once"
BATCH_ROWS = 50_000
"""Records a batch of the Spark jobs, fewer where there would be too few batches to tell a rate from."""
PEER_BATCH_ROWS = 10_000
"""Records a batch of the peers."""


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
    )
    found = [
        Contender(name, AT_LEAST, module, folder / environment / "bin" / "python", share=10)
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
    found = [_run(stage, contender, pipeline, tweets) for _ in range(repeats)]
    memory = max(mebibytes for _, mebibytes in found)
    return Case(
        GROUP, contender.name, "tweets/s", [rate for rate, _ in found], contender.guarantee, {"peak_mib": memory}
    )


def _run(stage: Stage, contender: Contender, pipeline: Path, tweets: int) -> tuple[float, float]:
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
    with running(command, environment, stage.folder / case / "log") as process:
        memory = Memory(process.pid)
        memory.start()
        _wait(process, table, tweets, stage.folder / case / "log")
        peak = memory.finish()
    return rate(table), peak


def _wait(process: subprocess.Popen[bytes], table: Path, tweets: int, log: Path) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while sum(rows for _, rows in commits(table)) < tweets:
        if time.monotonic() > deadline or (process.poll() not in (None, 0)):
            raise RuntimeError(f"{log}: not all tweets came: {log.read_text()[-500:]}")
        time.sleep(1)


def rate(table: Path) -> float:
    """Rows after the first commit by the time between the first and the last."""
    found = commits(table)
    return sum(rows for _, rows in found[1:]) / (found[-1][0] - found[0][0]) if len(found) > 1 else 0.0


def commits(table: Path) -> list[tuple[float, int]]:
    """When each commit that added rows became readable (seconds since 1970), and how many it added."""
    found = []
    for file in sorted((table / "_delta_log").glob("*.json")) if table.exists() else []:
        adds = [orjson.loads(line).get("add") for line in file.read_bytes().splitlines()]
        rows = sum(orjson.loads(add["stats"])["numRecords"] for add in adds if add and add["dataChange"])
        if rows:
            found.append((file.stat().st_mtime, rows))
    return found
