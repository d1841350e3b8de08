"""Pathway. Its Delta sink wants a licence key, so JSON lines. At least once with its persistence, which is left out here (faster)."""

from typing import Any

import pathway as pw

from benchmarks.peers.table import BATCH, BOOTSTRAP_SERVERS, GROUP, TABLE, TOPIC, scored

KAFKA = {"bootstrap.servers": BOOTSTRAP_SERVERS, "group.id": GROUP, "auto.offset.reset": "earliest"}
COMMIT_MILLISECONDS = 100


@pw.udf(max_batch_size=BATCH, deterministic=True)
def score(values: list[bytes]) -> list[pw.Json]:
    """One row a tweet; all of a batch are scored at once."""
    rows: list[dict[str, Any]] = scored(values).to_pylist()
    return [pw.Json({**row, "created_at": row["created_at"].isoformat()}) for row in rows]


tweets = pw.io.kafka.read(KAFKA, TOPIC, format="raw", autocommit_duration_ms=COMMIT_MILLISECONDS)
pw.io.jsonlines.write(tweets.select(row=score(pw.this.data)), TABLE)
pw.run(monitoring_level=pw.MonitoringLevel.NONE, max_expression_batch_size=BATCH)
