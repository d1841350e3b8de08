"""Tells whether a running query is idle: to the heartbeat that is as good as a commit."""

from pyspark.sql.streaming.query import StreamingQuery

WAITING = "Waiting for data to arrive"
"""What Spark's micro-batch execution says between two looks at the source; it says so only after a look that succeeded."""


def is_idle(query: StreamingQuery) -> bool:
    """True when the last look at the source found nothing new; False while a batch runs, or the broker does not answer."""
    return query.isActive and query.status["message"] == WAITING
