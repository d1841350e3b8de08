"""What every peer does with a batch of Kafka values: parse, score by the same weights, append to a Delta table by delta-rs."""

import os
import pickle
from collections.abc import Sequence
from pathlib import Path

import orjson
import pyarrow as pa
from deltalake import DeltaTable, PostCommitHookProperties, write_deltalake

from benchmarks.sklearn_pipeline import positive

BATCH = int(os.environ["BENCH_BATCH"])
"""Records that a peer collects before it writes."""
NO_HOOKS = PostCommitHookProperties(create_checkpoint=False, cleanup_expired_logs=False)
BOOTSTRAP_SERVERS, TOPIC, TABLE = os.environ["BENCH_KAFKA"], os.environ["BENCH_TOPIC"], os.environ["BENCH_TABLE"]
GROUP = os.environ["BENCH_GROUP"]
PIPELINE = pickle.loads(Path(os.environ["BENCH_PIPELINE"]).read_bytes())  # noqa: S301 - written by the harness
WAIT_SECONDS = 0.1
"""How long a peer waits for a batch to fill."""


def scored(values: Sequence[bytes]) -> pa.Table:
    """Parse and score one batch."""
    tweets = [orjson.loads(value)["data"] for value in values]
    texts = [tweet["text"] for tweet in tweets]
    scores = positive(PIPELINE, texts)
    return pa.table(
        {
            "tweet_id": pa.array([int(tweet["id"]) for tweet in tweets], pa.int64()),
            "text": texts,
            "created_at": pa.array([tweet["created_at"] for tweet in tweets]).cast(pa.timestamp("us", tz="UTC")),
            "p_positive": scores,
            "sentiment": [
                "positive" if score >= 0.6 else "negative" if score <= 0.4 else "neutral" for score in scores
            ],
        }
    )


class ScoredTable:
    """An append-only table of scored tweets."""

    def __init__(self) -> None:
        self._table: DeltaTable | None = None

    def append(self, values: Sequence[bytes]) -> None:
        """Score and commit one batch."""
        rows = scored(values)
        if self._table is None:
            write_deltalake(TABLE, rows, mode="append")
            self._table = DeltaTable(TABLE)
            return
        write_deltalake(self._table, rows, mode="append", post_commithook_properties=NO_HOOKS)
