"""The series that a user watches: how many tweets of the last hour there were of each, and which share of them was negative, from gold."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pyarrow as pa
from deltalake import QueryBuilder

from sentistream.lake.lake import Lake
from sentistream.lake.tables import PER_MINUTE
from stream_processor.settings import WatchedSeries
from stream_processor.tables.spans import rows_within

LOOK_SECONDS = 15.0
"""How often gold is asked."""
FRESH_SECONDS = 300.0
WINDOW_MINUTES = 60
"""Long enough for a share to be told from chance, short enough for an hour of the day to be its own."""
ALL = "*"
"""Gold's rule for all tweets, whatever their rules."""
COUNTED = """
SELECT lang, rule, sum(tweets) AS tweets, sum(negative) AS negative
FROM gold
WHERE {when}
GROUP BY lang, rule
"""


@dataclass(frozen=True)
class Share:
    """One series in the last hour."""

    tweets: int
    negative: int

    @property
    def of_negative(self) -> float | None:
        """None where there are no tweets."""
        return self.negative / self.tweets if self.tweets else None


class Watched:
    """Looks at gold from time to time, and remembers what it saw.

    Args:
        lake: where gold is.
        series: what is watched.
        clock: seconds since 1970.
    """

    def __init__(self, lake: Lake, series: Sequence[WatchedSeries], clock: Callable[[], float] = time.time) -> None:
        self._lake = lake
        self._series = series
        self._clock = clock
        self._shares: dict[str, Share] = {}
        self._looked_at = 0.0

    @property
    def shares(self) -> dict[str, Share]:
        """By the series' names, as of the last look; none where that is long ago, and nobody knows."""
        return self._shares if self._clock() - self._looked_at < FRESH_SECONDS else {}

    def look(self) -> None:
        """Count the last hour of each series, by the tweets' own times."""
        gold = self._lake.open(PER_MINUTE)
        if gold is None:
            return
        now = self._clock()
        end = int(now // 60) + 1
        asked = COUNTED.format(when=rows_within([(end - WINDOW_MINUTES, end)]))
        counted = pa.table(QueryBuilder().register("gold", gold).execute(asked).read_all()).to_pylist()
        self._shares = {each.name: _share(each, counted) for each in self._series}
        self._looked_at = now


def _share(series: WatchedSeries, counted: list[dict[str, object]]) -> Share:
    rule = series.rule or ALL
    chosen = [row for row in counted if row["rule"] == rule and series.lang in (None, row["lang"])]
    return Share(*(sum(int(str(row[name])) for row in chosen) for name in ("tweets", "negative")))
