"""Quix Streams with a batching sink. At least once: offsets are committed after the sink has written."""

from quixstreams import Application
from quixstreams.sinks import BatchingSink, SinkBatch

from benchmarks.peers.table import BATCH, BOOTSTRAP_SERVERS, GROUP, TOPIC, WAIT_SECONDS, ScoredTable


class TableSink(BatchingSink):
    """Writes what a checkpoint has collected as one commit."""

    def __init__(self) -> None:
        super().__init__()
        self._table = ScoredTable()

    def write(self, batch: SinkBatch) -> None:
        """Score and commit."""
        self._table.append([item.value for item in batch])


app = Application(
    BOOTSTRAP_SERVERS,
    consumer_group=GROUP,
    auto_offset_reset="earliest",
    commit_every=BATCH,
    commit_interval=WAIT_SECONDS * 10,
    loglevel="ERROR",
)
app.dataframe(app.topic(TOPIC, value_deserializer="bytes")).sink(TableSink())
app.run()
