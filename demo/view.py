"""The live terminal view."""

import time
from dataclasses import dataclass, field

import numpy as np
from rich import box
from rich.console import Group
from rich.panel import Panel
from rich.table import Column, Table
from rich.text import Text

from demo.follower import Seen
from sentistream import palette
from sentistream.contracts.labels import SENTIMENTS
from sentistream.terminal import plain


@dataclass
class Progress:
    """What the view shows beside the rows."""

    stage: str = "starting"
    since: float = field(default_factory=time.monotonic)
    """When the stage began."""
    said: str = ""
    """The last words of the process that is waited for."""
    produced: int = 0
    model: str = "none yet"
    started: float = 0.0


def percentiles(latencies_ms: list[float]) -> dict[str, float]:
    """p50 and p99 in milliseconds; empty while nothing was seen."""
    if not latencies_ms:
        return {}
    return {name: round(float(np.percentile(latencies_ms, q)), 1) for name, q in (("p50", 50), ("p99", 99))}


def line(progress: Progress, seen: Seen) -> str:
    """One line for a log or a pipe."""
    return f"{progress.stage}: produced {progress.produced:,}, scored {seen.scored:,}, rejected {seen.rejected:,}"


def render(progress: Progress, seen: Seen) -> Group:
    """The whole view."""
    rate = seen.scored / max(time.monotonic() - progress.started, 0.1) if progress.started else 0.0
    latency = percentiles(seen.latencies_ms)
    numbers = Table.grid(padding=(0, 3))
    numbers.add_row("produced", f"{progress.produced:,}", "rate", f"{rate:,.0f}/s")
    numbers.add_row("scored", f"{seen.scored:,}", "latency p50", f"{latency['p50']:,.0f} ms" if latency else "–")
    numbers.add_row("rejected", f"{seen.rejected:,}", "latency p99", f"{latency['p99']:,.0f} ms" if latency else "–")
    numbers.add_row("model", progress.model, "", "")
    title = f"sentistream · {progress.stage} · {time.monotonic() - progress.since:.0f} s"
    # While nothing streams, what the awaited process says is all that moves.
    below = shares(seen) if seen.scored else plain(progress.said, width=90)
    return Group(
        Panel(Group(numbers, below), title=plain(title), box=box.ROUNDED),
        latest(seen),
    )


def shares(seen: Seen) -> Text:
    """One bar for the share of each sentiment."""
    total = sum(seen.sentiments.values())
    bar = Text()
    for name in SENTIMENTS if total else ():
        share = seen.sentiments[name] / total
        bar.append("█" * round(40 * share), palette.COLOURS[name])
        bar.append(f" {name} {share:.0%}  ")
    return bar


def latest(seen: Seen) -> Table:
    """The latest scored tweets."""
    table = Table("P(positive)", "sentiment", Column("latest tweets", no_wrap=True), box=box.SIMPLE, expand=True)
    for row in list(seen.latest):
        sentiment = row["sentiment"]
        table.add_row(
            f"{row['p_positive']:.2f}", Text(sentiment, palette.COLOURS[sentiment]), plain(row["text"], width=90)
        )
    return table
