"""The dead-letter table as the sink writes it: it commits before the scored table, so after a kill it may be ahead of it."""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from deltalake import DeltaTable

from sentistream.kafka.topic import Topic
from sentistream.lake.conflicts import OvertakenError
from sentistream.lake.lake import Lake
from sentistream.lake.tables import REJECTED
from stream_processor.offsets import ledger
from stream_processor.stream.counts import are_beyond
from stream_processor.stream.deduplication.rejected_ahead import (
    Coordinates,
    after,
    are_among,
    coordinates,
    rejected_ahead,
)
from stream_processor.stream.parsing.rejection import Reason
from stream_processor.stream.sink.commit import another_writer, append


class RejectedTable:
    """Appends dead letters of one topic, each once.

    Raises:
        UserError: the table is missing.
    """

    def __init__(self, lake: Lake, scored: DeltaTable, topic: Topic) -> None:
        self._lake = lake
        self._scored = scored
        self._table = lake.require(REJECTED)
        self._offsets = ledger.committed_offsets(self._table, topic)
        self._ahead = rejected_ahead(self._table, scored, topic)

    @property
    def ahead(self) -> Coordinates:
        """The dead letters of reused ids that the scored table has not counted yet."""
        return self._ahead

    def counted(self, committed: Mapping[int, int]) -> None:
        """The scored table has come to these offsets."""
        self._ahead = after(self._ahead, committed)

    def append(self, rows: pa.Table, last: Mapping[int, int], topic: Topic) -> None:
        """Append what the table does not hold yet.

        Args:
            rows: dead letters of one batch.
            last: the batch's last offset of each partition.
            topic: with all partitions of the batch.

        Raises:
            UserError: another writer commits to the table.
        """
        # It may be ahead: it committed, and the process died before the scored table did.
        self._lake.refresh(REJECTED, self._table)
        held = ledger.committed_offsets(self._table, topic)
        is_further = any(offset > self._offsets.get(number, -1) for number, offset in held.items())
        if is_further or self._has_foreign_letters(topic):
            raise another_writer(self._table)
        is_reused = pc.equal(rows["reason"], Reason.ID_REUSED).to_numpy()
        # Whether an id is reused depends on what came before, so only the row itself says that it is there.
        missing = np.where(is_reused, ~are_among(rows, self._ahead), are_beyond(rows, held))
        new = rows.filter(pa.array(missing))
        if not new.num_rows:
            return
        # Never back: another partition's rejects may be there already, further than this batch goes.
        reached = {number: max(offset, held.get(number, offset)) for number, offset in last.items()}

        def require_ours() -> None:
            if ledger.committed_offsets(self._table, topic) != held:
                raise OvertakenError("its offsets have moved on")
            if self._has_foreign_letters(topic):
                raise OvertakenError("it has dead letters that are not ours")

        transactions = ledger.offset_transactions(topic, reached)
        metadata = {"batch": {"rejected": new.num_rows}}
        append(self._lake, REJECTED, self._table, new, transactions, metadata, require_ours)
        self._offsets = held | reached
        self._ahead |= coordinates(rows.filter(pa.array(is_reused)))

    def _has_foreign_letters(self, topic: Topic) -> bool:
        """True where another process has added dead letters: in a retry its offsets may be those that are there already."""
        return bool(rejected_ahead(self._table, self._scored, topic) - self._ahead)
