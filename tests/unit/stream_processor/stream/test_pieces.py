from collections.abc import Iterator

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from stream_processor.stream.pieces import pieces

Record = tuple[int, int]
ranges = st.dictionaries(st.integers(0, 4), st.tuples(st.integers(0, 1000), st.integers(1, 60)), max_size=5)
speeds = st.lists(st.none() | st.integers(1, 100), min_size=1, max_size=100)


def batch(records: list[Record]) -> pa.Table:
    partitions, offsets = zip(*records, strict=True) if records else ((), ())
    return pa.table({"partition": pa.array(partitions, pa.int32()), "offset": pa.array(offsets, pa.int64())})


def records(piece: pa.Table) -> list[Record]:
    return list(zip(piece["partition"].to_pylist(), piece["offset"].to_pylist(), strict=True))


@given(ranges, speeds, st.randoms())
def test_each_piece_goes_on_in_every_partition_and_none_is_too_large(ranges, speeds, random) -> None:  # type: ignore[no-untyped-def]
    every = [(number, first + at) for number, (first, count) in ranges.items() for at in range(count)]
    shuffled = random.sample(every, len(every))
    asked: list[int | None] = []

    def speed() -> int | None:
        asked.append(speeds[len(asked) % len(speeds)])
        return asked[-1]

    reached = {number: first for number, (first, _) in ranges.items()}
    for number, piece in enumerate(pieces(batch(shuffled), speed)):
        most = asked[number]
        assert most is None or piece.num_rows <= most + len(ranges)
        for partition in ranges:
            offsets = sorted(offset for of, offset in records(piece) if of == partition)
            assert offsets == list(range(reached[partition], reached[partition] + len(offsets)))
            reached[partition] += len(offsets)
    assert reached == {number: first + count for number, (first, count) in ranges.items()}


def test_what_is_small_enough_is_left_as_it_is() -> None:
    for few in (batch([]), batch([(1, 5), (0, 3)])):
        assert [each is few for each in pieces(few, lambda: 2)] == [True]
        assert [each is few for each in pieces(few, lambda: None)] == [True]


def test_time_advances_in_all_partitions_together() -> None:
    every = [(number, offset) for number in (0, 1) for offset in range(10 * (number + 1))]

    def by_partition(piece: pa.Table) -> Iterator[int]:
        return (piece["partition"].to_pylist().count(number) for number in (0, 1))

    assert [tuple(by_partition(piece)) for piece in pieces(batch(every), lambda: 6)] == [(2, 4)] * 5
