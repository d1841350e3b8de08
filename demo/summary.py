"""The demo's summary: the balance, the live accuracy on rows that the model never saw, and where to look next."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
from rich.console import Console
from rich.table import Table

from demo.follower import Seen
from demo.view import percentiles
from sentistream.contracts.labels import POLAR, LabelMap
from sentistream.contracts.split import Part, part_of
from sentistream.kafka.topic import Topic
from sentistream.lake.lake import Lake
from sentistream.lake.tables import PER_MINUTE, RAW, REJECTED, SCORED
from stream_processor.offsets import ledger

EVEN = 0.5
QUESTIONS = (
    "SELECT sentiment, count(*) AS tweets, avg(p_positive) AS mean FROM scored_tweets GROUP BY ALL",
    "SELECT text, label, sentiment, p_positive FROM scored_tweets WHERE label <> sentiment ORDER BY abs(p_positive - 0.5) DESC LIMIT 5",
    "SELECT reason, detail, octet_length(value) AS bytes FROM rejected_tweets",
)


@dataclass(frozen=True)
class Kept:
    """What is kept beside the stream."""

    bronze: int
    """Records."""
    gold: int
    """Tweets that its minutes count."""


@dataclass(frozen=True)
class Summary:
    """Counted from the topic and from the tables themselves."""

    produced: int
    scored: int
    rejected: int
    duplicates: int
    latency_ms: dict[str, float]
    rate: float
    accuracy: float | None
    accuracy_rows: int
    decided: float | None
    """Share of these to which the sentiment is a class of the model: the rest is in a two-class model's neutral band, and no error."""
    reasons: dict[str, int]
    model: dict[str, Any]
    bronze: int
    gold: int
    lake: str
    web: dict[str, Any] = field(default_factory=dict)
    """What the web service said of a plain text, and where."""

    @property
    def unaccounted(self) -> int:
        """Invariant 4 holds this at zero."""
        return self.produced - self.scored - self.rejected - self.duplicates

    def as_dict(self) -> dict[str, Any]:
        """What `.local/demo/summary.json` holds."""
        return {
            **{name: getattr(self, name) for name in self.__dataclass_fields__},
            "unaccounted": self.unaccounted,
        }

    def write(self, file: Path) -> None:
        """Write it as JSON."""
        file.write_bytes(orjson.dumps(self.as_dict(), option=orjson.OPT_INDENT_2))


def summarise(lake: Path, tweets: Topic, produced: int, seen: Seen, seconds: float, labels: LabelMap) -> Summary:
    """Count the tables' rows, not what the view has seen go by.

    Args:
        lake: the tables' folder.
        tweets: the topic, whose duplicates the scored table counts.
        produced: records on the topic.
        seen: what the view saw: the latencies.
        seconds: from the producer's start to the last commit.
        labels: the model's classes.
    """
    table = Lake.at(str(lake)).require(SCORED)
    columns = ["text", "sentiment", "p_positive", "label", "model_name", "model_version"]
    scored = table.to_pyarrow_table(columns=columns)
    rejected = Lake.at(str(lake)).require(REJECTED).to_pyarrow_table(columns=["reason"])
    accuracy, rows, decided = held_out_accuracy(scored, labels)
    model = (
        {"name": scored["model_name"][0].as_py(), "version": scored["model_version"][0].as_py()}
        if scored.num_rows
        else {}
    )
    held = kept(lake)
    reasons = {row["values"]: row["counts"] for row in rejected["reason"].value_counts().to_pylist()}
    return Summary(
        produced=produced,
        scored=scored.num_rows,
        rejected=rejected.num_rows,
        duplicates=ledger.sum_of(ledger.tallies(table, tweets).values())["duplicates"],
        latency_ms=percentiles(seen.latencies_ms),
        rate=round(scored.num_rows / seconds, 1),
        accuracy=accuracy,
        accuracy_rows=rows,
        decided=decided,
        reasons=dict(sorted(reasons.items())),
        model=model,
        bronze=held.bronze,
        gold=held.gold,
        lake=str(lake),
    )


def kept(lake: Path) -> Kept:
    """What bronze and gold hold, as their logs and gold's rows say."""
    opened = Lake.at(str(lake))
    raw, gold = opened.open(RAW), opened.open(PER_MINUTE)
    records = pc.sum(pa.table(raw.get_add_actions(flatten=True))["num_records"]).as_py() if raw is not None else 0
    of_all = ds.field("rule") == "*"
    tweets = gold.to_pyarrow_dataset().to_table(["tweets"], filter=of_all)["tweets"] if gold is not None else None
    return Kept(records or 0, 0 if tweets is None else pc.sum(tweets).as_py() or 0)


def held_out_accuracy(scored: pa.Table, labels: LabelMap) -> tuple[float | None, int, float | None]:
    """Of the test rows (by the project's split) with a label that the model knows: its accuracy, their number, and the share that it decides.

    A two-class model's choice is the more probable class: its neutral band is a matter of what is decided.
    """
    columns = (scored[name].to_pylist() for name in ("text", "sentiment", "p_positive", "label"))
    rows = [row for row in zip(*columns, strict=True) if row[3] in labels.names and part_of(row[0]) is Part.TEST]
    if not rows:
        return None, 0, None
    hits = sum(
        label == (sentiment if labels.has_neutral else POLAR[p_positive > EVEN])
        for _, sentiment, p_positive, label in rows
    )
    decided = sum(sentiment in labels.names for _, sentiment, _, _ in rows)
    return round(hits / len(rows), 4), len(rows), round(decided / len(rows), 4)


def show(summary: Summary, console: Console, file: Path, report: Path) -> None:
    """Print the summary, and where it lies, as the trainer's report does."""
    balance = Table("produced", "scored", "rejected", "duplicates", "unaccounted", title="every record accounted for")
    balance.add_row(
        *(f"{getattr(summary, name):,}" for name in ("produced", "scored", "rejected", "duplicates", "unaccounted"))
    )
    console.print(balance)
    reasons = ", ".join(f"{name} {count}" for name, count in summary.reasons.items())
    console.print(f"rejected   {reasons}", highlight=False)
    console.print(
        f"kept       {summary.bronze:,} records as they came (bronze), {summary.gold:,} tweets counted per minute (gold)",
        highlight=False,
    )
    if summary.latency_ms:
        console.print(
            f"latency    p50 {summary.latency_ms['p50']:,.0f} ms, p99 {summary.latency_ms['p99']:,.0f} ms from Kafka to readable",
            highlight=False,
        )
    if summary.accuracy is not None:
        console.print(
            f"accuracy   {summary.accuracy:.1%} on the {summary.accuracy_rows:,} streamed tweets that training never saw "
            f"(model {summary.model['name']} version {summary.model['version']})"
            + (f", of which it decides {summary.decided:.1%}" if summary.decided != 1 else ""),
            highlight=False,
        )
    if summary.web:
        console.print(
            f"web        {summary.web['address']} called a plain sentence {summary.web['sentiment']} ({summary.web['p_positive']:.2f}); "
            f"its token: {summary.web['token']}",
            highlight=False,
            soft_wrap=True,
        )
    console.print(f"lake       {summary.lake}\nsummary    {file}\nreport     {report}", highlight=False, soft_wrap=True)
    console.print("\nThree questions to ask it (no Spark needed):")
    for command in queries(summary.lake):
        console.print(f"  {command}", highlight=False, soft_wrap=True, markup=False)


def queries(lake: str) -> list[str]:
    """Commands that answer from the tables."""
    ask = f".venv/bin/python -m sentistream lake query --lake-uri {lake}"
    return [f'{ask} "{question}"' for question in QUESTIONS]
