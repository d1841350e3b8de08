"""A streaming source of Spark on librdkafka, to hold Spark's own Kafka connector against: Spark's Python data source API, yielding Arrow.

Its consumers live on in Spark's Python workers and go on where a batch ended; the driver's own asks for the ends of the partitions.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

import pyarrow as pa
from confluent_kafka import Consumer, TopicPartition
from pyspark.sql.datasource import DataSource, DataSourceStreamReader, InputPartition
from pyspark.sql.pandas.types import from_arrow_schema
from pyspark.sql.streaming.datasource import ReadAllAvailable, ReadLimit, ReadMaxRows
from pyspark.sql.types import StructType
from typing_extensions import override

from sentistream.kafka.reading.records import SCHEMA, as_arrow

AT_ONCE = 20_000
SECONDS = 10.0
_consumers: dict[tuple[str, str, int], "_Positioned"] = {}
"""Of this worker; a reader is sent to it anew for each batch."""


class _Positioned:
    """A consumer of one partition, and the offset that it hands out next."""

    def __init__(self, servers: str) -> None:
        self.consumer, self.offset = _consumer(servers), -1


class _Range(InputPartition):
    def __init__(self, number: int, start: int, end: int) -> None:
        super().__init__(None)
        self.number, self.start, self.end = number, start, end


class _Reader(DataSourceStreamReader):
    def __init__(self, options: Mapping[str, str]) -> None:
        self._servers, self._topic, self._rows = options["servers"], options["topic"], int(options["rows"])
        self._partitions = int(options["partitions"])
        self._asking: Consumer | None = None

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_asking": None}

    @override
    def initialOffset(self) -> dict[str, int]:
        return {str(number): 0 for number in range(self._partitions)}

    @override
    def getDefaultReadLimit(self) -> ReadLimit:
        return ReadMaxRows(self._rows)

    @override
    def latestOffset(self, start: dict[str, int], limit: ReadLimit) -> dict[str, int]:
        self._asking = self._asking or _consumer(self._servers)
        ends = {
            number: self._asking.get_watermark_offsets(TopicPartition(self._topic, int(number)), SECONDS)[1]
            for number in start
        }
        left = sum(ends[number] - offset for number, offset in start.items())
        if isinstance(limit, ReadAllAvailable) or left <= self._rows:
            return ends
        return {number: offset + (ends[number] - offset) * self._rows // left for number, offset in start.items()}

    @override
    def partitions(self, start: dict[str, int], end: dict[str, int]) -> Sequence[InputPartition]:
        return [_Range(int(number), first, end[number]) for number, first in start.items() if end[number] > first]

    @override
    def read(self, partition: InputPartition) -> Iterator[pa.RecordBatch]:
        partition = cast(_Range, partition)
        key = (self._servers, self._topic, partition.number)
        at = _consumers.setdefault(key, _Positioned(self._servers))
        if at.offset != partition.start:
            at.consumer.assign([TopicPartition(self._topic, partition.number, partition.start)])
            at.offset = partition.start
        while at.offset < partition.end:
            messages = at.consumer.consume(min(AT_ONCE, partition.end - at.offset), SECONDS)
            if any(each.error() for each in messages) or not messages:
                raise RuntimeError(f"Nothing came of {self._topic} partition {partition.number} from {at.offset} on.")
            yield as_arrow(self._topic, partition.number, messages)
            at.offset += len(messages)


class RdkafkaSource(DataSource):
    """`spark.readStream.format("rdkafka")`; its options are servers, topic, partitions and rows, the most of a batch."""

    @classmethod
    @override
    def name(cls) -> str:
        return "rdkafka"

    @override
    def schema(self) -> StructType:
        return from_arrow_schema(SCHEMA)

    @override
    def streamReader(self, schema: StructType) -> DataSourceStreamReader:
        return _Reader(self.options)


def _consumer(servers: str) -> Consumer:
    return Consumer(
        {
            "bootstrap.servers": servers,
            "group.id": "benchmark",
            "enable.auto.commit": False,
            "auto.offset.reset": "error",
            "isolation.level": "read_committed",
            "fetch.wait.max.ms": 10,
        }
    )
