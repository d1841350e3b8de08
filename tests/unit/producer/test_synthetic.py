from itertools import islice

import pytest

from producer.record import Record
from producer.synthetic.source import Shares, SyntheticSource
from stream_processor.stream.parsing.rejection import RejectedRecordError
from stream_processor.stream.parsing.tweet import microseconds, parse

NOW = 1_700_000_000.25
RECORDS = 20_000


def records(seed: int, shares: Shares, number: int = RECORDS) -> list[Record]:
    return list(islice(SyntheticSource(seed, shares, lambda: NOW), number))


def is_tweet(record: Record) -> bool:
    try:
        parse(record.value)
    except RejectedRecordError:
        return False
    return True


def test_a_seed_repeats_and_seeds_share_no_id() -> None:
    shares = Shares(0.05, 0.05, 0.05)
    assert records(1, shares, 2000) == records(1, shares, 2000)
    assert not {record.key for record in records(1, shares, 2000)} & {record.key for record in records(2, shares, 2000)}


def test_the_shares_are_what_was_asked_for() -> None:
    found = records(1, Shares(duplicates=0.1, late=0.2, malformed=0.05))
    tweets = [record for record in found if is_tweet(record)]
    assert len(found) - len(tweets) == pytest.approx(0.05 * RECORDS, rel=0.1)
    unique = {record.key: record for record in tweets}
    assert len(tweets) - len(unique) == pytest.approx(0.1 * RECORDS, rel=0.1)
    age = [NOW - (microseconds(parse(record.value).created_at) or 0) / 1e6 for record in unique.values()]
    assert sum(seconds > 1 for seconds in age) == pytest.approx(0.2 * RECORDS, rel=0.1)


def test_without_shares_every_record_is_a_new_tweet_of_a_usual_length() -> None:
    found = [parse(record.value) for record in records(3, Shares())]
    assert len({tweet.tweet_id for tweet in found}) == RECORDS
    assert all(0 < len(tweet.text) <= 280 for tweet in found)
    assert len({tweet.lang for tweet in found}) == 8
    assert {record.key.decode() for record in records(3, Shares(), 10)} == {str(tweet.tweet_id) for tweet in found[:10]}
