from dataclasses import dataclass, field

from sentistream.kafka.topic import Range
from stream_processor.offsets.ledger import Tally
from stream_processor.stream.meter.lag import FRESH_SECONDS, Behind, Lag


@dataclass
class Topic:
    """A partition, its table and the broker's clock; a record is its time."""

    now: float = 1000.0
    records: list[float] = field(default_factory=list)
    committed: int = 0

    def totals(self) -> dict[int, Tally]:
        if not self.committed:
            return {}
        return {0: Tally(0, self.committed - 1, time_ms=int(self.records[self.committed - 1] * 1000))}

    def lag(self) -> Lag:
        return Lag(self.totals, lambda: self.now)

    def look(self, lag: Lag, held_back: int = 0) -> None:
        end = len(self.records)
        lag.seen({0: end - held_back}, {0: Range(0, end)})

    @property
    def true_seconds(self) -> float:
        """How old the oldest record is that is not committed."""
        return self.now - self.records[self.committed]


def test_in_a_backlog_it_is_exact_to_a_record() -> None:
    topic = Topic(records=[float(second) for second in range(900, 1000)], committed=40)
    lag = topic.lag()
    topic.look(lag)
    [behind] = lag.partitions().values()
    assert behind.records == 60
    assert topic.true_seconds <= behind.seconds <= topic.true_seconds + 1


def test_after_a_quiet_time_a_new_record_is_not_as_old_as_the_last_one() -> None:
    topic = Topic(records=[10.0], committed=1)
    lag = topic.lag()
    topic.look(lag)
    assert lag.partitions() == {0: Behind(0, 0.0, 0)}
    topic.now += 10
    topic.records.append(topic.now - 1)
    topic.look(lag)
    [behind] = lag.partitions().values()
    assert behind.records == 1
    assert topic.true_seconds <= behind.seconds <= 10
    topic.now += 30
    topic.look(lag)
    [behind] = lag.partitions().values()
    assert topic.true_seconds <= behind.seconds <= 40


def test_offsets_without_a_record_at_the_end_are_no_lag_once_all_was_read() -> None:
    topic = Topic(records=[990.0, 991.0, 992.0], committed=2)
    lag = topic.lag()
    topic.look(lag)
    assert lag.partitions()[0].records == 1
    # The third is a marker: nothing will ever be committed of it.
    lag.level()
    assert lag.partitions() == {0: Behind(0, 0.0, 0)}
    topic.now += 20
    topic.look(lag)
    assert lag.partitions() == {0: Behind(0, 0.0, 0)}
    topic.records.append(topic.now)
    topic.look(lag)
    assert lag.partitions()[0].records == 1
    assert lag.partitions()[0].seconds <= 20


def test_what_an_open_transaction_holds_back_is_told_apart() -> None:
    topic = Topic(records=[990.0, 991.0, 992.0], committed=1)
    lag = topic.lag()
    topic.look(lag, held_back=2)
    assert lag.partitions() == {0: Behind(0, 0.0, 2)}


def test_of_a_partition_of_which_nothing_was_committed_the_seconds_are_unknown_and_what_is_gone_is_no_lag() -> None:
    topic = Topic()
    lag = topic.lag()
    lag.seen({0: 100}, {0: Range(70, 100)})
    assert lag.partitions() == {0: Behind(30, None, 0)}


def test_without_the_broker_it_is_not_known() -> None:
    topic = Topic(records=[999.0], committed=1)
    lag = topic.lag()
    assert lag.partitions() == {}
    topic.look(lag)
    topic.now += FRESH_SECONDS + 1
    assert lag.partitions() == {}
