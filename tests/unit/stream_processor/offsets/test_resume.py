from datetime import UTC, datetime, timedelta

import pytest

from sentistream.errors import UserError
from sentistream.kafka.topic import Range, Topic
from stream_processor.offsets.ledger import Tally
from stream_processor.offsets.resume import OLDEST, Resume, plan

TOPIC = Topic("tweets", "id", (0, 1))
AT = 1_767_225_600_000


def resume(held: dict[int, Range], totals: dict[int, Tally], **accepted: bool) -> Resume:
    options = {"another_topic": False, "accept_new_topic": False, "accept_data_loss": False, **accepted}
    return plan(TOPIC, held, totals, **options)


def test_each_partition_goes_on_after_the_tables_last_offset() -> None:
    found = resume({0: Range(0, 10), 1: Range(5, 9)}, {0: Tally(0, 6, scored=7)})
    assert found.offsets == {0: 7, 1: 5}
    assert found.accepted_loss == {}


def test_records_that_the_broker_no_longer_has_stop_a_start() -> None:
    with pytest.raises(UserError, match=r"3 records of tweets partition 0 are gone.*--accept-data-loss"):
        resume({0: Range(10, 20)}, {0: Tally(0, 6, scored=7)})


def test_an_accepted_loss_is_counted() -> None:
    found = resume({0: Range(10, 20)}, {0: Tally(0, 6, scored=7)}, accept_data_loss=True)
    assert (found.offsets, found.accepted_loss) == ({0: 10}, {0: 3})
    after = Tally(0, 6, scored=7).plus(Tally(10, 19, scored=10), accepted_loss=3)
    assert (after.read, after.lost, after.unaccounted) == (20, 3, 0)


def test_a_broker_that_lost_scored_records_stops_a_start() -> None:
    with pytest.raises(UserError, match=r"up to offset 6, the broker ends at 4.*KAFKA_TOPIC"):
        resume({0: Range(0, 5)}, {0: Tally(0, 6, scored=7)}, accept_data_loss=True)


def test_a_recreated_topic_stops_a_start_until_it_is_accepted() -> None:
    with pytest.raises(UserError, match=r"was re-created.*--accept-new-topic"):
        resume({0: Range(0, 5)}, {}, another_topic=True)
    assert resume({0: Range(0, 5)}, {}, another_topic=True, accept_new_topic=True).offsets == {0: 0}


def test_the_window_reaches_back_from_the_partition_that_is_behind() -> None:
    totals = {0: Tally(0, 6, scored=7, time_ms=AT), 1: Tally(0, 8, scored=9, time_ms=AT - 5000)}
    assert resume({0: Range(0, 10), 1: Range(0, 9)}, totals).earliest == datetime.fromtimestamp(AT / 1000, UTC)
    assert resume({0: Range(0, 10), 1: Range(0, 99)}, totals).earliest == datetime.fromtimestamp(AT / 1000 - 5, UTC)
    # A partition that the table has never read may hold records of any age.
    assert resume({0: Range(0, 7), 1: Range(0, 9)}, {0: totals[0]}).earliest == OLDEST
    assert datetime.now(UTC) - resume({0: Range(0, 7), 1: Range(0, 9)}, totals).earliest < timedelta(minutes=1)


def test_what_a_recreated_topic_brings_again_is_known_from_its_acceptance_on() -> None:
    accepted = resume({0: Range(0, 5)}, {}, another_topic=True, accept_new_topic=True).accepted_at
    assert accepted is not None
    assert datetime.now(UTC) - accepted < timedelta(minutes=1)
    assert resume({0: Range(0, 10)}, {0: Tally(0, 6, scored=7)}, accept_new_topic=True).accepted_at is None
