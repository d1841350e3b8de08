"""Finds forgotten tweets and authors in a raw Kafka record: in its key, its tweet, and what the tweet includes."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from sentistream.contracts.topic import MOST_AHEAD
from sentistream.lake.erasure.forgotten import Forgotten, written_id

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MOST_AHEAD_US = MOST_AHEAD // timedelta(microseconds=1)


def holds(forgotten: Forgotten, key: bytes | None, value: bytes | None, arrived: int) -> bool:
    """True where the record's key, its tweet, a tweet that it includes, or a user that it includes is forgotten.

    Args:
        forgotten: what was.
        key: the record's key; a tweet's id.
        value: X's v2 object, or any bytes.
        arrived: the record's Kafka time, in microseconds since 1970.
    """
    record = _parsed(value)
    data = record.get("data")
    included = next(_objects([record.get("includes")]), {})
    posts = [*_objects([data]), *_objects(included.get("tweets"))]
    tweets = [written_id(key), *(written_id(post.get("id")) for post in posts)]
    if forgotten.tweets and any(forgotten.are_tweets([each for each in tweets if each is not None])):
        return True
    if not forgotten.authors:
        return False
    of_tweet = _written(data, arrived)
    authors = [(post.get("author_id"), _written(post, arrived)) for post in posts]
    authors += [(user.get("id"), of_tweet) for user in _objects(included.get("users"))]
    named = [(number, written) for each, written in authors if (number := written_id(each)) is not None]
    until = forgotten.until([number for number, _ in named])
    return any(
        end is not None and (written is None or written <= end) for end, (_, written) in zip(until, named, strict=True)
    )


def _parsed(value: bytes | None) -> dict[str, Any]:
    try:
        record = orjson.loads(value or b"")
    except orjson.JSONDecodeError:
        return {}
    return record if isinstance(record, dict) else {}


def _objects(value: object) -> Iterator[dict[str, Any]]:
    if isinstance(value, list):
        yield from (each for each in value if isinstance(each, dict))


def _written(post: object, arrived: int) -> int | None:
    """When, in microseconds since 1970; None where that can't be told."""
    try:
        moment = datetime.fromisoformat(post["created_at"])  # type: ignore[index]  # whatever it is, the next line says
        written = ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - EPOCH) // timedelta(microseconds=1)
    except (TypeError, KeyError, ValueError, OverflowError):
        return None
    return written if written <= arrived + MOST_AHEAD_US else None
