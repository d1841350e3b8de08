"""`python -m benchmarks.explore`: what Explore's questions take, over a day of silver and a week of gold; seconds by the clock and of the processors.

`--prepare` makes the lakes (some 12 GB for a whole day, and an hour of two cores), and each later run asks them. Texts are invented and all different, so that
no dictionary makes them cheap to read. Each question is asked anew, in a box of its own, as the page asks it; the first time the files may be cold.
"""

import resource
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc
import typer
from deltalake import write_deltalake

from benchmarks.scored import ScoredRows
from benchmarks.stage import tables_once
from benchmarks.texts import texts
from sentistream.lake.lake import Lake
from sentistream.lake.query import box, pinned
from sentistream.lake.query.bounds import Bounds, mib
from sentistream.lake.query.pinned import Pinned
from sentistream.lake.schema.create import create
from sentistream.lake.tables import SCORED, Table
from web_service.explore import answer, tweets, words
from web_service.explore.answer import BY, READ_AT_ONCE, Shown
from web_service.explore.asking import Asked
from web_service.explore.selection import Selection
from web_service.explore.words import Sampled
from web_service.settings import WebSettings

FOLDER = Path(".local/bench/explore").absolute()
FILE_ROWS = 1_500_000
"""Of a file as maintenance leaves it (128 MiB)."""
KEYWORD = "trains"
RARE = 0.002
"""Of the tweets hold the keyword."""
app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(
    prepare: Annotated[bool, typer.Option(help="Make the lakes, and end.")] = False,
    rows: Annotated[int, typer.Option(min=100_000, help="Of the day of silver.")] = 86_400_000,
    hours: Annotated[
        float, typer.Option(min=0.1, help="Over which these are spread; the must-reach lines are of 24.")
    ] = 24,
    week: Annotated[int, typer.Option(min=100_000, help="Tweets of the week that gold counts.")] = 8_640_000,
    repeats: Annotated[int, typer.Option(min=1)] = 3,
) -> None:
    """Measure, and print JSON."""
    if prepare:
        shutil.rmtree(FOLDER, ignore_errors=True)
        _fill(_lake("day"), rows, timedelta(hours=hours))
        _fill(_lake("week"), week, timedelta(days=7))
        tables_once(_lake("week"))
        return
    settings = WebSettings()
    bounds = Bounds(mib(settings.web_question_memory), threads=2, seconds=settings.web_question_seconds)
    found = {name: [_measured(bounds, tables, work) for _ in range(repeats)] for name, tables, work in _questions()}
    result = {name: {key: [each[key] for each in runs] for key in runs[0]} for name, runs in found.items()}
    result["peak MiB of this process"] = {"all": [resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]}
    typer.echo(orjson.dumps(result, option=orjson.OPT_INDENT_2).decode())


def _questions() -> Iterator[tuple[str, dict[Table, Pinned], Callable[[Asked], int]]]:
    week, day = (_opened(name) for name in ("week", "day"))
    of_week, end = Selection(_end(week) - timedelta(days=7), _end(week)), _end(day)
    of_day = Selection(end - timedelta(days=1), end)
    of_rule = replace(of_week, rule="rule 1", languages=("es",))
    yield "gold, a week", week, lambda asked: _page(asked, week, of_week)
    yield "gold, a week, a language and a rule", week, lambda asked: _page(asked, week, of_rule)
    hour = replace(of_day, since=end - timedelta(hours=1), keyword=KEYWORD)
    keyword = replace(of_day, keyword=KEYWORD)
    yield "keyword, an hour", day, lambda asked: _charts(asked, day, hour)
    yield "keyword, a day, first answer", day, lambda asked: _charts(asked, day, keyword)
    yield "keyword, a day, exact", day, lambda asked: _charts(asked, day, keyword, exact=True)
    yield "words of an hour with a keyword", day, lambda asked: _words(asked, day, hour)
    yield "newest tweets of a day", day, lambda asked: _newest(asked, day, of_day)


def _charts(asked: Asked, tables: dict[Table, Pinned], chosen: Selection, exact: bool = False) -> int:
    return _tweets_of(answer.shown(asked, answer.counted(asked, tables, chosen, exact)))


def _page(asked: Asked, tables: dict[Table, Pinned], chosen: Selection) -> int:
    """All that a page asks gold: the time before, too."""
    counted = answer.counted(asked, tables, chosen, exact=False)
    before = answer.counted(asked, tables, chosen.before(), exact=False, n="_other")
    shown = answer.shown(asked, counted)
    answer.held_against(asked, counted, before)
    return _tweets_of(shown)


def _tweets_of(shown: dict[str, Shown]) -> int:
    """How many tweets were selected, so that a question that finds nothing is seen."""
    return sum(row["tweets"] for row in shown["totals"].rows.to_pylist())


def _words(asked: Asked, tables: dict[Table, Pinned], chosen: Selection) -> int:
    silver = tables[SCORED]
    silver.show(asked.connection, silver.files.within(chosen.since, chosen.until))
    return len(asked.answer(words.of_sentiments(chosen, Sampled())))


def _newest(asked: Asked, tables: dict[Table, Pinned], chosen: Selection) -> int:
    silver = tables[SCORED]
    files = silver.files.within(chosen.since, chosen.until)
    since = tweets.begin(files, chosen.since, READ_AT_ONCE)
    silver.show(asked.connection, files.within(since, chosen.until))
    return len(asked.answer(tweets.newest(chosen, since)))


def _measured(bounds: Bounds, tables: dict[Table, Pinned], work: Callable[[Asked], int]) -> dict[str, float]:
    began, used = time.perf_counter(), time.process_time()
    with box.opened(bounds, reach=[folder for each in tables.values() for folder in each.reach]) as opened:
        opened.close()
        found = work(Asked(opened))
    return {
        "tweets": found,
        "seconds": round(time.perf_counter() - began, 3),
        "processor seconds": round(time.process_time() - used, 3),
    }


def _opened(name: str) -> dict[Table, Pinned]:
    lake = _lake(name)
    found = pinned.pinned(lake, lake.opened(), BY)
    if SCORED not in found:
        raise SystemExit("There are no lakes yet: run with --prepare first.")
    return found


def _lake(name: str) -> Lake:
    return Lake.at(str(FOLDER / name))


def _end(tables: dict[Table, Pinned]) -> datetime:
    """The midnight at which the tweets end."""
    newest = tables[SCORED].newest
    assert newest is not None  # noqa: S101 - it was filled
    return newest.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)


def _fill(lake: Lake, rows: int, length: timedelta) -> None:
    scored = create(lake, SCORED)
    draw, texts_of = ScoredRows(["a tweet"], 0.9), texts(None)
    end = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    names, first = [field.name for field in scored.schema().fields], end - length
    random = np.random.default_rng(11)
    words_of = pa.array(texts_of)
    for start in range(0, rows, FILE_ROWS):
        numbers = np.arange(start, min(rows, start + FILE_ROWS))
        moments = int(first.timestamp() * 1e6) + numbers * (length // timedelta(microseconds=1)) // rows
        batch = draw.batch(start, moments, first)
        said = words_of.take(pa.array(random.integers(0, len(texts_of), len(numbers))))
        keyword = pa.array(np.where(random.random(len(numbers)) < RARE, f" {KEYWORD} ", " "))
        text = pc.binary_join_element_wise(said, keyword, pa.array(numbers).cast(pa.string()), "")
        place = batch.schema.get_field_index("text")
        write_deltalake(scored, batch.set_column(place, "text", text).select(names), mode="append")


if __name__ == "__main__":
    app()
