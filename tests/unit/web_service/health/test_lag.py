"""How far silver is behind the broker."""

from sentistream.kafka.topic import Range, Topic
from sentistream.lake.doctor.balance import Counted, OfBroker
from web_service.health import lag

PARTS = {("tweets", 0): Counted({"id": {"last": 9, "first": 0}}), ("others", 0): Counted({"other": {"last": 3}})}


def held(topic_id: str) -> OfBroker:
    return OfBroker(Topic("tweets", topic_id, (0, 1)), {0: Range(4, 15), 1: Range(2, 9)})


def test_what_the_broker_holds_beyond_the_last_offset_is_outstanding() -> None:
    found = lag.of(PARTS, held("id"))
    # Of the second partition nothing was read yet: it begins where the broker does.
    assert [(each.number, each.outstanding) for each in found.partitions] == [(0, 5), (1, 7)]
    assert (found.outstanding, found.is_recreated) == (12, False)


def test_a_topic_that_was_made_again_is_outstanding_as_a_whole() -> None:
    found = lag.of(PARTS, held("a new id"))
    assert (found.outstanding, found.is_recreated) == (11 + 7, True)


def test_an_empty_lake_is_behind_by_all_of_the_topic() -> None:
    found = lag.of({}, held("id"))
    assert (found.outstanding, found.is_recreated) == (18, False)
