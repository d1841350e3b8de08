"""Bytewax with a custom sink. At least once with its recovery store, which is left out here (faster)."""

import bytewax.operators as op
from bytewax.connectors.kafka import KafkaSource, KafkaSourceMessage
from bytewax.dataflow import Dataflow
from bytewax.outputs import DynamicSink, StatelessSinkPartition
from bytewax.testing import run_main

from benchmarks.peers.table import BATCH, BOOTSTRAP_SERVERS, TOPIC, ScoredTable

BEGINNING = -2
Message = KafkaSourceMessage[bytes | None, bytes | None]


class TablePartition(StatelessSinkPartition[Message]):
    """Writes each batch of the flow as one commit."""

    def __init__(self) -> None:
        self._table = ScoredTable()

    def write_batch(self, items: list[Message]) -> None:
        """Score and commit."""
        self._table.append([item.value for item in items if item.value is not None])


class TableSink(DynamicSink[Message]):
    """One partition a worker."""

    def build(self, _step_id: str, _worker_index: int, _worker_count: int) -> TablePartition:
        """Open the table."""
        return TablePartition()


flow = Dataflow("scored")
source = KafkaSource([BOOTSTRAP_SERVERS], [TOPIC], starting_offset=BEGINNING, batch_size=BATCH)
op.output("table", op.input("kafka", flow, source), TableSink())
run_main(flow)
