from kafka.partitioner import murmur2

from producer.position import Position, Positions
from producer.record import Record
from producer.resume import Published

POSITIONS = Positions(["some:file.csv", "b/two#1.csv"])


def record(tweet_id: str, at: Position) -> Record:
    return Record(tweet_id.encode(), b"", (("source_position", POSITIONS.written(at)),))


def partition(tweet_id: str) -> int:
    return (murmur2(tweet_id.encode()) & 0x7FFFFFFF) % 2


def test_a_row_is_there_if_its_partition_ends_with_it_or_a_later_one() -> None:
    of_one = [number for number in range(1, 200) if partition(str(number)) == 1]
    rows = [record(str(number), Position(1, 0, number)) for number in range(1, 200)]
    held = Published(POSITIONS, {0: Position(1, 0, 199), 1: Position(1, 0, 100)})
    rest = [row.key for row in held.rest(rows)]
    assert rest == [str(number).encode() for number in of_one if number > 100]


def test_an_earlier_input_and_an_earlier_round_are_there_whatever_the_line() -> None:
    held = Published(POSITIONS, {0: Position(2, 1, 5), 1: Position(2, 1, 5)})
    there = (Position(1, 1, 9), Position(2, 0, 9), Position(2, 1, 5))
    not_there = (Position(2, 1, 6), Position(3, 0, 1))
    assert all(held.holds(record("7", at)) for at in there)
    assert not any(held.holds(record("7", at)) for at in not_there)


def test_a_loop_goes_on_in_the_round_before_which_all_is_there() -> None:
    assert Published(POSITIONS, {0: Position(8, 0, 5), 1: Position(7, 1, 5)}).first_round == 7
    assert Published(POSITIONS, {0: Position(8, 0, 5), 1: None}).first_round == 1


def test_an_empty_topic_holds_nothing() -> None:
    assert not Published(POSITIONS, {0: None, 1: None, 2: None}).holds(record("7", Position(1, 0, 1)))


def test_a_position_is_read_as_it_was_written() -> None:
    for at in (
        Position(1, 0, 3),
        Position(1, 1, 3),
        Position(1, 1, 3, 2),
        Position(2, 0, 3, 12),
        Position(12, 1, 4_000_000_000),
    ):
        assert POSITIONS.read(POSITIONS.written(at)) == at
    for foreign in (
        b"other.csv:3",
        b"some:file.csv:",
        b"some:file.csv:x",
        b"some:file.csv#:3",
        b"some:file.csv:3.",
        b"",
        b"\xff:1",
    ):
        assert POSITIONS.read(foreign) is None
