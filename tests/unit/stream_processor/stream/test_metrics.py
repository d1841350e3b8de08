from stream_processor.stream.meter.lag import Behind
from stream_processor.stream.metrics import ALL, MOST_PARTITIONS, bounded


def test_of_a_topic_with_many_partitions_the_lag_is_one_series_and_no_longer_than_it_is() -> None:
    few = {number: Behind(number, float(number), 0) for number in range(MOST_PARTITIONS)}
    assert bounded(few) == {str(number): behind for number, behind in few.items()}
    many = few | {MOST_PARTITIONS: Behind(7, None, 3)}
    assert bounded(many) == {ALL: Behind(sum(few) + 7, float(MOST_PARTITIONS - 1), 3)}
