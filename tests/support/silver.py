"""Silver as the stream writes it, with sentiments and versions of a test's own choosing."""

from collections.abc import Sequence
from datetime import datetime

import pyarrow as pa

from sentistream.lake.lake import Lake
from stream_processor.stream.sink.lake_sink import LakeSink
from tests.support.lake_rows import TOPIC, batch, tweet

P_POSITIVE = {"negative": 0.1, "neutral": 0.5, "positive": 0.9}


class Silver:
    """Commits batches to a lake's tables as the stream does.

    Args:
        lake: with empty tables.
    """

    def __init__(self, lake: Lake) -> None:
        self.lake = lake
        self._sink = LakeSink(lake, TOPIC)
        self._next = 0

    def append(self, sentiments: Sequence[str], arrived: datetime, version: int = 1, text: str = "") -> None:
        """One commit: a tweet a sentiment, all of one Kafka time and one version."""
        numbers = range(self._next, self._next + len(sentiments))
        self._next += len(sentiments)
        rows = batch([tweet(number + 1) for number in numbers], start=numbers[0], arrived=arrived)
        own = {
            "sentiment": pa.array(sentiments),
            "p_positive": pa.array([P_POSITIVE[each] for each in sentiments]),
            "model_version": pa.array([version] * len(sentiments), pa.int32()),
            **({"text": pa.array([text] * len(sentiments))} if text else {}),
        }
        for name, column in own.items():
            rows = rows.set_column(rows.column_names.index(name), name, column)
        self._sink.append(rows)
