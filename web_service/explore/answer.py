"""What the lake says of a selection: counts from gold or silver, and the charts over them, each with the question that gives the same numbers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa

from sentistream.lake.query.pinned import Pinned
from sentistream.lake.tables import PER_MINUTE, SCORED, Table
from web_service.explore import charts, counting, sampling
from web_service.explore.asking import Asked
from web_service.explore.charts import CHARTS, Chart
from web_service.explore.question import Question
from web_service.explore.sampling import Estimate, Sample
from web_service.explore.selection import ALL, Selection

READ_AT_ONCE = 4_000_000
"""Rows of silver that are read for a first answer; of more a sample."""
IN_SLICE = "SELECT count(*) AS rows FROM scored_tweets WHERE created_at >= $since AND created_at < $until"
BY = {PER_MINUTE: "window_start", SCORED: "created_at"}
"""Table → the column of its times."""


@dataclass(frozen=True)
class Counted:
    """The counts of a selection: of each time, language and rule."""

    selection: Selection
    rows: pa.Table
    """`counting.COLUMNS`; of a sample `slice`, too: the number of the slice that the row is of."""
    question: Question
    """Gives the same rows of the lake's tables, but for `slice`."""
    source: Pinned
    sample: Sample | None = None
    """Of which the counts are; None where they are of all."""
    rows_of_slices: tuple[int, ...] = ()
    """Of silver, selected or not."""

    def share(self, of: str) -> Estimate | None:
        """Between what the share of a sentiment lies in the whole range; None where it is known, or nothing was found."""
        own = self._in_slices(of)
        return sampling.share(own) if own else None

    def _in_slices(self, of: str) -> list[tuple[int, int]]:
        """Of each slice, how many selected tweets have the sentiment, and how many there are."""
        if self.sample is None:
            return []
        has = [[0, 0] for _ in self.sample.slices]
        rule, languages = self.selection.rule or ALL, self.selection.languages
        for row in self.rows.select(["slice", "rule", "lang", of, "tweets"]).to_pylist():
            if row["rule"] == rule and (not languages or row["lang"] in languages):
                has[row["slice"]][0] += row[of]
                has[row["slice"]][1] += row["tweets"]
        return [(each[0], each[1]) for each in has]


@dataclass(frozen=True)
class Shown:
    """A chart's rows, and the question that gives them."""

    chart: Chart
    rows: pa.Table
    question: Question


def source(tables: Mapping[Table, Pinned], selection: Selection) -> Pinned:
    """Which table answers a selection."""
    if selection.of_gold and PER_MINUTE in tables:
        return tables[PER_MINUTE]
    return tables[SCORED]


def is_long(tables: Mapping[Table, Pinned], selection: Selection) -> bool:
    """Whether an exact answer reads more than is read at once."""
    asked = source(tables, selection)
    return asked.table == SCORED and asked.rows_within(selection.since, selection.until) > READ_AT_ONCE


def counted(asked: Asked, tables: Mapping[Table, Pinned], selection: Selection, exact: bool, n: str = "") -> Counted:
    """Count a selection.

    Args:
        asked: where the question is asked.
        tables: what there is to ask.
        selection: what is counted.
        exact: all of it, however many tweets have to be read; else a sample where they are many.
        n: as `counting.counts` has it.
    """
    read_from = source(tables, selection)
    files = read_from.files.within(selection.since, selection.until)
    sample = None
    if not exact and is_long(tables, selection):
        sample = sampling.drawn(selection, read_from.rows_within(selection.since, selection.until))
    question = counting.counts(selection, read_from.table == PER_MINUTE, n, sample.slices if sample else ())
    if sample is None:
        read_from.show(asked.connection, files)
        return Counted(selection, asked.answer(question), question, read_from)
    parts, found = [], []
    for number, (begin, end) in enumerate(sample.slices):
        read_from.show(asked.connection, read_from.files.within(begin, end))
        part = asked.answer(counting.counts(selection, False, n, ((begin, end),)))
        parts.append(part.append_column("slice", pa.repeat(pa.scalar(number, pa.int32()), part.num_rows)))
        found.append(_rows(asked, begin, end))
    return Counted(selection, pa.concat_tables(parts), question, read_from, sample, tuple(found))


def _rows(asked: Asked, begin: datetime, end: datetime) -> int:
    rows: int = asked.answer(Question(IN_SLICE, {"since": begin, "until": end}))["rows"][0].as_py()
    return rows


def shown(asked: Asked, of: Counted) -> dict[str, Shown]:
    """All charts of the counts, by their names."""
    asked.connection.register("counted", of.rows)
    return {
        name: Shown(
            chart, asked.answer(charts.of_counts(chart, of.selection)), charts.of_lake(chart, of.selection, of.question)
        )
        for name, chart in CHARTS.items()
    }


def held_against(asked: Asked, of: Counted, other: Counted) -> dict[str, Shown]:
    """The shares of two selections, and how far they are apart: of all their tweets, and rule by rule."""
    asked.connection.register("counted", of.rows)
    asked.connection.register("counted_other", other.rows)
    compared = len(set(of.rows["rule"].unique().to_pylist()) & set(other.rows["rule"].unique().to_pylist()) - {ALL})
    asked_of = {
        "difference": ("The difference", charts.difference(of.selection, other.selection)),
        "movers": ("Rules that moved most", charts.movers(of.selection, other.selection, compared)),
    }
    return {
        name: Shown(
            Chart(name, title, question.sql),
            asked.answer(question),
            charts.movers_of_lake(question, of.question, other.question),
        )
        for name, (title, question) in asked_of.items()
    }
