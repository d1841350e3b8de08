"""`python -m benchmarks.drift`: what drift says of real tweets (`../shared/data`, where there are any), by a linear model of Sentiment140's training rows.

A window is 1,000 tweets (2,000 where something is to be found). The model is scikit-learn's logistic regression over hashed words: what is measured is not the model.
"""

import csv
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from statistics import median

import numpy as np
import orjson
import pyarrow as pa
import typer
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline

from benchmarks.stage import ROOT
from sentistream import terminal
from sentistream.contracts import split
from sentistream.contracts.labels import NEGATIVE, NEUTRAL, POLAR, POSITIVE, LabelMap
from sentistream.contracts.split import Part, part_of
from sentistream.drift import profile, verdict
from sentistream.drift.profile import Profile
from sentistream.drift.verdict import Met, Verdict
from sentistream.lake.health import counting
from sentistream.lake.reading import READ_AHEAD
from trainer.data.languages import TELLING

DATA = ROOT.parent / "shared" / "data"
"""Beside the checkout on the build machines."""
SEED = 7
WINDOW, FOUND_WITHIN, LABELLED = 1_000, 2_000, 500
Tweet = tuple[str, str | None]
"""A text, and its label where it has one."""


@dataclass(frozen=True)
class Case:
    """What is met, and what has to be said of it."""

    name: str
    tweets: Sequence[Tweet]
    headline: str
    """The first alarm; empty for none."""


@dataclass(frozen=True)
class Subject:
    """A model with its profile."""

    model: Pipeline
    profile: Profile

    def judged(self, tweets: Sequence[Tweet]) -> Verdict:
        """What drift says of tweets."""
        table = scored(self.model, tweets)
        counts, top = self.profile.yardstick.counted(np.zeros(len(tweets), np.int64), 1, table, np.arange(len(tweets)))
        return verdict.judged(
            self.profile,
            Met(len(tweets), {name: each[0] for name, each in counts.items()}, float(top[0]) / len(tweets)),
        )


def scored(model: Pipeline, tweets: Sequence[Tweet]) -> pa.Table:
    """Tweets with what a model says of them."""
    p = model.predict_proba([text for text, _ in tweets])[:, 1]
    band = np.where(p >= 0.6, POSITIVE, np.where(p <= 0.4, NEGATIVE, NEUTRAL))
    return pa.table(
        {
            "text": pa.array([text for text, _ in tweets], pa.string()),
            "p_positive": pa.array(p),
            "sentiment": pa.array(band.tolist(), pa.string()),
            "label": pa.array([label for _, label in tweets], pa.string()),
        }
    )


def sentiment140() -> list[Tweet]:
    """Tweets of 2009."""
    with (DATA / "sentiment140" / "unique_text.csv").open(encoding="utf-8", newline="") as file:
        return [(row["text"], POSITIVE if row["target"] == "4" else NEGATIVE) for row in csv.DictReader(file)]


def semeval_2017() -> list[Tweet]:
    """Tweets of 2016 and 2017."""
    lines = (DATA / "semeval2017" / "test_2017.tsv").read_text(encoding="utf-8").splitlines()
    return [(text, None) for _, _, text in (line.split("\t", 2) for line in lines)]


def umsab(language: str) -> list[Tweet]:
    """Tweets in a language, but for those that the corpus itself holds escaped (3 % of the Italian ones)."""
    files = (DATA / "umsab" / language / f"{part}_text.txt" for part in ("train", "val", "test"))
    return [
        (line, None)
        for file in files
        for line in file.read_text(encoding="utf-8").splitlines()
        if line.strip() and not re.search(r"\\[nrt\"'u]", line)
    ]


def subject(rows: list[Tweet]) -> tuple[Subject, list[Tweet]]:
    """A model of the training rows with its profile of a half of the test rows, and the other half."""
    parts = {part: [row for row in rows if part_of(row[0]) is part] for part in (Part.TRAIN, Part.TEST)}
    training, test = parts[Part.TRAIN], parts[Part.TEST]
    np.random.default_rng(SEED).shuffle(test)
    model = make_pipeline(HashingVectorizer(n_features=2**18, alternate_sign=False), LogisticRegression(max_iter=200))
    model.fit([text for text, _ in training], [label == POSITIVE for _, label in training])
    half = len(test) // 2
    training_texts = pa.chunked_array([pa.array([text for text, _ in training], pa.string())])
    made = profile.of(LabelMap(POLAR), split.NAME, training_texts, scored(model, test[:half]), TELLING)
    return Subject(model, profile.parse(made.encoded)), test[half:]


def cases(fresh: list[Tweet]) -> Iterator[Case]:
    """What has to be named."""
    some = [(text, None) for text, _ in fresh[:FOUND_WITHIN]]
    for language in ("french", "german", "spanish", "italian", "portuguese", "arabic", "hindi"):
        yield Case(f"another language: {language}", umsab(language)[:FOUND_WITHIN], "languages")
    twice: dict[str, Callable[[str], str]] = {
        "HTML twice": lambda text: escape(escape(text)),
        "JSON twice": lambda text: orjson.dumps(text).decode()[1:-1].replace("'", "\\u0027"),
    }
    for name, escaped in twice.items():
        yield Case(f"double-escaped: {name}", [(escaped(text), None) for text, _ in some], "escapes")
    yield Case("empty: links alone", [("https://t.co/abc", None)] * 600 + some[600:], "empty")
    yield Case("2009 to 2017", semeval_2017()[:FOUND_WITHIN], "words")
    labelled = fresh[:LABELLED]
    exchanged = {POSITIVE: NEGATIVE, NEGATIVE: POSITIVE}
    yield Case("inverted labels, 500 labelled", [(text, exchanged[str(label)]) for text, label in labelled], "accuracy")
    yield Case("inverted labels, none known", [(text, None) for text, _ in labelled], "")
    for points in (-10, 10):
        yield Case(f"shares moved by {points} points", swung(fresh, points), "")


def swung(rows: list[Tweet], points: int) -> list[Tweet]:
    """Tweets of which so many points more are positive, without labels."""
    positive = [row for row in rows if row[1] == POSITIVE]
    negative = [row for row in rows if row[1] == NEGATIVE]
    share = len(positive) / len(rows) + points / 100
    chosen = positive[: int(FOUND_WITHIN * share)] + negative[: FOUND_WITHIN - int(FOUND_WITHIN * share)]
    return [(text, None) for text, _ in chosen]


def cost(made: Subject, rows: list[Tweet]) -> float:
    """Processor microseconds a tweet to count batches as large as they are read of a busy stream, by the median."""
    batch = [rows[place % len(rows)] for place in range(READ_AHEAD["batch_size"])]
    moment = pa.array([datetime(2026, 1, 2, tzinfo=UTC)] * len(batch), counting.INSTANT)
    columns = {
        "lang": pa.array(["en"] * len(batch)),
        "created_at": moment,
        "kafka_timestamp": moment,
        "model_name": pa.array(["tweet-sentiment"] * len(batch)),
        "model_version": pa.array([1] * len(batch), pa.int32()),
    }
    tweets = scored(made.model, batch)
    for name, column in columns.items():
        tweets = tweets.append_column(name, column)
    taken = []
    for _ in range(20):
        started = time.process_time()
        counting.added(counting.counted(tweets, {("tweet-sentiment", 1): made.profile}))
        taken.append((time.process_time() - started) / len(batch) * 1e6)
    return median(taken)


def main(windows: int = 100) -> None:
    """Measure, and exit with 1 where something is not named rightly."""
    from rich.table import Table

    console = terminal.console()
    made, fresh = subject(sentiment140())
    drawn = np.random.default_rng(SEED)
    alarmed, used, tweets = 0, time.process_time(), 0
    for _ in range(windows):
        chosen = [fresh[place] for place in drawn.choice(len(fresh), WINDOW, replace=False)]
        alarms = made.judged(chosen).alarms
        alarmed += bool(alarms)
        tweets += WINDOW
        if alarms:
            console.print(f"false alarm: {alarms}")
    used = time.process_time() - used
    table = Table("what is met", "tweets", "expected", "said", "estimated accuracy", "noticed", "")
    failed = alarmed > windows / 100
    for case in cases(fresh):
        told = made.judged(case.tweets)
        right = case.headline == (told.alarms or [""])[0]
        failed |= not right
        estimated = "unknown" if told.accuracy.estimated is None else f"{told.accuracy.estimated:.1%}"
        noticed = ", ".join(each.trait for each in told.traits if each.noticed)
        table.add_row(
            case.name,
            f"{len(case.tweets):,}",
            case.headline or "no alarm",
            ", ".join(told.alarms) or "no alarm",
            estimated,
            noticed,
            "" if right else "WRONG",
        )
    console.print(table)
    console.print(
        f"{alarmed} of {windows} windows of {WINDOW:,} tweets of the same distribution raise an alarm; held-out accuracy {made.profile.accuracy:.1%}, confidence {made.profile.confidence:.1%}"
    )
    console.print(f"counting in the keeper: {cost(made, fresh):.2f} processor microseconds a tweet of a busy stream")
    console.print(
        f"model and counting: {tweets / used:,.0f} tweets a processor second; profile of {len(made.profile.encoded):,} bytes, {len(made.profile.yardstick.known):,} words"
    )
    raise typer.Exit(int(failed))


if __name__ == "__main__":
    typer.run(main)
