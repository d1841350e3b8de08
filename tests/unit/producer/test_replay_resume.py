from kafka.partitioner import murmur2

from producer.record import Record
from producer.resume import Published


def record(tweet_id: str, line: int) -> Record:
    return Record(tweet_id.encode(), b"", (("source_position", f"some:file.csv:{line}".encode()),))


def test_a_row_is_there_if_its_partition_ends_with_it_or_a_later_one() -> None:
    of_one = [number for number in range(1, 200) if (murmur2(str(number).encode()) & 0x7FFFFFFF) % 2 == 1]
    rows = [record(str(number), number) for number in range(1, 200)]
    rest = [row.key for row in Published({0: 199, 1: 100}).rest(rows)]
    assert rest == [str(number).encode() for number in of_one if number > 100]


def test_an_empty_topic_holds_nothing() -> None:
    assert not Published({0: 0, 1: 0, 2: 0}).holds(record("7", 1))
